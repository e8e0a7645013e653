"""Tests of phase steps: those of signals whose phase is known, their weights, and silence."""

import numpy as np
from configurations import preset
from speech import speech

from mfccinv.features.extract import extract_phase_steps, stft_magnitude
from mfccinv.features.phase_steps import EXPONENT, n_steps, read_steps
from mfccinv.synthesis.stft import Stft

SPEC = preset("asr")


def weights_of(steps):
    """Weights of the steps in time and in frequency, each (n_frames, n_bins)."""
    return np.linalg.norm(steps.reshape(len(steps), 2, 2, SPEC.n_bins), axis=2).swapaxes(0, 1)


def test_they_lead_from_frame_to_frame_and_from_bin_to_bin():
    y = speech(16000, 0.5)
    steps = extract_phase_steps(y, SPEC)
    assert steps.shape == (SPEC.n_frames(len(y)), n_steps(SPEC))
    spectrum = Stft(SPEC, len(steps), len(y)).forward(np.pad(y, SPEC.margin)[: (len(steps) - 1) * 160 + 512])
    loud = np.abs(spectrum) > 0.05
    units = spectrum / np.maximum(np.abs(spectrum), 1e-9)
    time, frequency = (one / np.maximum(np.abs(one), 1e-9) for one in read_steps(steps, SPEC))
    both = loud[1:] & loud[:-1]
    np.testing.assert_allclose((units[:-1] * time[1:])[both], units[1:][both], atol=2e-3)
    both = loud[:, 1:] & loud[:, :-1]
    np.testing.assert_allclose((units[:, :-1] * frequency[:, 1:])[both], units[:, 1:][both], atol=2e-3)


def test_of_a_tone_and_of_a_click():
    """A tone amid two bins is half of what lies between them ahead; a click amid the window is nowhere ahead."""
    tone = np.sin(2 * np.pi * 40.5 * 16000 / 512 * np.arange(16000) / 16000)
    time = extract_phase_steps(tone, SPEC).reshape(-1, 4, SPEC.n_bins)[40, :2, 40]
    np.testing.assert_allclose(np.arctan2(time[1], time[0]), 2 * np.pi * 0.5 * 160 / 512, atol=1e-3)
    click = np.zeros(16000)
    click[40 * 160] = 1.0
    frequency = extract_phase_steps(click, SPEC).reshape(-1, 4, SPEC.n_bins)[40, 2:, 1:]
    np.testing.assert_allclose(frequency[1] / frequency[0], 0, atol=1e-5)
    assert (frequency[0] > 0).all()


def test_weights():
    y = speech(16000, 0.5)
    time, frequency = weights_of(extract_phase_steps(y, SPEC))
    assert time[0].max() == frequency[:, 0].max() == 0
    np.testing.assert_allclose(np.mean([time, frequency]), 1, atol=1e-5)
    magnitude = stft_magnitude(y, SPEC)
    expected = np.sqrt(magnitude[1:] * magnitude[:-1]) ** EXPONENT
    np.testing.assert_allclose(time[1:] / time[1:].max(), expected / expected.max(), atol=1e-4)
    np.testing.assert_allclose(*(weights_of(extract_phase_steps(gain * y, SPEC)) for gain in (1, 0.01)), atol=1e-3)


def test_silence_has_none():
    assert not extract_phase_steps(np.zeros(8000), SPEC).any()
