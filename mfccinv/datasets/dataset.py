"""A built data set, opened for reading."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from reprlib import repr as brief
from typing import Self

import numpy as np

from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.manifest import DESCRIPTION, REPAIR, DatasetError, read_manifest
from mfccinv.datasets.pairs import count_pairs, load_pairs, pair_batches
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import Shard, UtteranceFeatures
from mfccinv.datasets.statistics import Statistics
from mfccinv.features.context import Context
from mfccinv.features.phase_steps import n_steps
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.spec_fields import check_whole
from mfccinv.system.checksums import quick_checksum
from mfccinv.system.stored_files import read_json_lines

# What is used of a row of utterances.jsonl.
ROW: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "path", "split"), str),
    "speaker": (str, type(None)),
    "variant": int,
    "offset_seconds": (int, float),
    "duration_seconds": (int, float, type(None)),
}


@dataclass(frozen=True)
class Dataset:
    """A data set on disk: ``manifest.json``, ``statistics.json``, ``utterances.jsonl`` and the shards of each split.

    Every file is compared with its checksum when it is read; a shard is read when its frames are first needed.

        dataset = Dataset.open("data/sets/demo-0123456789ab")
        x, y = dataset.pairs("train", context=5)    # (n_pairs, 5, n_mfcc), (n_pairs, n_mels)
        batches = dataset.as_tf_dataset("train", context=5, batch_size=256, shuffle=True)
        model.fit(batches, shuffle=False)           # it is done already, and Keras would warn

    Parameters
    ----------
    folder : Path

    Raises
    ------
    DatasetError
        On access, if the folder is no complete data set of this format, or a file is missing or damaged.
    """

    folder: Path

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open the data set in a folder.

        Raises
        ------
        DatasetError
            If the folder is no complete data set of this format; the message lists the data sets that are in it.
        """
        folder = Path(path)
        if not (folder / "manifest.json").is_file() and (within := sorted(folder.glob("*/manifest.json"))):
            raise DatasetError(f"{folder} is no data set, but has some: {', '.join(str(one.parent) for one in within)}")
        dataset = cls(folder)
        _ = dataset.spec
        return dataset

    def __repr__(self) -> str:
        """Tell what is in the data set, if it can be read."""
        try:
            spec, splits = self.spec, self.manifest["splits"].items()
        except (OSError, ValueError):
            return f"Dataset({str(self.folder)!r})"
        counts = (f"{n['utterances']:,} utterances ({n['seconds'] / 60:.1f} min) in {split}" for split, n in splits)
        return (
            f"Dataset({str(self.folder)!r}: {', '.join(counts)}; {spec.n_mfcc} MFCC of {spec.n_mels} mels, "
            f"{spec.sample_rate} Hz)"
        )

    @cached_property
    def manifest(self) -> dict:
        """What the data set was built from and what it holds."""
        return read_manifest(self.folder / "manifest.json")

    @property
    def split_rule(self) -> dict:
        """The ``rule`` that the splits are made by, and whether no voice is in two of them (``speaker_disjoint``)."""
        return {name: self.manifest["split"][name] for name in ("rule", "speaker_disjoint")}

    @cached_property
    def spec(self) -> FeatureSpec:
        """The feature specification that every frame was made with."""
        stored = self.manifest["spec"]
        try:
            return FeatureSpec.from_dict(stored)
        except (TypeError, ValueError) as error:  # TypeError: an unknown field, or one that is missing
            raise DatasetError(f"{self.folder / 'manifest.json'} is damaged: {error}") from error

    @cached_property
    def statistics(self) -> Statistics:
        """Means and standard deviations of the training split's features."""
        return Statistics.load(self._whole("statistics.json"), self.spec)

    @cached_property
    def utterances(self) -> dict[str, dict]:
        """Every utterance by its id: sound file, speaker, split, variant, shard, duration, rate and channels."""
        path = self._whole("utterances.jsonl")
        rows = {}
        for row in read_json_lines(path):
            if not all(isinstance(row.get(name), kind) for name, kind in ROW.items()):
                raise DatasetError(f"{path} is damaged: an utterance can't be {brief(row)}: {REPAIR}")
            rows[row["id"]] = row
        expected = sum(counts["utterances"] for counts in self.manifest["splits"].values())
        if len(rows) != expected:
            raise DatasetError(f"{path} is damaged: it has {len(rows)} utterances, manifest.json {expected}: {REPAIR}")
        return rows

    def recordings(self, split: str) -> dict[str, Utterance]:
        """Where the sound of each recording of a split is, by id, in order; variants aren't among them."""
        return {
            row["id"]: Utterance(
                id=row["id"],
                path=Path(row["path"]),
                speaker=row["speaker"],
                split=row["split"],
                offset_seconds=row["offset_seconds"],
                duration_seconds=row["duration_seconds"],
            )
            for row in self.utterances.values()
            if row["split"] == split and row["variant"] == 0
        }

    @property
    def rejections(self) -> Iterator[dict]:
        """Every utterance that couldn't be used: its id and the reason."""
        path = self._whole("rejected.jsonl")
        for row in read_json_lines(path):
            if set(row) != {"id", "reason"} or not all(isinstance(value, str) for value in row.values()):
                raise DatasetError(f"{path} is damaged: a rejection can't be {brief(row)}: {REPAIR}")
            yield row

    def shards(self, split: str) -> list[Shard]:
        """Open the shards of a split, in order."""
        if split not in self.manifest["splits"]:
            raise DatasetError(f"{self.folder} has the splits {', '.join(self.manifest['splits'])}, got {split!r}")
        return [self._open(entry) for entry in self.manifest["shards"] if entry["split"] == split]

    def _open(self, entry: dict) -> Shard:
        path = self.folder / entry["name"]
        if not _has_size(path, entry):
            raise DatasetError(f"{path} is missing or not {entry['bytes']} bytes long: {REPAIR}")
        shard = open_shard(path, entry["xxh3_128"])
        columns = {
            "mfcc": self.spec.n_mfcc,
            "log_mel": self.spec.n_mels,
            "log_magnitude": self.spec.n_bins,
            "phase_steps": n_steps(self.spec),
        }
        for name, shape in shard.shapes.items():
            if shape[1] != columns[name]:
                raise DatasetError(f"{path} is damaged: {name} must have {columns[name]} columns, got {shape[1]}")
        return shard

    def pairs(
        self, split: str, context: int | Context, *, position: str = "centre", memory_gb: float = 8.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Load the pairs of a split into memory, those of all its shards, in order.

        Parameters
        ----------
        split : str
        context : int >= 1, frames, or Context
            Length of the windows.
        position : {"centre", "last", "next"}
            Where the target is in the window, see `Context`; a `Context` has its own.
        memory_gb : float
            Largest size of both arrays, GB.

        Returns
        -------
        x : (n_pairs, context, n_mfcc), float32, dB
        y : (n_pairs, n_mels), float32, dB

        Raises
        ------
        DatasetError
            For an unknown split, and a missing or damaged shard.
        ValueError
            For a context out of range or longer than every utterance, and for pairs that take more memory.
        """
        return load_pairs(self.shards(split), _context(context, position), memory_gb)

    def as_tf_dataset(
        self,
        split: str,
        context: int | Context,
        *,
        batch_size: int,
        shuffle: bool,
        position: str = "centre",
        seed: int = 0,
    ):
        """Stream the pairs of a split from the disk, for ``model.fit`` of Keras; this imports TensorFlow.

        Memory holds the frames of one shard and a batch or two. Where there are several shards, they come in a random
        order, and the pairs are shuffled within each.

        Parameters
        ----------
        split, context, position
            See `pairs`.
        batch_size : int >= 1
            Pairs in a batch; the last batch of an epoch may be smaller.
        shuffle : bool
            Whether the order is random, and another one in each epoch.
        seed : int >= 0
            Seed of the order.

        Returns
        -------
        batches : tf.data.Dataset
            Of ``x (batch, context, n_mfcc)`` and ``y (batch, n_mels)``; one epoch, of known length.

        Raises
        ------
        DatasetError, ValueError
            As `pairs`, but for the memory. A damaged shard is found when it is read, which TensorFlow tells in its way.
        """
        import tensorflow as tf

        window, shards = _context(context, position), self.shards(split)
        size = check_whole("batch_size", batch_size)
        n_batches = math.ceil(count_pairs(shards, window) / size)
        epochs = count()

        def draw():
            rng = np.random.default_rng([seed, next(epochs)]) if shuffle else None
            yield from pair_batches(shards, window, size, rng)

        shapes = (None, window.length, self.spec.n_mfcc), (None, self.spec.n_mels)
        signature = tuple(tf.TensorSpec(shape, tf.float32) for shape in shapes)
        drawn = tf.data.Dataset.from_generator(draw, output_signature=signature)
        return drawn.apply(tf.data.experimental.assert_cardinality(n_batches)).prefetch(1)

    def features(self, split: str) -> Iterator[UtteranceFeatures]:
        """Yield the utterances of a split, in order."""
        for shard in self.shards(split):
            yield from shard

    def is_whole(self) -> bool:
        """Whether the manifest has this format, and all files are there with the right sizes; shards aren't read."""
        try:
            return all(_has_size(self.folder / entry["name"], entry) for entry in self.manifest["shards"]) and all(
                self._whole(name) for name in DESCRIPTION
            )
        except ValueError:  # a file that isn't there, is damaged, or of another format
            return False

    def damaged_shards(self) -> Iterator[Path]:
        """Compare every shard with its checksum in the manifest; yield those that differ or are missing."""
        for entry in self.manifest["shards"]:
            path = self.folder / entry["name"]
            try:
                is_whole = path.is_file() and quick_checksum(path) == entry["xxh3_128"]
            except OSError:  # a bad sector
                is_whole = False
            if not is_whole:
                yield path

    def _whole(self, name: str) -> Path:
        """Path of a file of the description, compared with its checksum."""
        path = self.folder / name
        if not path.is_file() or quick_checksum(path) != self.manifest["files"][name]["xxh3_128"]:
            raise DatasetError(f"{path} is missing or differs from its checksum in manifest.json: {REPAIR}")
        return path


def _context(context: int | Context, position: str) -> Context:
    return context if isinstance(context, Context) else Context(context, position)


def _has_size(path: Path, entry: dict) -> bool:
    return path.is_file() and path.stat().st_size == entry["bytes"]
