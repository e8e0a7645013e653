"""The values of a feature specification: kinds, ranges and sizes, whoever wrote them."""

import math
from dataclasses import fields
from reprlib import repr as brief  # values may be as long as a file

import numpy as np

from mfccinv.system.kinds import is_real, is_whole

# Larger values are wrong, or ask for more memory than any feature is worth.
LARGEST = {
    "sample_rate": 768_000,
    "n_fft": 2**20,
    "win_length": 2**20,
    "hop_length": 2**20,
    "padding": 2**20,
    "n_mels": 2048,
}
# Fields that specifications of version 0.1 lack, and the values by which nothing changes.
NEUTRAL = {
    "cover_end": False,
    "remove_dc": False,
    "preemphasis": 0.0,
    "preemphasis_within": "signal",
    "weighting": "none",
    "mel_shape": "hz",
    "floor": "max",
}
LARGEST_FILTERS = 2**23  # values in the mel filters, (n_mels, n_bins)


def check_whole(name: str, value, least: int = 1) -> int:
    """Return a whole number, Python's or NumPy's, as Python's; ValueError unless it is in [least, `LARGEST`]."""
    number = int(value) if is_whole(value) else None
    if number is None or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {brief(value)}")
    if number > LARGEST.get(name, math.inf):
        raise ValueError(f"{name} must be at most {LARGEST[name]}, got {brief(value)}")
    return number


def check_finite(name: str, value) -> float:
    """Return a number, Python's or NumPy's, as a Python float; refuse with ValueError what is no finite number."""
    if is_real(value):
        try:
            number = float(value)
        except OverflowError:  # a whole number may be beyond what a float holds
            number = math.inf
        if abs(number) < 1e300:
            return number
    raise ValueError(f"{name} must be a finite number, got {brief(value)}")


def check_truth(name: str, value) -> bool:
    """Return a truth value, Python's or NumPy's, as Python's; refuse anything else with ValueError."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be true or false, got {brief(value)}")
    return bool(value)


def check_choice(name: str, value, choices: tuple) -> None:
    """Refuse with ValueError what is none of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(str, choices))}, got {brief(value)}")


def lifter_weights(lifter: float, places: np.ndarray) -> np.ndarray:
    """Weights of cepstral coefficients at places (n,): ``1 + lifter / 2 * sin(pi * place / lifter)``; 1 without one."""
    if lifter == 0:
        return np.ones(len(places))
    with np.errstate(over="ignore", invalid="ignore"):  # a lifter next to 0 has no weights: it is refused
        return 1 + lifter / 2 * np.sin(np.pi * places / lifter)


def check_lifter(lifter: float, weights: np.ndarray) -> None:
    """Refuse with ValueError a lifter whose weights, (n_mfcc,), can't all be undone."""
    if lifter < 0 or not np.min(np.abs(weights)) >= 1e-3:
        raise ValueError(
            f"lifter must be 0 or leave every coefficient a weight that can be undone; lifter={lifter:g} with "
            f"n_mfcc={len(weights)} does not"
        )


def known_fields(values: dict, kind: type) -> dict:
    """Return ``values``, with `NEUTRAL` ones where they lack them, if they name exactly the fields; else ValueError."""
    values = NEUTRAL | values
    names = {field.name for field in fields(kind)}
    if unknown := sorted(map(str, set(values) - names)):
        raise ValueError(f"unknown feature setting: {', '.join(unknown)[:200]} (known: {', '.join(sorted(names))})")
    if missing := sorted(names - set(values)):
        raise ValueError(f"missing feature setting: {', '.join(missing)}")
    return values
