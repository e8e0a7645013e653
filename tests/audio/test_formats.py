"""Tests of every format and encoding that libsndfile writes: sound as by libsndfile and FFmpeg, or a reason."""

import io

import numpy as np
import pytest
import soundfile
from speech import speech

from mfccinv.audio.sound_files import FORMATS, OTHER_FORMATS, UnusableAudio, read_audio

RATE = 16000
KINDS = [(name, subtype) for name in soundfile.available_formats() for subtype in soundfile.available_subtypes(name)]
LIKE_LIBSNDFILE = [kind for kind in KINDS if kind[0] in FORMATS]
OTHERS = [kind for kind in KINDS if kind[0] not in FORMATS]
# What libsndfile lists, and writes or reads nowhere.
NOT_WRITTEN = {("AIFF", "DWVW_12"), ("MP3", "MPEG_LAYER_I"), ("MP3", "MPEG_LAYER_II"), ("WAV", "MPEG_LAYER_III")}
NOT_READ_BACK = {("AIFF", "DWVW_16"), ("AIFF", "DWVW_24")}
# Where FFmpeg reads other sound than libsndfile, and why.
NOT_LIKE_FFMPEG = {
    ("AU", "G721_32"): "FFmpeg takes the bits of a byte in the other order than Sun",
    ("AU", "G723_24"): "the same",
    ("AU", "G723_40"): "the same",
    ("WAV", "G721_32"): "the same",
    ("WAV", "GSM610"): "libsndfile reads the byte behind an odd number of bytes as another block",
    ("OGG", "VORBIS"): "FFmpeg does not cut the last block to the length of the stream",
    ("AIFF", "GSM610"): "FFmpeg does not read it",
    ("HTK", "PCM_16"): "FFmpeg does not read it",
    **dict.fromkeys([("WAV", f"NMS_ADPCM_{bits}") for bits in (16, 24, 32)], "FFmpeg does not read it"),
    **dict.fromkeys(NOT_WRITTEN | NOT_READ_BACK, "libsndfile does not write it, or not as it should"),
    **dict.fromkeys(
        [("CAF", f"ALAC_{bits}") for bits in (16, 20, 24, 32)],
        "FFmpeg takes the length of the last packet for that of all",
    ),
}


def write(path, name, subtype):
    """Write 0.4 s of speech; SD2 needs a second file, and is only written to a path."""
    soundfile.write(path, speech(RATE)[6400:12837], RATE, format=name, subtype=subtype)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("formats")


@pytest.mark.parametrize(("name", "subtype"), LIKE_LIBSNDFILE)
def test_the_sound_is_libsndfiles(place, name, subtype):
    path = place / f"{name}-{subtype}"
    if (name, subtype) in NOT_WRITTEN:
        with pytest.raises(soundfile.LibsndfileError):
            write(path, name, subtype)
        return
    write(path, name, subtype)
    if (name, subtype) in NOT_READ_BACK:
        with pytest.raises(UnusableAudio, match=r"^not audio or damaged: "):
            read_audio(path)
        return
    y, _ = soundfile.read(path, dtype="float32")
    recording = read_audio(path)
    assert (recording.sample_rate, recording.source_channels) == (RATE, 1)
    rounding = 1e-6 if name == "MP3" else 0  # libmpg123 rounds each block in its own way
    np.testing.assert_allclose(recording.y, y, rtol=0, atol=rounding)
    for start, length in ((1, 3000), (2500, 2501), (5000, None)):
        stretch = read_audio(path, offset_seconds=start / RATE, duration_seconds=length and length / RATE).y
        # Opus and Vorbis go on a little differently where they begin.
        tolerance = 1e-3 if subtype in ("OPUS", "VORBIS") else rounding
        np.testing.assert_allclose(stretch, recording.y[start : length and start + length], rtol=0, atol=tolerance)


@pytest.mark.parametrize(("name", "subtype"), OTHERS)
def test_others_are_refused_with_the_reason(place, name, subtype):
    path = place / (f"{name}-{subtype}" + (".raw" if name == "RAW" else ""))
    if name == "SD2":
        pytest.skip("its header is in another file")
    try:
        write(path, name, subtype)
    except (soundfile.LibsndfileError, AssertionError):
        pytest.skip("libsndfile does not write it")
    with pytest.raises(UnusableAudio) as raised:
        read_audio(path)
    expected = f"{name} is not read" if name != "RAW" else "not audio or damaged"
    assert str(raised.value) == f"{expected}: {OTHER_FORMATS[name]}"


@pytest.mark.parametrize(("name", "subtype"), [kind for kind in LIKE_LIBSNDFILE if kind not in NOT_LIKE_FFMPEG])
def test_the_sound_is_ffmpegs(place, name, subtype):
    av = pytest.importorskip("av")
    path = place / f"of-ffmpeg-{name}-{subtype}"
    write(path, name, subtype)
    resampler = av.AudioResampler(format="flt", rate=RATE)
    with av.open(io.BytesIO(path.read_bytes())) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    expected = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    y = read_audio(path).y
    assert abs(len(y) - len(expected)) <= 1
    n = min(len(y), len(expected))
    assert np.corrcoef(y[:n], expected[:n])[0, 1] > 0.99


def test_formats_are_told_apart():
    assert set(soundfile.available_formats()) == set(FORMATS) | set(OTHER_FORMATS)
    assert not set(FORMATS) & set(OTHER_FORMATS)
