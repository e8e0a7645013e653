"""Tests of the report's page: it holds all that it shows, and nothing that was said of it can break it."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile

from mfccinv.audio.sound_files import write_audio
from mfccinv.reporting.evaluation_page import write_page
from mfccinv.reporting.figures import draw_band_error
from mfccinv.reporting.legends import SOUND
from mfccinv.reporting.terminal import SCORES

KNOWN = {"is_known": True, "is_complete": True, "recordings": 0, "voices": [], "namesakes": [], "corpora": []}
HEARD = {name: title for name, (title, _) in SOUND.items() if name != "wer"}
SCORE = {"value": 1.25, "interval": [1.0, 1.5]}


def scores_of(**changed):
    scored = dict.fromkeys(SCORES, SCORE)
    heard = dict.fromkeys(HEARD, SCORE)
    return {
        "name": "tcn",
        "settings": {"detail": "mean"},
        "source": "demo-test",
        "utterances": 2,
        "frames": 12345,
        "silent_frames": 0,
        "resampled": "utterances",
        "baseline": "pseudo_inverse",
        "split": None,
        "learned_from": KNOWN,
        "speakers": {"june": {}},
        "levels": {
            "below_db": [0.0, 30.0],
            "frames": [1234, 0],
            "total": {"model": [7.5, None], "pseudo_inverse": [6.5, None]},
            "gain": [{"value": 1.0, "interval": [0.5, 1.5]}, {"value": None, "interval": None}],
        },
        "total": {"model": scored, "pseudo_inverse": scored},
        "gain": scored,
        "audio": {"utterances": 2, "written": ["a_0"], "methods": {"model": heard}, "gain": heard},
    } | changed


@pytest.fixture
def folder(tmp_path):
    """An evaluation's folder, with sound of an earlier one beside its own."""
    (tmp_path / "audio").mkdir()
    for stem in ("a_0", "earlier"):
        for method, level in {"original": 0.5, "pseudo_inverse": 0.25, "model": 0.125}.items():
            write_audio(tmp_path / "audio" / f"{stem}.{method}.wav", np.full(800, level), 16000)
    for name in ("a_0", "band_error"):
        draw_band_error(tmp_path / "figures" / f"{name}.png", {"model": np.ones(4)})
    return tmp_path


class Elements(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for found, attributes in self.found if found == tag]


def write(folder, **changed):
    methods = ("original", "pseudo_inverse", "model")
    given = {
        "methods": methods,
        "title": "a run on demo-test",
        "facts": {"seed": "0"},
        "config": "name: tcn\n",
    } | changed
    return write_page(folder, scores_of(), **given).read_text(encoding="utf-8")


def test_holds_its_sound_and_pictures(folder):
    page = Elements(write(folder))
    sounds = [attributes["src"] for attributes in page.all("audio")]
    assert len(sounds) == 3
    for sound, level in zip(sounds, (0.5, 0.25, 0.125), strict=True):
        y, rate = soundfile.read(io.BytesIO(base64.b64decode(sound.removeprefix("data:audio/flac;base64,"))))
        assert (rate, len(y)) == (16000, 800)
        assert y == pytest.approx(level, abs=1e-4)
    pictures = page.all("img")
    assert [picture["alt"] for picture in pictures] == ["frames of a_0", "band error"]
    assert all(picture["src"].startswith("data:image/png;base64,") for picture in pictures)


def test_needs_nothing_else(folder):
    text = write(folder)
    assert not re.search(r"https?:|<link|<script", text)
    assert len(re.findall("src=", text)) == len(re.findall('src="data:', text))


def test_leads_to_the_listening_test(folder):
    [link] = Elements(write(folder)).all("a")
    assert "a_0" in (folder / link["href"]).read_text(encoding="utf-8")
    assert not Elements(write(folder, methods=())).all("a")


def test_has_every_score_with_its_interval(folder):
    text = write(folder)
    for title in (*SCORES.values(), *HEARD.values()):
        assert f">{title.strip()}\n" in text
    assert SOUND["wer"][0] not in text  # nothing has it
    assert text.count("1.25 <span class=interval>1.00 … 1.50</span>") == 2 * len(SCORES) + len(HEARD)
    assert text.count("+1.25 <span class=interval>+1.00 … +1.50</span>") == len(SCORES) + len(HEARD)


def test_text_is_text(folder):
    text = write(folder, title="<b>&", facts={"<i>": "</table>"}, config="a: '</pre><script>'")
    assert "<b>" not in text
    assert "<script>" not in text
    assert "&lt;b&gt;&amp;" in text


def test_tells_scores_by_level(folder):
    text = write(folder)
    row = re.findall(r"<tr><td>0–30 dB<td>1,234\n<td class=gain>(.*?)<td>(.*?)<td>(.*?)<tr>", text, re.DOTALL)
    assert [cell.strip() for cell in row[0]] == [
        "+1.00 <span class=interval>+0.50 … +1.50</span>",
        "6.50",
        "7.50",
    ]
    assert "over 30 dB<td>0" in text


def test_every_table_has_a_legend(folder):
    text = write(folder)
    assert text.count("<dl>") == 3
    assert "<dt>LSD<dd>log-spectral distance of a frame, dB; mean over frames; lower is better" in text
    assert "<dt>PESQ-WB<dd>" in text
    assert "<dt>GPE<dd>gross pitch error: % of the frames voiced in both" in text


def test_warns_of_what_was_trained_on(folder):
    assert "class=warning" not in write(folder)
    scores = scores_of(learned_from=KNOWN | {"recordings": 2, "voices": ["june"]})
    text = write_page(folder, scores, methods=(), title="t", facts={}, config="").read_text(encoding="utf-8")
    assert "<p class=warning>TRAINED ON all 2 recordings and 1 of 1 voice here" in text


def test_long_texts_stay_on_the_page(folder):
    """Of notes and of the configuration: they are broken, within words if need be."""
    text = write(folder, facts={"notes": "x" * 4000}, config="y" * 4000)
    assert ".facts td:not(:first-child) { text-align: left; white-space: pre-line; overflow-wrap: anywhere; }" in text
    assert "pre { white-space: pre-wrap; overflow-wrap: anywhere;" in text


def test_without_the_quality_extra_there_is_no_table_of_the_sound(folder):
    audio = {"utterances": 2, "written": ["a_0"], "methods": {}, "gain": {}}
    path = write_page(folder, scores_of(audio=audio), methods=(), title="t", facts={}, config="")
    assert "Sound of" not in path.read_text(encoding="utf-8")


def test_what_is_not_finite_is_a_dash(folder):
    scored = {name: {"value": 1.25 if name == "lsd" else None, "interval": None} for name in SCORES}
    scores = scores_of(total={"model": scored, "pseudo_inverse": scored}, gain=scored)
    text = write_page(folder, scores, methods=(), title="t", facts={}, config="").read_text(encoding="utf-8")
    assert text.partition("<h2>SNR by")[0].count("<td>–") == 2 * (len(SCORES) - 1)
    assert "<td class=gain>–" in text
    assert "<td>1.25\n" in text
