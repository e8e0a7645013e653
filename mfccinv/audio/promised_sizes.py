"""Sizes that the headers of sound files promise, against what the files hold: libsndfile takes the rest for the whole.

Microsoft and IBM, Multimedia programming interface (1991) for RIFF; EBU Tech 3306 (2009) for RF64; Apple, Audio
interchange file format (1989) for AIFF; Sony, Wave64 (2004); Apple, Core Audio format (2006) for CAF; Sun's header of
AU files as in ``audio.h``; NIST, SPHERE (1990).
"""

import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

from mfccinv.audio.unusable import UnusableAudio

# In headers of files that were written into a pipe: by most, by SoX (WAV and AIFF), by arecord and by FFmpeg (Wave64).
UNKNOWN_SIZES = (0xFFFFFFFF, -1, 0x7FFFF000, 0x7F000008, 0x7FFFFFFF, 0x80000000, 2**63 - 1 - 24)
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
    before_samples : int, bytes
        What stands before the samples in their chunk.
    """

    first: int
    header: struct.Struct
    samples: bytes
    alignment: int = 2
    counts_header: bool = False
    ends_file: bool = False
    before_samples: int = 0


RIFF = Chunks(12, struct.Struct("<4sI"), b"data")
W64_SAMPLES = b"data" + bytes.fromhex("f3acd3118cd100c04f8edb8a")
CONTAINERS = {
    b"RIFF": RIFF,
    b"RF64": RIFF,
    b"RIFX": Chunks(12, struct.Struct(">4sI"), b"data"),
    b"FORM": Chunks(12, struct.Struct(">4sI"), b"SSND", before_samples=8),
    b"caff": Chunks(8, struct.Struct(">4sq"), b"data", alignment=1, before_samples=4),
    b"riff": Chunks(40, struct.Struct("<16sq"), W64_SAMPLES, alignment=8, counts_header=True, ends_file=True),
}
AU_HEADERS = {b".snd": struct.Struct(">II"), b"dns.": struct.Struct("<II")}


@dataclass(frozen=True)
class Samples:
    """Where a header says that the samples stand.

    Parameters
    ----------
    start, size : int, bytes
        What stands before them in their chunk counts.
    field : tuple of int and struct.Struct, or None
        Place and form of the size in the header, if it is a number.
    added : int, bytes
        What the size in the header counts besides.
    taken : int or None, bytes
        libsndfile takes what stands behind the samples for some, too, and so many bytes are no padding; None: it
        doesn't.
    """

    start: int
    size: int
    field: tuple[int, struct.Struct] | None = None
    added: int = 0
    taken: int | None = None


def right_sizes(file: BinaryIO, file_size: int) -> tuple[dict[int, bytes], int]:
    """Compare the size of the samples that a header tells with the file's.

    A program that is killed, or writes into a pipe, leaves a size of nothing in the header. Then all that follows is
    sound, as FFmpeg takes it, unless it is other chunks.

    Returns
    -------
    changes : dict of int to bytes
        What must stand in the header, and where, for a decoder to read all samples; none if it stands there.
    end : int, bytes
        Where the file must end for a decoder to read no others: before its end if libsndfile would read its padding.

    Raises
    ------
    UnusableAudio
        If the file holds fewer bytes of samples than its header promises, with both numbers; if it holds none but other
        chunks; if others would be taken for samples.
    """
    file.seek(0)
    magic = file.read(4)
    chunks = CONTAINERS.get(magic)
    if chunks:
        samples = _samples_chunk(file, chunks)
    elif magic in AU_HEADERS:
        samples = _au_samples(file, AU_HEADERS[magic])
    elif magic == b"NIST":
        samples = _nist_samples(magic + file.read(1020))
    else:
        return {}, file_size
    if samples is None:
        return {}, file_size
    held = max(file_size - samples.start, 0)
    before = chunks.before_samples if chunks else 0
    is_unknown = samples.size in UNKNOWN_SIZES
    if is_unknown or 0 <= samples.size <= before < held:
        if chunks and not is_unknown and _are_chunks(file, chunks, samples.start + samples.size, file_size):
            raise UnusableAudio("empty: the file has no samples")
        if samples.field is None:
            return {}, file_size
        place, form = samples.field
        return {place: form.pack(held + samples.added)}, file_size
    if samples.size > held:
        raise UnusableAudio(f"truncated: its header promises {samples.size} bytes of samples, the file holds {held}")
    others = held - samples.size
    if samples.taken is not None and others >= samples.taken:
        raise UnusableAudio(f"{others} other bytes stand behind its samples, and would be read as sound")
    return {}, file_size if samples.taken is None else samples.start + samples.size


def samples_chunk(file: BinaryIO, file_size: int) -> bytes:
    """Read the bytes of the samples of a WAV file, as encoded."""
    samples = _samples_chunk(file, RIFF)
    if samples is None:
        return b""
    file.seek(samples.start)
    return file.read(file_size if samples.size in UNKNOWN_SIZES or samples.size <= 0 else samples.size)


def _samples_chunk(file: BinaryIO, chunks: Chunks) -> Samples | None:
    """Find the chunk of the samples; None if there is none."""
    place, long_size = chunks.first, None
    for _ in range(CHUNKS_READ):
        found = _chunk_header(file, chunks, place)
        if found is None:
            return None
        name, start, size = found
        if name == b"ds64":  # RF64: the 64-bit size of data is the second number
            sizes = file.read(16)
            if len(sizes) < 16:
                raise UnusableAudio("truncated: it ends within its header")
            long_size = struct.unpack("<8xQ", sizes)[0], start + 8
        if name == chunks.samples:
            if size == 0xFFFFFFFF and long_size is not None:
                return Samples(start, long_size[0], (long_size[1], struct.Struct("<Q")))
            form = struct.Struct(chunks.header.format[0] + chunks.header.format[-1])
            return Samples(
                start,
                size,
                (start - form.size, form),
                added=chunks.header.size if chunks.counts_header else 0,
                taken=chunks.alignment if chunks.ends_file else None,
            )
        place = start + max(size, 0)
    raise UnusableAudio(f"damaged: its samples are not in the first {CHUNKS_READ} chunks")


def _chunk_header(file: BinaryIO, chunks: Chunks, place: int) -> tuple[bytes, int, int] | None:
    """Name of the chunk at a place, where its content starts and its size; None if the file ends before."""
    file.seek(place + -place % chunks.alignment)
    header = file.read(chunks.header.size)
    if len(header) < chunks.header.size:
        return None
    name, size = chunks.header.unpack(header)
    return name, file.tell(), size - len(header) if chunks.counts_header else size


def _are_chunks(file: BinaryIO, chunks: Chunks, place: int, file_size: int) -> bool:
    """Whether chunks with names stand between a place and the end of the file, and nothing else."""
    for _ in range(CHUNKS_READ):
        if place + -place % chunks.alignment >= file_size:
            return True
        found = _chunk_header(file, chunks, place)
        if found is None or not all(0x20 <= letter < 0x7F for letter in found[0][:4]) or found[2] < 0:
            return False
        place = found[1] + found[2]
        if place > file_size:
            return False
    return False


def _au_samples(file: BinaryIO, sizes: struct.Struct) -> Samples | None:
    header = file.read(sizes.size)
    if len(header) < sizes.size:
        return None
    start, size = sizes.unpack(header)
    return Samples(start, size, (8, struct.Struct(sizes.format[0] + "I")))


def _nist_samples(header: bytes) -> Samples | None:
    """Start and size of the samples: the second line tells the size of the header, three fields the others."""
    if b"embedded-shorten" in header:
        raise UnusableAudio("its samples are compressed by Shorten: decode it with sph2pipe")
    start = re.match(rb"NIST_1A\n *(\d{1,9})\n", header)
    numbers = [re.search(number, header, re.MULTILINE) for number in NIST_NUMBERS]
    if start is None or None in numbers:
        return None
    count, n_bytes, channels = (int(number[1]) for number in numbers if number)
    return Samples(int(start[1]), count * n_bytes * channels, taken=n_bytes * channels)
