"""How many MFCC are known of each segment, for networks that take several numbers of them."""

import numpy as np


def draw_numbers(rng: np.random.Generator, n: int, fewest: int, most: int) -> np.ndarray:
    """Draw ``n`` numbers of coefficients in [fewest, most], (n,), int, every octave as often as any other.

    From 10 to 11 coefficients more becomes known of a frame than from 70 to 71, and few are used more often than many.
    One number is drawn from each of ``n`` equal parts of the range, the least first: batches differ less.
    """
    drawn = fewest * ((most + 1) / fewest) ** ((np.arange(n) + rng.random(n)) / n)
    return np.clip(drawn.astype(int), fewest, most)


def hide_coefficients(mfcc: np.ndarray, known: np.ndarray) -> None:
    """Put NaN, in place, for all but the first ``known`` (n,) coefficients of segments ``mfcc`` (n, rows, n_mfcc)."""
    is_hidden = np.arange(mfcc.shape[-1]) >= known[:, None, None]
    np.copyto(mfcc, np.nan, where=is_hidden)
