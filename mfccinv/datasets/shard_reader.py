"""Opens shards; what a shard's file says of itself is checked before its frames are mapped.

A shard may come from a stranger or from a disk that fails. The file is compared with its checksum when frames are first
needed: by then it is being read anyway, mostly by a thread that reads ahead.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

import numpy as np

from mfccinv.datasets.manifest import REPAIR, DatasetError
from mfccinv.datasets.shards import DESCRIBED, FRAMES, OPTIONAL, Shard
from mfccinv.datasets.statistics import LARGEST_DB
from mfccinv.system.checksums import quick_checksum
from mfccinv.system.npz_files import ArrayPlace, array_places, damage_is_told, load_arrays

MAX_DESCRIBED_BYTES = 64 * 2**20  # of one of the arrays that are loaded with a shard


def open_shard(path: Path, checksum: str | None = None) -> Shard:
    """Open a shard; its frames are mapped read-only.

    Parameters
    ----------
    path : Path
    checksum : str or None
        See `quick_checksum`; the file is compared with it at the first access to frames. None: it isn't known.

    Raises
    ------
    ValueError
        If the file is no shard, or a damaged one.
    OSError
        If it can't be read.
    """
    path = Path(path)
    with damage_is_told(path):
        places = array_places(path)
        there = [name for name in FRAMES if name in places or name not in OPTIONAL]
        frames = _MappedFrames(path, {name: places[name] for name in there}, checksum)
        small = load_arrays(path, [places[name] for name in DESCRIBED], MAX_DESCRIBED_BYTES)
        shard = Shard(path=path, frames=frames, shapes=frames.shapes, **dict(zip(DESCRIBED, small, strict=True)))
        _check(shard)
    return shard


def _check(shard: Shard) -> None:
    """Refuse with ValueError a shard whose arrays don't fit each other."""
    n_utterances = len(shard.ids)
    for name, kind in DESCRIBED.items():
        array = getattr(shard, name)
        n_values = n_utterances + (name == "starts")
        if array.dtype.kind != kind or array.shape != (n_values,):
            raise ValueError(f"{name} must be {n_values} values of kind {kind}, got {array.dtype} {array.shape}")
    if n_utterances == 0 or shard.starts[0] != 0 or (np.diff(shard.starts) < 1).any():
        raise ValueError("starts must begin at 0 and increase")
    for name, (n_frames, _) in shard.shapes.items():
        if n_frames != shard.starts[-1]:
            raise ValueError(f"it has {n_frames} frames of {name}, and {shard.starts[-1]} in its utterances")


class _MappedFrames(Mapping[str, np.ndarray]):
    """Arrays of a file by name, mapped anew each time."""

    def __init__(self, path: Path, places: dict[str, ArrayPlace], checksum: str | None):
        self._path, self._places = path, places
        self._checked, self._checksum, self._lock = set[str](), checksum, Lock()
        self.shapes = {name: _frame_shape(name, place) for name, place in places.items()}

    def __getitem__(self, name: str) -> np.ndarray:
        with self._lock:
            if not self._checked:
                self._compare()
            if name not in self._checked:
                self._check_levels(name)
                self._checked.add(name)
        return self._map(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _map(self, name: str) -> np.ndarray:
        return np.memmap(self._path, np.float32, "r", self._places[name].offset, self.shapes[name])

    def _compare(self) -> None:
        """Refuse a file with another checksum."""
        if self._checksum is not None and quick_checksum(self._path) != self._checksum:
            raise DatasetError(f"{self._path} differs from its checksum in manifest.json: {REPAIR}")

    def _check_levels(self, name: str) -> None:
        """Refuse frames that can't be levels."""
        frames = self._map(name)
        if not -LARGEST_DB <= frames.min(initial=0) <= frames.max(initial=0) <= LARGEST_DB:  # nor if it is NaN
            raise DatasetError(f"{self._path} is damaged: {name} holds values beyond {LARGEST_DB:,.0f} dB, or NaN")


def _frame_shape(name: str, place: ArrayPlace) -> tuple[int, int]:
    if place.dtype != np.float32 or place.fortran_order or len(place.shape) != 2:
        raise ValueError(f"{name} must be a two-dimensional float32 array in C order, got {place.dtype} {place.shape}")
    return place.shape[0], place.shape[1]
