"""The pages of an Ogg file (Pfeiffer, The Ogg encapsulation format, RFC 3533, 2003) and their checksums.

After a wrong byte, decoders go on with what they find next: the sound is shifted, or its end comes twice.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from mfccinv.audio.unusable import UnusableAudio

HEADER = struct.Struct("<4sBBqIIIB")  # magic, version, flags, position, stream, number, checksum, segments
FIRST_OF_STREAM = 0x02
LAST_OF_STREAM = 0x04
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def refuse_damaged_ogg(file: BinaryIO) -> None:
    """Refuse an Ogg file that is cut off, lacks a page or has one with a wrong checksum; other files pass.

    Raises
    ------
    UnusableAudio
        With what is wrong.
    """
    file.seek(0)
    if file.read(4) != b"OggS":
        return
    file.seek(0)
    flags = 0
    following: dict[int, int] = {}  # number of the next page of each stream
    for place, page in enumerate(_pages(file)):
        had_ended = flags & LAST_OF_STREAM
        _, _, flags, _, stream, number, checksum, _ = HEADER.unpack_from(page)
        if had_ended and flags & FIRST_OF_STREAM:
            raise UnusableAudio("several streams one after another: only the first would be read")
        if page_checksum(page) != checksum:
            raise UnusableAudio(f"damaged: the checksum of its page {place} is wrong")
        if number != following.get(stream, number):
            raise UnusableAudio(f"damaged: a page is missing before its page {place}")
        following[stream] = number + 1
    if not flags & LAST_OF_STREAM:
        raise UnusableAudio("truncated: its last page does not end the stream")


def page_checksum(page: bytes) -> int:
    """CRC-32 of a page with its own checksum taken as zero: polynomial 0x04c11db7, from the highest bit on.

    zlib's begins with the lowest bit, so it is given the bits of each byte in reverse, and so is its result.
    """
    without = page[:22] + bytes(4) + page[26:]
    reverse = zlib.crc32(without.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reverse:032b}"[::-1], 2)


def _pages(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of each page; what follows the end of the last stream is none."""
    flags = 0
    while header := file.read(HEADER.size):
        if not header.startswith(b"OggS"):
            if flags & LAST_OF_STREAM:
                return
            raise UnusableAudio("damaged: other bytes stand between its pages")
        lengths = file.read(header[-1]) if len(header) == HEADER.size else b""
        body = file.read(sum(lengths))
        if len(header) < HEADER.size or len(lengths) < header[-1] or len(body) < sum(lengths):
            raise UnusableAudio("truncated: its last page does not end the stream")
        flags = header[5]
        yield header + lengths + body
