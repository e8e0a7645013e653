"""Sound files in and out: every defect of a file is found here, at the boundary."""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from mfccinv.audio.ogg_pages import refuse_damaged_ogg
from mfccinv.audio.unusable import UnusableAudio
from mfccinv.system.atomic_files import temporary_beside

UNKNOWN_LENGTH = (0, 0xFFFFFFFF)  # lengths in the header of WAV that was written into a pipe
UNKNOWN_FRAMES = 2**63 - 1  # libsndfile's length of FLAC that was written into a pipe, which it can't read
BLOCK_FRAMES = 2**20
RATES_HZ = (1000, 768000)  # beyond, a header is wrong: resampling from 1 Hz would ask for gigabytes
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
    """Read a sound file (WAV, FLAC, OGG, MP3), mix it down to one channel (mean) and resample it (soxr, HQ).

    Parameters
    ----------
    path : Path
    sample_rate : int, Hz, or None
        Rate to return; None keeps the file's.
    offset_seconds, duration_seconds : float
        The stretch to read; a duration of None reads to the end.

    Raises
    ------
    UnusableAudio
        If the file is missing, empty, no sound file, truncated, holds NaN or infinite samples, or ends before the
        stretch does.
    """
    path = Path(path)
    if not path.is_file():
        raise UnusableAudio("missing: no such file")
    if path.stat().st_size == 0:
        raise UnusableAudio("empty: the file has no bytes")
    try:
        _refuse_damaged_container(path)
        with soundfile.SoundFile(_encoded(path)) as file:
            if file.frames == UNKNOWN_FRAMES:
                raise UnusableAudio("unknown length: its header has none, as if written into a pipe; encode it again")
            if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
                low, high = RATES_HZ
                raise UnusableAudio(f"its sample rate is {file.samplerate} Hz, {low} to {high} Hz can be read")
            start = round(offset_seconds * file.samplerate)
            wanted = file.frames - start if duration_seconds is None else round(duration_seconds * file.samplerate)
            if start + max(wanted, 0) > file.frames:
                raise UnusableAudio(
                    f"too short: {offset_seconds:g} s + {max(wanted, 0) / file.samplerate:g} s were asked for, "
                    f"the file has {file.frames / file.samplerate:g} s"
                )
            file.seek(start)
            y = _read_mono(file, wanted)
            source_rate, source_channels, format_name = file.samplerate, file.channels, file.format
    except OSError as error:
        raise UnusableAudio(f"unreadable: {error.strerror}") from None
    except NOT_AUDIO as error:
        raise UnusableAudio(f"not audio or damaged: {getattr(error, 'error_string', error)}") from None
    # An MP3 without a length in its header only estimates its length; any other format knows it.
    if len(y) < wanted and (format_name != "MP3" or duration_seconds is not None):
        raise UnusableAudio(f"truncated: its header promises {wanted} samples, {len(y)} can be read")
    if len(y) == 0:
        raise UnusableAudio("empty: the file has no samples")
    if not np.isfinite(y).all():
        raise UnusableAudio(f"NaN: {int(np.sum(~np.isfinite(y)))} samples are NaN or infinite")
    if sample_rate is not None and sample_rate != source_rate:
        y = soxr.resample(y, source_rate, sample_rate, quality="HQ")
    return Recording(
        y=np.ascontiguousarray(y, np.float32),
        sample_rate=sample_rate or source_rate,
        source_rate=source_rate,
        source_channels=source_channels,
    )


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
            rates.append(soundfile.info(_encoded(path)).samplerate)
        except NOT_AUDIO:
            continue
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
    """
    peak = float(np.max(np.abs(y), initial=0.0))
    gain = 1.0 if peak <= 0.999 else 0.999 / peak
    with temporary_beside(Path(path)) as temporary:
        soundfile.write(temporary, gain * y, sample_rate, subtype="PCM_16", format=Path(path).suffix[1:].upper())
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
        asked = min(wanted, BLOCK_FRAMES)
        block = file.read(asked, dtype="float32", always_2d=True)
        with np.errstate(invalid="ignore"):  # infinite samples of both signs: the caller finds the NaN
            blocks.append(block.mean(axis=1))
        wanted -= len(block)
        if len(block) < asked:  # after a wrong byte, what a decoder gives next is from another place
            break
    return np.concatenate(blocks)


def _refuse_damaged_container(path: Path) -> None:
    """Refuse truncated and damaged files that libsndfile reads without an error."""
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic in (b"RIFF", b"RF64"):
            _refuse_truncated_wav(file, path.stat().st_size)
        elif magic == b"OggS":
            refuse_damaged_ogg(file)


def _refuse_truncated_wav(file, file_size: int) -> None:
    """Walk the chunks to ``data`` (Microsoft, Multimedia programming interface, 1991) and compare its size."""
    file.seek(12)
    long_size = None
    while len(header := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", header)
        start = file.tell()
        if name == b"ds64":  # RF64 (EBU Tech 3306): the 64-bit size of data is the second number
            sizes = file.read(16)
            if len(sizes) < 16:
                raise UnusableAudio("truncated: it ends within its header")
            long_size = struct.unpack("<8xQ", sizes)[0]
        if name == b"data":
            if size == 0xFFFFFFFF and long_size is not None:
                size = long_size
            if size not in UNKNOWN_LENGTH and start + size > file_size:
                raise UnusableAudio(
                    f"truncated: its header promises {size} bytes of samples, the file holds {file_size - start}"
                )
            return
        file.seek(start + size + size % 2)
