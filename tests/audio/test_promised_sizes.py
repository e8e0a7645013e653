"""Tests of files that hold less than their headers promise, by container."""

import io
import struct

import numpy as np
import pytest
from bad_audio import RATE, encoded, put
from speech import speech

from mfccinv.audio.promised_sizes import right_sizes
from mfccinv.audio.sound_files import UnusableAudio, read_audio

CONTAINERS = ("wav", "rifx", "wavex", "rf64", "aiff", "aifc", "au", "au-little", "w64", "caf", "nist")
UNKNOWN = (0, 0xFFFFFFFF, 0x7FFFF000, 0x7F000008, 0x7FFFFFFF, 0x80000000)
# Where the size of the samples stands, its form and what it counts besides them.
FIELDS = {
    "wav": (b"data", 4, "<I", 0),
    "rifx": (b"data", 4, ">I", 0),
    "wavex": (b"data", 4, "<I", 0),
    "rf64": (b"ds64", 16, "<Q", 0),
    "aiff": (b"SSND", 4, ">I", 8),
    "aifc": (b"SSND", 4, ">I", 8),
    "au": (b".snd", 8, ">I", 0),
    "au-little": (b"dns.", 8, "<I", 0),
    "w64": (b"data\xf3", 16, "<q", 24),
    "caf": (b"data\0\0\0\0", 4, ">q", 4),
}


@pytest.fixture(params=CONTAINERS)
def written(request, tmp_path):
    """Path of a second of speech in each container."""
    (tmp_path / "y.sound").write_bytes(encoded(request.param))
    return tmp_path / "y.sound"


def with_size(kind, size, samples=True):
    """A file of a container with another size of its samples, and without them."""
    whole = encoded(kind)
    name, after, form, _ = FIELDS[kind]
    content = put(whole, whole.index(name) + after, struct.pack(form, size))
    return content if samples else content[:-32000]


def test_whole_files_are_read(written):
    np.testing.assert_allclose(read_audio(written).y, speech(RATE, 1), atol=1e-4)


def test_any_truncation_is_found(written, rng):
    whole = written.read_bytes()
    for end in [len(whole) - 1, len(whole) - 2, *rng.integers(1, len(whole), 20)]:
        written.write_bytes(whole[:end])
        with pytest.raises(UnusableAudio, match=r"^(truncated|not audio or damaged): "):
            read_audio(written)


def test_both_sizes_are_told(written):
    whole = written.read_bytes()
    written.write_bytes(whole[:-1000])
    with pytest.raises(
        UnusableAudio, match=r"^truncated: its header promises (\d+) bytes of samples, the file holds \d+$"
    ):
        read_audio(written)


def test_what_stands_behind_the_samples_does_not_matter(written):
    """But in W64 and NIST: there, libsndfile takes it for samples, if it is more than padding."""
    y, whole = read_audio(written).y, written.read_bytes()
    padding = 7 if whole.startswith(b"riff") else 1
    written.write_bytes(whole + b"\1" * padding)
    np.testing.assert_array_equal(read_audio(written).y, y)
    np.testing.assert_array_equal(read_audio(written, offset_seconds=0.75).y, y[12000:])
    written.write_bytes(whole + b"\1" * 10)
    if written.read_bytes().startswith((b"riff", b"NIST")):
        with pytest.raises(
            UnusableAudio, match=r"^10 other bytes stand behind its samples, and would be read as sound$"
        ):
            read_audio(written)
    else:
        np.testing.assert_array_equal(read_audio(written).y, y)


@pytest.mark.parametrize("kind", FIELDS)
def test_a_size_of_nothing_before_samples_was_left_by_a_killed_program(tmp_path, kind):
    path = tmp_path / "y.sound"
    path.write_bytes(encoded(kind))
    y = read_audio(path).y
    path.write_bytes(with_size(kind, FIELDS[kind][3]))
    np.testing.assert_array_equal(read_audio(path).y, y)
    np.testing.assert_array_equal(read_audio(path, offset_seconds=0.5, duration_seconds=0.25).y, y[8000:12000])


@pytest.mark.parametrize("kind", ["wav", "rifx", "wavex", "aiff", "aifc", "au", "au-little"])
@pytest.mark.parametrize("size", UNKNOWN)
def test_a_size_that_was_not_known_promises_nothing(tmp_path, kind, size):
    (tmp_path / "y.sound").write_bytes(with_size(kind, size))
    np.testing.assert_allclose(read_audio(tmp_path / "y.sound").y, speech(RATE, 1), atol=1e-4)


@pytest.mark.parametrize(("kind", "size"), [("caf", -1), ("w64", 2**63 - 1)])
def test_64_bit_sizes_that_were_not_known(tmp_path, kind, size):
    (tmp_path / "y.sound").write_bytes(with_size(kind, size))
    np.testing.assert_allclose(read_audio(tmp_path / "y.sound").y, speech(RATE, 1), atol=1e-4)


@pytest.mark.parametrize("kind", FIELDS)
def test_a_file_without_samples_is_empty(tmp_path, kind):
    (tmp_path / "y.sound").write_bytes(with_size(kind, FIELDS[kind][3], samples=False))
    with pytest.raises(UnusableAudio, match=r"^empty: the file has no samples$"):
        read_audio(tmp_path / "y.sound")


@pytest.mark.parametrize("kind", ["wav", "rifx", "aiff"])
@pytest.mark.parametrize("chunks", [[4], [5], [0, 6]], ids=str)
def test_chunks_behind_no_samples_are_no_sound(tmp_path, kind, chunks):
    content = with_size(kind, FIELDS[kind][3], samples=False)
    order = FIELDS[kind][2][0]
    for size in chunks:
        content += b"id3 " + struct.pack(f"{order}I", size) + bytes(size + size % 2)
    (tmp_path / "y.sound").write_bytes(content)
    with pytest.raises(UnusableAudio, match=r"^empty: the file has no samples$"):
        read_audio(tmp_path / "y.sound")


def test_speech_compressed_by_shorten_is_told():
    header = b"NIST_1A\n   1024\nsample_coding -s26 pcm,embedded-shorten-v2.00\nend_head\n".ljust(1024)
    with pytest.raises(UnusableAudio, match="compressed by Shorten: decode it with sph2pipe"):
        right_sizes(io.BytesIO(header), 1024)


@pytest.mark.parametrize(
    "file", [b"", b"RI", b"RIFF", b".snd", b".snd\0\0", b"NIST_1A\n", b"NIST_1A\n   1024\nend_head\n", b"OggS", b"text"]
)
def test_what_promises_nothing_passes(file):
    right_sizes(io.BytesIO(file), len(file))


def test_a_file_of_chunks_alone_is_refused():
    file = b"RIFF\0\0\0\0WAVE" + b"LIST\0\0\0\0" * 10000
    with pytest.raises(UnusableAudio, match=r"^damaged: its samples are not in the first 10000 chunks$"):
        right_sizes(io.BytesIO(file), len(file))
