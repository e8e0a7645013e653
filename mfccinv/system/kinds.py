"""Kinds of numbers: Python's own and NumPy's are alike, and True and False are none."""

from numbers import Integral, Real
from typing import TypeGuard


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number by its type: 3 is one, 3.0 is none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_real(value: object) -> TypeGuard[float]:
    """Whether a value is a real number by its type; NaN and infinity are."""
    return isinstance(value, Real) and not isinstance(value, bool)
