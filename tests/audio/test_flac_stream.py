"""Tests of FLAC files whose header tells another length or rate than their frames do."""

import io

import numpy as np
import pytest
import soundfile
from places import DEMO
from speech import speech

from mfccinv.audio.flac_stream import right_streaminfo
from mfccinv.audio.sound_files import UnusableAudio, read_audio

RATES = (1000, 8000, 11025, 16000, 44100, 48000, 96000, 192000)


def flac(y, rate, **options):
    """Bytes of a FLAC file."""
    file = io.BytesIO()
    soundfile.write(file, y, rate, format="FLAC", **options)
    return file.getvalue()


def check(whole):
    right_streaminfo(io.BytesIO(whole), len(whole))


def flipped(whole, place, bit):
    return whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]


def with_length(whole, length):
    """Write a length into the header, 36 bits; the demo's are below 2^32."""
    return whole[:22] + length.to_bytes(4) + whole[26:]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("n_samples", [16, 200, 5000, 40000])
def test_whole_files_pass(rng, rate, n_samples):
    for y in (np.zeros(n_samples), rng.uniform(-1, 1, (n_samples, 2))):
        check(flac(y, rate))
        check(flac(y, rate, subtype="PCM_24") + b"TAG" + bytes(125))


def test_the_demo_passes():
    for path in sorted(DEMO.rglob("*.flac")):
        check(path.read_bytes())


@pytest.mark.parametrize(
    ("length", "kind"),
    [(40000, "damaged"), (1, "damaged"), (45056, "damaged"), (47999, "damaged"), (48001, "truncated")],
)
def test_another_length(length, kind):
    whole = flac(np.resize(speech(16000), 48000), 16000)
    with pytest.raises(
        UnusableAudio, match=rf"^{kind}: its header promises {length} samples, its last frame ends at 48000$"
    ):
        check(with_length(whole, length))


def test_another_rate():
    whole = flac(speech(16000, 1), 16000)
    with pytest.raises(UnusableAudio, match=r"^damaged: its header says 16001 Hz, its last frame 16000 Hz$"):
        check(flipped(whole, 20, 4))


def test_any_flipped_bit_is_found_or_changes_nothing(tmp_path, rng):
    path = tmp_path / "y.flac"
    whole = flac(speech(16000, 2), 16000)
    path.write_bytes(whole)
    y = read_audio(path).y
    found = 0
    for place in [*range(42), *rng.integers(42, len(whole), 60)]:
        path.write_bytes(flipped(whole, place, int(rng.integers(8))))
        try:
            recording = read_audio(path)
        except UnusableAudio:
            found += 1
        else:
            np.testing.assert_array_equal(recording.y, y)
            assert recording.sample_rate == 16000
    assert found > 60


@pytest.mark.parametrize("whole", [b"", b"fLaC", b"fLaC" + bytes(60), b"RIFF" + bytes(60), b"fLaC" + b"\xff\xf8" * 60])
def test_what_promises_nothing_passes(whole):
    check(whole)
