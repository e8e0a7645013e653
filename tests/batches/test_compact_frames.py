"""Tests of frames in 16 bits: how near they are, and what is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from noise import noise_log_mel, small_spec

from mfccinv.batches.compact_frames import CompactFrames


def test_speech_is_right_to_a_thousandth_of_a_decibel_in_half_the_memory():
    frames = noise_log_mel(small_spec(), 500)
    frames = np.clip(frames, -100, 30)
    compact = CompactFrames.of(frames)
    rows = np.array([[3, 499], [0, 3]])
    assert compact[rows].dtype == np.float32
    assert np.abs(compact[rows] - frames[rows]).max() <= 0.001
    assert np.abs(compact[np.arange(500)] - frames).max() > 0
    assert compact.nbytes == frames.nbytes / 2


@given(arrays(np.float32, (3, 2), elements=st.floats(-1e6, 1e6, width=32)))
def test_all_values_are_within_half_a_step(frames):
    compact = CompactFrames.of(frames)
    size = float(np.abs(frames).max())
    assert np.abs(compact[np.arange(3)] - frames).max() <= compact.step / 2 + 1e-6 * size
    assert compact.step <= 2 * np.ptp(frames) / (2**16 - 2) + 1e-30


@pytest.mark.parametrize("least", [-100.0, 7.0])
def test_whole_numbers_are_exact(least):
    frames = least + np.arange(60_000, dtype=np.float32)[:, None]
    np.testing.assert_array_equal(CompactFrames.of(frames)[np.arange(60_000)], frames)


def test_silence_alone():
    frames = np.full((4, 3), -100.3, np.float32)
    np.testing.assert_array_equal(CompactFrames.of(frames)[np.arange(4)], frames)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(bad):
    frames = np.zeros((4, 3), np.float32)
    frames[2, 1] = bad
    with pytest.raises(ValueError, match=r"its frames have values that aren't finite"):
        CompactFrames.of(frames)
