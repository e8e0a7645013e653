"""Reads a data set's manifest; what it says is checked before anybody acts on it.

A manifest may come from a stranger or from a disk that fails. Above all, the names in it become paths, which a build
removes when it repairs a data set; so they have to be bare names of shards.
"""

import re
from pathlib import Path
from typing import Any

from mfccinv.corpora.utterance import SPLITS
from mfccinv.datasets.shards import SHARD_NAME
from mfccinv.system.atomic_files import write_json
from mfccinv.system.checksums import checksum_of_json
from mfccinv.system.stored_files import is_number, read_json

FORMAT_VERSION = 4
REPAIR = "mfccinv build_dataset with the settings of the data set repairs it"
CORPUS_NAME = re.compile(r"\w[\w.-]*")
SUMMED = ("utterances", "frames", "pairs")  # of a split, over its shards
COUNTS = (*SUMMED, "speakers", "seconds")
DESCRIPTION = ("rejected.jsonl", "statistics.json", "utterances.jsonl")  # what is there besides manifest and shards
SUMS = {"xxh3_128": re.compile(r"[0-9a-f]{32}"), "sha256": re.compile(r"[0-9a-f]{64}")}


class DatasetError(ValueError):
    """A data set that is incomplete, damaged or of another format."""


class FormatError(DatasetError):
    """A data set of another format."""


def write_manifest(path: Path, manifest: dict) -> None:
    """Write ``manifest.json``, with a checksum of its contents."""
    manifest = {"format_version": FORMAT_VERSION} | manifest
    write_json(path, manifest | {"checksum": checksum_of_json(manifest)})


def read_manifest(path: Path) -> dict:
    """Read ``manifest.json``.

    Raises
    ------
    FormatError
        If it is of another format.
    DatasetError
        If it isn't there or damaged: if its checksum is another, it lacks an entry, or one is of another kind than the
        builder writes.
    """
    if not path.is_file():
        raise DatasetError(f"{path.parent} is not a complete data set: it has no manifest.json")
    try:
        manifest = read_json(path)
    except ValueError as error:
        raise DatasetError(f"{error}: build the data set again") from error
    if manifest.get("format_version") != FORMAT_VERSION:
        raise FormatError(
            f"{path} has format_version {manifest.get('format_version')}, this program reads {FORMAT_VERSION}: "
            "build the data set again"
        )
    checksum = manifest.pop("checksum", None)
    if checksum != checksum_of_json(manifest):
        raise _damaged(path, "its checksum", checksum)
    _check_kinds(path, manifest)
    if not CORPUS_NAME.fullmatch(str(manifest["corpus"].get("name"))):
        raise _damaged(path, "corpus.name", manifest["corpus"].get("name"))
    if not manifest["splits"] or not set(manifest["splits"]) <= set(SPLITS):
        raise _damaged(path, "splits", list(manifest["splits"]))
    if not {"rule", "speaker_disjoint"} <= set(manifest["split"]):
        raise _damaged(path, "split", manifest["split"])
    seconds = manifest.get("segment_seconds")
    if seconds is not None and not (_is_count(seconds) and seconds > 0):
        raise _damaged(path, "segment_seconds", seconds)
    for split, counts in manifest["splits"].items():
        if not isinstance(counts, dict) or not all(_is_count(counts.get(name)) for name in COUNTS):
            raise _damaged(path, f"splits.{split}", counts)
    for entry in manifest["shards"]:
        _check_shard(path, entry)
    for split, counts in manifest["splits"].items():
        own = [entry for entry in manifest["shards"] if entry["split"] == split]
        for name in SUMMED:
            if not own or sum(entry[name] for entry in own) != counts[name]:
                raise _damaged(path, f"{name} of the {split} split", counts[name])
    if set(manifest["files"]) != set(DESCRIPTION):
        raise _damaged(path, "files", list(manifest["files"]))
    for name, entry in manifest["files"].items():
        _check_sums(path, name, entry)
    return manifest


def _check_kinds(path: Path, manifest: dict) -> None:
    kinds: dict[str, type | tuple[type, ...]] = {
        "fingerprint": str,
        "corpus": dict,
        "split": dict,
        "spec": dict,
        "splits": dict,
        "shards": list,
        "files": dict,
        "rejected": int,
        "augment": (dict, type(None)),
    }
    for name, kind in kinds.items():
        if name not in manifest or not isinstance(manifest[name], kind):
            raise _damaged(path, name, manifest.get(name))


def _check_shard(path: Path, entry: object) -> None:
    """Refuse an entry that isn't a bare name of a shard with its split, size and checksums."""
    if not isinstance(entry, dict):
        raise _damaged(path, "a shard", entry)
    name, split = str(entry.get("name")), entry.get("split")
    if not SHARD_NAME.fullmatch(name) or name.rpartition("-")[0] != split:
        raise _damaged(path, "a shard's name", entry.get("name"))
    if not all(_is_count(entry.get(count)) for count in SUMMED):
        raise _damaged(path, f"the entry of {name}", entry)
    _check_sums(path, name, entry)


def _is_count(value: Any) -> bool:
    return is_number(value) and value >= 0


def _check_sums(path: Path, name: str, entry: object) -> None:
    """Refuse an entry without size and checksums."""
    if (
        not isinstance(entry, dict)
        or not _is_count(entry.get("bytes"))
        or not all(pattern.fullmatch(str(entry.get(kind))) for kind, pattern in SUMS.items())
    ):
        raise _damaged(path, f"the entry of {name}", entry)


def _damaged(path: Path, what: str, value: object) -> DatasetError:
    return DatasetError(f"{path} is damaged: {what} can't be {value!r:.80}: build the data set again")
