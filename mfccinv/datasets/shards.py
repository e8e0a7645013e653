"""Shards: the ``.npz`` files that a data set is made of.

A shard stores each frame once, and the index of its pairs (MFCC context window → mel frame):

==================  =========================  ==================================================================
``mfcc``            (n_frames, n_mfcc) f4      dB
``log_mel``         (n_frames, n_mels) f4      dB
``log_magnitude``   (n_frames, n_bins) f4      dB, of the linear spectrum; only with ``dataset.linear``
``starts``          (n_utterances + 1,) i8     utterance u is the frames ``starts[u]:starts[u + 1]``
``pairs``           (n_pairs, 3) i8            first context frame, target frame, utterance
``context``         (2,) i8                    length of the windows, position of the target in them
``ids``             (n_utterances,) str
``speakers``        (n_utterances,) str        "" where unknown
``seconds``         (n_utterances,) f8         duration of the sound
``source_rate``     (n_utterances,) i8         Hz, before resampling
``source_channels`` (n_utterances,) i8         before mixing down
==================  =========================  ==================================================================

The file is not compressed, so that its frames can be mapped into memory instead of read.
"""

import errno
import hashlib
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mfccinv.features.context import Context
from mfccinv.system.atomic_files import temporary_beside

SHARD_NAME = re.compile(r"(train|validation|test)-\d{5,}\.npz")  # as `shard_name` makes it
FRAMES = ("mfcc", "log_mel", "log_magnitude")
DESCRIBED = ("starts", "ids", "speakers", "seconds", "source_rate", "source_channels")  # loaded with a shard

# Exceptions of zipfile and NumPy for a file with wrong bytes.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
    struct.error,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class UtteranceFeatures:
    """The features of one utterance and where they came from.

    Parameters
    ----------
    id, speaker : str
        The speaker is "" where unknown.
    mfcc : (n_frames, n_mfcc), float32, dB
    log_mel : (n_frames, n_mels), float32, dB
    seconds : float
    source_rate : int, Hz
    source_channels : int
    log_magnitude : (n_frames, n_bins), float32, dB, or None
    """

    id: str
    speaker: str
    mfcc: np.ndarray
    log_mel: np.ndarray
    seconds: float
    source_rate: int
    source_channels: int
    log_magnitude: np.ndarray | None = None


@dataclass(frozen=True)
class Shard:
    """An open shard: the arrays of the file. Frames are not loaded but mapped, anew at each access.

    Each mapping keeps a file open, and a process may open only so many: keep the shard, not its frames.
    """

    path: Path
    frames: Mapping[str, np.ndarray]
    starts: np.ndarray
    ids: np.ndarray
    speakers: np.ndarray
    seconds: np.ndarray
    source_rate: np.ndarray
    source_channels: np.ndarray

    @property
    def mfcc(self) -> np.ndarray:
        return self.frames["mfcc"]

    @property
    def log_mel(self) -> np.ndarray:
        return self.frames["log_mel"]

    @property
    def log_magnitude(self) -> np.ndarray | None:
        return self.frames.get("log_magnitude")

    def __iter__(self) -> Iterator[UtteranceFeatures]:
        mfcc, log_mel, log_magnitude = self.mfcc, self.log_mel, self.log_magnitude
        for u, (begin, end) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            yield UtteranceFeatures(
                id=str(self.ids[u]),
                speaker=str(self.speakers[u]),
                mfcc=mfcc[begin:end],
                log_mel=log_mel[begin:end],
                seconds=float(self.seconds[u]),
                source_rate=int(self.source_rate[u]),
                source_channels=int(self.source_channels[u]),
                log_magnitude=None if log_magnitude is None else log_magnitude[begin:end],
            )


def shard_name(split: str, number: int) -> str:
    """File name of a split's shard."""
    return f"{split}-{number:05d}.npz"


def write_shard(path: Path, utterances: list[UtteranceFeatures], context: Context) -> tuple[Shard, str]:
    """Write utterances as a shard, whole or not at all; the same utterances give the same bytes.

    Parameters
    ----------
    path : Path
    utterances : list of UtteranceFeatures
        At least one.
    context : Context
        Context of the pair index.

    Returns
    -------
    shard : Shard
        The contents of the file, in memory.
    checksum : str
        SHA-256 of the bytes that were written, in hexadecimal.
    """
    starts = np.cumsum([0] + [len(utterance.mfcc) for utterance in utterances])
    names = [name for name in FRAMES if getattr(utterances[0], name) is not None]
    shard = Shard(
        path=Path(path),
        frames={name: np.concatenate([getattr(utterance, name) for utterance in utterances]) for name in names},
        starts=starts,
        ids=np.array([utterance.id for utterance in utterances]),
        speakers=np.array([utterance.speaker for utterance in utterances]),
        seconds=np.array([utterance.seconds for utterance in utterances]),
        source_rate=np.array([utterance.source_rate for utterance in utterances]),
        source_channels=np.array([utterance.source_channels for utterance in utterances]),
    )
    index = {"pairs": context.pair_index(starts), "context": np.array([context.length, context.target_offset])}
    described = {field: getattr(shard, field) for field in DESCRIBED}
    with temporary_beside(path) as temporary, open(temporary, "wb") as file:
        hashed = _HashedFile(file)
        np.savez(hashed, **shard.frames, **index, **described)  # type: ignore[arg-type]
    return shard, hashed.checksum


class _HashedFile:
    """A file that is written from its beginning to its end, with the checksum of its bytes."""

    def __init__(self, file: BinaryIO):
        self._file, self._digest = file, hashlib.sha256()

    @property
    def checksum(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def read(self, size: int = -1) -> bytes:
        """Refuse to read; NumPy takes an object for a file if it has this method."""
        raise OSError("this file is for writing")


def open_shard(path: Path) -> Shard:
    """Open a shard; its frames are mapped read-only.

    Raises
    ------
    ValueError
        If the file is no shard, or a damaged one.
    OSError
        If it can't be read.
    """
    try:
        with open(path, "rb") as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as arrays:
            small = {name: arrays[name] for name in DESCRIBED}
            there = [name for name in FRAMES if name in arrays or name != "log_magnitude"]
        frames = _MappedFrames(path, {name: _place_of(path, f"{name}.npy") for name in there})
        lengths = {name: len(array) for name, array in frames.items()}
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # EINVAL: a wrong byte leads outside the file
            raise
        raise ValueError(f"{path} is not a shard or is damaged: {error}") from error
    shard = Shard(path=Path(path), frames=frames, **small)
    if any(length != shard.starts[-1] for length in lengths.values()):
        counts = ", ".join(f"{length} frames of {name}" for name, length in lengths.items())
        raise ValueError(f"{path} is damaged: {counts}, {shard.starts[-1]} frames in its utterances")
    return shard


def shard_pairs(shard: Shard, context: Context) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a shard as plain arrays, for any context.

    Parameters
    ----------
    shard : Shard
    context : Context

    Returns
    -------
    x : (n_pairs, context.length, n_mfcc), float32, dB
    y : (n_pairs, n_mels), float32, dB
    """
    pairs = context.pair_index(shard.starts)
    if len(pairs) == 0:
        return (
            np.empty((0, context.length, shard.mfcc.shape[1]), np.float32),
            np.empty((0, shard.log_mel.shape[1]), np.float32),
        )
    windows = np.lib.stride_tricks.sliding_window_view(shard.mfcc, context.length, axis=0)
    return windows[pairs[:, 0]].transpose(0, 2, 1), shard.log_mel[pairs[:, 1]]


def write_plain_pairs(path: Path, shard: Shard, context: Context) -> None:
    """Write the pairs of a shard as an ``.npz`` of ``x`` and ``y``, as `shard_pairs` returns them."""
    x, y = shard_pairs(shard, context)
    with temporary_beside(path) as temporary:
        np.savez(temporary, x=np.ascontiguousarray(x), y=y)


class _MappedFrames(Mapping[str, np.ndarray]):
    """Arrays of a file by name, mapped anew each time."""

    def __init__(self, path: Path, places: dict[str, tuple[int, tuple[int, int]]]):
        self._path, self._places = path, places

    def __getitem__(self, name: str) -> np.ndarray:
        offset, shape = self._places[name]
        return np.memmap(self._path, np.float32, "r", offset, shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _place_of(path: Path, name: str) -> tuple[int, tuple[int, int]]:
    """Offset and shape of an array in an uncompressed ``.npz``: its bytes follow the local header of the ZIP member."""
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        member = archive.getinfo(name)
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{name} is compressed")
        file.seek(member.header_offset + 26)
        name_length, extra_length = struct.unpack("<HH", file.read(4))
        file.seek(name_length + extra_length, 1)
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran_order, dtype = read_header(file)
        if dtype != np.float32 or fortran_order or len(shape) != 2:
            raise ValueError(f"{name} must be a two-dimensional float32 array in C order, got {dtype} {shape}")
        return file.tell(), shape
