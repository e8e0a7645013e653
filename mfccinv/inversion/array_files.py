"""Reads arrays from files: NumPy's here, headers first, so that what a file claims costs no memory; none is unpickled.

NumPy itself reserves the memory that a header asks for, and a small archive may inflate a thousandfold.
"""

import math
import os
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import FileIO
from pathlib import Path
from reprlib import repr as brief
from typing import IO

import numpy as np

from mfccinv.inversion.array_limits import LARGEST_ARRAY, NoMatrix
from mfccinv.inversion.htk_files import htk_array
from mfccinv.inversion.kaldi_archives import ark_arrays, scp_arrays
from mfccinv.inversion.table_files import matlab_arrays, text_array
from mfccinv.system.npz_files import DAMAGE, read_header, read_values

NUMPY = (".npy", ".npz")
FRAMES_IN_ROWS = (".ark", ".scp", ".mfc")  # of Kaldi and HTK, whose frames are always the rows
TABLES = (".csv", ".tsv")
ARRAYS = (*NUMPY, *FRAMES_IN_ROWS, *TABLES, ".mat")
LARGEST_INFLATED = 2**27  # bytes that an archive may inflate to at any rate: an hour of 40 MFCC in double precision
LARGEST_RATIO = 100  # beyond, it may inflate only so many-fold, which speech never does; silence, a thousandfold
AXES = {1: "one-dimensional", 2: "two-dimensional"}
MOST_MEMBERS = 10_000
LONGEST_LISTING = 2**22  # bytes: room for so many members with names of 300 letters


def has_frames_in_rows(path: Path) -> bool:
    """Whether a file is of a kind whose arrays always have the frames in their rows."""
    return path.suffix.lower() in FRAMES_IN_ROWS


def stored_arrays(path: Path, axes: tuple[int, ...] = (2,)) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """Yield the arrays of a file by their names, each as a function that reads it: a bad one stops no other.

    Parameters
    ----------
    path : Path
        One of NumPy, whatever its ending, or a file that ends in one of the other `ARRAYS`.
    axes : tuple of int
        The numbers of axes that an array may have; those of the other kinds always have two.

    Yields
    ------
    name : str
        That of the array in an archive, such as a key of Kaldi's; of an array alone, "".
    read : function
        Reads the array, (rows, columns) or of other ``axes``, float64 or complex128, before the next one is asked
        for. It raises ValueError if the array is damaged, is larger than the limits above, isn't of numbers or has
        another number of axes.

    Raises
    ------
    ValueError
        For what is neither, and for an archive whose list is damaged or that is larger than the limits.
    """
    ending = path.suffix.lower()
    if ending in OTHERS:
        yield from OTHERS[ending](path)
        return
    with _Portions(path) as file:
        if file.read(2) == b"PK":
            yield from _archived_arrays(file, axes)
        else:
            file.seek(0)
            yield "", partial(_read_array, file, os.fstat(file.fileno()).st_size, axes)


def _alone(read: Callable[[Path], np.ndarray]) -> Callable[[Path], Iterator[tuple[str, Callable[[], np.ndarray]]]]:
    """Make what yields arrays of what reads the one of a file."""
    return lambda path: iter([("", partial(read, path))])


OTHERS = {
    ".ark": ark_arrays,
    ".scp": scp_arrays,
    ".mfc": _alone(htk_array),
    **dict.fromkeys(TABLES, _alone(text_array)),
    ".mat": matlab_arrays,
}


class _Portions(FileIO):
    """A file that refuses to be read in larger portions: zipfile reads the whole list of an archive's members."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > LONGEST_LISTING:
            raise ValueError(f"its list of members has {size} bytes, at most {LONGEST_LISTING} are read")
        return super().read(size)


def _archived_arrays(file: _Portions, axes: tuple[int, ...]) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    size = os.fstat(file.fileno()).st_size
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE as error:
        raise _damaged(error) from error
    members = {member.filename: member for member in archive.infolist()}
    inflated = sum(member.file_size for member in members.values())
    if not members:
        raise ValueError("it holds no array")
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"it has {len(members)} arrays, at most {MOST_MEMBERS} are read")
    if inflated > max(LARGEST_INFLATED, LARGEST_RATIO * size):
        raise ValueError(
            f"its {size} bytes inflate to {inflated}: at most {LARGEST_RATIO} times as many or {LARGEST_INFLATED} are "
            "read"
        )
    for name, member in members.items():
        yield name.removesuffix(".npy"), partial(_read_member, archive, member, axes)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, axes: tuple[int, ...]) -> np.ndarray:
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is compressed in a way that NumPy doesn't use")
    try:
        opened = archive.open(member)
    except DAMAGE as error:
        raise _damaged(error) from error
    with opened:
        return _read_array(opened, member.file_size, axes)


def _read_array(file: IO[bytes] | _Portions, size: int, axes: tuple[int, ...]) -> np.ndarray:
    """Read an array from a file of so many bytes."""
    try:
        shape, fortran_order, dtype, begin = read_header(file)
    except DAMAGE as error:
        raise _damaged(error) from error
    numbers = math.prod(shape)
    if dtype.kind not in "iufc":
        raise NoMatrix(f"it must hold numbers, got {str(dtype)[:60]}")
    if len(shape) not in axes:
        allowed = " or ".join(AXES[n] for n in axes)
        raise NoMatrix(f"it must be {allowed}, got shape {brief(shape)}")
    if numbers > LARGEST_ARRAY:
        raise ValueError(f"it has {brief(numbers)} numbers, at most {LARGEST_ARRAY} are read")
    if numbers * dtype.itemsize > size - begin:
        raise _damaged(f"its header promises {numbers * dtype.itemsize} bytes, {size - begin} are there")
    file.seek(0)
    try:
        file.read(begin)  # rather than sought: zipfile compares the checksum of what is read without a gap
        array = read_values(file, shape, fortran_order, dtype)
    except DAMAGE as error:
        raise _damaged(error) from error
    return array.astype(np.complex128 if dtype.kind == "c" else np.float64, copy=False)


def _damaged(reason: object) -> ValueError:
    return ValueError(f"not an array of numbers or damaged: {' '.join(str(reason).split())[:200]}")
