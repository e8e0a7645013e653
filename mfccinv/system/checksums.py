"""Checksums of files, and folders that keep a record of them.

XXH3 (Collet, xxHash, 2012 to 2020) costs less than reading, so it is taken whenever a file is read; SHA-256 is for
those who compare files with others' or don't trust who sends them.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xxhash

from mfccinv.system.atomic_files import exclusive, temporary_beside, write_json
from mfccinv.system.stored_files import DamagedFile, read_json

RECORD = "checksums.json"
BLOCK_BYTES = 2**20


class Checksums:
    """Size and checksums of bytes that come in pieces."""

    def __init__(self):
        self._bytes, self._quick, self._sha256 = 0, xxhash.xxh3_128(), hashlib.sha256()

    def update(self, data: bytes | memoryview) -> None:
        self._bytes += len(data)
        self._quick.update(data)
        self._sha256.update(data)

    @property
    def entry(self) -> dict:
        """``bytes``, ``xxh3_128`` and ``sha256``; the checksums in hexadecimal."""
        return {"bytes": self._bytes, "xxh3_128": self._quick.hexdigest(), "sha256": self._sha256.hexdigest()}


def checksums(path: Path) -> dict:
    """Compute the size and all checksums of a file, see `Checksums.entry`."""
    computed = Checksums()
    for block in _blocks(path):
        computed.update(block)
    return computed.entry


def quick_checksum(path: Path) -> str:
    """XXH3 of a file's bytes, 128 bits in hexadecimal."""
    digest = xxhash.xxh3_128()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def checksum_of_json(value: object) -> str:
    """XXH3 of a value that JSON can hold, in hexadecimal; order and layout don't matter."""
    return xxhash.xxh3_128_hexdigest(json.dumps(value, sort_keys=True).encode())


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(path: Path) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(BLOCK_BYTES))
    with Path(path).open("rb", buffering=0) as file:
        while n_bytes := file.readinto(buffer):
            yield buffer[:n_bytes]


@contextmanager
def recorded(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path``, as `temporary_beside`, with its checksum in the folder's record.

    The record, ``checksums.json``, names the checksum of the file as it was and as it will be. So it is right at every
    moment, whenever the process is killed. Writers in one folder wait for each other.
    """
    path = Path(path)
    record = path.with_name(RECORD)
    with exclusive(path.parent), temporary_beside(path) as temporary:
        yield temporary
        known = read_json(record) if record.is_file() else {}
        known = {name: sums for name, sums in known.items() if path.with_name(name).is_file()}
        before = [quick_checksum(path)] if path.is_file() else []
        write_json(record, known | {path.name: [*before, quick_checksum(temporary)]})


def write_recorded(path: Path, text: str) -> None:
    """Write a text file as `recorded`; a lone surrogate is written as its JSON escape."""
    with recorded(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", errors="backslashreplace"))


def require_recorded(path: Path) -> Path:
    """Return the path of a file whose checksum is in its folder's record; also one that no record names.

    Raises
    ------
    DamagedFile
        If it has another checksum.
    """
    path = Path(path)
    if not any(_is_as_recorded(path) for _ in range(3)):  # it may be written anew at this moment
        raise DamagedFile(
            f"{path} is damaged or was changed: its checksum isn't that of {path.with_name(RECORD)}; bring the file "
            f"back, or delete {RECORD} if you changed it yourself"
        )
    return path


def _is_as_recorded(path: Path) -> bool:
    record = path.with_name(RECORD)
    if not record.is_file() or not path.is_file():
        return True
    known = read_json(record).get(path.name)
    return known is None or quick_checksum(path) in known
