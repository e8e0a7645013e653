"""A built data set, opened for reading."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from reprlib import repr as brief

from mfccinv.datasets.manifest import DESCRIPTION, REPAIR, DatasetError, read_manifest
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import Shard, UtteranceFeatures
from mfccinv.datasets.statistics import Statistics
from mfccinv.features.spec import FeatureSpec
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

    Parameters
    ----------
    folder : Path

    Raises
    ------
    DatasetError
        On access, if the folder is no complete data set of this format, or a file is missing or damaged.
    """

    folder: Path

    @cached_property
    def manifest(self) -> dict:
        """What the data set was built from and what it holds."""
        return read_manifest(self.folder / "manifest.json")

    @cached_property
    def spec(self) -> FeatureSpec:
        """The feature specification that every frame was made with."""
        try:
            return FeatureSpec(**self.manifest["spec"])
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
            raise DatasetError(f"split must be one of {', '.join(self.manifest['splits'])}, got {split!r}")
        return [self._open(entry) for entry in self.manifest["shards"] if entry["split"] == split]

    def _open(self, entry: dict) -> Shard:
        path = self.folder / entry["name"]
        if not _has_size(path, entry):
            raise DatasetError(f"{path} is missing or not {entry['bytes']} bytes long: {REPAIR}")
        shard = open_shard(path, entry["xxh3_128"])
        columns = {"mfcc": self.spec.n_mfcc, "log_mel": self.spec.n_mels, "log_magnitude": self.spec.n_bins}
        for name, shape in shard.shapes.items():
            if shape[1] != columns[name]:
                raise DatasetError(f"{path} is damaged: {name} must have {columns[name]} columns, got {shape[1]}")
        return shard

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


def _has_size(path: Path, entry: dict) -> bool:
    return path.is_file() and path.stat().st_size == entry["bytes"]
