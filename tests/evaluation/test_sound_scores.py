"""Tests of what scores of sound are collected: those of what is installed and asked for, each against the original."""

import numpy as np
import pytest

from mfccinv.evaluation import sound_scores
from mfccinv.evaluation.sound_metrics import WordSums
from mfccinv.evaluation.sound_scores import SoundScores

ORIGINAL, OTHER = np.random.default_rng(0).normal(0, 0.1, size=(2, 8000))


@pytest.fixture
def packages(monkeypatch):
    """Packages that give known numbers, by the first sample of a sound; returns which of them are there."""
    there = {"quality", "f0"}
    for name in ("quality", "f0"):
        monkeypatch.setattr(sound_scores, f"{name}_is_installed", lambda name=name: name in there)
    monkeypatch.setattr(
        sound_scores, "audio_quality", lambda original, y, rate: {"pesq": 4.0 if y is original else 2.0}
    )
    monkeypatch.setattr(sound_scores, "track_f0", lambda y, rate: np.full(10, 100.0 if y is ORIGINAL else 150.0))
    monkeypatch.setattr(sound_scores, "recognise_words", lambda y, rate: ["one", "two"] if y is ORIGINAL else ["one"])
    monkeypatch.setattr(sound_scores, "predict_mos", lambda y, rate: 3.5 if y is ORIGINAL else 3.0)
    monkeypatch.setattr(
        WordSums, "of", lambda true, words: WordSums(np.array(len(true)), np.array(len(true) - len(words)))
    )
    return there


def scored(*, wer=False, mos=False):
    scores = SoundScores(wer=wer, mos=mos)
    for _ in range(2):
        scores.add(ORIGINAL, {"true": ORIGINAL, "model": OTHER}, 16000)
    return scores.scored(("model", "true"), seed=0)


def test_each_method_is_scored_against_the_original(packages):
    scores = scored(wer=True)
    values = {name: scores["methods"]["true"][name]["value"] for name in scores["methods"]["true"]}
    assert values == {"pesq": 4, "mcd": 0, "vde": 0, "gpe": 0, "ffe": 0, "f0_cents": 0, "wer": 0}
    model = scores["methods"]["model"]
    assert (model["pesq"]["value"], model["gpe"]["value"], model["wer"]["value"]) == (2, 100, 50)
    assert scores["gain"]["pesq"] == {"value": -2.0, "interval": [-2.0, -2.0]}
    assert scores["gain"]["gpe"] == {"value": 100.0, "interval": [100.0, 100.0]}
    assert model["mcd"]["value"] == scores["gain"]["mcd"]["value"] > 1


@pytest.mark.parametrize(
    ("there", "names"),
    [((), {"mcd"}), (("quality",), {"mcd", "pesq"}), (("f0",), {"mcd", "vde", "gpe", "ffe", "f0_cents"})],
)
def test_scores_are_those_of_the_packages_that_are_there(packages, there, names):
    packages &= set(there)
    scores = scored()
    assert set(scores["methods"]["model"]) == set(scores["gain"]) == names


@pytest.mark.parametrize("there", [(), ("quality",)])
def test_an_opinion_is_of_each_sound_by_itself(packages, there):
    packages &= set(there)
    scores = scored(mos=True)
    assert [scores["methods"][name]["mos"]["value"] for name in ("true", "model")] == [3.5, 3.0]
    assert scores["gain"]["mos"] == {"value": -0.5, "interval": [-0.5, -0.5]}
    assert ("pesq" in scores["gain"]) == ("quality" in there)


def test_nothing_heard_has_no_scores():
    assert SoundScores(wer=True, mos=True).scored(("model", "true"), seed=0) == {"methods": {}, "gain": {}}
