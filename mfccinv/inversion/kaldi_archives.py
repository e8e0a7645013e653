"""Reads Kaldi's archives of matrices: ``.ark``, binary, compressed or as text, and ``.scp``, which point into them.

Formats after Kaldi's source: matrix/kaldi-matrix.cc (``Read``), matrix/compressed-matrix.h and util/kaldi-table.h.
Commands in ``.scp`` files are never run, and nothing is unpickled, which is why no library reads them here.
"""

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mfccinv.inversion.array_limits import LARGEST_ARRAY

LONGEST_KEY = 4096  # bytes
PLAIN: dict[bytes, np.dtype] = {b"FM": np.dtype("<f4"), b"DM": np.dtype("<f8")}
COMPRESSED = (b"CM", b"CM2", b"CM3")
POINTER = re.compile(r"(?P<path>.+?)(:(?P<offset>\d+))?")


def ark_arrays(path: Path) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """Yield the matrices of an ``.ark`` file by their keys, each as a function that returns it, (n_frames, n), float64.

    A file of one matrix, without a key, has the key "".

    Raises
    ------
    ValueError
        For what is no such archive, or is damaged: what comes before it has been yielded.
    """
    with open(path, "rb") as file:
        if file.peek(1).lstrip().startswith((b"\0B", b"[")):
            yield "", partial(np.asarray, _matrix(file))
            return
        while (key := _key(file)) is not None:
            matrix = _matrix(file)
            yield key, partial(np.asarray, matrix)


def scp_arrays(path: Path) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """Yield the matrices that an ``.scp`` file points to, as `ark_arrays`; a bad pointer stops no other.

    Archives are looked for from the working directory, as Kaldi does, and then from the file's own folder.

    Raises
    ------
    ValueError
        For lines that are no pointers.
    """
    for key, place in _places(path):
        yield key, partial(_pointed_at, place, path.parent)


def repeats(path: Path, archives: set[Path]) -> bool:
    """Whether all that an ``.scp`` file points to has the same key in one of these archives.

    Errors as `scp_arrays`; links in the archives' paths must be resolved.
    """
    places = [(key, *_pointer(place)) for key, place in _places(path)]
    return bool(places) and all(
        (archive := _archive(name, path.parent).resolve()) in archives and _key_before(archive, offset, key)
        for key, name, offset in places
    )


def _key_before(archive: Path, offset: int, key: str) -> bool:
    """Whether a key stands right before a place in an archive."""
    wanted = f"{key} ".encode()
    if offset < len(wanted):
        return False
    with open(archive, "rb") as file:
        file.seek(offset - len(wanted))
        return file.read(len(wanted)) == wanted


def _places(path: Path) -> list[tuple[str, str]]:
    """Keys and the places of their matrices."""
    lines = [line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if bad := [line for line in lines if len(line) != 2]:
        raise ValueError(f"a line must hold a key and the place of its matrix, got {bad[0][0][:60]!r}")
    return [(key, place.strip()) for key, place in lines]


def _pointed_at(place: str, folder: Path) -> np.ndarray:
    if place.endswith("|") or place.startswith("|"):
        raise ValueError(f"its matrix would come from a command, which is not run: {place[:60]}")
    if place.endswith("]"):
        raise ValueError(f"a part of a matrix is not read: {place[-60:]}")
    name, offset = _pointer(place)
    archive = _archive(name, folder)
    if not os.path.isfile(archive):
        raise ValueError(f"its archive {name[:200]} is not there")
    with open(archive, "rb") as file:
        file.seek(offset)
        return _matrix(file)


def _pointer(place: str) -> tuple[str, int]:
    """The archive that a pointer names, and the place in it."""
    found = POINTER.fullmatch(place)
    assert found, "any text matches"
    return found["path"], int(found["offset"] or 0)


def _archive(name: str, folder: Path) -> Path:
    """An archive as seen from the working directory, or else from a folder."""
    return Path(name) if os.path.isfile(name) else folder / name


def _key(file: BinaryIO) -> str | None:
    """Read the next key; None at the end of the archive."""
    letters = bytearray()
    while letter := file.read(1):
        if letter.isspace():
            if letters:
                break
            continue
        letters += letter
        if len(letters) > LONGEST_KEY:
            raise ValueError("no archive of Kaldi: it doesn't begin with a key")
    if not letters:
        return None
    try:
        return letters.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("no archive of Kaldi: a key isn't in UTF-8") from error


def _matrix(file: BinaryIO) -> np.ndarray:
    """Read the matrix at a file's position."""
    begin = file.tell()
    if file.read(2) != b"\0B":
        file.seek(begin)
        return _text_matrix(file)
    kind = bytearray()
    while (letter := file.read(1)) != b" ":
        kind += letter
        if not letter or len(kind) > 3:
            raise ValueError(f"it holds no matrix, but {bytes(kind)[:8]!r}")
    if bytes(kind) in PLAIN:
        rows, columns = (_counted(file) for _ in range(2))
        return _numbers(file, PLAIN[bytes(kind)], rows, columns)
    if bytes(kind) in COMPRESSED:
        return _compressed(file, bytes(kind))
    raise ValueError(f"it holds no matrix, but {bytes(kind)[:8]!r}")


def _counted(file: BinaryIO) -> int:
    size, number = file.read(1), file.read(4)
    if size != b"\4" or len(number) != 4:
        raise ValueError("its matrix is damaged")
    return int.from_bytes(number, "little", signed=True)


def _numbers(file: BinaryIO, kind: np.dtype, rows: int, columns: int) -> np.ndarray:
    """Read numbers, (rows, columns), float64; what the file doesn't hold is not waited for."""
    left = os.fstat(file.fileno()).st_size - file.tell()
    if not (rows >= 0 and columns >= 0 and rows * columns <= LARGEST_ARRAY and rows * columns * kind.itemsize <= left):
        raise ValueError(f"its matrix is damaged: it is to have {rows} rows of {columns} numbers")
    return np.fromfile(file, kind, rows * columns).reshape(rows, columns).astype(np.float64)  # type: ignore[arg-type]


def _compressed(file: BinaryIO, kind: bytes) -> np.ndarray:
    header = file.read(16)
    if len(header) < 16:
        raise ValueError("its matrix is damaged")
    least, span = (float(value) for value in np.frombuffer(header, "<f4", 2))
    rows, columns = (int(value) for value in np.frombuffer(header, "<i4", 2, 8))
    if kind == b"CM2":
        return least + span / 65535 * _numbers(file, np.dtype("<u2"), rows, columns)
    if kind == b"CM3":
        return least + span / 255 * _numbers(file, np.dtype("u1"), rows, columns)
    corners = least + span / 65535 * _numbers(file, np.dtype("<u2"), columns, 4)  # percentiles 0, 25, 75, 100
    levels = _numbers(file, np.dtype("u1"), columns, rows)
    places = np.array([0, 64, 192, 255])
    columns_of = [np.interp(level, places, corner) for level, corner in zip(levels, corners, strict=True)]
    return np.array(columns_of).reshape(columns, rows).T


def _text_matrix(file: BinaryIO) -> np.ndarray:
    """Read ``[ 1 2 … `` line by line to `` ]``."""
    rows: list[list[float]] = []
    n = 0
    is_open = False
    while line := file.readline(LONGEST_KEY * 1024):
        words = line.split()
        if words and not is_open:
            if words[0] != b"[":
                break
            is_open, words = True, words[1:]
        is_last = bool(words) and words[-1] == b"]"
        try:
            row = [float(word) for word in (words[:-1] if is_last else words)]
        except ValueError as error:
            raise ValueError("its matrix is damaged: it must hold numbers") from error
        if row:
            rows.append(row)
            n += len(row)
        if n > LARGEST_ARRAY or (rows and len(row or rows[0]) != len(rows[0])):
            raise ValueError("its matrix is damaged: its rows differ in length, or it is too large")
        if is_last:
            return np.array(rows, np.float64).reshape(len(rows), -1 if rows else 0)
    raise ValueError("its matrix is damaged: it must stand between [ and ]")
