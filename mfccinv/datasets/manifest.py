"""Reads a data set's manifest; what it says is checked before anybody acts on it.

A manifest may come from a stranger or from a disk that fails. Above all, the names in it become paths, which a build
removes when it repairs a data set; so they have to be bare names of shards.
"""

import re
from pathlib import Path

from mfccinv.corpora.utterance import SPLITS
from mfccinv.datasets.shards import SHARD_NAME
from mfccinv.system.atomic_files import read_json

FORMAT_VERSION = 3
CORPUS_NAME = re.compile(r"\w[\w.-]*")
COUNTS = ("utterances", "speakers", "frames", "pairs", "seconds")  # of a split
CHECKSUM = re.compile(r"[0-9a-f]{64}")


class DatasetError(ValueError):
    """A data set that is incomplete, damaged or of another format."""


class FormatError(DatasetError):
    """A data set of another format."""


def read_manifest(path: Path) -> dict:
    """Read ``manifest.json``.

    Raises
    ------
    FormatError
        If it is of another format.
    DatasetError
        If it isn't there or damaged: if it lacks an entry, or one is of another kind than the builder writes.
    """
    if not path.is_file():
        raise DatasetError(f"{path.parent} is not a complete data set: it has no manifest.json")
    try:
        manifest = read_json(path)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path} is damaged: {error}: build the data set again") from error
    if not isinstance(manifest, dict):
        raise _damaged(path, "it", manifest)
    if manifest.get("format_version") != FORMAT_VERSION:
        raise FormatError(
            f"{path} has format_version {manifest.get('format_version')}, this program reads {FORMAT_VERSION}: "
            "build the data set again"
        )
    _check_kinds(path, manifest)
    if not CORPUS_NAME.fullmatch(str(manifest["corpus"].get("name"))):
        raise _damaged(path, "corpus.name", manifest["corpus"].get("name"))
    if not manifest["splits"] or not set(manifest["splits"]) <= set(SPLITS):
        raise _damaged(path, "splits", list(manifest["splits"]))
    if not {"rule", "speaker_disjoint"} <= set(manifest["split"]):
        raise _damaged(path, "split", manifest["split"])
    for split, counts in manifest["splits"].items():
        if not isinstance(counts, dict) or not set(COUNTS) <= set(counts):
            raise _damaged(path, f"splits.{split}", counts)
    for entry in manifest["shards"]:
        _check_shard(path, entry)
    return manifest


def _check_kinds(path: Path, manifest: dict) -> None:
    kinds: dict[str, type | tuple[type, ...]] = {
        "fingerprint": str,
        "corpus": dict,
        "split": dict,
        "spec": dict,
        "splits": dict,
        "shards": list,
        "rejected": int,
        "augment": (dict, type(None)),
    }
    for name, kind in kinds.items():
        if name not in manifest or not isinstance(manifest[name], kind):
            raise _damaged(path, name, manifest.get(name))


def _check_shard(path: Path, entry: object) -> None:
    """Refuse an entry that isn't a bare name of a shard with its split, checksum and size."""
    if not isinstance(entry, dict):
        raise _damaged(path, "a shard", entry)
    name, split = str(entry.get("name")), entry.get("split")
    if not SHARD_NAME.fullmatch(name) or name.rpartition("-")[0] != split:
        raise _damaged(path, "a shard's name", entry.get("name"))
    if not CHECKSUM.fullmatch(str(entry.get("sha256"))) or not isinstance(entry.get("bytes"), int):
        raise _damaged(path, f"the entry of {name}", entry)


def _damaged(path: Path, what: str, value: object) -> DatasetError:
    return DatasetError(f"{path} is damaged: {what} can't be {value!r:.80}: build the data set again")
