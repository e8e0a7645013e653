"""Tests of the cepstrum and its analytic inverse: closed forms, librosa, and what the projection keeps."""

import librosa
import numpy as np
import pytest
from configurations import PRESETS, preset
from hypothesis import given
from hypothesis import strategies as st
from speech import speech

from mfccinv.features.cepstrum import (
    dct_basis,
    inverse_basis,
    log_mel_to_mfcc,
    mfcc_basis,
    mfcc_to_log_mel,
    mfcc_to_whole_log_mel,
    project_onto_mfcc,
)
from mfccinv.features.extract import extract_log_mel
from mfccinv.features.mel import empty_bands, log_mel_of_magnitude

LIFTERS = [0.0, 22.0, 40.0]


@pytest.fixture
def log_mel(rng):
    """Frames of plausible level, (50, 80), float64, dB."""
    return rng.normal(-40, 15, size=(50, 80))


class TestBasis:
    def test_is_the_orthonormal_dct(self):
        n, k = np.arange(80), np.arange(20)[:, None]
        expected = np.sqrt(2 / 80) * np.cos(np.pi * k * (2 * n + 1) / 160)
        expected[0] = np.sqrt(1 / 80)
        np.testing.assert_allclose(dct_basis(20, 80), expected, atol=1e-14)

    @given(st.data())
    def test_rows_are_orthonormal(self, data):
        n_mels = data.draw(st.integers(1, 128))
        basis = dct_basis(data.draw(st.integers(1, n_mels)), n_mels)
        np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-12)

    @pytest.mark.parametrize("n_mfcc", [0, 81])
    def test_number_of_coefficients_is_checked(self, n_mfcc):
        with pytest.raises(ValueError, match=rf"n_mfcc must be in \[1, n_mels=80\], got {n_mfcc}"):
            dct_basis(n_mfcc, 80)

    @pytest.mark.parametrize("lifter", LIFTERS)
    def test_inverse_undoes_the_forward_map(self, lifter):
        spec = preset("asr", lifter=lifter)
        np.testing.assert_allclose(mfcc_basis(spec) @ inverse_basis(spec), np.eye(20), atol=1e-12)

    def test_inverse_is_the_pseudo_inverse(self):
        spec = preset("asr")
        np.testing.assert_allclose(inverse_basis(spec), np.linalg.pinv(mfcc_basis(spec)), atol=1e-12)


class TestInverse:
    @pytest.mark.parametrize("lifter", LIFTERS)
    def test_all_coefficients_invert_exactly(self, log_mel, lifter):
        spec = preset("asr", n_mfcc=80, lifter=lifter)
        np.testing.assert_allclose(mfcc_to_log_mel(log_mel_to_mfcc(log_mel, spec), spec), log_mel, atol=1e-9)

    @pytest.mark.parametrize("lifter", LIFTERS)
    @pytest.mark.parametrize("n_mfcc", [1, 13, 20, 80])
    def test_equals_librosa(self, log_mel, n_mfcc, lifter):
        spec = preset("asr", n_mfcc=n_mfcc, lifter=lifter)
        mfcc = log_mel_to_mfcc(log_mel, spec)
        np.testing.assert_allclose(mfcc, librosa.feature.mfcc(S=log_mel.T, n_mfcc=n_mfcc, lifter=lifter).T, atol=1e-9)
        mel = librosa.feature.inverse.mfcc_to_mel(mfcc.T, n_mels=80, lifter=lifter).T
        np.testing.assert_allclose(mfcc_to_log_mel(mfcc, spec), 10 * np.log10(mel), atol=1e-9)

    @pytest.mark.parametrize("name", PRESETS)
    def test_equals_librosa_on_speech(self, name):
        spec = preset(name)
        mfcc = log_mel_to_mfcc(extract_log_mel(speech(spec.sample_rate, 1), spec), spec)
        mel = librosa.feature.inverse.mfcc_to_mel(mfcc.T, n_mels=spec.n_mels, ref=1.0).T
        np.testing.assert_allclose(mfcc_to_log_mel(mfcc, spec), 10 * np.log10(mel), atol=1e-4)

    def test_discards_what_the_mfcc_do_not_hold(self, log_mel):
        spec = preset("asr")
        missed = log_mel - mfcc_to_log_mel(log_mel_to_mfcc(log_mel, spec), spec)
        np.testing.assert_allclose(log_mel_to_mfcc(missed, spec), 0, atol=1e-10)
        assert np.abs(missed).max() > 1

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_type_and_leading_axes_are_kept(self, log_mel, dtype):
        spec = preset("asr")
        frames = log_mel.astype(dtype).reshape(5, 10, 80)
        mfcc = log_mel_to_mfcc(frames, spec)
        assert (mfcc.shape, mfcc.dtype) == ((5, 10, 20), dtype)
        inverse = mfcc_to_log_mel(mfcc, spec)
        assert (inverse.shape, inverse.dtype) == ((5, 10, 80), dtype)


class TestWholeFrames:
    """Features four of whose 128 bands contain no bin of the FFT."""

    @pytest.fixture(params=["torchaudio", "torchaudio_log"])
    def spec(self, request):
        return preset(request.param)

    def test_without_empty_bands_nothing_changes(self, log_mel):
        spec = preset("asr")
        mfcc = log_mel_to_mfcc(log_mel, spec)
        np.testing.assert_array_equal(mfcc_to_whole_log_mel(mfcc, spec), mfcc_to_log_mel(mfcc, spec))

    def test_have_the_mfcc_and_the_floor(self, spec):
        true = extract_log_mel(speech(16000, 1.0), spec).astype(np.float64)
        mfcc = log_mel_to_mfcc(true, spec)
        found = mfcc_to_whole_log_mel(mfcc, spec)
        np.testing.assert_allclose(log_mel_to_mfcc(found, spec), mfcc, rtol=0, atol=1e-6)
        empty = list(empty_bands(spec))
        assert len(empty) == 4
        assert np.abs(found[:, empty] - true[:, empty]).max() < 5  # with top_db, the floor is 80 dB below a guess
        others = np.delete(np.arange(spec.n_mels), empty)
        plain, whole = (np.sqrt(np.mean((x - true)[:, others] ** 2)) for x in (mfcc_to_log_mel(mfcc, spec), found))
        assert whole < 0.95 * plain

    def test_of_a_white_spectrum_are_exact(self, spec):
        """Whose frames tell of the filters alone; without the floor's bands, they are rough all the same."""
        white = log_mel_of_magnitude(np.full((1, spec.n_bins), 10.0), spec)
        white[:, list(empty_bands(spec))] = spec.floor_db if spec.top_db is None else white.max() - spec.top_db
        mfcc = log_mel_to_mfcc(white, spec)
        np.testing.assert_allclose(mfcc_to_whole_log_mel(mfcc, spec), white, rtol=0, atol=0.2)
        assert np.abs(mfcc_to_log_mel(mfcc, spec) - white).max() > 3

    def test_of_several_recordings_are_those_of_each(self, spec):
        """With top_db, each has a floor of its own."""
        log_mel = extract_log_mel(speech(16000, 0.5), spec).astype(np.float64)
        mfcc = log_mel_to_mfcc(np.stack([log_mel, log_mel - 30]), spec)
        for one, found in zip(mfcc, mfcc_to_whole_log_mel(mfcc, spec), strict=True):
            np.testing.assert_allclose(found, mfcc_to_whole_log_mel(one, spec), rtol=0, atol=1e-9)

    def test_of_all_coefficients_are_exact(self, spec):
        spec = spec.with_n_mfcc(spec.n_mels)
        true = extract_log_mel(speech(16000, 0.5), spec).astype(np.float64)
        np.testing.assert_allclose(mfcc_to_whole_log_mel(log_mel_to_mfcc(true, spec), spec), true, rtol=0, atol=1e-3)


class TestProjection:
    @pytest.mark.parametrize("lifter", LIFTERS)
    def test_gives_the_mfcc_and_changes_nothing_twice(self, log_mel, rng, lifter):
        spec = preset("asr", lifter=lifter)
        mfcc = log_mel_to_mfcc(log_mel, spec)
        projected = project_onto_mfcc(log_mel + rng.normal(size=log_mel.shape), mfcc, spec)
        np.testing.assert_allclose(log_mel_to_mfcc(projected, spec), mfcc, atol=1e-9)
        np.testing.assert_allclose(project_onto_mfcc(projected, mfcc, spec), projected, atol=1e-9)

    def test_is_the_nearest_consistent_frame(self, log_mel, rng):
        spec = preset("asr")
        mfcc, guess = log_mel_to_mfcc(log_mel, spec), log_mel + rng.normal(size=log_mel.shape)
        change = project_onto_mfcc(guess, mfcc, spec) - guess
        # Whatever the MFCC do not see is at right angles to the change.
        unseen = log_mel - mfcc_to_log_mel(mfcc, spec)
        np.testing.assert_allclose(np.sum(change * unseen, axis=1), 0, atol=1e-8)

    def test_never_moves_a_guess_away_from_the_truth(self, log_mel, rng):
        spec = preset("asr")
        guess = log_mel + rng.normal(size=log_mel.shape)
        projected = project_onto_mfcc(guess, log_mel_to_mfcc(log_mel, spec), spec)
        error, projected_error = (np.linalg.norm(frames - log_mel, axis=1) for frames in (guess, projected))
        assert (projected_error < error).all()

    def test_of_nothing_is_the_analytic_inverse(self, log_mel):
        spec = preset("asr")
        mfcc = log_mel_to_mfcc(log_mel, spec)
        np.testing.assert_allclose(
            project_onto_mfcc(np.zeros_like(log_mel), mfcc, spec), mfcc_to_log_mel(mfcc, spec), atol=1e-12
        )

    def test_with_all_coefficients_the_truth_comes_back(self, log_mel, rng):
        spec = preset("asr", n_mfcc=80)
        guess = rng.normal(size=log_mel.shape)
        np.testing.assert_allclose(project_onto_mfcc(guess, log_mel_to_mfcc(log_mel, spec), spec), log_mel, atol=1e-9)
