"""Tests of the scores with intervals: totals, paired gains, intervals of the right width, speakers."""

import json

import numpy as np
import pytest
from noise import noise_log_mel, small_spec

from mfccinv.evaluation.bootstrap import score_means, score_methods
from mfccinv.evaluation.frame_metrics import FrameSums

SPEC = small_spec()
SPEAKERS = ["b", "a", "", "a", "b", "a"] * 5


def predictions(noise_db, seed):
    """True and predicted frames of each utterance."""
    generator = np.random.default_rng(seed)
    for number in range(len(SPEAKERS)):
        true = noise_log_mel(SPEC, 35 + number, number)
        yield true, true + generator.normal(0, noise_db * (1 + 0.1 * (number % 5)), size=true.shape)


def sums_of(noise_db, seed=0):
    return [FrameSums.of(true, predicted) for true, predicted in predictions(noise_db, seed)]


@pytest.fixture(scope="module")
def sums():
    return {"net": sums_of(3), "simple": sums_of(6, seed=1), "same": sums_of(6, seed=1)}


@pytest.fixture(scope="module")
def scores(sums):
    return score_methods(sums, SPEAKERS, model="net", baseline="simple", seed=0)


def test_values_are_those_of_all_frames_together(sums, scores):
    assert scores["frames"] == sum(35 + number for number in range(len(SPEAKERS)))
    for method, parts in sums.items():
        expected = FrameSums.stack(parts).total().summary()
        assert {name: score["value"] for name, score in scores["total"][method].items()} == pytest.approx(expected)


def test_intervals_hold_the_value_and_not_much_more(scores):
    for method in scores["total"].values():
        for name, score in method.items():
            low, high = score["interval"]
            assert low < score["value"] < high
            assert high - low < 2 or "power" in name or "pooled" in name


def test_the_gain_is_the_difference(scores):
    for name, gain in scores["gain"].items():
        net, simple = (scores["total"][method][name] for method in ("net", "simple"))
        assert gain["value"] == pytest.approx(net["value"] - simple["value"])
        low, high = gain["interval"]
        assert low < gain["value"] < high
        assert np.sign(low) == np.sign(high) == (-1 if name in ("lsd", "msd") else 1)


def test_a_method_has_no_gain_over_itself_in_any_resampling(sums):
    """Both are scored on the same resampled utterances, so what they share cancels."""
    scores = score_methods(sums, SPEAKERS, model="same", baseline="simple", seed=0)
    assert {(gain["value"], *gain["interval"]) for gain in scores["gain"].values()} == {(0.0, 0.0, 0.0)}


def test_speakers_are_scored_alone(sums, scores):
    assert list(scores["speakers"]) == ["", "a", "b"]
    for speaker, methods in scores["speakers"].items():
        for method, values in methods.items():
            own = [part for part, name in zip(sums[method], SPEAKERS, strict=True) if name == speaker]
            assert values == pytest.approx(FrameSums.stack(own).total().summary())


def test_band_error_is_a_root_mean_square(scores):
    errors = np.concatenate([predicted - true for true, predicted in predictions(3, 0)])
    np.testing.assert_allclose(scores["band_error"]["net"], np.sqrt(np.mean(errors**2, axis=0)), rtol=1e-6)


def test_the_seed_decides_the_intervals_alone(sums, scores):
    again = score_methods(sums, SPEAKERS, model="net", baseline="simple", seed=0)
    other = score_methods(sums, SPEAKERS, model="net", baseline="simple", seed=1)
    assert again == scores
    assert other["total"]["net"]["snr"]["value"] == scores["total"]["net"]["snr"]["value"]
    assert other["total"]["net"]["snr"]["interval"] != scores["total"]["net"]["snr"]["interval"]


def test_one_utterance_has_no_interval():
    """Nothing is known of how much others would differ."""
    scores = score_methods({"net": sums_of(3)[:1]}, ["a"], model="net", baseline="net", seed=0)
    assert scores["total"]["net"]["snr"]["value"] > 0
    assert {score["interval"] for score in (*scores["total"]["net"].values(), *scores["gain"].values())} == {None}
    assert {score["interval"] for score in scores["levels"]["gain"]} == {None}
    two = score_methods({"net": sums_of(3)[:2]}, ["a", "a"], model="net", baseline="net", seed=0)
    assert two["total"]["net"]["snr"]["interval"] is not None


def test_the_gain_by_level_is_the_difference(sums, scores):
    levels = scores["levels"]
    assert levels["frames"] == FrameSums.stack(sums["net"]).total().level_frames.tolist()
    assert sum(levels["frames"]) == scores["frames"]
    filled = [place for place, count in enumerate(levels["frames"]) if count]
    assert len(filled) >= 2
    for place, gain in enumerate(levels["gain"]):
        net, simple = (levels["total"][method][place] for method in ("net", "simple"))
        if place in filled:
            assert gain["value"] == pytest.approx(net - simple)
        else:
            assert (net, simple, gain) == (None, None, {"value": None, "interval": None})
    low, high = levels["gain"][filled[0]]["interval"]
    assert 0 < low < levels["gain"][filled[0]]["value"] < high


def test_means_have_the_interval_of_the_normal_distribution():
    values = np.random.default_rng(0).normal(2, 3, size=400)
    scores = score_means({"pesq": values.tolist(), "stoi": [0.5]}, seed=0)
    assert scores["pesq"]["value"] == pytest.approx(values.mean())
    low, high = scores["pesq"]["interval"]
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(400), rel=0.1)
    assert (low + high) / 2 == pytest.approx(values.mean(), abs=0.05)
    assert scores["stoi"] == {"value": 0.5, "interval": None}


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e4])
def test_what_is_not_finite_is_none(wrong):
    """A frame of one utterance is enough to spoil its sums, and nothing else."""
    true = [noise_log_mel(SPEC, 30, number) for number in range(4)]
    predicted = [one + 3 for one in true]
    predicted[0][0, 0] = wrong
    sums = {
        "net": [FrameSums.of(*pair) for pair in zip(true, predicted, strict=True)],
        "same": [FrameSums.of(one, one) for one in true],
    }
    scores = score_methods(sums, ["a", "b", "b", "b"], model="net", baseline="same", seed=0)
    json.dumps(scores, allow_nan=False)
    assert scores["total"]["net"]["snr"] == scores["gain"]["snr"] == {"value": None, "interval": None}
    assert scores["total"]["same"]["snr"]["value"] == pytest.approx(120)
    assert scores["speakers"]["a"]["net"]["snr"] is None


def test_frames_without_any_energy_have_no_ratio():
    silence = np.tile(np.linspace(-5000.0, -4990.0, SPEC.n_mels), (5, 1))
    scores = score_methods({"net": [FrameSums.of(silence, silence)]}, [""], model="net", baseline="net", seed=0)
    json.dumps(scores, allow_nan=False)
    assert scores["total"]["net"]["snr"] == {"value": None, "interval": None}
    assert scores["total"]["net"]["lsd"] == {"value": 0.0, "interval": None}


def test_digital_silence_alone_has_no_scores():
    silence = [np.full((length, SPEC.n_mels), -100.0) for length in (5, 7)]
    sums = {"net": [FrameSums.of(one, one) for one in silence]}
    scores = score_methods(sums, ["", ""], model="net", baseline="net", seed=0)
    json.dumps(scores, allow_nan=False)
    assert (scores["frames"], scores["silent_frames"]) == (0, 12)
    assert {score["value"] for score in scores["total"]["net"].values()} == {None}


def test_a_mean_of_what_is_not_finite_is_none():
    assert score_means({"pesq": [1.0, np.nan], "stoi": [0.5]}, seed=0) == {
        "pesq": {"value": None, "interval": None},
        "stoi": {"value": 0.5, "interval": None},
    }
