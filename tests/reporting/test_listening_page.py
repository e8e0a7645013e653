"""Tests of the listening page: it holds its sounds and runs its own script alone; Chromium goes through whole tests."""

import base64
import hashlib
import importlib
import io
import json
import re

import numpy as np
import pytest
import soundfile
from places import REPOSITORY

from mfccinv.audio.sound_files import write_audio
from mfccinv.reporting.listening_page import MOST_UTTERANCES, write_listening_page

METHODS = {"original": "original", "true_mel": "true mel", "pseudo_inverse": "pseudo inverse", "model": "tcn"}
LEAKS = re.compile("true.mel|inverse|model|tcn|original|wav|a_0|b_1")
TITLE = "document.getElementById('trial-title').textContent"


def write_sounds(folder, names, rate=16000, methods=METHODS):
    """Noise of 50 ms for each utterance and method, which gets louder from method to method."""
    rng = np.random.default_rng(0)
    for name in names:
        for i, method in enumerate(methods):
            write_audio(folder / "audio" / f"{name}.{method}.wav", (i + 1) * rng.normal(0, 0.02, rate // 20), rate)


def write(folder, names=("a_0", "b_1"), methods=METHODS, title="a run on demo-test"):
    return write_listening_page(folder, list(names), methods=methods, title=title)


def data_of(path):
    [text] = re.findall("<script type=application/json id=data>(.*?)</script>", path.read_text(encoding="utf-8"))
    return json.loads(text)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "audio").mkdir()
    write_sounds(tmp_path, ("a_0", "b_1"))
    return tmp_path


def test_holds_its_sounds_at_one_level(folder):
    data = data_of(write(folder))
    assert [utterance["name"] for utterance in data["utterances"]] == ["a_0", "b_1"]
    assert list(data["methods"]) == [*METHODS, "low_pass"]
    for utterance in data["utterances"]:
        for method, text in utterance["sounds"].items():
            y, rate = soundfile.read(io.BytesIO(base64.b64decode(text)))
            assert (rate, len(y)) == (16000, 800)
            assert np.sqrt(np.mean(y**2)) == pytest.approx(10 ** (-26 / 20), rel=1e-3), method


def test_at_low_rates_there_is_no_anchor(folder):
    write_sounds(folder, ("a_0",), rate=7000)
    data = data_of(write(folder, ["a_0"]))
    assert list(data["methods"]) == list(METHODS)
    assert data["anchor"] is None


def test_other_sounds_are_told_apart(folder):
    before = data_of(write(folder))["sounds"]
    assert data_of(write(folder))["sounds"] == before
    write_sounds(folder, ("b_1",))  # as those of a_0
    assert data_of(write(folder))["sounds"] != before


def test_no_script_but_its_own_may_run_and_nothing_is_fetched(folder):
    text = write(folder).read_text(encoding="utf-8")
    [script] = re.findall("<script type=module>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'"
    assert policy in text
    assert text.index("Content-Security-Policy") < text.index("<script")
    assert not re.search(r"https?:|<link|src=", text)


def test_text_is_text(folder):
    title, name = "</script><b>&", "it's</script>"
    methods = METHODS | {"model": "<i>tcn"}
    page = write(folder, title=title, methods=methods)
    text = page.read_text(encoding="utf-8")
    assert "</script><b>" not in text
    assert "<i>" not in text
    assert "&lt;/script&gt;&lt;b&gt;&amp;" in text
    assert data_of(page)["title"] == title
    assert data_of(page)["methods"]["model"] == "<i>tcn"
    assert write(folder, [name]) is None


def test_names_no_method_where_listeners_look(folder):
    """They are in the data alone: what the page shows comes from there, after the test."""
    page = re.sub("<script.*?</script>", "", write(folder).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search("true_mel|pseudo_inverse|tcn|[.]wav|a_0|b_1", page)


def test_takes_so_many_utterances_at_most(folder):
    names = [f"u{i}" for i in range(MOST_UTTERANCES + 1)]
    write_sounds(folder, names)
    data = data_of(write(folder, ["gone", *names]))
    assert [utterance["name"] for utterance in data["utterances"]] == names[:MOST_UTTERANCES]


def test_without_sounds_there_is_no_page(folder):
    path = write(folder)
    assert path.name == "listening.html"
    for given in ({"names": []}, {"methods": {}}, {"methods": {"original": "original"}}):
        write(folder)
        assert write(folder, **given) is None
        assert not path.exists()


@pytest.fixture(scope="module")
def chromium():
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
        driver = importlib.import_module("chromium")
    if driver.chromium() is None:
        pytest.skip("Chromium isn't installed")
    return driver


def begin(page, test, n_trials):
    page.run(f"""{{
        const form = document.getElementById("start");
        form.querySelector("[value={test}]").click();
        form.elements.listener.value = "=Ann";
        form.elements.n_trials.value = {n_trials};
        form.elements.seed.value = 3;
        form.querySelector("button.main").click();
    }}""")
    wait_for_trial(page, 1, n_trials)


def wait_for_trial(page, number, n_trials):
    shown = f"!document.getElementById('trial').inert && {TITLE} === 'Trial {number} of {n_trials}'"
    page.wait_for(shown if number <= n_trials else "!document.getElementById('result').hidden")


def answer(page, n_trials, keys):
    """Go through all trials by the same keys; gives the file of results."""
    for number in range(1, n_trials + 1):
        for key in keys:
            page.press(key)
        page.press("Enter")
        wait_for_trial(page, number + 1, n_trials)
    saved = page.download("#save-csv").decode()
    result = json.loads(page.download("#save-json"))
    assert saved.count("\n") == 1 + len(result["trials"])
    assert "\n'=Ann," in saved
    page.run("document.getElementById('again').click()")
    return result


@pytest.mark.slow
def test_whole_tests_by_keys_in_chromium(folder, chromium):
    told = "document.getElementById('status').textContent"
    with chromium.Page() as page:
        page.open(f"file://{write(folder)}")
        page.wait_for("document.getElementById('start') && !document.getElementById('start').hidden")

        begin(page, "abx", 5)
        page.press("a")
        assert page.run(told) == "Play A and B and X before you answer."
        page.press("Enter")
        assert page.run(told) == "Answer first."
        assert not LEAKS.search(page.run("document.getElementById('trial').outerHTML"))
        abx = answer(page, 5, ["1", "2", "3", " ", "ArrowRight", "a"])
        assert [row["answer"] for row in abx["trials"]] == [row["a"] for row in abx["trials"]]
        assert [row["replays"] for row in abx["trials"]] == [1] * 5
        assert abx["result"]["right"] == sum(row["x"] == row["a"] for row in abx["trials"])
        assert (abx["listener"], abx["seed"], abx["page"]) == ("=Ann", 3, "a run on demo-test")
        assert abx["methods"] == {"pseudo_inverse": "pseudo inverse", "model": "tcn"}

        begin(page, "preference", 2)
        preferred = answer(page, 2, ["2", "1", "ArrowLeft", "b"])
        assert [row["answer"] for row in preferred["trials"]] == [row["b"] for row in preferred["trials"]]
        begin(page, "preference", 2)
        assert answer(page, 2, ["2", "1", "n"])["result"]["none"] == 2

        begin(page, "rating", 2)
        assert page.run("document.querySelectorAll('input[type=range]:disabled').length") == 5
        page.press("1")
        page.press("Enter")
        assert page.run(told) == "Play and rate each of the sounds first."
        assert page.run("document.querySelectorAll('input[type=range]:disabled').length") == 4
        rating = answer(page, 2, ["0", *(key for place in "12345" for key in (place, *["ArrowRight"] * int(place)))])
        assert [row["rating"] for row in rating["trials"]] == [51, 52, 53, 54, 55] * 2
        assert sorted(row["method"] for row in rating["trials"][:5]) == sorted([*METHODS, "low_pass"])
        assert rating["sounds"] == abx["sounds"] == data_of(folder / "listening.html")["sounds"]
