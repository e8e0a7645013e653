"""Tests of damaged MP3 files: how many frames there are, and their checksum."""

import struct

import numpy as np
import pytest
import soundfile
from speech import speech

from mfccinv.audio.mp3_frames import refuse_damaged_mp3
from mfccinv.audio.sound_files import UnusableAudio, read_audio

RATES = (8000, 16000, 22050, 44100)  # MPEG 2.5, 2, 2, 1
TAG = b"ID3\4\0\0\0\0\1\2" + bytes(130)  # 7 bits of size a byte


@pytest.fixture(scope="module", params=[(rate, channels) for rate in RATES for channels in (1, 2)], ids=str)
def mp3(request, tmp_path_factory):
    """Bytes of an MP3 by LAME, whose header tells the number of frames and their checksum."""
    rate, channels = request.param
    path = tmp_path_factory.mktemp("mp3") / "y.mp3"
    soundfile.write(path, np.outer(speech(rate, 1), np.ones(channels)), rate)
    return path.read_bytes()


def place_of_header(mp3):
    return max(mp3.find(b"Xing"), mp3.find(b"Info"))


def changed(mp3, place, new):
    return mp3[:place] + new + mp3[place + len(new) :]


def without_checksum(mp3):
    """As an encoder writes that counts the frames and no more."""
    return changed(mp3, place_of_header(mp3) + 120, b"other")


def without_header(mp3):
    """As an encoder writes into a pipe."""
    return mp3[second_frame(mp3) :]


def second_frame(mp3):
    return mp3.index(mp3[:2], place_of_header(mp3) + 156)


def test_whole_files_pass(mp3):
    refuse_damaged_mp3(mp3)
    refuse_damaged_mp3(TAG + mp3)
    refuse_damaged_mp3(TAG + bytes(99) + mp3 + b"TAG" + bytes(125))
    refuse_damaged_mp3(without_checksum(mp3))


def test_samples_are_counted_where_no_header_tells_them(mp3):
    (frames,) = struct.unpack_from(">I", mp3, place_of_header(mp3) + 8)
    n_samples = frames * (1152 if mp3[1] & 0x18 == 0x18 else 576)
    assert refuse_damaged_mp3(without_header(mp3)).n_samples == n_samples
    assert refuse_damaged_mp3(without_header(mp3) + b"TAG" + bytes(125)).n_samples == n_samples
    assert refuse_damaged_mp3(without_header(mp3)[:-1]).n_samples == n_samples - n_samples // frames


def test_a_header_that_tells_no_number_is_no_sound(mp3):
    header = place_of_header(mp3)
    told = refuse_damaged_mp3(changed(without_checksum(mp3), header + 4, bytes(4)))
    assert told.n_samples == refuse_damaged_mp3(without_header(mp3)).n_samples


@pytest.mark.parametrize(
    ("header", "length", "n_samples"),
    [
        ("fffd90c0", 522, 1152),  # MPEG 1, layer II, mono: 160 kbit/s at 44.1 kHz
        ("fff5e8c0", 1440, 1152),  # MPEG 2, layer II, mono: 160 kbit/s at 16 kHz
        ("ffff44c0", 128, 384),  # MPEG 1, layer I, mono: 128 kbit/s at 48 kHz
        ("ffff46c0", 132, 384),  # the same, padded
    ],
)
def test_layers_of_mpeg(header, length, n_samples):
    """Lengths as ISO/IEC 11172-3 reckons them: 144 · bit rate / sample rate, in layer I 4 · (12 · … ) bytes."""
    frame = bytes.fromhex(header).ljust(length, b"\0")
    assert refuse_damaged_mp3(3 * frame).n_samples == 3 * n_samples


def test_any_truncation_is_found(mp3, rng):
    for end in [len(mp3) - 1, *rng.integers(1, len(mp3), 20)]:
        with pytest.raises(UnusableAudio, match=r"^(truncated|damaged): "):
            refuse_damaged_mp3(mp3[:end])


def test_both_sizes_are_told(mp3):
    with pytest.raises(
        UnusableAudio,
        match=rf"^truncated: its header promises {len(mp3)} bytes of MP3 frames, the file holds {len(mp3) - 1}$",
    ):
        refuse_damaged_mp3(mp3[:-1])


def test_frames_are_counted_where_there_is_no_checksum(mp3):
    cut = without_checksum(mp3)[: len(mp3) // 2]
    with pytest.raises(UnusableAudio, match=r"^truncated: its header promises \d+ MP3 frames, \d+ can be read$"):
        refuse_damaged_mp3(cut)
    place = place_of_header(mp3) + 8
    (frames,) = struct.unpack_from(">I", mp3, place)
    refuse_damaged_mp3(changed(without_checksum(mp3), place, struct.pack(">I", frames + 1)))
    with pytest.raises(
        UnusableAudio, match=rf"^damaged: behind the {frames - 1} MP3 frames that its header promises stand others$"
    ):
        refuse_damaged_mp3(changed(without_checksum(mp3), place, struct.pack(">I", frames - 1)))


def test_the_header_of_fraunhofer_counts(mp3):
    (frames,) = struct.unpack_from(">I", mp3, place_of_header(mp3) + 8)
    vbri = changed(
        changed(without_checksum(mp3), place_of_header(mp3), bytes(4)),
        36,
        b"VBRI" + bytes(10) + struct.pack(">I", frames),
    )
    refuse_damaged_mp3(vbri)
    with pytest.raises(UnusableAudio, match=rf"^truncated: its header promises {frames} MP3 frames, \d+ can be read$"):
        refuse_damaged_mp3(vbri[: len(vbri) // 2])


def test_a_checksum_that_was_left_out_says_nothing(mp3):
    """As by earlier versions of FFmpeg, and by LAME before 3.90."""
    place = place_of_header(mp3) + 120
    damaged = changed(mp3, len(mp3) - 9, b"damage")
    for changes in ((b"Lavf\0\0\0\0\0", bytes(8)), (b"LAME3.89 (beta)", b"")):
        refuse_damaged_mp3(changed(changed(damaged, place, changes[0]), place + 28, changes[1]))
    with pytest.raises(UnusableAudio, match=r"^damaged or edited: the checksum of its MP3 frames is wrong$"):
        refuse_damaged_mp3(damaged)


def test_any_flipped_bit_is_found_or_changes_nothing(tmp_path, rng):
    path = tmp_path / "y.mp3"
    soundfile.write(path, speech(16000, 2), 16000)
    mp3, y = path.read_bytes(), read_audio(path).y
    found = 0
    for place in [*rng.integers(0, len(mp3), 60), *range(second_frame(mp3))]:
        path.write_bytes(changed(mp3, place, bytes([mp3[place] ^ 1 << int(rng.integers(8))])))
        try:
            np.testing.assert_array_equal(read_audio(path).y, y)
        except UnusableAudio:
            found += 1
    assert found > 60


def test_two_files_in_one_are_refused(mp3):
    for between in (b"", TAG):
        with pytest.raises(UnusableAudio, match=r"^damaged: "):
            refuse_damaged_mp3(mp3 + between + mp3)


def test_without_a_header_other_bytes_between_frames_are_refused(mp3):
    bare = without_header(mp3)
    place = len(bare) // 2
    with pytest.raises(UnusableAudio, match=r"^damaged: other bytes stand behind its MP3 frame \d+$"):
        refuse_damaged_mp3(bare[:place] + bare[place + 1 :])


def test_other_files_are_refused():
    for whole in (b"", b"\xff\xfb", bytes(100), b"ID3", b"\xff" * 99, TAG):
        with pytest.raises(UnusableAudio, match=r"^damaged: it does not begin with an MP3 frame$"):
            refuse_damaged_mp3(whole)
