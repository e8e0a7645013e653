"""Tests of steps with momentum."""

import numpy as np
import pytest

from mfccinv.synthesis.phase.momentum import iterate

START = np.array([8.0, -4.0], np.float32)


def halved(span):
    return span / 2


def run(iterations, momentum, until=None):
    return iterate(halved, START.copy(), iterations=iterations, momentum=momentum, until=until)


@pytest.mark.parametrize(("iterations", "expected"), [(0, 1), (1, 1 / 2), (3, 1 / 8)])
def test_without_momentum_steps_are_repeated(iterations, expected):
    np.testing.assert_allclose(run(iterations, 0.0), expected * START)


def test_momentum_makes_each_step_longer():
    """8 → 4; from 4 + (4 - 8) / 2 = 2 → 1; from 1 + (1 - 4) / 2 = -0.5 → -0.25."""
    np.testing.assert_allclose(run(3, 0.5), START * (-0.25 / 8))


def test_ends_where_it_is_near_enough():
    np.testing.assert_allclose(run(100, 0.0, until=lambda span: span[0] <= 2), START / 4)


def test_of_several_each_ends_where_it_is_near_enough():
    spans = np.stack([START, 4 * START])
    found = iterate(halved, spans.copy(), iterations=4, momentum=0.0, until=lambda spans: spans[:, 0] <= 2)
    np.testing.assert_allclose(found, [START / 4, START / 4])
