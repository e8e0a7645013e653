"""Tests of F0 and voicing on sounds of known F0: glides, octave traps, noise, and sound that is not enough."""

import numpy as np
import pytest

from mfccinv.audio.f0 import FRAME_SECONDS, f0_is_installed, track_f0

pytestmark = pytest.mark.skipif(not f0_is_installed(), reason="the f0 extra is not installed")
SECONDS = 0.8
PARTIALS = range(1, 20)


def glide(sample_rate, low_hz, high_hz):
    """F0 of each sample, (n_samples,), Hz, from low to high at a steady rate in octaves."""
    return np.geomspace(low_hz, high_hz, int(SECONDS * sample_rate))


def harmonic(f0_hz, sample_rate, partials=PARTIALS):
    phase = 2 * np.pi * np.cumsum(f0_hz) / sample_rate
    return 0.05 * sum(np.cos(number * phase + number**2) for number in partials if number * f0_hz.max() < 7600)


def errors_in_cents(y, f0_hz, sample_rate):
    """Error of each frame that isn't at an end."""
    found = track_f0(y, sample_rate)
    samples = np.arange(len(found)) * FRAME_SECONDS * sample_rate
    inner = slice(6, -6)
    assert (found[inner] > 0).all()
    return 1200 * np.log2(found[inner] / np.interp(samples, np.arange(len(f0_hz)), f0_hz)[inner])


@pytest.mark.parametrize(
    ("sample_rate", "low_hz", "high_hz"), [(16000, 65, 100), (16000, 400, 180), (22050, 100, 250), (48000, 250, 150)]
)
def test_a_glide_is_followed(sample_rate, low_hz, high_hz):
    f0_hz = glide(sample_rate, low_hz, high_hz)
    errors = errors_in_cents(harmonic(f0_hz, sample_rate), f0_hz, sample_rate)
    assert np.abs(errors).max() < 20
    assert abs(errors.mean()) < 5  # frames are where they are said to be: half a frame late is 8 to 10 cents


@pytest.mark.parametrize("partials", [range(4, 20), [1, 2, 2, 2, 2, 3, 4, 5]])
def test_no_octave_is_confused(partials):
    """Without the fundamental, as on the telephone, and with a second partial that is much louder."""
    f0_hz = glide(16000, 110, 140)
    assert np.abs(errors_in_cents(harmonic(f0_hz, 16000, partials), f0_hz, 16000)).max() < 40


def test_noise_and_silence_are_unvoiced(rng):
    assert not track_f0(0.1 * rng.normal(size=16000), 16000).any()
    assert not track_f0(np.zeros(16000), 16000).any()


@pytest.mark.parametrize(("n_samples", "sample_rate", "n_frames"), [(0, 16000, 0), (255, 16000, 0), (767, 48000, 0)])
def test_less_than_a_frame_has_none(n_samples, sample_rate, n_frames):
    assert len(track_f0(np.ones(n_samples), sample_rate)) == n_frames


def test_a_frame_every_16_ms():
    assert len(track_f0(np.zeros(22050), 22050)) == 62
