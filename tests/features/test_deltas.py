"""Tests of what is told apart: deltas behind MFCC, and coefficients."""

import librosa
import numpy as np
import pytest
from speech import speech

from mfccinv.configs.dialects import resolve_dialect
from mfccinv.features.deltas import n_without_deltas
from mfccinv.features.dialect import extract_dialect


def regression(values, width):
    """Slopes of rows over some frames on either side, the first and last repeated: The HTK book, 5.9."""
    padded = np.pad(values, ((0, 0), (width, width)), mode="edge")
    taps = np.arange(-width, width + 1)
    return np.stack([np.convolve(row, taps[::-1], mode="valid") for row in padded]) / np.sum(taps**2)


@pytest.fixture(scope="module")
def mfcc():
    """(40, n_frames) of speech, by librosa."""
    return librosa.feature.mfcc(y=speech(16000, 1.0), sr=16000, n_mfcc=40)


@pytest.mark.parametrize("n", [1, 2, 12, 13, 20, 26, 39, 40])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 5, 40])
def test_coefficients_are_none(mfcc, n, n_frames):
    assert n_without_deltas(mfcc[:n, :n_frames]) == n
    assert n_without_deltas(np.stack([mfcc[:n, :n_frames]] * 2)) == n


@pytest.mark.parametrize("n", [12, 13, 20])
@pytest.mark.parametrize("n_frames", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("several", [False, True])
def test_regressions_of_any_width_are(mfcc, n, n_frames, width, several):
    blocks = [mfcc[:n, :n_frames]]
    for _ in range(1 + several):
        blocks.append(regression(blocks[-1], width))
    written = np.vstack(blocks)
    assert n_without_deltas(written) == n
    scaled = written * np.linspace(0.1, 3, len(written))[:, None]  # as after a normalisation of the variance
    assert n_without_deltas(scaled) == n


@pytest.mark.parametrize("n", [13, 20])
def test_those_of_librosa_are(mfcc, n):
    """By polynomials of Savitzky and Golay, which end otherwise."""
    few = mfcc[:n]
    with_deltas = np.vstack([few, librosa.feature.delta(few)])
    assert n_without_deltas(with_deltas) == n
    assert n_without_deltas(np.vstack([with_deltas, librosa.feature.delta(few, order=2)])) == n


@pytest.mark.parametrize("n_frames", [5, 8, 12, 20])
def test_coefficients_of_a_piece_are_none(n_frames):
    """Over few frames, columns are alike by chance."""
    few = extract_dialect(speech(16000), resolve_dialect("kaldi")).T[:12]
    pieces = [few[:, first : first + n_frames] for first in range(0, few.shape[1] - n_frames, 5)]
    assert [n_without_deltas(piece) for piece in pieces] == [12] * len(pieces)


@pytest.mark.parametrize("n", [20, 39, 40])
def test_digital_silence_has_none(n):
    silence = np.zeros((n, 7))
    assert n_without_deltas(silence) == n
    silence[0] = -894.4
    assert n_without_deltas(silence) == n
