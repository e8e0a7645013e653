"""Tests of phases that are put together of steps: of true ones they are the true ones, and so is what follows."""

from dataclasses import replace

import numpy as np
import pytest
from configurations import preset, settings
from speech import speech

import mfccinv
from mfccinv.features.extract import extract_log_mel, extract_phase_steps, stft_magnitude
from mfccinv.features.phase_steps import read_steps
from mfccinv.synthesis.phase import predicted_steps
from mfccinv.synthesis.phase.predicted_steps import integrate, predicted_phase
from mfccinv.synthesis.stft import spectral_convergence

SPEC = preset("asr")


def with_true_steps(monkeypatch, y):
    """Have the network predict what is true of a signal, with steps of magnitude 1."""
    steps = extract_phase_steps(y, SPEC).reshape(-1, 2, 2, SPEC.n_bins)
    units = steps / np.maximum(np.linalg.norm(steps, axis=2, keepdims=True), 1e-9)
    run = type("Run", (), {"folder": None, "spec": SPEC})
    monkeypatch.setattr(predicted_steps, "find_phase_run", lambda *given: run)
    monkeypatch.setattr(predicted_steps, "load_once", lambda folder: (None, None))
    seen = []
    found = units.reshape(len(units), -1).astype(np.float32)
    monkeypatch.setattr(
        predicted_steps, "predict_frames", lambda network, context, frames: seen.extend(frames) or [found] * len(frames)
    )
    return seen


def test_true_steps_give_the_signal_back(monkeypatch):
    """But for a rotation of all phases together, which no step tells."""
    y = speech(16000, 0.5)
    seen = with_true_steps(monkeypatch, y)
    magnitude = stft_magnitude(y, SPEC)
    phase = settings("phase", "griffin_lim") | {"start": "learned", "iterations": 0}
    found = mfccinv.magnitude_to_audio(magnitude.T, spec=SPEC, phase=phase, length=len(y))
    assert spectral_convergence(magnitude, stft_magnitude(found, SPEC)) < -25
    np.testing.assert_allclose(seen[0], extract_log_mel(y, SPEC), atol=1e-3)


def test_an_unsure_step_counts_for_less():
    """Two ways lead to a bin: from the frame before and from the bin below, by steps that don't agree."""
    magnitude = np.ones((2, 2))
    time, frequency = np.ones((2, 2, 2), complex)
    time[1, 1] = 0.01j
    assert np.angle(integrate(magnitude, time, frequency)[1, 1]) == pytest.approx(0, abs=0.02)
    time[1, 1], frequency[1, 1] = 1j, 0.001
    assert np.angle(integrate(magnitude, time, frequency)[1, 1]) == pytest.approx(np.pi / 2, abs=0.02)


def test_rounding_does_not_tell_where_phases_begin():
    """Neither the first frame nor one after silence has a frame before it to go on from."""
    rng = np.random.default_rng(0)
    magnitude = 10 * rng.random((8, 257), np.float32)
    magnitude[4] = 0
    time, frequency = np.exp(1j * rng.uniform(-np.pi, np.pi, (2, 8, 257))).astype(np.complex64)
    found = integrate(magnitude, time, frequency)
    for t in (0, 5):
        np.testing.assert_allclose(found[t, 1:], found[t, :-1] * frequency[t, 1:], atol=1e-3)
    nearly = integrate(magnitude * (1 + 1e-6 * rng.random(magnitude.shape, np.float32)), time, frequency)
    np.testing.assert_allclose(nearly, found, atol=1e-2)


def test_spectra_are_taken_without_their_preemphasis(monkeypatch):
    """So that one network is for all tools whose frames are as long and as many."""
    y = speech(16000, 0.5)
    seen = with_true_steps(monkeypatch, y)
    spec = replace(SPEC, preemphasis=0.97, n_mels=26, n_mfcc=13)
    phase = predicted_phase(stft_magnitude(y, spec), spec)
    loud = extract_log_mel(y, SPEC) > -40
    assert np.abs(seen[0] - extract_log_mel(y, SPEC))[loud].mean() < 0.4  # dB; with it, 10
    assert phase.shape == (spec.n_frames(len(y)), spec.n_bins)


def test_recordings_of_one_call_are_what_each_is_alone():
    """But for bins that next to nothing is in, where rounding tells the phase."""
    ys = np.stack([speech(16000, 0.5), 0.1 * speech(16000, 0.5)[::-1]])
    magnitude = np.stack([stft_magnitude(y, SPEC) for y in ys])
    together = predicted_phase(magnitude, SPEC)
    for one, phase in zip(magnitude, together, strict=True):
        off = np.abs(np.exp(1j * phase) - np.exp(1j * predicted_phase(one, SPEC)))
        assert np.sum((one * off) ** 2) < 1e-3 * np.sum(one**2)


def test_spectra_without_a_network_are_told():
    told = (
        "no pretrained run predicts the phase of spectra with sample_rate=16000, .* hop_length=200: take another phase"
    )
    with pytest.raises(ValueError, match=told):
        predicted_phase(np.ones((5, 257), np.float32), replace(SPEC, hop_length=200))


def test_silence_stays_silent(monkeypatch):
    y = np.zeros(4000, np.float32)
    with_true_steps(monkeypatch, y)
    phase = settings("phase", "griffin_lim") | {"start": "learned", "iterations": 2}
    found = mfccinv.magnitude_to_audio(stft_magnitude(y, SPEC).T, spec=SPEC, phase=phase)
    assert not found.any()


def test_steps_are_read_as_they_were_written():
    y = speech(16000, 0.3)
    steps = extract_phase_steps(y, SPEC)
    time, _ = read_steps(steps, SPEC)
    np.testing.assert_allclose(np.abs(time), np.hypot(steps[:, :257], steps[:, 257:514]), rtol=1e-6)


def test_blocks_of_frames_go_on_from_each_other(monkeypatch):
    y = speech(16000, 0.5)
    with_true_steps(monkeypatch, y)
    magnitude = stft_magnitude(y, SPEC)
    whole = predicted_phase(magnitude, SPEC)
    monkeypatch.setattr(predicted_steps, "FRAMES_AT_ONCE", 7)
    np.testing.assert_array_equal(predicted_phase(magnitude, SPEC), whole)
