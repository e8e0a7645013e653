"""Tests of benchmarks/listening_results.py: what several listeners answered, with intervals over both."""

import importlib
import json

import numpy as np
import pytest
from places import REPOSITORY
from scipy.stats import binomtest

from mfccinv.reporting.html import read_script

TITLES = {"original": "original", "pseudo_inverse": "pseudo inverse", "model": "tcn"}
PAIR = {name: TITLES[name] for name in ("pseudo_inverse", "model")}


@pytest.fixture(scope="module")
def results():
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
        return importlib.import_module("listening_results")


@pytest.fixture
def write(results, tmp_path):
    """Function that writes a file as the page saves it."""

    def written(test, trials, listener="Ann", **changed):
        content = {
            "format": results.FORMAT,
            "sounds": "f00",
            "test": test,
            "listener": listener,
            "date": "2026-01-31",
            "seed": 1,
            "original": "original",
            "methods": TITLES if test == "rating" else PAIR,
            "trials": trials,
        } | changed
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps(content))
        return path

    return written


def abx(right):
    return [{"utterance": f"u{i % 2}", "right": one} for i, one in enumerate(right)]


def preference(answers):
    return [{"utterance": f"u{i}", "answer": answer} for i, answer in enumerate(answers)]


def rating(*screens):
    return [
        {"utterance": f"u{i}", "method": method, "rating": value}
        for i, screen in enumerate(screens)
        for method, value in zip(TITLES, screen, strict=True)
    ]


def rows_of(results, *paths):
    """Cells of each row but the first, split where columns are."""
    lines = results.describe(results.read_results(paths)).splitlines()
    return [[cell for cell in line.split("  ") if cell.strip()] for line in lines[1:]]


def test_the_files_are_those_of_the_page(results):
    assert f'const FORMAT = "{results.FORMAT}";' in read_script("listening_page.js")
    assert f'const NO_PREFERENCE = "{results.NO_PREFERENCE}";' in read_script("listening_trials.js")


def test_abx_of_two_listeners(results, write):
    paths = write("abx", abx([True] * 6 + [False] * 2)), write("abx", abx([True] * 8), "Bo")
    [row] = rows_of(results, *paths)
    assert [cell.strip() for cell in row[:4]] == ["abx", "pseudo inverse / tcn", "right, %", "87.5"]
    assert row[5].strip() == f"{binomtest(14, 16).pvalue:.3g}"
    assert [cell.strip() for cell in row[6:]] == ["16", "2", "2"]


def test_preferences_are_tested_without_those_who_have_none(results, write):
    paths = (
        write("preference", preference(["model", "model", "none"])),
        write("preference", preference(["model"]), "Bo"),
    )
    rows = {row[2].strip(): [cell.strip() for cell in row[3:]] for row in rows_of(results, *paths)}
    assert rows["tcn preferred, %"][0] == "75.0"
    assert rows["tcn preferred, %"][2] == rows["pseudo inverse preferred, %"][2] == f"{binomtest(3, 3).pvalue:.3g}"
    assert rows["no preference, %"][0] == "25.0"
    assert rows["no preference, %"][2:] == ["4", "2", "3"]


def test_ratings_are_means_and_who_misses_the_original_is_told(results, write):
    paths = write("rating", rating((100, 20, 50), (90, 30, 60))), write("rating", rating((80, 10, 40)), "B\no")
    text = results.describe(results.read_results(paths))
    means = {row[1].strip(): row[2].strip() for row in rows_of(results, *paths)[:3]}
    assert means == {"original": "90.0", "tcn": "50.0", "pseudo inverse": "20.0"}
    assert text.splitlines()[4:] == [
        "B\\no rated the hidden original below 90 in 1 of 1 trials: by ITU-R BS.1534-3, leave the file out"
    ]


class TestInterval:
    def answers(self, results, values):
        """Of values (listeners, utterances)."""
        return [
            results.Answer(f"l{i}", f"u{j}", float(value))
            for i, row in enumerate(values)
            for j, value in enumerate(row)
        ]

    def test_is_as_wide_as_both_differ(self, results, rng):
        """Of a balanced table, the variance of the mean is that over listeners plus that over utterances, and a bit."""
        values = 10 * rng.normal(size=(30, 1)) + 5 * rng.normal(size=(1, 20))
        low, high = results.two_way_interval(self.answers(results, values), seed=0)
        by_listener, by_utterance = (values.mean(axis=axis).var() / values.shape[1 - axis] for axis in (1, 0))
        assert low < values.mean() < high
        assert high - low == pytest.approx(2 * 1.96 * np.sqrt(by_listener + by_utterance), rel=0.1)

    def test_of_one_listener_is_over_utterances(self, results, rng):
        values = rng.normal(size=(1, 40))
        low, high = results.two_way_interval(self.answers(results, values), seed=0)
        assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(40), rel=0.1)

    def test_of_one_of_each_there_is_none(self, results):
        assert results.two_way_interval([results.Answer("l", "u", 1.0)] * 9, seed=0) is None

    def test_draws_without_an_answer_do_not_count(self, results):
        """Each heard another utterance: many draws hold none that was heard."""
        answers = [results.Answer("a", "u", 1.0), results.Answer("b", "v", 3.0)]
        assert results.two_way_interval(answers, seed=0) == [1.0, 3.0]


@pytest.mark.parametrize(
    ("test", "trials", "changed", "match"),
    [
        ("abx", abx([True]), {"format": "other"}, "no result of a listening test"),
        ("abx", [{"utterance": "u"}], {}, "damaged.*right"),
        ("abx", abx([7]), {}, "an answer must be one of.*got 7"),
        ("preference", preference(["original"]), {}, "an answer must be one of.*got 'original'"),
        ("rating", rating((0, 0, 101)), {}, r"a rating must be in \[0, 100\], got 101"),
        ("rating", rating((0, 0, 1)), {"methods": {"original": "o"}}, "damaged.*pseudo_inverse"),
        ("taste", abx([True]), {}, "test must be abx, preference or rating, got 'taste'"),
    ],
)
def test_other_files_are_refused(results, write, test, trials, changed, match):
    path = write(test, trials, **changed)
    with pytest.raises(ValueError, match=match) as error:
        results.read_results([path])
    assert str(path) in str(error.value)


def test_files_of_several_pages_and_the_same_twice_are_refused(results, write):
    first, again, other = (write("abx", abx([True]), **changed) for changed in ({}, {}, {"sounds": "b42", "seed": 2}))
    with pytest.raises(ValueError, match=r"1.json is the same as .*0.json: give it once"):
        results.read_results([first, again])
    with pytest.raises(ValueError, match=r"0.json and .*2.json are of different sounds"):
        results.read_results([first, other])


def test_is_told_in_a_line(results, write, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.argv", ["listening_results.py", str(write("abx", abx([True, False])))])
    results.main()
    assert "50.0" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["listening_results.py", str(tmp_path / "gone.json")])
    with pytest.raises(SystemExit, match=r"^error: .*gone.json"):
        results.main()
