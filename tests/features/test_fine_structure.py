"""Tests of the fine structure: what MFCC don't tell."""

import numpy as np
from noise import noise_log_mel, small_spec

from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.fine_structure import fine_structure, scale_fine_structure


def test_it_is_what_the_analytic_inverse_lacks():
    spec = small_spec()
    log_mel = noise_log_mel(spec, 5)
    without = mfcc_to_log_mel(log_mel_to_mfcc(log_mel, spec), spec)
    np.testing.assert_allclose(fine_structure(without, spec), 0, atol=1e-3)
    np.testing.assert_allclose(fine_structure(log_mel, spec), fine_structure(log_mel - without, spec), atol=1e-3)
    assert fine_structure(log_mel, spec).shape == (5, spec.n_mels - spec.n_mfcc)


def test_scaled_by_each_factor_and_the_mfcc_stay():
    spec = small_spec()
    log_mel = noise_log_mel(spec, 5)
    factors = np.linspace(0, 3, spec.n_mels - spec.n_mfcc)
    scaled = scale_fine_structure(log_mel, factors, spec)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(fine_structure(scaled, spec), factors * fine_structure(log_mel, spec), atol=1e-3)
    np.testing.assert_allclose(log_mel_to_mfcc(scaled, spec), log_mel_to_mfcc(log_mel, spec), atol=1e-3)


def test_digital_silence_has_none():
    spec = small_spec()
    silence = np.full((2, spec.n_mels), spec.floor_db, np.float32)
    np.testing.assert_allclose(
        scale_fine_structure(silence, np.full(spec.n_mels - spec.n_mfcc, 3.0), spec), silence, atol=1e-3
    )
