"""Recordings of one length, one after the other."""

from collections.abc import Callable
from typing import Any

import numpy as np


def each_recording(function: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """Apply a function of one recording to each of several.

    Parameters
    ----------
    function : callable
        Takes one recording's frames of each array, (n_frames, n), and returns an array or a number.
    *arrays : (..., n_frames, n)
        The leading axes, the recordings, are the same in all.

    Returns
    -------
    made : (..., *shape)
        What the function returned, with the leading axes of the arrays before its own shape.
    """
    leading = arrays[0].shape[:-2]
    recordings = zip(*(array.reshape(-1, *array.shape[-2:]) for array in arrays), strict=True)
    made = np.stack([function(*recording) for recording in recordings])
    return made.reshape((*leading, *made.shape[1:]))
