"""Tests of what the page shows: all of it inside, text as text, and numbers of each sound in its column."""

import base64
import io
import re

import numpy as np
import pytest
import soundfile
from noise import noise_log_mel, small_spec

from mfccinv.app.comparison import Comparison
from mfccinv.app.result import render_comparison, render_told

SPEC = small_spec()
NAMES = ("original", "analytic inverse", "mine")
HOSTILE = "<img src=x onerror=alert(1)>&\u202e${1}"


def compared(names=NAMES, scores=None, f0_hz=None, **changed):
    """A comparison of noise; every sound is 0.1 s long, and louder than the one before."""
    frames = {name: noise_log_mel(SPEC, 20, seed) for seed, name in enumerate(names)}
    sounds = {name: np.full(1600, 0.1 * (place + 1), np.float32) for place, name in enumerate(names)}
    values = {"title": "y.wav", "spec": SPEC, "log_mels": frames, "sounds": sounds, "begin_seconds": 0.0, "told": []}
    return Comparison(**values | {"f0_hz": f0_hz or {}, "scores": scores or {}} | changed)


def sounds_of(page):
    """What is heard on a page, by its label."""
    found = re.findall(r'<audio [^>]*aria-label="([^"]*)" src="data:audio/flac;base64,([^"]+)"', page)
    return {name: soundfile.read(io.BytesIO(base64.b64decode(flac))) for name, flac in found}


def rows_of(page):
    return {
        title: re.findall(r"<td>([^<\n]*)", row)
        for title, row in re.findall(r"<tr><td [^>]*>([^\n]*)\n((?:<td>[^\n]*\n)+)", page)
    }


def test_each_sound_is_heard():
    found = sounds_of(render_comparison(compared()))
    assert list(found) == list(NAMES)
    for place, (y, rate) in enumerate(found.values()):
        assert (len(y), rate) == (1600, 16000)
        np.testing.assert_allclose(y, 0.1 * (place + 1), atol=1e-4)


def test_what_would_clip_is_turned_down_with_all_others_and_that_is_told():
    sounds = {"original": np.full(100, 0.5, np.float32), "mine": np.full(100, 2.0, np.float32)}
    page = render_comparison(compared(names=("original", "mine"), sounds=sounds))
    heard = sounds_of(page)
    np.testing.assert_allclose(heard["mine"][0], 0.999, atol=1e-4)
    np.testing.assert_allclose(heard["original"][0], 0.999 / 4, atol=1e-4)
    assert "<p class=warning>All sounds are turned down by 6.0 dB so as not to clip.\n" in page
    assert "turned down" not in render_comparison(compared())


def test_scores_stand_below_their_sound():
    scores = {"analytic inverse": {"snr_active": 6.5, "lsd": 4}, "mine": {"snr_active": 9.25, "lsd": 3, "vde": 8}}
    f0_hz = {"original": np.array([0, 100.0, 110, 120]), "analytic inverse": np.zeros(4), "mine": np.full(4, 99.0)}
    page = render_comparison(compared(scores=scores, f0_hz=f0_hz))
    assert rows_of(page) == {
        "SNR, active frames": ["–", "6.50", "9.25"],
        "LSD": ["–", "4.00", "3.00"],
        "VDE": ["–", "–", "8.00"],
        "F0, median (Hz)": ["110.00", "–", "99.00"],
        "voiced (%)": ["75.00", "0.00", "100.00"],
    }
    assert re.findall(r"<dt>([^<]+)<dd>", page) == list(rows_of(page))
    assert "<h2>y.wav</h2>" in page
    assert "8 MFCC of 24 mel bands at 16,000 Hz" in page


@pytest.mark.parametrize(("f0_hz", "pictures"), [({}, 1), ({"mine": np.zeros(9)}, 1), ({"mine": np.full(9, 99.0)}, 2)])
def test_f0_is_drawn_where_there_is_a_voice(f0_hz, pictures):
    page = render_comparison(compared(names=("mine",), f0_hz=f0_hz))
    assert page.count('src="data:image/png;base64,') == pictures
    assert "in the same colours" in page
    assert "in the colours of the original" in render_comparison(compared())


def test_text_is_text():
    page = render_comparison(compared(names=(HOSTILE,), title=HOSTILE, told=[HOSTILE]))
    page += render_told(HOSTILE, "second", kind="error")
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;&amp;") >= 4
    assert page.count('<p class="error">') == 2


def test_nothing_is_fetched():
    page = render_comparison(compared())
    assert not re.search(r"(src|href)=.?(https?:|//)", page)
    assert "@import" not in page
    assert "url(" not in page
