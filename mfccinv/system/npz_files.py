"""The arrays of an uncompressed ``.npz``: where each lies in the file, and whether its header can be true.

An ``.npz`` is a ZIP archive of ``.npy`` members (NumPy, NEP 1 and numpy.lib.format). Nothing is unpickled.
"""

import errno
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from reprlib import repr as brief
from threading import Lock
from typing import IO, BinaryIO

import numpy as np

from mfccinv.system.stored_files import errors_named

# Exceptions of zipfile and NumPy for a file with wrong bytes; RuntimeError is for an encrypted member, too.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
    struct.error,
    EOFError,
    KeyError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
MAX_ARRAYS = 1000
MAX_HEADER_BYTES = 2**14  # NumPy takes 10,000
PORTION_BYTES = 2**18  # that values are read in
# Threads of CPython before 3.11.8 can't parse side by side: a SystemError follows (python/cpython issue 106905).
_PARSER = Lock()


@dataclass(frozen=True)
class ArrayPlace:
    """Where an array lies in a file, and what it is.

    Parameters
    ----------
    member : str
        Name of the ZIP member.
    offset : int
        Of its first byte in the file.
    shape : tuple of int
    fortran_order : bool
    dtype : numpy.dtype
    """

    member: str
    offset: int
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype

    @property
    def n_bytes(self) -> int:
        """Size of the array's values."""
        return prod(self.shape) * self.dtype.itemsize


def array_places(path: Path) -> dict[str, ArrayPlace]:
    """Find the arrays of an uncompressed ``.npz`` by name; only headers are read.

    Raises
    ------
    one of `DAMAGE`
        If it is no such file, a header promises more or less than its member holds, or it has more than `MAX_ARRAYS`.
    """
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        members = archive.infolist()
        if len(members) > MAX_ARRAYS:
            raise ValueError(f"it has {len(members)} members, {MAX_ARRAYS} is the most that is read")
        return {member.filename.removesuffix(".npy"): _place_of(file, member) for member in members}


def _place_of(file: BinaryIO, member: zipfile.ZipInfo) -> ArrayPlace:
    """Find an array: its bytes follow the local header of the ZIP member and the header of the array."""
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is compressed")
    file.seek(member.header_offset + 26)
    name_length, extra_length = struct.unpack("<HH", file.read(4))
    begin = file.seek(name_length + extra_length, 1)
    shape, fortran_order, dtype, header_bytes = read_header(file)
    place = ArrayPlace(member.filename, begin + header_bytes, shape, fortran_order, dtype)
    if dtype.hasobject or header_bytes + place.n_bytes != member.file_size:
        raise ValueError(f"{member.filename} can't hold {dtype} {brief(shape)} in its {member.file_size} bytes")
    return place


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Read the header of an array from where a file stands.

    Returns
    -------
    shape : tuple of int
    fortran_order : bool
    dtype : numpy.dtype
    header_bytes : int
        Length of the header: the array's values come behind it.

    Raises
    ------
    one of `DAMAGE`
        If it is no such header.
    """
    header = BytesIO(file.read(MAX_HEADER_BYTES))
    version = np.lib.format.read_magic(header)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"arrays of numbers have version 1.0 or 2.0, got {version[0]}.{version[1]}")
    try:
        with _PARSER:
            shape, fortran_order, dtype = read(header)
    except MemoryError:  # of Python's parser, for a header of brackets
        raise ValueError("its header is nested too deep") from None
    if min(shape, default=0) < 0:
        raise ValueError(f"a shape can't be negative, got {brief(shape)}")
    return shape, fortran_order, dtype, header.tell()


def read_values(file: IO[bytes], shape: tuple[int, ...], fortran_order: bool, dtype: np.dtype) -> np.ndarray:
    """Read the values of an array from where a file stands, which is behind the header that `read_header` read.

    NumPy's own reader would parse the header once more.

    Raises
    ------
    one of `DAMAGE`
        If the file ends before them, or differs from its own checksum.
    """
    raw = np.empty(prod(shape) * dtype.itemsize, np.uint8)
    rest = raw.data
    while rest:
        n_read = file.readinto(rest[:PORTION_BYTES])  # type: ignore[attr-defined]
        if not n_read:
            raise EOFError(f"it ends {len(rest)} bytes too early")
        rest = rest[n_read:]
    return np.ndarray(shape, dtype, buffer=raw, order="F" if fortran_order else "C")


def load_arrays(path: Path, places: list[ArrayPlace], max_bytes: int) -> list[np.ndarray]:
    """Load arrays of a file; their own checksums in the archive are compared.

    Raises
    ------
    one of `DAMAGE`
        If one is larger than ``max_bytes`` or damaged.
    """
    arrays = []
    with zipfile.ZipFile(path) as archive:
        for place in places:
            if place.n_bytes > max_bytes:
                raise ValueError(f"{place.member} has {place.n_bytes:,} bytes, {max_bytes:,} is the most that is read")
            with archive.open(place.member) as member:
                member.read(archive.getinfo(place.member).file_size - place.n_bytes)  # its header
                arrays.append(read_values(member, place.shape, place.fortran_order, place.dtype))
    return arrays


def require_whole_members(path: Path) -> None:
    """Refuse a ZIP archive with a member that hasn't the checksum that the archive names; errors as `load_arrays`."""
    with zipfile.ZipFile(path) as archive:
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")


@contextmanager
def damage_is_told(path: Path) -> Iterator[None]:
    """Turn what zipfile and NumPy raise for wrong bytes into a ValueError that names the file."""
    try:
        with errors_named(path):
            yield
    except DAMAGE as error:
        # EINVAL: a wrong byte leads outside the file; None: it is not the system's, but that of a library.
        is_systems = isinstance(error, OSError) and error.errno not in (errno.EINVAL, None)
        if is_systems or "RESOURCE_EXHAUSTED" in str(error):  # which is how JAX says that memory is full
            raise
        first_line = str(error).partition("\n")[0] or type(error).__name__
        what = f"it has no {first_line}" if isinstance(error, KeyError) else first_line
        raise ValueError(f"{path} is damaged: {what}") from error
