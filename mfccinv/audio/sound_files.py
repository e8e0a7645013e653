"""Sound files in and out: every defect of a file is found here, at the boundary."""

import os
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
import soxr

from mfccinv.audio.flac_stream import refuse_wrong_streaminfo
from mfccinv.audio.full_scale import refuse_another_scale
from mfccinv.audio.mp3_frames import refuse_damaged_mp3
from mfccinv.audio.ogg_pages import refuse_damaged_ogg
from mfccinv.audio.promised_sizes import refuse_truncated
from mfccinv.audio.regular_file import status_of_file
from mfccinv.audio.unusable import UnusableAudio
from mfccinv.system.atomic_files import temporary_beside

UNKNOWN_FRAMES = 2**63 - 1  # libsndfile's length of FLAC that was written into a pipe, which it can't read
MP3_FRAME = 1152  # samples, at most
BLOCK_SAMPLES = 2**20
# libsndfile reads others, too, some without telling that they were cut off.
FORMATS = ("WAV", "WAVEX", "RF64", "AIFF", "AU", "W64", "CAF", "NIST", "FLAC", "OGG", "MP3")
OVERSHOOT_SECONDS = 0.5  # lists round durations: what ends so little behind a file is read to its end
RATES_HZ = (1000, 768000)  # beyond, a header is wrong: resampling from 1 Hz would ask for gigabytes
SYSTEM_ERROR = 2  # libsndfile's code for what it can't tell more of
# TypeError: soundfile takes the extension .raw for samples without a header.
NOT_AUDIO = (soundfile.LibsndfileError, TypeError)


@dataclass(frozen=True)
class Recording:
    """Sound as it was read.

    Parameters
    ----------
    y : (n_samples,), float32, full scale 1
        Mixed down and resampled.
    sample_rate : int, Hz
        Rate of ``y``.
    source_rate : int, Hz
    source_channels : int
        What the file held before.
    """

    y: np.ndarray
    sample_rate: int
    source_rate: int
    source_channels: int

    @property
    def seconds(self) -> float:
        return len(self.y) / self.sample_rate


def read_audio(
    path: Path,
    sample_rate: int | None = None,
    *,
    offset_seconds: float = 0.0,
    duration_seconds: float | None = None,
) -> Recording:
    """Read a sound file (see ``FORMATS``), mix it down to one channel (mean) and resample it (soxr, HQ).

    Parameters
    ----------
    path : Path
    sample_rate : int, Hz, or None
        Rate to return; None keeps the file's.
    offset_seconds, duration_seconds : float
        The stretch to read; a duration of None reads to the end, and so does one that ends less than
        `OVERSHOOT_SECONDS` behind it.

    Raises
    ------
    UnusableAudio
        If the file is missing, empty, no sound file, truncated, damaged, holds NaN or infinite samples, those of
        another scale, or ends before the stretch does.
    """
    path = Path(path)
    try:
        status_of_file(path)
        _refuse_damaged_container(path)
        with soundfile.SoundFile(_encoded(path)) as file:
            if file.format not in FORMATS:
                raise UnusableAudio(f"it is {file.format}, {', '.join(FORMATS[:-1])} and {FORMATS[-1]} can be read")
            # libsndfile guesses the length of an MP3 without one in its header, and reads no further.
            counted = _counted_mp3(path, path.stat().st_size, path.stat().st_mtime_ns) if file.format == "MP3" else None
            if file.frames == UNKNOWN_FRAMES or (counted and file.frames < counted - MP3_FRAME):
                raise UnusableAudio("unknown length: its header has none, as if written into a pipe; encode it again")
            if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
                low, high = RATES_HZ
                raise UnusableAudio(f"its sample rate is {file.samplerate} Hz, {low} to {high} Hz can be read")
            start = _samples(offset_seconds, file.samplerate)
            wanted = max(file.frames - start, 0)
            if duration_seconds is not None:
                wanted = _samples(duration_seconds, file.samplerate)
            overshoot = start + wanted - file.frames
            if 0 < overshoot < OVERSHOOT_SECONDS * file.samplerate and start < file.frames:
                wanted -= overshoot
            elif overshoot > 0:
                asked = f"what begins at {offset_seconds:g} s was"
                if duration_seconds is not None:
                    asked = f"{offset_seconds:g} s + {duration_seconds:g} s were"
                has = f"the file has {file.frames / file.samplerate:g} s"
                raise UnusableAudio(f"too short: {asked} asked for, {has}")
            if file.seekable():
                file.seek(start)
                y = _read_mono(file, wanted)
            else:  # GSM 6.10 and other codecs can only be read from their beginning
                y = _read_mono(file, start + wanted)[start:]
            source_rate, source_channels = file.samplerate, file.channels
    except OSError as error:
        raise UnusableAudio(f"unreadable: {error.strerror or error}") from None
    except NOT_AUDIO as error:
        if getattr(error, "code", None) == SYSTEM_ERROR:
            raise UnusableAudio("unreadable: the system failed to open or read it") from None
        raise UnusableAudio(f"not audio or damaged: {getattr(error, 'error_string', error)}") from None
    if len(y) < wanted and (counted is None or duration_seconds is not None):
        raise UnusableAudio(f"truncated: its header promises {wanted} samples, {len(y)} can be read")
    if len(y) == 0:
        raise UnusableAudio("empty: the file has no samples")
    if not np.isfinite(y).all():
        raise UnusableAudio(f"NaN: {int(np.sum(~np.isfinite(y)))} samples are NaN or infinite")
    refuse_another_scale(y, source_channels)
    if sample_rate is not None and sample_rate != source_rate:
        y = soxr.resample(y, source_rate, sample_rate, quality="HQ")
    return Recording(
        y=np.ascontiguousarray(y, np.float32),
        sample_rate=sample_rate or source_rate,
        source_rate=source_rate,
        source_channels=source_channels,
    )


@lru_cache(maxsize=64)
def _counted_mp3(path: Path, size: int, changed: int) -> int | None:
    """See `refuse_damaged_mp3`; a file of which many stretches are read is walked through once."""
    return refuse_damaged_mp3(path.read_bytes())


def native_rate(paths: list[Path]) -> int:
    """Sample rate that most of the sound files have, Hz; files that can't be opened don't count.

    Raises
    ------
    UnusableAudio
        If none can be opened.
    """
    rates = []
    for path in paths:
        try:
            status_of_file(path)
            info = soundfile.info(_encoded(path))
        except (OSError, UnusableAudio, *NOT_AUDIO):
            continue
        if info.format in FORMATS and RATES_HZ[0] <= info.samplerate <= RATES_HZ[1]:
            rates.append(info.samplerate)
    if not rates:
        raise UnusableAudio(f"none of {len(paths)} files is a sound file")
    return max(sorted(set(rates)), key=rates.count)


def write_audio(path: Path, y: np.ndarray, sample_rate: int) -> float:
    """Write a signal as 16-bit WAV or FLAC (by the file's extension), turned down if it would clip.

    Parameters
    ----------
    path : Path
    y : (n_samples,), float, full scale 1
    sample_rate : int, Hz

    Returns
    -------
    gain : float in (0, 1]
        Factor that brings the peak of ``y`` down to 0.999; 1 if it was lower already.

    Raises
    ------
    OSError
        With path and reason, such as a full disk.
    ValueError
        For another extension.
    """
    peak = float(np.max(np.abs(y), initial=0.0))
    gain = 1.0 if peak <= 0.999 else 0.999 / peak
    encoded = BytesIO()  # libsndfile would call a full disk a "System error."
    soundfile.write(encoded, gain * y, sample_rate, subtype="PCM_16", format=Path(path).suffix[1:].upper())
    try:
        with temporary_beside(Path(path)) as temporary:
            temporary.write_bytes(encoded.getbuffer())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    return gain


def _encoded(path: Path) -> Path | bytes:
    """Path as soundfile takes it: it refuses a name that isn't UTF-8 as text, but not as bytes."""
    return os.fsencode(path) if os.name == "posix" else path


def _read_mono(file: soundfile.SoundFile, wanted: int) -> np.ndarray:
    """Read and mix down up to ``wanted`` samples, (n_samples,), float32, or those before the first that can't be read.

    Memory grows with what is really there.
    """
    blocks = [np.empty(0, np.float32)]
    while wanted > 0:
        asked = min(wanted, max(BLOCK_SAMPLES // file.channels, 1))
        block = file.read(asked, dtype="float32", always_2d=True)
        with np.errstate(invalid="ignore", over="ignore"):  # the caller finds what is NaN or infinite then
            blocks.append(block.mean(axis=1))
        wanted -= len(block)
        if len(block) < asked:  # after a wrong byte, what a decoder gives next is from another place
            break
    return np.concatenate(blocks)


def _samples(seconds: float, rate: int) -> int:
    """Number of samples in a time; a time beyond all files gives a number beyond all files."""
    return round(min(seconds * rate, UNKNOWN_FRAMES))


def _refuse_damaged_container(path: Path) -> None:
    """Refuse truncated and damaged files that libsndfile reads without an error."""
    with path.open("rb") as file:
        file_size = path.stat().st_size
        refuse_truncated(file, file_size)
        refuse_wrong_streaminfo(file, file_size)
        refuse_damaged_ogg(file)
