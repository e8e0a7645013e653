"""Sound that libsndfile does not read, by FFmpeg's libraries, which PyAV brings (``pip install 'mfccinv[av]'``).

The format is taken from the first bytes, and FFmpeg is told it: its other readers, such as those of playlists, which
name other files and addresses, are never asked.
"""

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, NoReturn

import numpy as np

from mfccinv.audio.unusable import NEEDS_PYAV, UnusableAudio

ASF = bytes.fromhex("3026b2758e66cf11")
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
ASF_SIZE = struct.Struct("<40xQ")  # from the beginning of the properties on
LARGEST_ASF_HEADER = 2**16
FRAMES_OF_PADDING = 4  # encoders add silence, which headers count or don't


@dataclass(frozen=True)
class Format:
    """A format: what it is called, FFmpeg's reader of it, and how its files begin."""

    name: str
    demuxer: str
    signatures: tuple[tuple[int, bytes], ...]


FORMATS = (
    Format("MPEG-4 (m4a, mp4, 3gp)", "mov", ((4, b"ftyp"),)),
    Format("Matroska (webm, mka)", "matroska", ((0, b"\x1a\x45\xdf\xa3"),)),
    Format("AAC", "aac", tuple((0, bytes([0xFF, second])) for second in (0xF0, 0xF1, 0xF8, 0xF9))),
    Format("AMR", "amr", ((0, b"#!AMR"),)),
    Format("Windows Media (wma)", "asf", ((0, ASF),)),
)


@dataclass(frozen=True)
class Decoded:
    """Sound from its beginning on, mixed down to one channel.

    Parameters
    ----------
    y : (n_samples,), float32
    sample_rate : int, Hz
    channels : int
        How many there were.
    """

    y: np.ndarray
    sample_rate: int
    channels: int


def format_of(head: bytes) -> Format | None:
    """Format of a file that begins with these bytes; None if it is not one of `FORMATS`."""
    for known in FORMATS:
        if any(head.startswith(signature, place) for place, signature in known.signatures):
            return known
    return None


def decode(path: Path, known: Format, most_seconds: float | None = None) -> Decoded:
    """Decode the sound of a file; if it has several streams, the first.

    Parameters
    ----------
    path : Path
    known : Format
    most_seconds : float or None
        Where to stop; None decodes all there is.

    Raises
    ------
    UnusableAudio
        If PyAV is not installed, the file holds no sound, is damaged, or ends before its header says.
    OSError
        If it can't be opened.
    """
    av = _pyav(known)
    blocks: list[np.ndarray] = []
    length, longest, sample_rate, channels = 0, 0, 0, 0
    with path.open("rb") as file:
        _refuse_short_asf(file)
        try:
            with av.open(file, format=known.demuxer, metadata_errors="ignore", io_open=_refuse) as container:
                if not container.streams.audio:
                    raise UnusableAudio(f"it is {known.name}, and holds no sound")
                stream = container.streams.audio[0]
                resampler = av.AudioResampler(format="fltp")
                for packet in container.demux(stream):
                    if packet.is_corrupt:
                        raise UnusableAudio("damaged or truncated: a packet of its sound is not whole")
                    for frame in (part for found in packet.decode() for part in resampler.resample(found)):
                        sample_rate, channels = frame.sample_rate, frame.layout.nb_channels
                        blocks.append(frame.to_ndarray().mean(axis=0, dtype=np.float32))
                        length, longest = length + frame.samples, max(longest, frame.samples)
                    if most_seconds is not None and sample_rate and length > most_seconds * sample_rate:
                        break
                else:
                    _refuse_truncated(container, stream, known, length, longest, sample_rate)
        except av.FFmpegError as error:
            raise UnusableAudio(f"not audio or damaged: {error.strerror}") from None
        except ValueError as error:
            if isinstance(error, UnusableAudio):
                raise
            raise UnusableAudio(f"not audio or damaged: {error}") from None
    if not blocks:
        raise UnusableAudio("empty: the file has no samples")
    return Decoded(np.concatenate(blocks), sample_rate, channels)


def sample_rate_of(path: Path, known: Format) -> int:
    """Sample rate of a file, Hz; errors as `decode`."""
    return decode(path, known, most_seconds=0).sample_rate


def _pyav(known: Format) -> ModuleType:
    try:
        import av
    except ImportError:
        raise UnusableAudio(f"it is {known.name}, which {NEEDS_PYAV}") from None
    return av


def _refuse(url: str, *_: Any) -> NoReturn:
    raise UnusableAudio(f"it asks for another file: {url}")


def _refuse_short_asf(file: BinaryIO) -> None:
    """Compare the size of a file with that in the file properties of ASF, if it has such (Microsoft, ASF, 2004)."""
    head = file.read(LARGEST_ASF_HEADER)
    place = head.find(ASF_PROPERTIES)
    if head.startswith(ASF) and 0 <= place <= len(head) - ASF_SIZE.size:
        (promised,) = ASF_SIZE.unpack_from(head, place)
        held = file.seek(0, io.SEEK_END)
        if held < promised:
            raise UnusableAudio(f"truncated: its header promises {promised} bytes, the file holds {held}")
    file.seek(0)


def _refuse_truncated(container: Any, stream: Any, known: Format, length: int, longest: int, sample_rate: int) -> None:
    """Compare the samples that were decoded with the length in the header of MPEG-4 and Matroska."""
    promised = None
    if known.demuxer == "mov" and stream.duration is not None:
        promised = float(stream.duration * stream.time_base)
    if known.demuxer == "matroska" and container.duration is not None and len(container.streams) == 1:
        promised = container.duration / 1e6
    if promised is not None and length + FRAMES_OF_PADDING * longest < promised * sample_rate:
        raise UnusableAudio(f"truncated: its header promises {promised:g} s, {length / sample_rate:g} s can be read")
