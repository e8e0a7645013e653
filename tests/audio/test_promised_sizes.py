"""Tests of files that hold less than their headers promise, by container."""

import io
import struct

import numpy as np
import pytest
import soundfile
from speech import speech

from mfccinv.audio.promised_sizes import refuse_truncated
from mfccinv.audio.sound_files import UnusableAudio, read_audio

RATE = 16000
CONTAINERS = {
    "WAV": {},
    "RIFX": {"format": "WAV", "endian": "BIG"},
    "WAVEX": {},
    "RF64": {},
    "AIFF": {},
    "AIFC": {"format": "AIFF", "endian": "LITTLE"},
    "AU": {},
    "AU, little-endian": {"format": "AU", "endian": "LITTLE"},
    "W64": {},
    "CAF": {},
    "NIST": {},
}


@pytest.fixture(params=CONTAINERS)
def written(request, tmp_path):
    """Path of a second of speech in each container."""
    options = {"format": request.param, "subtype": "PCM_16"} | CONTAINERS[request.param]
    soundfile.write(tmp_path / "y.sound", speech(RATE, 1), RATE, **options)
    return tmp_path / "y.sound"


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
    """But in W64: there, libsndfile takes it for samples."""
    whole = written.read_bytes() + bytes(10)
    if whole.startswith(b"riff"):
        with pytest.raises(
            UnusableAudio, match=r"^10 other bytes stand behind its samples, and would be read as sound$"
        ):
            refuse_truncated(io.BytesIO(whole), len(whole))
    else:
        refuse_truncated(io.BytesIO(whole), len(whole))


@pytest.mark.parametrize(
    "header",
    [
        b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", 0xFFFFFFFF),
        b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", 0),
        b"FORM\0\0\0\0AIFFSSND" + struct.pack(">I", 0),
        b".snd" + struct.pack(">II", 24, 0xFFFFFFFF),
        b"caff\0\1\0\0data" + struct.pack(">q", -1),
    ],
)
def test_a_size_that_was_not_known_promises_nothing(header):
    refuse_truncated(io.BytesIO(header + bytes(100)), len(header) + 100)


@pytest.mark.parametrize(
    "file", [b"", b"RI", b"RIFF", b".snd", b".snd\0\0", b"NIST_1A\n", b"NIST_1A\n   1024\nend_head\n", b"OggS", b"text"]
)
def test_what_promises_nothing_passes(file):
    refuse_truncated(io.BytesIO(file), len(file))


def test_a_file_of_chunks_alone_is_refused():
    file = b"RIFF\0\0\0\0WAVE" + b"LIST\0\0\0\0" * 10000
    with pytest.raises(UnusableAudio, match=r"^damaged: its samples are not in the first 10000 chunks$"):
        refuse_truncated(io.BytesIO(file), len(file))
