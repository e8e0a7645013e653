"""The header of a FLAC file, STREAMINFO, against its last frame (RFC 9639, 2024).

Each frame has checksums, which the decoder compares. STREAMINFO has none: with a wrong length in it, only a part of the
sound is read, and with a wrong rate, all at another speed.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from mfccinv.audio.checksums import crc_8
from mfccinv.audio.unusable import UnusableAudio

STREAMINFO = struct.Struct(">4s6xH6xQ")  # magic, largest block, then rate, channels, depth and length
LONGEST = 2**36 - 1  # samples
SMALLEST_HEADER, LARGEST_HEADER = 6, 16  # bytes, of a frame
TAIL = 2**18  # bytes: more than the last frame and tags behind it take
RATES_HZ = (0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)
STEPS_HZ = {12: 1000, 13: 1, 14: 10}  # of rates that follow the coded number


@dataclass(frozen=True)
class FrameHeader:
    """What the header of a frame tells: where it starts and ends, samples, and its rate, Hz; 0 is STREAMINFO's."""

    start: int
    end: int
    rate_hz: int


def right_streaminfo(file: BinaryIO, file_size: int) -> dict[int, bytes]:
    """Compare STREAMINFO with the last frame.

    Returns
    -------
    changes : dict of int to bytes
        What must stand in STREAMINFO, and where, if no length does, as in files that were written into a pipe.

    Raises
    ------
    UnusableAudio
        If the last frame does not end where STREAMINFO says, or has another rate.
    """
    file.seek(0)
    header = file.read(STREAMINFO.size)
    if len(header) < STREAMINFO.size or not header.startswith(b"fLaC"):
        return {}
    _, block_size, packed = STREAMINFO.unpack(header)
    rate_hz, length = packed >> 44, packed & LONGEST
    file.seek(max(file_size - TAIL, 0))
    last, first, starts = None, None, set()
    followed: dict[int, FrameHeader] = {}
    for frame in _frame_headers(file.read(), block_size):
        last = last or followed.get(frame.end)  # one alone may be other bytes that look like a header
        first = frame if frame.start == 0 else first
        if last and not length:
            break
        followed.setdefault(frame.start, frame)
        starts.add(frame.start)
        if frame.end == length and length not in starts:  # and no other follows
            if frame.rate_hz not in (0, rate_hz):
                raise UnusableAudio(f"damaged: its header says {rate_hz} Hz, its last frame {frame.rate_hz} Hz")
            return {}
    if length and last:  # else the decoder finds what is wrong
        kind = "truncated" if last.end < length else "damaged"
        raise UnusableAudio(f"{kind}: its header promises {length} samples, its last frame ends at {last.end}")
    last = last or first
    if length or last is None:
        return {}
    return {STREAMINFO.size - 8: struct.pack(">Q", packed | min(last.end, LONGEST))}


def _frame_headers(data: bytes, block_size: int) -> Iterator[FrameHeader]:
    """Yield the headers with a right checksum, the last first; a few may be other bytes that look like one."""
    place = len(data)
    while (place := data.rfind(b"\xff", 0, place)) >= 0:
        if data[place + 1 : place + 2] in (b"\xf8", b"\xf9") and place + SMALLEST_HEADER <= len(data):
            header = _frame_header(data[place : place + LARGEST_HEADER], block_size)
            if header:
                yield header


def _frame_header(data: bytes, block_size: int) -> FrameHeader | None:
    """Header of the frame at the beginning of some bytes; None if its checksum is wrong."""
    length_code, rate_code = data[2] >> 4, data[2] & 15
    # The number of the frame, or of its first sample, is coded as UTF-8 codes characters.
    ones = 8 - (data[4] ^ 0xFF).bit_length()
    number_bytes = max(ones, 1)
    number = data[4] & 0x7F >> ones
    for byte in data[5 : 4 + number_bytes]:
        number = number << 6 | byte & 0x3F
    place = 4 + number_bytes
    length_bytes = {6: 1, 7: 2}.get(length_code, 0)
    rate_bytes = {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    rate_place = place + length_bytes
    end = rate_place + rate_bytes
    if length_code == 0 or rate_code == 15 or end >= len(data) or crc_8(data[:end]) != data[end]:
        return None
    if length_bytes:
        n_samples = int.from_bytes(data[place:rate_place]) + 1
    else:
        n_samples = 192 if length_code == 1 else 144 << length_code if length_code < 6 else 1 << length_code
    rate_hz = int.from_bytes(data[rate_place:end]) * STEPS_HZ[rate_code] if rate_bytes else RATES_HZ[rate_code]
    start = number if data[1] & 1 else number * block_size
    return FrameHeader(start, start + n_samples, rate_hz)
