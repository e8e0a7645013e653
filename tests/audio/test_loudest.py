"""Tests of the loudest stretch of a recording."""

import numpy as np
import pytest

from mfccinv.audio.loudest import loudest_segment
from mfccinv.audio.sound_files import Recording


def recording(y, sample_rate=100):
    return Recording(np.asarray(y, np.float32), sample_rate, source_rate=8000, source_channels=1)


class TestLoudestSegment:
    @pytest.mark.parametrize("length", [1, 7, 30, 199, 200])
    def test_no_other_stretch_has_more_energy(self, length, rng):
        y = rng.normal(size=200)
        found = loudest_segment(recording(y), length / 100).y
        stretches = [y[start : start + length] for start in range(200 - length + 1)]
        loudest = max(stretches, key=lambda stretch: np.sum(np.square(stretch)))
        np.testing.assert_allclose(found, loudest, rtol=1e-6)

    def test_of_equals_the_first_is_taken(self):
        np.testing.assert_array_equal(loudest_segment(recording([0, 1, 2, 0, -2, 1, 0]), 0.02).y, [1, 2])

    def test_a_shorter_recording_is_followed_by_zeros(self):
        found = loudest_segment(recording([0, 1, 2]), 0.05)
        np.testing.assert_array_equal(found.y, [0, 1, 2, 0, 0])
        assert (found.seconds, found.y.dtype, found.source_rate) == (0.05, np.float32, 8000)

    def test_none_is_the_whole_recording(self):
        whole = recording([0, 1, 2])
        assert loudest_segment(whole, None) is whole
