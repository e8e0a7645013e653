"""Tests of how many MFCC are known of each segment: every octave as often, and the others NaN."""

import numpy as np

from mfccinv.batches.coefficients import draw_numbers, hide_coefficients


class TestDrawNumbers:
    def test_every_octave_as_often_and_both_ends(self):
        rng = np.random.default_rng(0)
        numbers = np.concatenate([draw_numbers(rng, 4, 10, 79) for _ in range(2000)])
        assert (numbers.min(), numbers.max()) == (10, 79)
        octaves = np.histogram(numbers, [10, 20, 40, 80])[0] / len(numbers)
        np.testing.assert_allclose(octaves, 1 / 3, atol=0.01)

    def test_one_of_each_part_of_the_range(self):
        for seed in range(20):
            numbers = draw_numbers(np.random.default_rng(seed), 3, 10, 79)
            assert (numbers >= [10, 20, 40]).all()
            assert (numbers < [20, 40, 80]).all()

    def test_a_range_of_one(self):
        np.testing.assert_array_equal(draw_numbers(np.random.default_rng(0), 3, 7, 7), [7, 7, 7])


def test_the_first_coefficients_of_each_segment_stay():
    mfcc = np.ones((2, 3, 4), np.float32)
    hide_coefficients(mfcc, np.array([1, 4]))
    np.testing.assert_array_equal(np.isnan(mfcc[0]), np.tile([False, True, True, True], (3, 1)))
    assert not np.isnan(mfcc[1]).any()
