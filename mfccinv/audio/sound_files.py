"""Sound files in and out: every defect of a file is found here, at the boundary."""

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
import soxr

from mfccinv.audio import ffmpeg
from mfccinv.audio.changed_file import ChangedFile
from mfccinv.audio.flac_stream import right_streaminfo
from mfccinv.audio.full_scale import refuse_another_scale
from mfccinv.audio.mp3_frames import Counted, refuse_damaged_mp3
from mfccinv.audio.ogg_pages import refuse_damaged_ogg
from mfccinv.audio.other_files import LENGTH, what_else_it_is
from mfccinv.audio.promised_sizes import right_sizes, samples_chunk
from mfccinv.audio.regular_file import status_of_file
from mfccinv.audio.unusable import UnusableAudio
from mfccinv.system.atomic_files import temporary_beside
from mfccinv.system.native_output import native_messages_removed

UNKNOWN_FRAMES = 2**63 - 1  # libsndfile's length of FLAC that was written into a pipe, which it can't read
BLOCK_SAMPLES = 2**20
FORMATS = ("WAV", "WAVEX", "RF64", "AIFF", "AU", "W64", "CAF", "NIST", "HTK", "FLAC", "OGG", "MP3")
NO_LENGTH = "its header does not tell the length, so nobody would see that it was cut off"
SELDOM_USED = "libsndfile's reader of it is seldom used, and seldom tried with damaged and hostile files"
OTHER_FORMATS = {  # that libsndfile reads, and why they are refused
    "IRCAM": NO_LENGTH,
    "PVF": NO_LENGTH,
    "PAF": NO_LENGTH,
    "VOC": "libsndfile reads the first of its blocks alone",
    "MAT4": "it is Matlab's format of matrices",
    "MAT5": "it is Matlab's format of matrices",
    "RAW": "it has no header that tells its rate and its encoding",
} | dict.fromkeys(("AVR", "SVX", "SDS", "XI", "MPC2K", "SD2", "WVE"), SELDOM_USED)
OVERSHOOT_SECONDS = 0.5  # lists round durations: what ends so little behind a file is read to its end
RATES_HZ = (1000, 768000)  # beyond, a header is wrong: resampling from 1 Hz would ask for gigabytes
SYSTEM_ERROR, NO_MP3 = 2, 7  # libsndfile's codes for what it can't tell more of, and for MP3 without a frame
# TypeError: soundfile takes the extension .raw for samples without a header.
NOT_AUDIO = (soundfile.LibsndfileError, TypeError)
# libmpg123, which libsndfile decodes MP3 by, tells the terminal what it thinks of a file.
MPG123 = re.compile(rb"\n?Warning: Xing[^\n]*\n|(\[[^\]\n]*libmpg123/|Note: )[^\n]*\n")
MAY_BE_MP3 = re.compile(rb"ID3|\xff[\xe0-\xff]|RIFF.{16}\x55\0", re.DOTALL)


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
    longest_seconds: float | None = None,
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
    longest_seconds : float or None
        A longer file is refused before it is decoded; None: none is.

    Raises
    ------
    UnusableAudio
        If the file is missing, empty, no sound file, truncated, damaged, longer than is allowed, holds NaN or infinite
        samples, those of another scale, or ends before the stretch does.
    """
    path = Path(path)
    try:
        status_of_file(path)
        head = _head(path)
        if known := ffmpeg.format_of(head):
            until = longest_seconds if duration_seconds is None else offset_seconds + duration_seconds
            decoded = ffmpeg.decode(path, known, until)
            source_rate, source_channels = decoded.sample_rate, decoded.channels
            _refuse_rate(source_rate)
            _refuse_longer(len(decoded.y), source_rate, longest_seconds)
            start, wanted = _stretch(len(decoded.y), source_rate, offset_seconds, duration_seconds)
            y = decoded.y[start : start + wanted]
        else:
            with _opened(path, head) as (file, n_samples):
                source_rate, source_channels = file.samplerate, file.channels
                _refuse_longer(n_samples, source_rate, longest_seconds)
                start, wanted = _stretch(n_samples, source_rate, offset_seconds, duration_seconds)
                if "MPEG" in file.subtype:
                    # libmpg123 seeks roughly, and soundfile seeks after each block.
                    y = _read_mono(file, start + wanted, block_samples=None)[start:]
                elif file.seekable():
                    file.seek(start)
                    y = _read_mono(file, wanted, BLOCK_SAMPLES)
                else:  # GSM 6.10 and others can only be read from their beginning
                    y = _read_mono(file, start + wanted, BLOCK_SAMPLES)[start:]
    except OSError as error:
        raise UnusableAudio(f"unreadable: {error.strerror or error}") from None
    except NOT_AUDIO as error:
        raise UnusableAudio(_reason(error)) from None
    if len(y) < wanted:
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


@contextmanager
def _opened(path: Path, head: bytes) -> Iterator[tuple[soundfile.SoundFile, int]]:
    """Open a file whose first bytes are known with libsndfile, and tell its number of samples; errors as `read_audio`.

    Truncated and damaged files are refused that libsndfile reads without an error.
    """
    size = path.stat().st_size
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        changes, end = right_sizes(raw, size)
        changes |= right_streaminfo(raw, size)
        refuse_damaged_ogg(raw)
        stack.enter_context(_quiet(path, head))
        source = ChangedFile(raw, changes, end) if changes or end < size else _encoded(path)
        file = stack.enter_context(soundfile.SoundFile(source))
        if file.format not in FORMATS:
            raise UnusableAudio(f"{file.format} is not read: {OTHER_FORMATS.get(file.format, SELDOM_USED)}")
        n_samples = file.frames
        if "MPEG" in file.subtype:
            # libsndfile guesses the length of an MP3 without one in its header, and reads no further.
            chunk = samples_chunk(raw, size) if file.format != "MP3" else None
            counted = refuse_damaged_mp3(chunk) if chunk else _counted_mp3(path, size, path.stat().st_mtime_ns)
            if chunk or (counted and n_samples < counted.n_samples):
                enough = counted.enough_bytes if counted else len(chunk or b"")
                longer = ChangedFile(BytesIO(chunk) if chunk else raw, {}, enough)
                file = stack.enter_context(soundfile.SoundFile(longer))
            n_samples = counted.n_samples if counted else file.frames
        if n_samples == UNKNOWN_FRAMES:
            raise UnusableAudio("unknown length: its header has none, as if written into a pipe; encode it again")
        _refuse_rate(file.samplerate)
        yield file, n_samples


def _refuse_longer(n_samples: int, rate: int, longest_seconds: float | None) -> None:
    if longest_seconds is not None and n_samples > longest_seconds * rate:
        raise UnusableAudio(f"too long: it has more than {longest_seconds:g} s")


def _stretch(n_samples: int, rate: int, offset_seconds: float, duration_seconds: float | None) -> tuple[int, int]:
    """First sample of a stretch and how many it has; it must not end behind the file."""
    start = _samples(offset_seconds, rate)
    wanted = max(n_samples - start, 0)
    if duration_seconds is not None:
        wanted = _samples(duration_seconds, rate)
    overshoot = start + wanted - n_samples
    if 0 < overshoot < OVERSHOOT_SECONDS * rate and start < n_samples:
        wanted -= overshoot
    elif overshoot > 0:
        asked = f"what begins at {offset_seconds:g} s was"
        if duration_seconds is not None:
            asked = f"{offset_seconds:g} s + {duration_seconds:g} s were"
        raise UnusableAudio(f"too short: {asked} asked for, the file has {n_samples / rate:g} s")
    return start, wanted


@lru_cache(maxsize=64)
def _counted_mp3(path: Path, size: int, changed: int) -> Counted | None:
    """See `refuse_damaged_mp3`; a file of which many stretches are read is walked through once."""
    return refuse_damaged_mp3(path.read_bytes())


def _head(path: Path) -> bytes:
    """First bytes of a file; what is certainly no sound is refused."""
    with path.open("rb") as file:
        head = file.read(LENGTH)
    if kind := what_else_it_is(head):
        raise UnusableAudio(f"not audio: it is {kind}")
    return head


def _reason(error: Exception) -> str:
    """Why libsndfile, or soundfile, reads nothing."""
    if not isinstance(error, soundfile.LibsndfileError):
        return f"not audio or damaged: {OTHER_FORMATS['RAW']}"
    if error.code == SYSTEM_ERROR:
        return "unreadable: the system failed to open or read it"
    return f"not audio or damaged: {'there is no MP3 frame' if error.code == NO_MP3 else error.error_string}"


def _quiet(path: Path, head: bytes) -> AbstractContextManager[None]:
    """Keep a decoder's messages off the terminal, if libsndfile may take a file for MP3."""
    may_be_mp3 = path.suffix.lower().startswith(".mp") or MAY_BE_MP3.match(head)
    return native_messages_removed(MPG123) if may_be_mp3 else nullcontext()


def _refuse_rate(rate: int) -> None:
    low, high = RATES_HZ
    if not low <= rate <= high:
        raise UnusableAudio(f"its sample rate is {rate} Hz, {low} to {high} Hz can be read")


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
            rates.append(_rate_of(path))
        except (OSError, UnusableAudio, *NOT_AUDIO):
            continue
    if not rates:
        raise UnusableAudio(f"none of {len(paths)} files is a sound file")
    return max(sorted(set(rates)), key=rates.count)


def _rate_of(path: Path) -> int:
    """Sample rate of a file, Hz, whatever else may be wrong with it."""
    status_of_file(path)
    head = _head(path)
    if known := ffmpeg.format_of(head):
        rate = ffmpeg.sample_rate_of(path, known)
    else:
        with _quiet(path, head):
            info = soundfile.info(_encoded(path))
        if info.format not in FORMATS:
            raise UnusableAudio(f"{info.format} is not read")
        rate = info.samplerate
    _refuse_rate(rate)
    return rate


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
    content, gain = encode_audio(y, sample_rate, Path(path).suffix[1:].upper())
    try:  # libsndfile would call a full disk a "System error."
        with temporary_beside(Path(path)) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    return gain


def encode_audio(y: np.ndarray, sample_rate: int, kind: str) -> tuple[bytes, float]:
    """Encode a signal as ``WAV`` or ``FLAC``: content and gain of the file that `write_audio` writes."""
    peak = float(np.max(np.abs(y), initial=0.0))
    gain = 1.0 if peak <= 0.999 else 0.999 / peak
    encoded = BytesIO()
    soundfile.write(encoded, gain * y, sample_rate, subtype="PCM_16", format=kind)
    return encoded.getvalue(), gain


def _encoded(path: Path) -> Path | bytes:
    """Path as soundfile takes it: it refuses a name that isn't UTF-8 as text, but not as bytes."""
    return os.fsencode(path) if os.name == "posix" else path


def _read_mono(file: soundfile.SoundFile, wanted: int, block_samples: int | None) -> np.ndarray:
    """Read and mix down up to ``wanted`` samples, (n_samples,), float32, or those before the first that can't be read.

    In blocks, memory grows with what is really there; None reads all at once.
    """
    blocks = [np.empty(0, np.float32)]
    while wanted > 0:
        asked = min(wanted, max(block_samples // file.channels, 1)) if block_samples else wanted
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
