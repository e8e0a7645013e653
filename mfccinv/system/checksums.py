"""Checksums of files, and folders that keep a record of them.

XXH3 (Collet, xxHash, 2012 to 2020) costs less than reading, so it is taken whenever a file is read; SHA-256 is for
those who compare files with others' or don't trust who sends them.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from reprlib import repr as brief

import xxhash

from mfccinv.system.atomic_files import encoded, exclusive, temporary_beside, write_json
from mfccinv.system.stored_files import DamagedFile, errors_named, read_json

RECORD = "checksums.json"
BLOCK_BYTES = 2**20
# Before each look at a file: it may be written anew at this moment; on a network disk, a little earlier.
PAUSES_SECONDS = (0, 0.05, 1)


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
    with errors_named(path), Path(path).open("rb", buffering=0) as file:
        while n_bytes := file.readinto(buffer):
            yield buffer[:n_bytes]


@contextmanager
def recorded(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path``, as `temporary_beside`, with its checksum in the folder's record.

    The record, ``checksums.json``, names the checksum of the file as it was and as it will be. So it is right at every
    moment, whenever the process is killed. Writers in one folder wait for each other.
    """
    path = Path(path)
    with exclusive(path.parent), temporary_beside(path) as temporary:
        yield temporary
        before = [quick_checksum(path)] if path.is_file() else []
        sums = read_record(path.parent) | {path.name: [*before, quick_checksum(temporary)]}
        write_json(path.with_name(RECORD), sums)


def remove_recorded(path: Path) -> None:
    """Remove a file and its checksum, if they are there."""
    path = Path(path)
    with exclusive(path.parent):
        path.unlink(missing_ok=True)
        sums = read_record(path.parent)
        if sums.pop(path.name, None):
            write_json(path.with_name(RECORD), sums)


def write_recorded(path: Path, text: str) -> None:
    """Write a text file as `recorded`; see `encoded`."""
    with recorded(path) as temporary:
        temporary.write_bytes(encoded(text))


def require_recorded(path: Path) -> Path:
    """Return the path of a file whose checksum is in its folder's record; also one that no record names.

    Raises
    ------
    DamagedFile
        If it has another checksum, or is gone though it was written before.
    """
    path = Path(path)
    for pause in PAUSES_SECONDS:
        time.sleep(pause)
        if _is_as_recorded(path):
            return path
    raise DamagedFile(
        f"{path} is damaged, or was changed by hand, by git or by an older version: its checksum isn't that of "
        f"{path.with_name(RECORD)}; bring the file back, or delete {RECORD} if the file is right"
    )


def _is_as_recorded(path: Path) -> bool:
    known = read_record(path.parent).get(path.name)
    if known is None:
        return True
    if not path.is_file():
        return len(known) == 1  # whoever wrote it first was killed
    return quick_checksum(path) in known


def read_record(folder: Path) -> dict[str, list[str]]:
    """Checksums of each file of a folder, as it is and, if there was one, as it was; none if there is no record."""
    record = folder / RECORD
    sums = read_json(record) if record.is_file() else {}
    for name, known in sums.items():
        if not isinstance(known, list) or not 1 <= len(known) <= 2 or not all(isinstance(one, str) for one in known):
            raise DamagedFile(f"{record} is damaged: {name:.80} can't have the checksums {brief(known)}")
    return sums
