"""Tests of networks that take several numbers of MFCC: what is unknown is left out, and what is known is kept."""

import keras
import numpy as np
import pytest
from configurations import settings
from networks import SMALL, apply, randomized, target_mfcc
from noise import noise_log_mel, noise_statistics, small_spec

from mfccinv.evaluation.frame_metrics import LARGEST_SNR_DB, spectral_snr
from mfccinv.features.cepstrum import dct_basis, log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.features.task import Task
from mfccinv.inference.prediction import predict_frames
from mfccinv.models.assembly import OUTPUTS, build_model
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.models.unknown_layers import CODES, UnknownMfcc

pytestmark = pytest.mark.usefixtures("untraced_file")

SPEC = small_spec(n_mfcc=24)  # of 24 bands
TASK = Task(min_mfcc=6)


def make(body, spec=SPEC, task=TASK, **changes):
    return build_model(SMALL[body] | changes, spec, noise_statistics(spec), task)


def noise(spec, n_mfcc, n_frames=40, seed=0):
    """Frames and their first MFCC."""
    log_mel = noise_log_mel(spec, n_frames, seed)
    return log_mel, log_mel_to_mfcc(log_mel, spec)[:, :n_mfcc]


def predict(model, body, mfcc):
    [predicted] = predict_frames(KerasNetwork(model), Context.of(SMALL[body]), [mfcc])
    return predicted


class TestProjection:
    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.parametrize("body", SMALL)
    def test_the_output_has_the_mfcc_of_the_input_whatever_their_number(self, body, output):
        spec = small_spec(n_mfcc=22, lifter=22)
        model = randomized(make(body, spec, output=output))
        for n_mfcc in (6, 13, 21, 22):
            _, mfcc = noise(spec, n_mfcc)
            predicted = predict(model, body, mfcc)
            np.testing.assert_allclose(log_mel_to_mfcc(predicted, spec)[:, :n_mfcc], mfcc, atol=1e-3)
            analytic = mfcc_to_log_mel(mfcc, spec.with_n_mfcc(n_mfcc))
            assert np.abs(predicted - analytic).max() > 1, "something was predicted"

    def test_at_the_size_of_the_asr_preset(self):
        """80 bands, whose lowest coefficient is the largest number that single precision has to hold."""
        spec = small_spec(n_mels=80, n_mfcc=80)
        model = randomized(make("dense", spec, Task(min_mfcc=10)))
        for n_mfcc in (10, 13, 20, 40, 79, 80):
            log_mel, mfcc = noise(spec, n_mfcc)
            predicted = predict(model, "dense", mfcc)
            np.testing.assert_allclose(log_mel_to_mfcc(predicted, spec)[:, :n_mfcc], mfcc, atol=1e-3)
        np.testing.assert_allclose(predicted, log_mel, atol=1e-3)

    @pytest.mark.parametrize("body", SMALL)
    def test_digital_silence_is_exact(self, body):
        silence = np.full((40, SPEC.n_mels), SPEC.floor_db, np.float32)
        predicted = predict(randomized(make(body)), body, log_mel_to_mfcc(silence, SPEC)[:, :13])
        assert spectral_snr(silence, predicted, 1).min() == LARGEST_SNR_DB


class TestStart:
    @pytest.mark.parametrize("n_mfcc", [6, 13, 20])
    @pytest.mark.parametrize("lifter", [0, 22])
    def test_an_untrained_network_is_the_analytic_inverse_and_the_mean_of_the_rest(self, lifter, n_mfcc):
        """As one for this number of MFCC alone is, whose statistics are those of the residual itself."""
        spec = small_spec(n_mfcc=22, lifter=lifter)
        own = spec.with_n_mfcc(n_mfcc)
        _, mfcc = noise(spec, n_mfcc)
        expected = mfcc_to_log_mel(mfcc, own) + noise_statistics(own).residual_mean
        np.testing.assert_allclose(predict(make("dense", spec), "dense", mfcc), expected, atol=1e-3)

    def test_the_scale_of_a_coefficient_is_its_deviation(self):
        spec = small_spec(n_mfcc=20)
        mean, std = noise_statistics(spec).coefficients(spec)
        coefficients = noise_log_mel(spec, 500) @ dct_basis(24, 24).T
        np.testing.assert_allclose(mean, coefficients.mean(axis=0), atol=1e-3)
        np.testing.assert_allclose(std[:20], coefficients.std(axis=0)[:20], atol=1e-3)
        np.testing.assert_allclose(std[20:], np.sqrt(np.mean(coefficients.var(axis=0)[20:])), atol=1e-3)


class TestUnknown:
    def test_are_zero_and_known_ones_are_as_they_were(self):
        x = np.ones((2, 3, 16), np.float32)
        x[0, :, 2:] = np.nan
        filled = keras.ops.convert_to_numpy(UnknownMfcc(16, fewest=2)(x))
        np.testing.assert_array_equal(filled[..., :16], np.nan_to_num(x))

    def test_every_number_is_told_from_zeros_and_from_the_others(self):
        """A coefficient that is at its mean and one that isn't known are the same number, and not the same."""
        x = np.zeros((15, 3, 16), np.float32)
        for row, known in enumerate(range(2, 17)):
            x[row, :, known:] = np.nan
        codes = keras.ops.convert_to_numpy(UnknownMfcc(16, fewest=2)(x))[..., 16:]
        np.testing.assert_allclose(codes.sum(axis=-1), 1, atol=1e-5)
        np.testing.assert_allclose(codes[[0, 14], 0], np.eye(CODES)[[0, -1]], atol=1e-5)
        np.testing.assert_allclose(
            codes @ np.arange(CODES), np.tile(np.log2(np.arange(2, 17) / 2) / 3 * 7, (3, 1)).T, atol=1e-4
        )

    @pytest.mark.parametrize("body", SMALL)
    def test_each_body_sees_how_many_are_known(self, body):
        """What is unknown is at its mean in one network and left out in the other: the codes alone differ."""
        model = randomized(make(body))
        statistics, (_, mfcc) = noise_statistics(SPEC), noise(SPEC, 8)
        mean = np.tile(statistics.mfcc_mean.astype(np.float32), (40, 1))
        mean[:, :8] = mfcc
        lost = dct_basis(24, 24)[12:]
        told = predict(model, body, mfcc) @ lost.T
        not_told = (predict(model, body, mean[:, :12])) @ lost.T
        assert np.abs(told - not_told).max() > 0.1

    @pytest.mark.parametrize("body", SMALL)
    def test_what_is_unknown_does_not_matter_and_utterances_may_differ(self, body):
        """A batch of utterances with other numbers of MFCC is that of each alone."""
        model = randomized(make(body))
        mfcc = [noise(SPEC, n_mfcc, n_frames)[1] for n_mfcc, n_frames in ((6, 30), (24, 50), (13, 7))]
        together = list(predict_frames(KerasNetwork(model), Context.of(SMALL[body]), mfcc))
        for one, predicted in zip(mfcc, together, strict=True):
            np.testing.assert_allclose(predicted, predict(model, body, one), atol=1e-3)

    @pytest.mark.parametrize("body", SMALL)
    def test_the_frames_of_a_run_equal_its_windows(self, body):
        model, context = randomized(make(body)), Context.of(SMALL[body])
        _, mfcc = noise(SPEC, 8, context.length + 5)
        inputs = np.pad(mfcc, ((0, 0), (0, 16)), constant_values=np.nan)
        middle = slice(context.target_offset, context.target_offset + 6)
        np.testing.assert_allclose(apply(model, inputs), predict(model, body, mfcc)[middle], atol=1e-3)
        assert len(target_mfcc(mfcc, context)) == 6

    def test_linear_spectra(self):
        model = randomized(build_model(SMALL["dense"], SPEC, None, Task("mfcc", "linear", 6)))
        predicted = predict(model, "dense", noise(SPEC, 9)[1])
        assert predicted.shape == (40, SPEC.n_bins)
        assert np.isfinite(predicted).all()


class TestSaved:
    def test_is_the_same_and_knows_how_many_it_takes(self, tmp_path):
        model = randomized(make("tcn with statistics"))
        _, mfcc = noise(SPEC, 9)
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        expected = predict(model, "tcn with statistics", mfcc)
        np.testing.assert_allclose(predict(loaded, "tcn with statistics", mfcc), expected, atol=1e-4)
        with pytest.raises(ValueError, match=r"^mfcc must be \(n_frames, 6 to 24\) with at least one frame, got shape"):
            predict(loaded, "tcn with statistics", noise(SPEC, 5)[1])


class TestErrors:
    @pytest.mark.parametrize(
        ("spec", "changes", "message"),
        [
            (small_spec(n_mfcc=5), {}, r"min_mfcc must be in \[1, features.n_mfcc=5\], got 6"),
            (
                SPEC,
                {"projection": False},
                "min_mfcc needs model.projection=true, or another model.output than residual",
            ),
        ],
    )
    def test_settings_that_do_not_go_together(self, spec, changes, message):
        with pytest.raises(ValueError, match=f"^{message}$"):
            make("dense", spec, **changes)

    def test_no_network(self):
        with pytest.raises(ValueError, match=r"^min_mfcc needs a network, not model 'pseudo_inverse': checkpoint=null"):
            build_model(settings("model", "pseudo_inverse"), SPEC, None, TASK)

    @pytest.mark.parametrize("n_mfcc", [5, 25])
    def test_other_numbers(self, n_mfcc):
        with pytest.raises(ValueError, match=rf"6 to 24\) with at least one frame, got shape \(3, {n_mfcc}\)"):
            predict(make("dense"), "dense", np.zeros((3, n_mfcc), np.float32))
