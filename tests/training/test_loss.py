"""Tests of the losses: closed forms, what the weights do, gradients at the edges, agreement with the scores."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from configurations import config_names, settings
from noise import noise_log_mel, small_spec

from mfccinv.evaluation.frame_metrics import spectral_snr
from mfccinv.training.loss import LOSSES, FrameMean, make_loss

SPEC = small_spec()


def frame_losses(name, true_db, predicted_db):
    """Loss of each frame with the settings of its YAML file."""
    return keras.ops.convert_to_numpy(make_loss(settings("loss", name))(true_db, predicted_db))


@pytest.fixture
def true_db():
    return noise_log_mel(SPEC, 60).reshape(3, 20, SPEC.n_mels)


@pytest.fixture
def predicted_db(true_db):
    return true_db + np.random.default_rng(1).normal(0, 6, size=true_db.shape).astype(np.float32)


class TestClosedForms:
    @pytest.mark.parametrize(("name", "least"), [("mse_db", 0), ("mae_db", 0), ("mse_magnitude", 0), ("snr", -60)])
    def test_a_perfect_prediction(self, true_db, name, least):
        np.testing.assert_allclose(frame_losses(name, true_db, true_db), np.full((3, 20), least), atol=1e-4)

    @pytest.mark.parametrize("step", [-20.0, -3.0, 6.0])
    def test_a_wrong_level(self, true_db, step):
        moved = true_db + np.float32(step)
        np.testing.assert_allclose(frame_losses("mse_db", true_db, moved), step**2, rtol=1e-4)
        np.testing.assert_allclose(frame_losses("mae_db", true_db, moved), abs(step), rtol=1e-4)
        weight = settings("loss", "snr")["mse_db_weight"]
        expected = 20 * np.log10(abs(1 - 10 ** (step / 20))) + weight * step**2
        np.testing.assert_allclose(frame_losses("snr", true_db, moved), expected, atol=1e-3)

    def test_magnitudes(self):
        true, predicted = np.array([[[0.0, 20.0, -20.0, -200.0]]]), np.array([[[20.0, 20.0, 0.0, -200.0]]])
        expected = ((1 - 10) ** 2 + (0.1 - 1) ** 2) / 4
        np.testing.assert_allclose(frame_losses("mse_magnitude", true, predicted), [[expected]], rtol=1e-5)

    @pytest.mark.parametrize("weight", [0.0, 0.01, 0.5])
    def test_the_snr_loss_is_the_score_turned_around(self, true_db, predicted_db, weight):
        loss = keras.ops.convert_to_numpy(LOSSES["snr"](mse_db_weight=weight, exponent=0.0)(true_db, predicted_db))
        for run in range(len(true_db)):
            snr = spectral_snr(true_db[run], predicted_db[run], 1)
            squares = np.mean((true_db[run] - predicted_db[run]) ** 2, axis=1)
            np.testing.assert_allclose(loss[run], -snr + weight * squares, atol=1e-2)

    @pytest.mark.parametrize("exponent", [0.5, 1.0])
    def test_the_snr_loss_with_an_exponent(self, true_db, predicted_db, exponent):
        """The power transform of the relative error that the score is the logarithm of."""
        loss = keras.ops.convert_to_numpy(LOSSES["snr"](mse_db_weight=0.0, exponent=exponent)(true_db, predicted_db))
        snr = np.stack([spectral_snr(*run, 1) for run in zip(true_db, predicted_db, strict=True)])
        relative_error = 10 ** (-snr / 10)
        expected = 10 / np.log(10) * (relative_error**exponent - 1) / exponent
        np.testing.assert_allclose(loss, expected, rtol=1e-3, atol=1e-3)

    @pytest.mark.parametrize("level", [-300.0, 300.0])
    def test_the_snr_loss_does_not_depend_on_the_level(self, true_db, predicted_db, level):
        moved = [part.astype(np.float64) + level for part in (true_db, predicted_db)]
        np.testing.assert_allclose(
            frame_losses("snr", *moved), frame_losses("snr", true_db, predicted_db), rtol=1e-3, atol=1e-3
        )


class TestGradients:
    @pytest.mark.parametrize("name", LOSSES)
    @pytest.mark.parametrize("true_level", [-200.0, -100.0, 0.0, 60.0])
    @pytest.mark.parametrize("error", [-300.0, -1e-3, 0.0, 1.0, 200.0])
    def test_are_finite_for_silent_and_absurd_frames(self, name, true_level, error):
        true = np.full((1, 2, SPEC.n_mels), true_level, np.float32)
        true[0, 1, ::2] -= 80
        predicted = tf.Variable(true + np.float32(error))
        loss = FrameMean(make_loss(settings("loss", name)))
        with tf.GradientTape() as tape:
            value = loss(true, predicted)
        assert np.isfinite(value.numpy())
        assert np.isfinite(tape.gradient(value, predicted).numpy()).all()

    @pytest.mark.parametrize("name", LOSSES)
    def test_lead_to_the_truth(self, name, true_db, predicted_db):
        predicted = tf.Variable(predicted_db)
        loss = FrameMean(make_loss(settings("loss", name)))
        with tf.GradientTape() as tape:
            before = loss(true_db, predicted)
        slope = tape.gradient(before, predicted).numpy()
        step = 1e-2 * slope / np.linalg.norm(slope)
        assert float(loss(true_db, predicted_db - step)) < float(before)
        assert np.sum(slope * (predicted_db - true_db)) > 0


class TestWeights:
    @pytest.mark.parametrize("name", LOSSES)
    def test_are_those_of_a_mean_over_frames(self, name, true_db, predicted_db):
        weights = np.random.default_rng(2).integers(0, 2, size=(3, 20)).astype(np.float32)
        assert 0 < weights.sum() < weights.size
        expected = frame_losses(name, true_db, predicted_db)[weights == 1].mean()
        loss = FrameMean(make_loss(settings("loss", name)))
        assert float(loss(true_db, predicted_db, sample_weight=weights)) == pytest.approx(expected, rel=1e-5)

    @pytest.mark.parametrize("name", LOSSES)
    def test_of_zero_leave_a_frame_out(self, name, true_db, predicted_db):
        weights = np.ones((3, 20), np.float32)
        weights[1, 5:] = 0
        loss = FrameMean(make_loss(settings("loss", name)))
        before = float(loss(true_db, predicted_db, sample_weight=weights))
        true_db[1, 5:], predicted_db[1, 5:] = 0, 50
        assert float(loss(true_db, predicted_db, sample_weight=weights)) == pytest.approx(before, rel=1e-6)
        assert float(loss(true_db, predicted_db)) != pytest.approx(before, rel=1e-2)


class TestRegistry:
    @pytest.mark.parametrize("name", config_names("loss"))
    def test_every_file_names_a_loss_and_exactly_its_settings(self, name):
        values = settings("loss", name)
        parameters = inspect.signature(LOSSES[values.pop("name")]).parameters
        assert set(values) == set(parameters)
        for parameter in parameters.values():
            assert parameter.kind is parameter.KEYWORD_ONLY
            assert parameter.default is parameter.empty

    def test_every_loss_has_a_file(self):
        assert set(LOSSES) == {settings("loss", name)["name"] for name in config_names("loss")}

    @pytest.mark.parametrize("name", LOSSES)
    def test_a_loss_is_one_number_a_frame(self, name, true_db, predicted_db):
        losses = frame_losses(name, true_db, predicted_db)
        assert losses.shape == (3, 20)
        alone = frame_losses(name, true_db[1:2, 3:4], predicted_db[1:2, 3:4])
        np.testing.assert_allclose(alone[0, 0], losses[1, 3], rtol=1e-5)


class TestErrors:
    def test_an_unknown_loss(self):
        with pytest.raises(ValueError, match=rf"^loss must be one of {', '.join(LOSSES)}, got 'l2'$"):
            make_loss({"name": "l2"})

    def test_a_negative_weight(self):
        with pytest.raises(ValueError, match=r"loss.mse_db_weight must be at least 0, got -1"):
            make_loss({"name": "snr", "mse_db_weight": -1, "exponent": 0.0})

    @pytest.mark.parametrize("exponent", [-0.1, 1.1])
    def test_an_exponent_out_of_range(self, exponent):
        with pytest.raises(ValueError, match=r"loss.exponent must be in \[0, 1\], got"):
            make_loss({"name": "snr", "mse_db_weight": 0.1, "exponent": exponent})

    def test_an_unknown_or_missing_setting(self):
        """As when an experiment sets those of its own loss, and another one is asked for."""
        with pytest.raises(ValueError, match=r"^loss 'mse_db' doesn't know exponent: leave them out, ~loss\.exponent$"):
            make_loss({"name": "mse_db", "exponent": 0.5})
        with pytest.raises(ValueError, match=r"^loss 'snr' lacks exponent$"):
            make_loss({"name": "snr", "mse_db_weight": 0.1})


class TestPhaseSteps:
    def steps(self, seed, n=5):
        return np.random.default_rng(seed).normal(size=(2, 3, 4 * n)).astype(np.float32)

    def test_is_the_weighted_distance_in_the_complex_plane(self):
        true, predicted = self.steps(0), self.steps(1)
        (time_true, frequency_true), (time, frequency) = (
            (one[..., :5] + 1j * one[..., 5:10], one[..., 10:15] + 1j * one[..., 15:]) for one in (true, predicted)
        )
        weighted, found = np.stack([time_true, frequency_true]), np.stack([time, frequency])
        weight = np.abs(weighted)
        expected = np.mean(weight * np.abs(found - weighted / weight) ** 2, axis=(0, -1))
        np.testing.assert_allclose(frame_losses("phase_steps", true, predicted), expected, rtol=1e-4)

    def test_of_nothing_it_is_the_mean_weight_and_of_the_truth_nothing(self):
        true = self.steps(0)
        weight = np.hypot(true[..., [*range(5), *range(10, 15)]], true[..., [*range(5, 10), *range(15, 20)]])
        np.testing.assert_allclose(frame_losses("phase_steps", true, 0 * true), weight.mean(axis=-1), rtol=1e-5)
        units = np.concatenate([weight[..., :5], weight[..., :5], weight[..., 5:], weight[..., 5:]], axis=-1)
        np.testing.assert_allclose(frame_losses("phase_steps", true, true / units), 0, atol=1e-6)

    def test_silence_has_a_gradient(self):
        """Nothing of silence has a weight, not even the square root's slope at 0."""
        predicted = tf.Variable(self.steps(1))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(make_loss({"name": "phase_steps"})(tf.zeros_like(predicted), predicted))
        np.testing.assert_array_equal(tape.gradient(loss, predicted), 0)
