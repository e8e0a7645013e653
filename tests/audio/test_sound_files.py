"""Tests of reading and writing sound: what comes back, and the reason for each file that is refused."""

import os
import re
import struct
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from speech import speech

from mfccinv.audio.sound_files import UnusableAudio, native_rate, read_audio, write_audio

RATE = 16000
CONSTANT = {"bitrate_mode": "CONSTANT", "compression_level": 0.5}
VARIABLE = {"bitrate_mode": "VARIABLE", "compression_level": 0.5}


def tone(rate=RATE, seconds=0.5, hz=440.0):
    """A sine of half full scale, (n_samples,)."""
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def written(path, y=None, rate=RATE, **options):
    """Write sound as it is and return its path."""
    soundfile.write(path, tone(rate) if y is None else y, rate, **options)
    return path


def cut(path, kept):
    """Cut a file to a part of its bytes (float) or by some bytes (negative int)."""
    whole = path.read_bytes()
    path.write_bytes(whole[: round(kept * len(whole)) if isinstance(kept, float) else kept])
    return path


def with_header(path, riff_size=None, data_size=None, chunk=b""):
    """Change the sizes that a WAV file's header tells, and put a chunk before its samples."""
    whole = path.read_bytes()
    place = whole.index(b"data")
    riff = whole[4:8] if riff_size is None else struct.pack("<I", riff_size)
    data = whole[place + 4 : place + 8] if data_size is None else struct.pack("<I", data_size)
    path.write_bytes(whole[:4] + riff + whole[8:place] + chunk + b"data" + data + whole[place + 8 :])
    return path


def without_length(path):
    """Remove the first frame of an MP3 file, which tells the length, as if it had been written into a pipe."""
    whole = path.read_bytes()
    path.write_bytes(whole[whole.index(whole[:2], 4) :])
    return path


class TestReading:
    @pytest.mark.parametrize(
        ("name", "options", "tolerance"),
        [
            ("y.wav", {}, 1e-4),
            ("y.wav", {"subtype": "PCM_U8"}, 1e-2),
            ("y.wav", {"subtype": "PCM_24"}, 1e-6),
            ("y.wav", {"subtype": "FLOAT"}, 1e-7),
            ("y.wav", {"subtype": "DOUBLE"}, 1e-7),
            ("y.wav", {"format": "RF64"}, 1e-4),
            ("y.wav", {"format": "WAVEX"}, 1e-4),
            ("y.flac", {}, 1e-4),
            ("y.flac", {"subtype": "PCM_24"}, 1e-6),
            ("y.ogg", {}, 0.05),
            ("y.ogg", {"subtype": "OPUS"}, 0.05),
            ("y.mp3", {}, 0.05),
            ("y.MP3", {"format": "MP3"}, 0.05),
        ],
    )
    def test_formats(self, tmp_path, name, options, tolerance):
        recording = read_audio(written(tmp_path / name, **options))
        assert recording.y.dtype == np.float32
        assert (recording.sample_rate, recording.source_rate, recording.source_channels) == (RATE, RATE, 1)
        assert (len(recording.y), recording.seconds) == (RATE // 2, 0.5)
        # Lossy codecs need a moment to come up.
        np.testing.assert_allclose(recording.y[800:-800], tone()[800:-800], atol=tolerance)

    def test_any_file_name_will_do(self, tmp_path):
        name = os.fsdecode(b"caf\xe9.wav")  # not UTF-8
        try:
            written(tmp_path / "y.wav").rename(tmp_path / name)
        except OSError:
            pytest.skip("not a name on this file system")
        assert read_audio(tmp_path / name).seconds == 0.5
        assert native_rate([tmp_path / name]) == RATE

    @pytest.mark.parametrize("channels", [2, 3, 6])
    def test_channels_are_averaged(self, tmp_path, rng, channels):
        y = rng.uniform(-1, 1, size=(1000, channels))
        recording = read_audio(written(tmp_path / "y.wav", y, subtype="FLOAT"))
        assert recording.source_channels == channels
        np.testing.assert_allclose(recording.y, y.mean(axis=1), atol=1e-6)

    @pytest.mark.parametrize("source_rate", [8000, 22050, 44100, 48000])
    def test_resampling_keeps_length_level_and_place(self, tmp_path, source_rate):
        recording = read_audio(written(tmp_path / "y.wav", tone(source_rate), source_rate, subtype="FLOAT"), RATE)
        assert (recording.sample_rate, recording.source_rate) == (RATE, source_rate)
        assert abs(len(recording.y) - RATE // 2) <= 1
        np.testing.assert_allclose(recording.y[800:-800], tone()[800 : len(recording.y) - 800], atol=1e-4)

    def test_resampling_leaves_nothing_above_the_new_band(self, tmp_path):
        path = written(tmp_path / "y.wav", tone(48000, hz=12000), 48000, subtype="FLOAT")
        assert np.abs(read_audio(path, RATE).y[800:-800]).max() < 1e-4

    def test_the_same_rate_changes_nothing(self, tmp_path, rng):
        y = rng.uniform(-1, 1, size=1000).astype(np.float32)
        path = written(tmp_path / "y.wav", y, subtype="FLOAT")
        np.testing.assert_array_equal(read_audio(path, RATE).y, y)
        np.testing.assert_array_equal(read_audio(path).y, y)

    def test_a_long_file_is_read_whole(self, tmp_path, rng, monkeypatch):
        monkeypatch.setattr("mfccinv.audio.sound_files.BLOCK_SAMPLES", 600)
        y = rng.uniform(-1, 1, size=(1000, 2)).astype(np.float32)
        path = written(tmp_path / "y.wav", y, subtype="FLOAT")
        np.testing.assert_array_equal(read_audio(path).y, y.mean(axis=1))
        np.testing.assert_array_equal(read_audio(path, duration_seconds=600 / RATE).y, y[:600].mean(axis=1))

    @pytest.mark.parametrize("rate", [16000, 44100])
    def test_a_long_mp3_is_read_whole_and_in_stretches(self, tmp_path, rng, monkeypatch, rate):
        """Where the bit rate varies, libmpg123 seeks to another place; soundfile seeks after each block."""
        monkeypatch.setattr("mfccinv.audio.sound_files.BLOCK_SAMPLES", 7777)
        path = written(tmp_path / "y.mp3", np.append(1e-3 * speech(rate, 1), speech(rate)), rate, **VARIABLE)
        y, _ = soundfile.read(path, dtype="float32")
        np.testing.assert_allclose(read_audio(path).y, y, atol=1e-6)
        for start in rng.integers(0, len(y) - 9000, 10):
            stretch = read_audio(path, offset_seconds=start / rate, duration_seconds=9000 / rate).y
            np.testing.assert_allclose(stretch, y[start : start + 9000], atol=1e-6)


@pytest.fixture(scope="module", params=["wav", "flac"])
def numbered(request, tmp_path_factory):
    """A file whose samples are their own numbers, and the samples."""
    y = np.arange(4410, dtype=np.int16)
    return written(tmp_path_factory.mktemp("numbered") / f"y.{request.param}", y, 44100), y / np.float32(32768)


class TestStretch:
    @given(st.data())
    def test_is_the_slice(self, numbered, data):
        path, y = numbered
        start = data.draw(st.integers(0, 4409))
        length = data.draw(st.none() | st.integers(1, 4410 - start))
        recording = read_audio(path, offset_seconds=start / 44100, duration_seconds=length and length / 44100)
        np.testing.assert_array_equal(recording.y, y[start : None if length is None else start + length])

    @pytest.mark.parametrize(
        ("offset", "duration", "message"),
        [
            (0.0, 0.6, r"too short: 0 s \+ 0.6 s were asked for, the file has 0.1 s"),
            (0.05, 0.56, r"too short: 0.05 s \+ 0.56 s were asked for, the file has 0.1 s"),
            (0.1, 0.1, r"too short: 0.1 s \+ 0.1 s were asked for, the file has 0.1 s"),
            (0.0, 1e308, r"too short: 0 s \+ 1e\+308 s were asked for, the file has 0.1 s"),
            (1e308, 1.0, r"too short: 1e\+308 s \+ 1 s were asked for, the file has 0.1 s"),
            (3.0, None, r"too short: what begins at 3 s was asked for, the file has 0.1 s"),
            (0.1, None, "empty: the file has no samples"),
        ],
    )
    def test_beyond_the_end_is_refused(self, numbered, offset, duration, message):
        with pytest.raises(UnusableAudio, match=rf"^{message}$"):
            read_audio(numbered[0], offset_seconds=offset, duration_seconds=duration)

    @pytest.mark.parametrize(("offset", "duration"), [(0.0, 0.2), (0.05, 0.06), (0.05, 0.54)])
    def test_what_ends_a_little_behind_the_end_is_read_to_it(self, numbered, offset, duration):
        """Lists of recordings round durations."""
        path, y = numbered
        recording = read_audio(path, offset_seconds=offset, duration_seconds=duration)
        np.testing.assert_array_equal(recording.y, y[round(offset * 44100) :])

    def test_a_file_that_is_longer_than_allowed_is_refused_before_it_is_decoded(self, numbered, monkeypatch):
        path, y = numbered
        assert len(read_audio(path, longest_seconds=0.1).y) == len(y)
        monkeypatch.delattr("mfccinv.audio.sound_files._read_mono")
        with pytest.raises(UnusableAudio, match=r"^too long: it has more than 0.09 s$"):
            read_audio(path, longest_seconds=0.09)


class TestRefusals:
    @pytest.mark.parametrize("name", ["y.wav", "none/y.wav"])
    def test_missing(self, tmp_path, name):
        with pytest.raises(UnusableAudio, match=r"^missing: no such file$"):
            read_audio(tmp_path / name)

    @pytest.mark.parametrize("name", ["y\0.wav", "y\ud800.wav"])
    def test_a_name_that_no_file_can_have(self, tmp_path, name):
        with pytest.raises(UnusableAudio, match=r"^missing: no file can have this name: "):
            read_audio(tmp_path / name)

    def test_a_name_that_is_too_long(self, tmp_path):
        with pytest.raises(UnusableAudio, match=r"^(unreadable: File name too long|missing: no such file)$"):
            read_audio(tmp_path / ("y" * 300 + ".wav"))

    def test_links_without_a_file_at_their_end(self, tmp_path):
        try:
            (tmp_path / "broken.wav").symlink_to("nowhere.wav")
            (tmp_path / "circle.wav").symlink_to("circle.wav")
        except OSError:
            pytest.skip("no links here")
        with pytest.raises(UnusableAudio, match=r"^missing: it is a link, and there is no file at its end$"):
            read_audio(tmp_path / "broken.wav")
        with pytest.raises(UnusableAudio, match=r"^unreadable: Too many levels of symbolic links$"):
            read_audio(tmp_path / "circle.wav")

    def test_what_is_no_file(self, tmp_path):
        (tmp_path / "folder.wav").mkdir()
        paths = [tmp_path / "folder.wav"]
        if hasattr(os, "mkfifo"):
            os.mkfifo(tmp_path / "pipe.wav")
            paths.append(tmp_path / "pipe.wav")
        for path in paths:
            with pytest.raises(UnusableAudio, match=r"^not a file, but a folder, a pipe, a socket or a device$"):
                read_audio(path)
        with pytest.raises(UnusableAudio, match=r"^none of \d files is a sound file$"):
            native_rate(paths)

    @pytest.mark.parametrize("scale", [201, 3e6, 1e30])
    def test_another_scale(self, tmp_path, scale):
        path = written(tmp_path / "y.wav", scale * tone(), subtype="FLOAT")
        with pytest.raises(UnusableAudio, match=rf"^too loud: its samples reach {re.escape(f'{scale / 2:.3g}')}, "):
            read_audio(path)

    def test_loud_float_sound_is_read(self, tmp_path):
        y = 180 * tone()
        np.testing.assert_allclose(read_audio(written(tmp_path / "y.wav", y, subtype="FLOAT")).y, y, rtol=1e-6)

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
    def test_integers_stored_as_float(self, tmp_path, rng, channels, subtype):
        y = rng.integers(-32768, 32768, (1000, channels)).astype(float)
        with pytest.raises(UnusableAudio, match=r"^too loud: .* 16-bit integers stored as float, .* divided by 32768$"):
            read_audio(written(tmp_path / "y.wav", y, subtype=subtype))

    def test_samples_beyond_single_precision(self, tmp_path):
        with pytest.raises(UnusableAudio, match=r"^NaN: "):
            read_audio(written(tmp_path / "y.wav", np.full((9, 2), 3e38), subtype="DOUBLE"))

    def test_no_bytes(self, tmp_path):
        (tmp_path / "y.wav").touch()
        with pytest.raises(UnusableAudio, match=r"^empty: the file has no bytes$"):
            read_audio(tmp_path / "y.wav")

    @pytest.mark.parametrize("name", ["y.wav", "y.ogg"])
    def test_no_samples(self, tmp_path, name):
        with pytest.raises(UnusableAudio, match=r"^empty: the file has no samples$"):
            read_audio(written(tmp_path / name, np.zeros(0)))

    @pytest.mark.parametrize("name", ["y.wav", "y.mp3", "y.flac", "y.txt", "y.raw"])
    @pytest.mark.parametrize("content", [b"no sound at all, but some text" * 9, b"RIFF", b"OggS", b"fLaC", bytes(999)])
    def test_not_audio(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnusableAudio, match=r"^(not audio( or damaged)?|truncated): "):
            read_audio(tmp_path / name)

    @pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
    def test_not_finite(self, tmp_path, wrong):
        y = np.zeros((1000, 2))
        y[[7, 8, 9], [0, 1, 0]] = wrong
        with pytest.raises(UnusableAudio, match=r"^NaN: 3 samples are NaN or infinite$"):
            read_audio(written(tmp_path / "y.wav", y, subtype="FLOAT"))

    def test_infinities_that_cancel(self, tmp_path):
        y = np.array([[0.0, 0.0], [np.inf, -np.inf]])
        with pytest.raises(UnusableAudio, match=r"^NaN: 1 samples are NaN or infinite$"):
            read_audio(written(tmp_path / "y.wav", y, subtype="FLOAT"))

    @pytest.mark.parametrize("format_name", ["WAV", "RF64", "WAVEX"])
    @pytest.mark.parametrize("kept", [0.1, 0.5, 0.99, -1])
    def test_truncated_wav(self, tmp_path, format_name, kept):
        path = cut(written(tmp_path / "y.wav", format=format_name), kept)
        with pytest.raises(UnusableAudio, match=r"^truncated: its header promises 16000 bytes .*, the file holds \d+$"):
            read_audio(path)

    @pytest.mark.parametrize("chunk", [b"LIST\3\0\0\0abc\0", b"LIST\4\0\0\0abcd", b"JUNK\0\0\0\0LIST\1\0\0\0a\0"])
    def test_truncated_wav_with_other_chunks_before_its_samples(self, tmp_path, chunk):
        path = with_header(written(tmp_path / "y.wav"), chunk=chunk)
        assert len(read_audio(path).y) == RATE // 2
        with pytest.raises(
            UnusableAudio, match=r"^truncated: its header promises 16000 bytes .*, the file holds 15998$"
        ):
            read_audio(cut(path, -2))

    def test_wav_cut_within_its_header(self, tmp_path):
        with pytest.raises(UnusableAudio, match=r"^not audio or damaged: .*No 'data' chunk"):
            read_audio(cut(written(tmp_path / "y.wav"), 36 / 16044))

    def test_rf64_cut_within_the_chunk_of_its_sizes(self, tmp_path):
        whole = written(tmp_path / "y.wav", format="RF64").read_bytes()
        start = whole.index(b"ds64") + 8
        for end in range(start, start + 16):
            (tmp_path / "cut.wav").write_bytes(whole[:end])
            with pytest.raises(UnusableAudio, match=r"^truncated: it ends within its header$"):
                read_audio(tmp_path / "cut.wav")

    @pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, -1])
    def test_truncated_flac(self, tmp_path, rng, kept):
        path = cut(written(tmp_path / "y.flac", rng.uniform(-1, 1, size=20000)), kept)
        with pytest.raises(UnusableAudio, match=r"^(not audio or damaged|truncated): "):
            read_audio(path)

    @pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
    @pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99, -1])
    def test_truncated_ogg(self, tmp_path, rng, subtype, kept):
        path = written(tmp_path / "y.ogg", rng.uniform(-0.5, 0.5, size=80000), subtype=subtype)
        assert len(read_audio(path).y) == 80000
        with pytest.raises(UnusableAudio, match=r"^truncated: its last page does not end the stream$"):
            read_audio(cut(path, kept))

    def test_ogg_cut_between_pages(self, tmp_path, rng):
        path = written(tmp_path / "y.ogg", rng.uniform(-0.5, 0.5, size=80000))
        path.write_bytes(path.read_bytes()[: path.read_bytes().rindex(b"OggS")])
        with pytest.raises(UnusableAudio, match=r"^truncated: its last page does not end the stream$"):
            read_audio(path)

    def test_an_ogg_file_without_one_of_its_pages(self, tmp_path, rng):
        path = written(tmp_path / "y.ogg", rng.uniform(-0.5, 0.5, size=80000))
        pages = [b"OggS" + page for page in path.read_bytes().split(b"OggS")[1:]]
        path.write_bytes(b"".join(pages[:2] + pages[3:]))
        with pytest.raises(UnusableAudio, match=r"^damaged: a page is missing before its page 2$"):
            read_audio(path)

    @pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
    def test_any_flipped_bit_of_an_ogg_file_is_found(self, tmp_path, rng, subtype):
        """A decoder goes on with what it finds: shifted sound, or the end of it twice."""
        path = written(tmp_path / "y.ogg", speech(16000, 2), 16000, subtype=subtype)
        whole = path.read_bytes()
        assert read_audio(path).y.size == 32000
        for place in rng.integers(4, len(whole), 60):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << int(rng.integers(8))]) + whole[place + 1 :])
            with pytest.raises(UnusableAudio):
                read_audio(path)

    @pytest.mark.parametrize("rate", [1, 999, 768001, 2**30])
    def test_rates_of_a_wrong_header(self, tmp_path, rate):
        path = written(tmp_path / "y.wav", np.zeros(500), 16000)
        whole = path.read_bytes()
        path.write_bytes(whole[:24] + rate.to_bytes(4, "little") + whole[28:])
        with pytest.raises(UnusableAudio, match=f"its sample rate is {rate} Hz, 1000 to 768000 Hz can be read"):
            read_audio(path, 16000)

    @pytest.mark.parametrize("kind", ["wav", "rf64", "flac", "ogg", "mp3"])
    @given(places=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=4))
    def test_any_damage_to_the_header_is_read_or_refused(self, tmp_path_factory, kind, places):
        folder = tmp_path_factory.getbasetemp()
        if not (folder / f"whole.{kind}").is_file():
            written(folder / f"whole.{kind}", tone(seconds=0.1))
        damaged = bytearray((folder / f"whole.{kind}").read_bytes())
        for place, value in places:
            damaged[place] = value
        (folder / f"damaged.{kind}").write_bytes(damaged)
        try:
            recording = read_audio(folder / f"damaged.{kind}")
        except UnusableAudio:
            pass
        else:
            assert len(recording.y) > 0
            assert np.isfinite(recording.y).all()


class TestUnknownLength:
    @pytest.mark.parametrize(("riff_size", "data_size"), [(0xFFFFFFFF, 0xFFFFFFFF), (0, 0xFFFFFFFF), (8, 0)])
    def test_wav_written_into_a_pipe_is_read_whole(self, tmp_path, riff_size, data_size):
        path = with_header(written(tmp_path / "y.wav"), riff_size, data_size)
        np.testing.assert_allclose(read_audio(path).y, tone(), atol=1e-4)

    @pytest.mark.parametrize("kept", [0.5, 0.9, -1])
    def test_mp3_is_read_as_far_as_it_goes(self, tmp_path, kept):
        path = cut(without_length(written(tmp_path / "y.mp3", tone(seconds=2), **CONSTANT)), kept)
        recording = read_audio(path)
        assert 0.8 * RATE < len(recording.y) < 2.1 * RATE
        delay = 576 + 529  # of encoder and decoder, which the header would tell
        np.testing.assert_allclose(recording.y[delay:][1000:10000], tone(seconds=2)[1000:10000], atol=0.05)

    @pytest.mark.parametrize("rate", [8000, 16000, 44100])  # MPEG 2.5, 2, 1
    @pytest.mark.parametrize("mode", ["VARIABLE", "AVERAGE", "CONSTANT"])
    def test_mp3_without_its_header_is_read_whole(self, tmp_path, rate, mode):
        """libsndfile takes the first frames' bit rate for the whole, and reads a part."""
        y = np.concatenate([tone(rate, 0.5), 1e-3 * tone(rate, 0.5), speech(rate, 1)])
        whole = read_audio(written(tmp_path / "y.mp3", y, rate, bitrate_mode=mode, compression_level=0.5)).y
        path = without_length(tmp_path / "y.mp3")
        frame = 1152 if rate == 44100 else 576
        recording = read_audio(path)
        assert len(whole) + 1105 <= len(recording.y) < len(whole) + 1105 + 2 * frame  # with the delay of both ends
        np.testing.assert_allclose(recording.y[1105:][: len(whole)], whole, atol=2e-4)
        stretch = read_audio(path, offset_seconds=1.5, duration_seconds=0.25)
        expected = recording.y[round(1.5 * rate) :][: round(0.25 * rate)]
        np.testing.assert_allclose(stretch.y, expected, atol=1e-6)  # libmpg123 rounds each block in its own way

    @pytest.mark.parametrize("change", [lambda path: path, without_length], ids=["header", "no header"])
    def test_mp3_in_wav_is_read_whole(self, tmp_path, change):
        """Its number of samples in the header is an estimate."""
        mp3 = change(written(tmp_path / "y.mp3", speech(RATE, 1), **VARIABLE)).read_bytes()
        fmt = struct.pack("<HHIIHHHHIHHH", 0x55, 1, RATE, 8000, 576, 0, 12, 1, 0, 576, 1, 0)
        fact = b"fact" + struct.pack("<II", 4, 12345)
        chunks = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + fact + b"data" + struct.pack("<I", len(mp3)) + mp3
        (tmp_path / "y.wav").write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
        np.testing.assert_array_equal(read_audio(tmp_path / "y.wav").y, read_audio(tmp_path / "y.mp3").y)

    @pytest.mark.parametrize("samples", [np.zeros(100), tone(), speech(RATE, 2)], ids=len)
    def test_flac_written_into_a_pipe_is_read_whole(self, tmp_path, samples):
        path = written(tmp_path / "y.flac", samples)
        y = read_audio(path).y
        whole = bytearray(path.read_bytes())
        whole[21] &= 0xF0  # the number of samples: 36 bits of STREAMINFO (RFC 9639)
        whole[22:26] = bytes(4)
        for behind in (b"", b"TAG" + bytes(125)):
            path.write_bytes(whole + behind)
            np.testing.assert_array_equal(read_audio(path).y, y)
        path.write_bytes(whole[:-9])
        with pytest.raises(UnusableAudio, match=r"^(not audio or damaged: .*flac|unknown length: )"):
            read_audio(path)

    @pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM", "GSM610", "G721_32", "NMS_ADPCM_32"])
    @pytest.mark.parametrize("count", [0, 1, 10**6, 2**32 - 1])
    def test_the_number_of_samples_of_a_codec_is_not_taken_from_the_header(self, tmp_path, subtype, count):
        """Encoders estimate it."""
        path = written(tmp_path / "y.wav", subtype=subtype)
        whole, y = path.read_bytes(), read_audio(path).y
        place = whole.index(b"fact") + 8
        path.write_bytes(whole[:place] + struct.pack("<I", count) + whole[place + 4 :])
        np.testing.assert_array_equal(read_audio(path).y, y)

    def test_mp3_that_ends_before_the_stretch_does_is_refused(self, tmp_path):
        path = cut(without_length(written(tmp_path / "y.mp3", tone(seconds=2), **CONSTANT)), 0.5)
        with pytest.raises(UnusableAudio, match=r"^too short: 0.1 s \+ 1.8 s were asked for, the file has 1.0\d+ s$"):
            read_audio(path, offset_seconds=0.1, duration_seconds=1.8)


class TestMessages:
    def test_the_decoder_of_mp3_says_nothing_on_the_terminal(self, tmp_path, capfd):
        one = without_length(written(tmp_path / "y.mp3", tone(seconds=2), **VARIABLE)).read_bytes()
        said = ""
        for content in (one[300:], one + b"TAG" + bytes(9000), bytes(600) + one, b"RIFF"):
            (tmp_path / "odd.mp3").write_bytes(content)
            with suppress(UnusableAudio):
                read_audio(tmp_path / "odd.mp3")
            with suppress(UnusableAudio):
                native_rate([tmp_path / "odd.mp3"])
            assert capfd.readouterr().err == ""
            with suppress(soundfile.LibsndfileError):
                soundfile.read(tmp_path / "odd.mp3")
            said += capfd.readouterr().err
        assert "libmpg123" in said  # but for us
        assert "Illegal Audio-MPEG-Header" in said

    def test_a_warning_of_python_appears(self, tmp_path, capfd, monkeypatch):
        def warn(self, *arguments, **options):
            os.write(2, b"a warning\n")
            raise soundfile.LibsndfileError(2)

        path = written(tmp_path / "y.mp3")
        monkeypatch.setattr(soundfile.SoundFile, "read", warn)
        with pytest.raises(UnusableAudio, match="the system failed"):
            read_audio(path)
        assert capfd.readouterr().err == "a warning\n"


class TestNativeRate:
    def test_is_that_of_most_files(self, tmp_path):
        paths = [written(tmp_path / f"{n}.wav", rate=rate) for n, rate in enumerate([8000, 44100, 44100, 48000])]
        assert native_rate(paths) == 44100

    def test_is_the_lowest_of_equals(self, tmp_path):
        paths = [written(tmp_path / f"{n}.wav", rate=rate) for n, rate in enumerate([48000, 44100])]
        assert native_rate(paths) == 44100

    def test_files_that_are_not_sound_do_not_count(self, tmp_path):
        paths = [tmp_path / "missing.wav", tmp_path / "text.wav", tmp_path / "samples.raw"]
        for path in paths[1:]:
            path.write_text("text")
        assert native_rate([*paths, written(tmp_path / "y.wav", rate=8000)]) == 8000
        with pytest.raises(UnusableAudio, match=r"^none of 3 files is a sound file$"):
            native_rate(paths)


class TestWriting:
    @pytest.mark.parametrize("name", ["y.wav", "y.flac", "y.FLAC"])
    def test_what_fits_is_left_alone(self, tmp_path, name):
        assert write_audio(tmp_path / name, tone(), RATE) == 1.0
        info = soundfile.info(tmp_path / name)
        assert (info.format, info.subtype, info.samplerate) == (name[2:].upper(), "PCM_16", RATE)
        np.testing.assert_allclose(read_audio(tmp_path / name).y, tone(), atol=2 / 32768)

    @given(st.floats(0.999, 1e6))
    def test_what_would_clip_is_turned_down(self, tmp_path_factory, peak):
        path = tmp_path_factory.getbasetemp() / "loud.wav"
        gain = write_audio(path, 2 * peak * tone(), RATE)
        assert gain == pytest.approx(0.999 / np.max(np.abs(2 * peak * tone())))
        np.testing.assert_allclose(read_audio(path).y, 2 * 0.999 * tone() / np.max(2 * tone()), atol=2 / 32768)

    def test_a_negative_peak_counts(self, tmp_path):
        assert write_audio(tmp_path / "y.wav", np.array([0.1, -2.0]), RATE) == pytest.approx(0.4995)

    def test_silence_and_nothing_can_be_written(self, tmp_path):
        assert write_audio(tmp_path / "silent.wav", np.zeros(10), RATE) == 1.0
        assert write_audio(tmp_path / "empty.wav", np.zeros(0), RATE) == 1.0

    def test_a_full_disk_is_told_with_the_file(self, tmp_path, monkeypatch):
        def fail(*arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", fail)
        with pytest.raises(OSError, match=r"No space left on device: '.*y.wav'$"):
            write_audio(tmp_path / "y.wav", tone(), RATE)
        assert list(tmp_path.iterdir()) == []

    def test_a_failure_leaves_the_old_file_and_nothing_else(self, tmp_path):
        (tmp_path / "y.xyz").write_text("old")
        with pytest.raises(ValueError, match="XYZ"):
            write_audio(tmp_path / "y.xyz", tone(), RATE)
        assert [path.name for path in tmp_path.iterdir()] == ["y.xyz"]
        assert (tmp_path / "y.xyz").read_text() == "old"


def test_an_error_of_the_system_while_reading_is_told(tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise soundfile.LibsndfileError(2)

    path = written(tmp_path / "y.wav")
    monkeypatch.setattr(soundfile.SoundFile, "read", fail)
    with pytest.raises(UnusableAudio, match=r"^unreadable: the system failed to open or read it$"):
        read_audio(path)


def test_a_file_that_may_not_be_read_is_unusable(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.ones(1000) * 0.1, 16000)

    def refuse(*_, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnusableAudio, match="unreadable: Permission denied"):
        read_audio(path)


class TestOneAfterAnother:
    """Streams in one file, of which libsndfile reads the first alone; and files that tools have edited."""

    def encoded(self, kind, subtype, first=0):
        content = BytesIO()
        soundfile.write(content, speech(16000)[first : first + 24000], 16000, format=kind, subtype=subtype)
        return content.getvalue()

    @pytest.mark.parametrize("tag", [b"TAG" + bytes(125), b"APETAGEX" + bytes(24)], ids=["ID3v1", "APE"])
    def test_mp3(self, tmp_path, tag):
        one = self.encoded("MP3", "MPEG_LAYER_III")
        (tmp_path / "tagged.mp3").write_bytes(one + tag)
        (tmp_path / "two.mp3").write_bytes(one + tag + one)
        assert len(read_audio(tmp_path / "tagged.mp3").y) > 22000
        with pytest.raises(UnusableAudio, match=r"behind the .* MP3 frames that its header promises stand others"):
            read_audio(tmp_path / "two.mp3")

    def test_ogg(self, tmp_path):
        one, other = (self.encoded("OGG", "VORBIS", first) for first in (0, 8000))
        for second in (one, other):
            (tmp_path / "two.ogg").write_bytes(one + second)
            with pytest.raises(
                UnusableAudio, match=r"^several streams one after another: only the first would be read"
            ):
                read_audio(tmp_path / "two.ogg")

    def test_mp3_whose_level_was_changed(self, tmp_path):
        """Tools such as mp3gain leave the encoder's checksum as it was, and say so in a tag."""
        content = bytearray(self.encoded("MP3", "MPEG_LAYER_III"))
        content[3000] ^= 1
        (tmp_path / "changed.mp3").write_bytes(content)
        with pytest.raises(UnusableAudio, match=r"^damaged or edited: the checksum of its MP3 frames is wrong"):
            read_audio(tmp_path / "changed.mp3")
        (tmp_path / "gain.mp3").write_bytes(content + b"APETAGEX" + bytes(24) + b"MP3GAIN_MINMAX")
        assert len(read_audio(tmp_path / "gain.mp3").y) > 22000

    def test_flac_with_large_tags_behind(self, tmp_path):
        """Among so many bytes, some look like the header of a frame."""
        rng = np.random.default_rng(0)
        for _ in range(20):
            (tmp_path / "tagged.flac").write_bytes(self.encoded("FLAC", "PCM_16") + rng.bytes(300_000))
            assert len(read_audio(tmp_path / "tagged.flac").y) == 24000

    def test_the_rate_of_most_counts_no_rate_that_can_not_be(self, tmp_path):
        content = bytearray(self.encoded("WAV", "PCM_16"))
        (tmp_path / "right.wav").write_bytes(content)
        content[24:28] = (1).to_bytes(4, "little")
        (tmp_path / "wrong.wav").write_bytes(content)
        assert native_rate([tmp_path / "wrong.wav", tmp_path / "right.wav"]) == 16000
