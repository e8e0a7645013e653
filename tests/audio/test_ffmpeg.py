"""Tests of sound that FFmpeg's libraries read: what comes back, and the reasons for what is refused."""

import io
import sys
from contextlib import suppress

import numpy as np
import pytest
from ffmpeg_sound import KINDS, can_encode, encode
from scipy.signal import correlate
from speech import speech

from mfccinv.audio.sound_files import UnusableAudio, native_rate, read_audio

SECONDS = 1


def encoded(kind, channels=1, path=None, **options):
    """Bytes of speech in one of ``KINDS``, see `ffmpeg_sound.encode`."""
    if not can_encode(kind):
        pytest.skip(f"there is no PyAV that writes {kind}")
    return encode(kind, SECONDS, channels, path, **options)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def likeness(y, rate):
    """Correlation with the speech that was encoded, at the best delay."""
    expected = speech(rate, SECONDS)
    return np.max(correlate(y, expected, method="fft")) / (np.linalg.norm(y) * np.linalg.norm(expected))


def test_the_speech_comes_back(tmp_path, kind):
    path = tmp_path / f"y.{kind}"
    path.write_bytes(encoded(kind))
    rate = KINDS[kind][2]
    recording = read_audio(path)
    assert (recording.source_rate, recording.source_channels) == (rate, 1)
    assert abs(recording.seconds - SECONDS) < 0.15  # encoders fill their frames
    assert likeness(recording.y, rate) > (0.7 if "amr" in KINDS[kind][1] else 0.97)  # AMR keeps no waveforms
    stretch = read_audio(path, offset_seconds=0.25, duration_seconds=0.5)
    np.testing.assert_array_equal(stretch.y, recording.y[round(0.25 * rate) :][: round(0.5 * rate)])
    assert native_rate([path]) == rate
    with pytest.raises(UnusableAudio, match=r"^too short: 0.1 s \+ 9 s were asked for, the file has "):
        read_audio(path, offset_seconds=0.1, duration_seconds=9)
    np.testing.assert_array_equal(read_audio(path, longest_seconds=2).y, recording.y)
    with pytest.raises(UnusableAudio, match=r"^too long: it has more than 0.5 s$"):
        read_audio(path, longest_seconds=0.5)


def test_channels_are_averaged(tmp_path):
    (tmp_path / "y.m4a").write_bytes(encoded("alac.m4a", channels=2))
    recording = read_audio(tmp_path / "y.m4a")
    assert recording.source_channels == 2
    np.testing.assert_allclose(recording.y, speech(16000, SECONDS), atol=1e-4)


def test_what_is_cut_off_is_refused(tmp_path, kind):
    whole = encoded(kind)
    for kept in (0.3, 0.6, 0.75):
        (tmp_path / "y").write_bytes(whole[: round(kept * len(whole))])
        if kind in ("aac", "amr"):  # no header tells their length: those frames are refused that are not whole
            continue
        with pytest.raises(UnusableAudio, match=r"^(not audio or damaged|damaged or truncated|truncated): |no sound$"):
            read_audio(tmp_path / "y")


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_mpeg_4_whose_index_comes_first_is_refused_if_it_is_cut_off(tmp_path, kept):
    whole = encoded("m4a", path=tmp_path / "whole", movflags="faststart")
    (tmp_path / "y").write_bytes(whole[: round(kept * len(whole))])
    with pytest.raises(UnusableAudio, match=r"^(damaged or truncated|truncated): "):
        read_audio(tmp_path / "y")


def test_any_damage_is_read_or_refused(tmp_path, rng, kind, capfd):
    whole = encoded(kind)
    for _ in range(20):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] = int(rng.integers(256))
        (tmp_path / "y").write_bytes(damaged)
        with suppress(UnusableAudio):
            assert np.isfinite(read_audio(tmp_path / "y").y).all()
    assert capfd.readouterr().err == ""


def test_without_pyav_the_reason_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    (tmp_path / "y.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(500))
    with pytest.raises(UnusableAudio, match=r"^it is MPEG-4 .*, which needs PyAV: pip install 'mfccinv\[av\]'$"):
        read_audio(tmp_path / "y.m4a")


def test_a_file_without_sound(tmp_path):
    av = pytest.importorskip("av")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5, width=16, height=16, pix_fmt="yuv420p")
        container.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        container.mux(stream.encode(None))
    (tmp_path / "y.mp4").write_bytes(file.getvalue())
    with pytest.raises(UnusableAudio, match=r"and holds no sound$"):
        read_audio(tmp_path / "y.mp4")
