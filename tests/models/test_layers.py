"""Tests of the layers, fixed and trained, against independent answers."""

import re

import keras
import numpy as np
import pytest
from networks import SMALL, SPEC, apply, make_small, randomized, target_mfcc
from noise import noise_log_mel, noise_mfcc, noise_statistics, small_spec

from mfccinv.features.cepstrum import dct_basis, log_mel_to_mfcc
from mfccinv.features.context import Context
from mfccinv.inference import numpy_ops
from mfccinv.inference.formulas import LOUDNESS_SLOPE, loudness_statistics
from mfccinv.models.layers import (
    SMALLEST_STD_DB,
    Destandardize,
    LoudnessStatistics,
    OutputDense,
    ScaledDense,
    Standardize,
)
from mfccinv.models.mel_layers import AnalyticInverse, MagnitudeToDb, NullSpace


class TestLayers:
    def test_statistics_over_frames_count_loud_ones_more(self):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(2, 12, 3)).astype(np.float32)
        statistics = keras.ops.convert_to_numpy(LoudnessStatistics(5)(x))
        assert statistics.shape == (2, 8, 6)
        window = x[1, 3:8].astype(np.float64)
        weights = np.exp(LOUDNESS_SLOPE * window[:, 0])
        mean = np.average(window, axis=0, weights=weights)
        deviation = np.sqrt(np.average((window - mean) ** 2, axis=0, weights=weights))
        np.testing.assert_allclose(statistics[1, 3, :3], mean, atol=1e-4)
        np.testing.assert_allclose(statistics[1, 3, 3:], deviation, atol=3e-2)

    def test_statistics_of_quiet_frames_do_not_lose_themselves_in_loud_ones_before(self):
        x = np.full((1, 700, 2), -6.0, np.float32)
        x[:, :300] = 6.0
        [sums, expected] = (loudness_statistics(one, x, 175) for one in (numpy_ops, keras.ops))
        np.testing.assert_allclose(sums[..., :2], expected[..., :2], atol=0.1)
        np.testing.assert_allclose(sums[..., 2:], expected[..., 2:], atol=0.3)  # what cancels in a square
        np.testing.assert_allclose(sums[0, -1, :2], -6.0, atol=0.1)

    @pytest.mark.parametrize("c0", [-500.0, 500.0])
    def test_statistics_of_what_is_far_from_speech_are_finite(self, c0):
        x = np.full((1, 8, 2), c0, np.float32)
        statistics = keras.ops.convert_to_numpy(LoudnessStatistics(5)(x))
        np.testing.assert_allclose(statistics[..., :2], c0, rtol=1e-5)
        assert np.isfinite(statistics).all()

    def test_standardisation_and_back(self):
        mean, deviation = np.array([1.0, -2.0, 3.0]), np.array([2.0, 0.0, 5.0])
        x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
        standard = keras.ops.convert_to_numpy(Standardize(3, mean, deviation)(x))
        np.testing.assert_allclose(standard[..., 0], (x[..., 0] - 1) / 2, rtol=1e-5)
        np.testing.assert_allclose(standard[..., 1], (x[..., 1] + 2) / SMALLEST_STD_DB, rtol=1e-5)
        np.testing.assert_allclose(Destandardize(3, mean, deviation)(standard), x, atol=1e-5)

    def test_affine_layers_on_weights_are_those_on_frames(self):
        rng, n = np.random.default_rng(0), SPEC.n_mels
        affine = [Destandardize(n, rng.normal(size=n), rng.uniform(1, 9, n)), NullSpace(SPEC)]
        x = rng.normal(size=(2, 7, 5)).astype(np.float32)
        both = OutputDense(n, affine, bias_initializer="normal")
        found = keras.ops.convert_to_numpy(both(x))
        frames = keras.ops.matmul(x, both.kernel) + keras.ops.convert_to_numpy(both.bias)
        for layer in affine:
            frames = layer(frames)
        np.testing.assert_allclose(found, keras.ops.convert_to_numpy(frames), atol=1e-4)
        assert len(both.trainable_weights) == 2
        assert np.abs(found @ dct_basis(SPEC.n_mfcc, n).T).max() < 1e-3, "the MFCC stay what they are"

    def test_scale_and_offset_on_weights_are_those_on_inputs(self):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(2, 7, 5)).astype(np.float32)
        layer = ScaledDense(3, bias_initializer="normal")
        layer.build(x.shape)
        np.testing.assert_allclose(layer(x), x @ layer.kernel.numpy() + layer.bias.numpy(), atol=1e-5)
        gamma, beta = rng.normal(size=(2, 5)).astype(np.float32)
        layer.gamma.assign(gamma)
        layer.beta.assign(beta)
        expected = (x * gamma + beta) @ layer.kernel.numpy() + layer.bias.numpy()
        np.testing.assert_allclose(layer(x), expected, atol=1e-5)

    def test_statistics_are_constants_of_the_model(self):
        model, statistics = make_small("dense"), noise_statistics(SPEC)
        fixed = {weight.path: weight.numpy() for weight in model.non_trainable_weights}
        for part in (statistics.mfcc_mean, statistics.mfcc_std, statistics.residual_std):
            assert any(np.array_equal(weight, part.astype(np.float32)) for weight in fixed.values())
        assert not any(re.search(r"mean|deviation|inverse|forward", weight.path) for weight in model.trainable_weights)

    def test_magnitude_becomes_db_with_a_floor(self):
        magnitude = np.array([[1.0, 10.0, 0.1, 1e-9, 0.0]], np.float32)
        np.testing.assert_allclose(MagnitudeToDb(-100.0)(magnitude), [[0, 20, -20, -100, -100]], atol=1e-4)

    @pytest.mark.parametrize("power", [1, 2])
    def test_a_magnitude_model_never_falls_below_the_floor(self, power):
        spec = small_spec(power=power)
        model = randomized(make_small("dense", spec, output="magnitude", projection=False))
        predicted = apply(model, noise_mfcc(spec, 100))
        assert predicted.min() == pytest.approx(spec.floor_db, abs=1e-3)
        assert predicted.max() > -40

    def test_fixed_layers_stay_exact_in_half_precision(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            model = randomized(make_small("dense"))
        finally:
            keras.config.set_dtype_policy("float32")
        mfcc = noise_mfcc(SPEC, 20)
        kept = target_mfcc(mfcc, Context.of(SMALL["dense"]))
        np.testing.assert_allclose(log_mel_to_mfcc(apply(model, mfcc), SPEC), kept, atol=1e-3)

    def test_the_inverse_undoes_the_lifter(self):
        spec = small_spec(n_mfcc=24, lifter=22)
        log_mel = noise_log_mel(spec, 10)
        restored = AnalyticInverse(spec)(log_mel_to_mfcc(log_mel, spec))
        np.testing.assert_allclose(restored, log_mel, atol=1e-3)
