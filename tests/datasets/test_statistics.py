"""Tests of the statistics: NumPy's, whatever the parts they are gathered from."""

import json

import numpy as np
import pytest
from configurations import preset
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from speech import speech_features

from mfccinv.datasets.statistics import BLOCK, Moments, Statistics, feature_moments
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.system.atomic_files import write_json, write_text
from mfccinv.system.stored_files import DamagedFile

ROWS = arrays(np.float64, st.tuples(st.integers(1, 20), st.just(3)), elements=st.floats(-1e3, 1e3))


class TestMoments:
    @given(st.lists(ROWS, min_size=1, max_size=5))
    def test_of_parts_are_those_of_the_whole(self, parts):
        merged = Moments.of(parts[0])
        for part in parts[1:]:
            merged = merged.merge(Moments.of(part))
        whole = np.concatenate(parts)
        assert merged.count == len(whole)
        np.testing.assert_allclose(merged.mean, whole.mean(axis=0), atol=1e-9)
        np.testing.assert_allclose(merged.std, whole.std(axis=0), atol=1e-6)

    def test_blocks_are_gathered_whole(self, rng):
        rows = rng.normal(5, [1, 100], size=(2 * BLOCK + BLOCK // 2, 2)).astype(np.float32)
        moments = Moments.of(rows)
        assert moments.count == len(rows)
        np.testing.assert_allclose(moments.mean, rows.mean(axis=0, dtype=float), rtol=1e-12)
        np.testing.assert_allclose(moments.std, rows.std(axis=0, dtype=float), rtol=1e-12)

    def test_a_large_mean_costs_no_digits(self, rng):
        rows = 1e6 + rng.normal(size=(1000, 2)).astype(np.float32).astype(np.float64)
        merged = Moments.of(rows[:300]).merge(Moments.of(rows[300:]))
        np.testing.assert_allclose(merged.std, rows.std(axis=0), rtol=1e-9)

    def test_single_precision_is_summed_in_double(self):
        rows = np.full((1_000_000, 1), 0.1, np.float32)
        assert Moments.of(rows).mean[0] == pytest.approx(np.float64(np.float32(0.1)), abs=1e-12)
        assert Moments.of(rows).mean.dtype == np.float64


@pytest.fixture(scope="module")
def utterance():
    return speech_features(preset("asr"), seconds=1)


def test_features_and_residual(utterance):
    spec = preset("asr")
    statistics = Statistics.from_moments(feature_moments(utterance.mfcc, utterance.log_mel, spec))
    residual = utterance.log_mel - mfcc_to_log_mel(utterance.mfcc, spec)
    for name, rows in (("mfcc", utterance.mfcc), ("log_mel", utterance.log_mel), ("residual", residual)):
        exact = rows.astype(np.float64)
        np.testing.assert_allclose(getattr(statistics, f"{name}_mean"), exact.mean(axis=0), atol=1e-9)
        np.testing.assert_allclose(getattr(statistics, f"{name}_std"), exact.std(axis=0), atol=1e-9)
    assert np.abs(statistics.residual_mean).max() > 0.1


def test_what_is_saved_is_loaded(tmp_path, utterance):
    statistics = Statistics.from_moments(feature_moments(utterance.mfcc, utterance.log_mel, preset("asr")))
    write_text(tmp_path / "statistics.json", statistics.to_json())
    loaded = Statistics.load(tmp_path / "statistics.json", preset("asr"))
    assert vars(loaded).keys() == vars(statistics).keys()
    for name, values in vars(statistics).items():
        np.testing.assert_array_equal(getattr(loaded, name), values)


def test_what_is_not_finite_is_not_saved():
    log_mel = np.full((2, 80), np.nan, np.float32)
    statistics = Statistics.from_moments(feature_moments(np.zeros((2, 20), np.float32), log_mel, preset("asr")))
    with pytest.raises(ValueError, match="not JSON compliant"):
        statistics.to_json()


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"mfcc_std": [1.0] * 19 + [-1.0]}, "mfcc_std must be at least 0, got -1"),
        ({"mfcc_mean": [1e308] * 20}, "mfcc_mean must be 20 finite numbers of dB, got shape"),
        ({"more": [1.0]}, "unexpected keyword argument 'more'"),
        ({"mfcc_mean": None}, "mfcc_mean must be 20 finite numbers of dB, got shape"),
        ({"mfcc_std": [1.0] * 19}, r"mfcc_std must be 20 finite numbers of dB, got shape \(19,\)"),
        ({"log_mel_mean": ["loud"] * 80}, "could not convert string to float"),
        ({"residual_std": [[1.0]] * 80}, r"residual_std must be 80 finite numbers of dB, got shape \(80, 1\)"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_is_damage(tmp_path, utterance, changed, what):
    statistics = Statistics.from_moments(feature_moments(utterance.mfcc, utterance.log_mel, preset("asr")))
    path = tmp_path / "statistics.json"
    write_json(path, json.loads(statistics.to_json()) | changed)
    with pytest.raises(DamagedFile, match=rf"statistics\.json is damaged: .*{what}"):
        Statistics.load(path, preset("asr"))
