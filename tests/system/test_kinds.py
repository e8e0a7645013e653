"""Tests of the kinds of numbers."""

import numpy as np
import pytest

from mfccinv.system.kinds import is_real, is_whole


@pytest.mark.parametrize(
    ("value", "whole", "real"),
    [
        (3, True, True),
        (np.int8(3), True, True),
        (3.0, False, True),
        (np.float32(3), False, True),
        (float("nan"), False, True),
        (True, False, False),
        (np.bool_(True), False, False),
        (3j, False, False),
        ("3", False, False),
        (None, False, False),
        (np.array(3), False, False),
    ],
)
def test_kinds(value, whole, real):
    assert (is_whole(value), is_real(value)) == (whole, real)
