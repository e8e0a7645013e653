"""The arrays that people hand over: of any kind and size; what can't be inverted is refused by the argument's name."""

from reprlib import repr as brief

import numpy as np

LOUDEST_DB = 300.0  # full scale is 114 dB in an FFT of 2**20; single precision overflows at 385 dB of power
QUIETEST_DB = -10_000.0  # no floor of a logarithm is lower


def check_array(name: str, array: object) -> np.ndarray:
    """Return what stands for an array (..., rows, frames) of real numbers as float32.

    Raises
    ------
    ValueError
        As `check_numbers`, and for an array that is empty or has fewer axes.
    """
    found = check_numbers(name, array)
    if found.ndim < 2 or 0 in found.shape:
        raise ValueError(f"{name} must be (..., rows, frames) and not empty, got shape {found.shape}")
    return found


def check_sound(name: str, y: object) -> np.ndarray:
    """Return what stands for sound (n_samples,), full scale 1, as float32.

    Raises
    ------
    ValueError
        As `check_numbers`, and for an array that is empty, has other axes, or holds whole numbers.
    """
    found = check_numbers(name, y)
    kind = np.asarray(y).dtype
    if found.ndim != 1 or len(found) == 0 or kind.kind != "f":
        raise ValueError(
            f"{name} must be (n_samples,), of floating-point numbers and full scale 1, got {kind} {found.shape}"
        )
    return found


def check_numbers(name: str, array: object) -> np.ndarray:
    """Return what stands for an array of real numbers, of any shape, as float32.

    Raises
    ------
    ValueError
        For what is no array of numbers, is masked or complex, and for values that are NaN, infinite or beyond single
        precision.
    """
    if _is_masked(array):
        raise ValueError(f"{name} must have no masked values: fill them first, as with {name}.filled(0)")
    try:
        found = np.asarray(array)
    except (RuntimeError, TypeError, ValueError) as error:  # lists of different lengths, arrays of other libraries
        raise ValueError(f"{name} must be an array of numbers: {error}") from error
    if found.dtype.kind == "c":
        raise ValueError(f"{name} must be real: of a complex spectrogram, take np.abs, and np.angle as init")
    if found.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be an array of numbers, got {brief(array)} of type {found.dtype}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} must be finite, got NaN or infinite values")
    with np.errstate(over="ignore"):
        single = found.astype(np.float32, copy=False)
    if not np.isfinite(single).all():
        raise ValueError(f"{name} must fit single precision, up to 3.4e+38, got {np.abs(found).max():g}")
    return single


def _is_masked(array: object) -> bool:
    """Whether something of an array, or of the arrays in a list, is masked: NumPy would take what is below the mask."""
    if isinstance(array, list | tuple):
        return any(_is_masked(one) for one in array if isinstance(one, list | tuple | np.ma.MaskedArray))
    return bool(np.ma.is_masked(array))


def check_rows(name: str, array: np.ndarray, rows: str, expected: int) -> None:
    """Refuse with ValueError an array (..., rows, frames) of another number of rows."""
    if array.shape[-2] != expected:
        turned = ", is it transposed?" if array.shape[-1] == expected else ""
        raise ValueError(f"{name} must be (..., {rows}={expected}, frames), got shape {array.shape}{turned}")


def check_spectrum(name: str, array: np.ndarray, db_per_decade: float) -> None:
    """Refuse with ValueError a spectrogram with values below 0, or above `LOUDEST_DB`."""
    if (array < 0).any():
        raise ValueError(f"{name} must not be negative: is it in dB?")
    loudest = 10 ** (LOUDEST_DB / db_per_decade)
    if array.max() > loudest:
        raise ValueError(f"{name} must be at most {loudest:g} ({LOUDEST_DB:g} dB), got {array.max():g}")


def check_levels(name: str, levels: np.ndarray) -> None:
    """Refuse with ValueError an argument that gives levels in dB outside [`QUIETEST_DB`, `LOUDEST_DB`], or NaN."""
    low, high = float(levels.min()), float(levels.max())
    if not QUIETEST_DB <= low <= high <= LOUDEST_DB:
        raise ValueError(
            f"{name} must be of levels from {QUIETEST_DB:g} to {LOUDEST_DB:g} dB, got {low:g} to {high:g}: is it in dB?"
        )
