"""Sizes that the headers of sound files promise, against what the files hold: libsndfile takes the rest for the whole.

Microsoft and IBM, Multimedia programming interface (1991) for RIFF; EBU Tech 3306 (2009) for RF64; Apple, Audio
interchange file format (1989) for AIFF; Sony, Wave64 (2004); Apple, Core Audio format (2006) for CAF; Sun's header of
AU files as in ``audio.h``; NIST, SPHERE (1990).
"""

import re
import struct
from dataclasses import dataclass
from math import prod
from typing import BinaryIO

from mfccinv.audio.unusable import UnusableAudio

# In headers of files that were written into a pipe: by most, by SoX (WAV and AIFF) and by arecord.
UNKNOWN_SIZES = (0, 0xFFFFFFFF, -1, 0x7FFFF000, 0x7F000008, 0x7FFFFFFF, 0x80000000)
CHUNKS_READ = 10000  # a file of speech has a few; more are there to waste time
NIST_NUMBERS = (rb"^sample_count -i (\d{1,18})\s", rb"^sample_n_bytes -i (\d)\s", rb"^channel_count -i (\d{1,6})\s")


@dataclass(frozen=True)
class Chunks:
    """How a container lays out its chunks.

    Parameters
    ----------
    first : int, bytes
        Where the first chunk begins.
    header : struct.Struct
        Name and size of a chunk.
    samples : bytes
        Name of the chunk that holds the samples.
    alignment : int, bytes
        Each chunk begins at a multiple of it.
    counts_header : bool
        Whether the size of a chunk includes its header.
    ends_file : bool
        Whether libsndfile takes all that follows for samples, too.
    """

    first: int
    header: struct.Struct
    samples: bytes
    alignment: int = 2
    counts_header: bool = False
    ends_file: bool = False


RIFF = Chunks(12, struct.Struct("<4sI"), b"data")
W64_SAMPLES = b"data" + bytes.fromhex("f3acd3118cd100c04f8edb8a")
CONTAINERS = {
    b"RIFF": RIFF,
    b"RF64": RIFF,
    b"RIFX": Chunks(12, struct.Struct(">4sI"), b"data"),
    b"FORM": Chunks(12, struct.Struct(">4sI"), b"SSND"),
    b"caff": Chunks(8, struct.Struct(">4sq"), b"data", alignment=1),
    b"riff": Chunks(40, struct.Struct("<16sq"), W64_SAMPLES, alignment=8, counts_header=True, ends_file=True),
}
AU_HEADERS = {b".snd": struct.Struct(">II"), b"dns.": struct.Struct("<II")}


def refuse_truncated(file: BinaryIO, file_size: int) -> None:
    """Refuse a file that holds fewer bytes of samples than its header promises; other containers pass.

    Raises
    ------
    UnusableAudio
        With both numbers.
    """
    file.seek(0)
    magic = file.read(4)
    chunks = CONTAINERS.get(magic)
    if chunks:
        place = _samples_chunk(file, chunks)
    elif magic in AU_HEADERS:
        header = file.read(8)
        place = AU_HEADERS[magic].unpack(header) if len(header) == 8 else None
    elif magic == b"NIST":
        place = _nist_samples(magic + file.read(1020))
    else:
        return
    if place and place[1] not in UNKNOWN_SIZES and sum(place) > file_size:
        start, size = place
        raise UnusableAudio(
            f"truncated: its header promises {size} bytes of samples, the file holds {max(file_size - start, 0)}"
        )
    if place and chunks and chunks.ends_file and file_size - sum(place) >= chunks.alignment:
        others = file_size - sum(place)
        raise UnusableAudio(f"{others} other bytes stand behind its samples, and would be read as sound")


def _samples_chunk(file: BinaryIO, chunks: Chunks) -> tuple[int, int] | None:
    """Start and size of the samples, bytes; None if no chunk has them."""
    start, size, long_size = chunks.first, 0, None
    for _ in range(CHUNKS_READ):
        place = start + max(size, 0)
        file.seek(place + -place % chunks.alignment)
        header = file.read(chunks.header.size)
        if len(header) < chunks.header.size:
            return None
        name, size = chunks.header.unpack(header)
        start = file.tell()
        if chunks.counts_header:
            size -= len(header)
        if name == b"ds64":  # RF64: the 64-bit size of data is the second number
            sizes = file.read(16)
            if len(sizes) < 16:
                raise UnusableAudio("truncated: it ends within its header")
            long_size = struct.unpack("<8xQ", sizes)[0]
        if name == chunks.samples:
            return start, long_size if size == 0xFFFFFFFF and long_size is not None else size
    raise UnusableAudio(f"damaged: its samples are not in the first {CHUNKS_READ} chunks")


def _nist_samples(header: bytes) -> tuple[int, int] | None:
    """Start and size of the samples, bytes: the second line tells the size of the header, three fields the others."""
    start = re.match(rb"NIST_1A\n *(\d{1,9})\n", header)
    numbers = [re.search(number, header, re.MULTILINE) for number in NIST_NUMBERS]
    if start is None or None in numbers:
        return None
    return int(start[1]), prod(int(number[1]) for number in numbers if number)
