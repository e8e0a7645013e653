"""Shards: the ``.npz`` files that a data set is made of.

A shard stores each frame once, and the index of its pairs (MFCC context window → mel frame):

==================  =========================  ==================================================================
``mfcc``            (n_frames, n_mfcc) f4      dB
``log_mel``         (n_frames, n_mels) f4      dB
``log_magnitude``   (n_frames, n_bins) f4      dB, of the linear spectrum; only with ``dataset.linear``
``phase_steps``     (n_frames, 4 n_bins) f4    see `mfccinv.features.phase_steps`; only with ``dataset.phase``
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

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mfccinv.features.context import Context
from mfccinv.system.atomic_files import temporary_beside
from mfccinv.system.checksums import Checksums

SHARD_NAME = re.compile(r"(train|validation|test)-\d{5,}\.npz")  # as `shard_name` makes it
FRAMES = ("mfcc", "log_mel", "log_magnitude", "phase_steps")
OPTIONAL = ("log_magnitude", "phase_steps")  # of these
# What is loaded with a shard, and the kind of each array, see `numpy.dtype.kind`.
DESCRIBED = {"starts": "i", "ids": "U", "speakers": "U", "seconds": "f", "source_rate": "i", "source_channels": "i"}


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
    phase_steps : (n_frames, 4 n_bins), float32, or None
    """

    id: str
    speaker: str
    mfcc: np.ndarray
    log_mel: np.ndarray
    seconds: float
    source_rate: int
    source_channels: int
    log_magnitude: np.ndarray | None = None
    phase_steps: np.ndarray | None = None

    def __repr__(self) -> str:
        speaker = f", speaker {self.speaker!r}" if self.speaker else ""
        shapes = {name: array.shape for name in FRAMES if (array := getattr(self, name)) is not None}
        return f"UtteranceFeatures({self.id!r}{speaker}: {self.seconds:.2f} s, {_listed(shapes)})"


@dataclass(frozen=True)
class Shard:
    """An open shard: the arrays of the file. Frames are not loaded but mapped, anew at each access.

    Each mapping keeps a file open, and a process may open only so many: keep the shard, not its frames. At the first
    access the file is compared with its checksum, if that is known, and damage is refused with ValueError.
    """

    path: Path
    frames: Mapping[str, np.ndarray]
    shapes: Mapping[str, tuple[int, int]]
    starts: np.ndarray
    ids: np.ndarray
    speakers: np.ndarray
    seconds: np.ndarray
    source_rate: np.ndarray
    source_channels: np.ndarray

    def __repr__(self) -> str:
        return f"Shard({self.path.name!r}: {len(self.ids):,} utterances, {_listed(self.shapes)})"

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
        mfcc, log_mel = self.mfcc, self.log_mel
        others = {name: self.frames[name] for name in OPTIONAL if name in self.shapes}
        for u, (begin, end) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            yield UtteranceFeatures(
                id=str(self.ids[u]),
                speaker=str(self.speakers[u]),
                mfcc=mfcc[begin:end],
                log_mel=log_mel[begin:end],
                seconds=float(self.seconds[u]),
                source_rate=int(self.source_rate[u]),
                source_channels=int(self.source_channels[u]),
                **{name: frames[begin:end] for name, frames in others.items()},
            )


def _listed(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())


def shard_name(split: str, number: int) -> str:
    """File name of a split's shard."""
    return f"{split}-{number:05d}.npz"


def in_memory(path: Path, utterances: list[UtteranceFeatures]) -> Shard:
    """Put utterances, at least one, together to the contents of a shard's file, in memory; none is written."""
    starts = np.cumsum([0] + [len(utterance.mfcc) for utterance in utterances])
    names = [name for name in FRAMES if getattr(utterances[0], name) is not None]
    frames = {name: np.concatenate([getattr(utterance, name) for utterance in utterances]) for name in names}
    return Shard(
        path=Path(path),
        frames=frames,
        shapes={name: array.shape for name, array in frames.items()},
        starts=starts,
        ids=np.array([utterance.id for utterance in utterances]),
        speakers=np.array([utterance.speaker for utterance in utterances]),
        seconds=np.array([utterance.seconds for utterance in utterances]),
        source_rate=np.array([utterance.source_rate for utterance in utterances]),
        source_channels=np.array([utterance.source_channels for utterance in utterances]),
    )


def write_shard(path: Path, utterances: list[UtteranceFeatures], context: Context) -> tuple[Shard, dict]:
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
    sums : dict
        Size and checksums of the bytes that were written, see `Checksums.entry`.
    """
    shard = in_memory(path, utterances)
    index = {"pairs": context.pair_index(shard.starts), "context": np.array([context.length, context.target_offset])}
    described = {field: getattr(shard, field) for field in DESCRIBED}
    n_bytes = sum(array.nbytes for array in (*shard.frames.values(), *index.values(), *described.values()))
    with temporary_beside(path, n_bytes) as temporary, open(temporary, "wb") as file:
        hashed = _HashedFile(file)
        np.savez(hashed, **shard.frames, **index, **described)  # type: ignore[arg-type]
    return shard, hashed.sums.entry


class _HashedFile:
    """A file that is written from its beginning to its end, with the checksums of its bytes."""

    def __init__(self, file: BinaryIO):
        self._file, self.sums = file, Checksums()

    def write(self, data: bytes) -> int:
        self.sums.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def read(self, size: int = -1) -> bytes:
        """Refuse to read; NumPy takes an object for a file if it has this method."""
        raise OSError("this file is for writing")


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
            np.empty((0, context.length, shard.shapes["mfcc"][1]), np.float32),
            np.empty((0, shard.shapes["log_mel"][1]), np.float32),
        )
    return context_windows(shard.mfcc, context)[pairs[:, 0]], shard.log_mel[pairs[:, 1]]


def context_windows(mfcc: np.ndarray, context: Context) -> np.ndarray:
    """View the windows that begin at each frame of MFCC (n_frames, n_mfcc), (n_windows, context.length, n_mfcc)."""
    return np.lib.stride_tricks.sliding_window_view(mfcc, context.length, axis=0).transpose(0, 2, 1)


def write_plain_pairs(path: Path, shard: Shard, context: Context) -> None:
    """Write the pairs of a shard as an ``.npz`` of ``x`` and ``y``, as `shard_pairs` returns them."""
    x, y = shard_pairs(shard, context)
    with temporary_beside(path) as temporary:
        np.savez(temporary, x=np.ascontiguousarray(x), y=y)
