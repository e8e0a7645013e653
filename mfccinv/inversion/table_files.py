"""Reads arrays from tables of text and from Matlab's files."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from mfccinv.inversion.array_limits import LARGEST_ARRAY, NoMatrix

LARGEST_TABLE = 2**28  # bytes of text
FEWEST_COUNTED = 3  # columns: fewer may be counted by chance
OF_THE_FRAME = ("name", "frame", "frameindex", "index", "time", "frametime", "timestamp")  # columns, in any case
SEPARATORS = (",", ";", "\t", None)  # None: white space


def text_array(path: Path) -> np.ndarray:
    """Read a table of numbers, (rows, columns), float64: separated by commas, semicolons, tabs or spaces.

    Lines that begin with ``#`` are passed over, and so is a first line of names, or of the columns' numbers from 0 or
    1 on. If its first cell is empty, the column below it numbers the rows, as pandas and R write it, and is passed
    over, too, as are columns of names that tell which frame it is, `OF_THE_FRAME`.

    Raises
    ------
    ValueError
        If it is no such table or larger than `LARGEST_TABLE`.
    """
    if path.stat().st_size > LARGEST_TABLE:
        raise ValueError(f"it has {path.stat().st_size} bytes, at most {LARGEST_TABLE} are read")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError("no table of numbers: it isn't text in UTF-8") from error
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    sample = "".join(lines[:1] + lines[-1:])
    separator = next(one for one in SEPARATORS if one is None or one in sample)
    if not lines:
        raise ValueError("no table of numbers: it holds none")
    first = [cell.strip().strip('"') for cell in lines[0].split(separator)]
    numbers = [_number(cell) for cell in first]
    has_index = first[0] == "" and len(first) > 1
    passed_over = {0} if has_index else set()
    if _are_names(numbers[has_index:]):
        lines = lines[1:]
        passed_over |= {place for place, name in enumerate(first) if name.casefold() in OF_THE_FRAME}
    elif len(lines) > 1 and _count(numbers[has_index:]):
        lines = lines[1:]
    elif None in numbers:
        raise ValueError(f"no table of numbers: its first line has some and others: {lines[0][:60]!r}")
    columns = [place for place in range(len(first)) if place not in passed_over]
    if not lines or not columns:
        raise ValueError("no table of numbers: it holds none")
    try:
        return np.loadtxt(lines, delimiter=separator, quotechar='"', ndmin=2, usecols=columns if passed_over else None)
    except ValueError as error:
        raise ValueError(f"no table of numbers: {' '.join(str(error).split())[:200]}") from error


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _are_names(numbers: list[float | None]) -> bool:
    """Whether no cell is a number."""
    return all(number is None for number in numbers)


def _count(numbers: list[float | None]) -> bool:
    """Whether cells number the columns, from 0 or 1 on."""
    n = len(numbers)
    return n >= FEWEST_COUNTED and any(numbers == [float(first + place) for place in range(n)] for first in (0, 1))


def matlab_arrays(path: Path) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """Yield the variables of a ``.mat`` file by their names, each as a function that reads it, (rows, columns).

    Raises
    ------
    ValueError
        If it is no such file, or of version 7.3, which is HDF5.
    """
    from scipy.io import loadmat, matlab, whosmat  # half a second that others don't need

    damage = (ValueError, TypeError, KeyError, IndexError, NotImplementedError, EOFError, matlab.MatReadError)
    try:
        listed = whosmat(path)
    except damage as error:
        raise ValueError(f"no file of Matlab's, damaged, or of version 7.3: {str(error)[:200]}") from error

    def read(name: str, shape: tuple[int, ...], kind: str) -> np.ndarray:
        if not re.fullmatch(r"double|single|u?int\d+", kind) or len(shape) != 2 or shape == (1, 1):
            raise NoMatrix(f"it must be a matrix of numbers, got {kind} {shape}")
        if int(np.prod(shape, dtype=np.float64)) > min(LARGEST_ARRAY, 200 * path.stat().st_size):
            raise ValueError(f"it is to have {shape} numbers, which its file can't hold")
        try:
            return np.asarray(loadmat(path, variable_names=[name])[name], np.float64)
        except damage as error:
            raise ValueError(f"it is damaged: {str(error)[:200]}") from error

    if not listed:
        raise ValueError("it holds no array")
    for name, shape, kind in listed:
        yield name, partial(read, name, shape, kind)
