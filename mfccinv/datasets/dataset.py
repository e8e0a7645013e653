"""A built data set, opened for reading."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mfccinv.datasets.manifest import DatasetError, read_manifest
from mfccinv.datasets.shards import Shard, UtteranceFeatures, open_shard
from mfccinv.datasets.statistics import Statistics
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.atomic_files import read_json_lines, sha256

DESCRIPTION = ("rejected.jsonl", "statistics.json", "utterances.jsonl")  # what is there besides manifest and shards


@dataclass(frozen=True)
class Dataset:
    """A data set on disk: ``manifest.json``, ``statistics.json``, ``utterances.jsonl`` and the shards of each split.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    DatasetError
        On access, if the folder is no complete data set of this format, or a shard is missing or of another size.
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
        except TypeError as error:  # an unknown field, or one that is missing
            raise DatasetError(f"{self.folder / 'manifest.json'} is damaged: {error}") from error

    @cached_property
    def statistics(self) -> Statistics:
        """Means and standard deviations of the training split's features."""
        return Statistics.load(self.folder / "statistics.json")

    @cached_property
    def utterances(self) -> dict[str, dict]:
        """Every utterance by its id: sound file, speaker, split, variant, shard, duration, rate and channels."""
        return {row["id"]: row for row in read_json_lines(self.folder / "utterances.jsonl")}

    def shards(self, split: str) -> list[Shard]:
        """Open the shards of a split, in order."""
        if split not in self.manifest["splits"]:
            raise DatasetError(f"split must be one of {', '.join(self.manifest['splits'])}, got {split!r}")
        opened = []
        for entry in self.manifest["shards"]:
            if entry["split"] == split:
                path = self.folder / entry["name"]
                if not _has_size(path, entry):
                    raise DatasetError(
                        f"{path} is missing or not {entry['bytes']} bytes long: build the data set again"
                    )
                opened.append(open_shard(path))
        return opened

    def features(self, split: str) -> Iterator[UtteranceFeatures]:
        """Yield the utterances of a split, in order."""
        for shard in self.shards(split):
            yield from shard

    def is_whole(self) -> bool:
        """Whether the manifest has this format, and all files are there with the right sizes; contents aren't read."""
        try:
            entries = self.manifest["shards"]
        except ValueError:  # not there, damaged, or of another format
            return False
        described = all((self.folder / name).is_file() for name in DESCRIPTION)
        return described and all(_has_size(self.folder / entry["name"], entry) for entry in entries)

    def damaged_shards(self) -> Iterator[Path]:
        """Compare every shard with its checksum in the manifest; yield those that differ or are missing."""
        for entry in self.manifest["shards"]:
            path = self.folder / entry["name"]
            if not path.is_file() or sha256(path) != entry["sha256"]:
                yield path

    def verify(self) -> None:
        """Refuse a data set with a shard that differs from its checksum in the manifest.

        Raises
        ------
        DatasetError
            If one differs or is missing.
        """
        for path in self.damaged_shards():
            raise DatasetError(
                f"{path} is missing or differs from its checksum: delete it and build the data set again"
            )


def _has_size(path: Path, entry: dict) -> bool:
    return path.is_file() and path.stat().st_size == entry["bytes"]
