"""The momentum of the fast Griffin-Lim algorithm."""

import math
from collections.abc import Callable

import numpy as np


def check_momentum(setting: str, momentum: float) -> None:
    """Refuse with ValueError a momentum that is negative or not finite; ``setting`` is its name in the message."""
    if not 0 <= momentum < math.inf:
        raise ValueError(f"{setting} must be at least 0 and finite, got {momentum}")


def iterate(
    step: Callable[[np.ndarray], np.ndarray],
    span: np.ndarray,
    *,
    iterations: int,
    momentum: float,
    until: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Repeat a step on spans (..., span), each time from where the step before leads if it is made longer.

    Perraudin, Balazs and Søndergaard, A fast Griffin-Lim algorithm, 2013. The transform is linear, so the waveform can
    be extrapolated: it has a quarter of its spectrogram's numbers.

    Parameters
    ----------
    step : callable
        (..., span) → (..., span), an array of its own.
    span : (..., span), float32
        Where to start.
    iterations : int >= 0
    momentum : float >= 0
        How much longer, relative to the step; with 0, steps are just repeated.
    until : callable or None
        Which spans are near enough to stay as they are, (...,), bool; None: none is.
    """
    before = None
    for _ in range(iterations):
        near = until and until(span)
        if np.all(near):
            break
        ahead = span if before is None or momentum == 0 else _extrapolate(before, span, momentum)
        after = step(ahead)
        before, span = span, after if near is None else np.where(near[..., None], span, after)
    return span


def _extrapolate(before: np.ndarray, now: np.ndarray, momentum: float) -> np.ndarray:
    """``now + momentum * (now - before)``, in the place of ``before``."""
    np.subtract(now, before, out=before)
    before *= np.float32(momentum)
    before += now
    return before
