"""Deltas behind MFCC: columns that tell nothing new."""

from itertools import pairwise

import numpy as np

WIDTHS = (1, 2, 3, 4)  # frames on either side that tools take deltas over; HTK and Kaldi 2, librosa 4
FEWEST = 4  # coefficients: of fewer, columns are alike by chance
NOTHING = 1e-6  # relative
ALIKE = 0.6  # correlation from which columns are deltas: tools differ in widths and at the edges
FEW_FRAMES = 20  # over fewer, others are as alike by chance,
ALIKE_OF_FEW = 0.95  # so that they are deltas from here on


def n_without_deltas(mfcc: np.ndarray) -> int:
    """Number of coefficients among the columns of MFCC: those before their deltas, and the deltas of these.

    Deltas are slopes of the columns before them, by regression over some frames (Young et al., The HTK book, 5.9); a
    factor of each column doesn't matter. Where nothing moves, as in a single frame, they are zeros.

    Parameters
    ----------
    mfcc : (..., n_columns, n_frames)
        Of recordings.

    Returns
    -------
    n : int
        A third or a half of the columns, or all of them, if there are no deltas.
    """
    n_columns = mfcc.shape[-2]
    for parts in (3, 2):
        if n_columns % parts or n_columns < parts * FEWEST:
            continue
        blocks = np.split(np.asarray(mfcc, np.float64), parts, axis=-2)
        if all(_is_slope(delta, before, blocks[0]) for before, delta in pairwise(blocks)):
            return n_columns // parts
    return n_columns


def _is_slope(delta: np.ndarray, values: np.ndarray, coefficients: np.ndarray) -> bool:
    least = NOTHING * np.abs(coefficients).max()
    if np.abs(delta).max() <= least:
        return bool(np.mean(np.abs(coefficients) > least) > 1 / 2)  # the MFCC of digital silence are zeros, but for c0
    found = []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for width in WIDTHS:
            slope = _slope(values, width)
            alike = np.sum(slope * delta, axis=-1) / np.sqrt(np.sum(slope**2, axis=-1) * np.sum(delta**2, axis=-1))
            found.append(np.mean(np.nan_to_num(alike)))
    return max(found) > (ALIKE if values.shape[-1] >= FEW_FRAMES else ALIKE_OF_FEW)


def _slope(values: np.ndarray, width: int) -> np.ndarray:
    """Regression over ``width`` frames on either side, with the first and last frame repeated."""
    n = values.shape[-1]
    edges = [(0, 0)] * (values.ndim - 1) + [(width, width)]
    padded = np.pad(values, edges, mode="edge")
    steps = range(1, width + 1)
    return sum(k * (padded[..., width + k : width + k + n] - padded[..., width - k : width - k + n]) for k in steps)
