"""Tests of the analysis windows against SciPy's."""

import numpy as np
import pytest
import scipy.signal
from configurations import preset

from mfccinv.features.spec import WINDOWS
from mfccinv.features.window import padded_window


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("win_length", [1, 2, 399, 400, 512])
def test_equals_scipys_in_the_middle_of_the_frame(window, win_length):
    padded = padded_window(preset("asr", window=window, win_seconds=win_length / 16000))
    left = (512 - win_length) // 2
    if window == "povey":  # of Kaldi's feature-window.cc
        expected = scipy.signal.get_window("hann_symmetric", win_length) ** 0.85
    else:
        expected = scipy.signal.get_window(window, win_length)
    np.testing.assert_allclose(padded[left : left + win_length], expected, rtol=0, atol=1e-13)
    assert padded.shape == (512,)
    assert not np.any(np.delete(padded, slice(left, left + win_length)))
