"""A file as it should have been written: decoders take sizes from headers, and can't be told others."""

import io
from collections.abc import Mapping
from typing import Any, BinaryIO


class ChangedFile(io.RawIOBase):
    """A file of which some bytes are others, and behind whose end zeros stand; nothing is copied or written.

    Parameters
    ----------
    file : BinaryIO
    changes : Mapping of int to bytes
        New bytes by the place of their first.
    size : int, bytes
        Where the changed file ends.
    """

    def __init__(self, file: BinaryIO, changes: Mapping[int, bytes], size: int):
        self._file = file
        self._changes = dict(changes)
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(begin + offset, 0)
        return self._place

    def readinto(self, buffer: Any) -> int:
        start, end = self._place, min(self._place + len(buffer), self._size)
        if end <= start:
            return 0
        self._file.seek(start)
        content = bytearray(self._file.read(end - start).ljust(end - start, b"\0"))
        for place, new in self._changes.items():
            first, last = max(place, start), min(place + len(new), end)
            if first < last:
                content[first - start : last - start] = new[first - place : last - place]
        buffer[: len(content)] = bytes(content)
        self._place = end
        return len(content)
