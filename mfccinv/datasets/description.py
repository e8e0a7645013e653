"""The description of a built data set: its manifest, its utterances, its rejections and its statistics."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.extraction import Rejection
from mfccinv.datasets.manifest import DESCRIPTION, DatasetError, write_manifest
from mfccinv.datasets.plan import Plan
from mfccinv.datasets.shards import Shard, UtteranceFeatures
from mfccinv.datasets.sound_print import sound_print
from mfccinv.datasets.statistics import Moments, Statistics, feature_moments
from mfccinv.features.context import Context
from mfccinv.system.atomic_files import write_json_lines, write_text
from mfccinv.system.checksums import checksums
from mfccinv.system.provenance import package_versions


@dataclass(frozen=True)
class Description:
    """Description of a shard: its rows of ``utterances.jsonl``, its entry in the manifest, and its part of the totals.

    Only the shards of the training split have moments.
    """

    rows: list[dict]
    entry: dict
    speakers: set[str]
    moments: dict[str, Moments]


def describe_shard(plan: Plan, shard: Shard, sums: dict, split: str) -> Description:
    """Describe a shard that was written or opened; meanwhile, what is computed from its frames is in memory.

    ``sums`` are those of its file, see `Checksums.entry`.
    """
    by_id = plan.by_id
    moments = {}
    if split == "train":
        moments = feature_moments(shard.mfcc, shard.log_mel, plan.spec, shard.log_magnitude)
    return Description(
        rows=[_utterance_row(by_id[features.id], features, shard.path.name) for features in shard],
        entry=_shard_entry(shard, sums, split, plan.context),
        speakers={str(speaker) for speaker in shard.speakers},
        moments=moments,
    )


def write_description(plan: Plan, folder: Path, described: Iterable[Description], rejections: list[Rejection]) -> None:
    """Write ``rejected.jsonl``, ``utterances.jsonl``, ``statistics.json`` and, last, ``manifest.json``.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Where the shards are.
    described : iterable of Description
        Descriptions of all shards, in order of splits and numbers.
    rejections : list of Rejection

    Raises
    ------
    DatasetError
        If a split has no usable utterance.
    """
    write_json_lines(folder / "rejected.jsonl", [asdict(rejection) for rejection in rejections])
    entries: list[dict] = []
    rows: list[dict] = []
    totals = {split: _Totals() for split in plan.splits}
    moments: dict[str, Moments] = {}
    for shard in described:
        entries.append(shard.entry)
        rows.extend(shard.rows)
        totals[shard.entry["split"]].add(shard)
        for part, moment in shard.moments.items():
            moments[part] = moments[part].merge(moment) if part in moments else moment
    for split in plan.splits:
        if totals[split].utterances == 0:
            reasons = "; ".join(f"{rejection.id}: {rejection.reason}" for rejection in rejections[:3])
            raise DatasetError(
                f"nothing can be used for the {split} split: {len(rejections)} of {len(plan.utterances)} utterances "
                f"were rejected ({reasons}{'; …' if len(rejections) > 3 else ''}), see {folder / 'rejected.jsonl'}"
            )
    write_json_lines(folder / "utterances.jsonl", rows)
    write_text(folder / "statistics.json", Statistics.from_moments(moments).to_json())
    write_manifest(
        folder / "manifest.json",
        {
            "fingerprint": plan.fingerprint,
            **plan.settings,
            "splits": {split: total.summary() for split, total in totals.items()},
            "rejected": len(rejections),
            "shards": entries,
            "files": {name: checksums(folder / name) for name in DESCRIPTION},
            "versions": package_versions(),
        },
    )


def note_places(plan: Plan, built: Dataset) -> None:
    """Write down where the sound and its corpus are, if they were moved since the data set was built."""
    rows = [row | {"path": _place(plan.by_id[id])} for id, row in built.utterances.items()]
    if rows == list(built.utterances.values()):
        return
    path = built.folder / "utterances.jsonl"
    write_json_lines(path, rows)
    files = built.manifest["files"] | {path.name: checksums(path)}
    write_manifest(built.folder / "manifest.json", built.manifest | {"corpus": plan.corpus, "files": files})


class _Totals:
    """Counts of one split."""

    def __init__(self):
        self.utterances = self.frames = self.pairs = 0
        self.seconds = 0.0
        self.speakers: set[str] = set()

    def add(self, shard: Description) -> None:
        self.utterances += shard.entry["utterances"]
        self.frames += shard.entry["frames"]
        self.pairs += shard.entry["pairs"]
        self.seconds += shard.entry["seconds"]
        self.speakers |= shard.speakers

    def summary(self) -> dict:
        return {
            "utterances": self.utterances,
            "speakers": len(self.speakers - {""}),
            "frames": self.frames,
            "pairs": self.pairs,
            "seconds": round(self.seconds, 3),
        }


def _shard_entry(shard: Shard, sums: dict, split: str, context: Context) -> dict:
    return {
        "name": shard.path.name,
        "split": split,
        **sums,
        "utterances": len(shard.ids),
        "frames": int(shard.starts[-1]),
        "pairs": len(context.pair_index(shard.starts)),
        "seconds": round(float(shard.seconds.sum()), 3),
    }


def _utterance_row(utterance: Utterance, features: UtteranceFeatures, shard_name: str) -> dict:
    return {
        "id": utterance.id,
        "path": _place(utterance),
        "speaker": utterance.speaker,
        "split": utterance.split,
        "offset_seconds": utterance.offset_seconds,
        "duration_seconds": utterance.duration_seconds,
        "variant": utterance.variant,
        "seconds": round(features.seconds, 3),
        "frames": len(features.mfcc),
        "sound_print": sound_print(features.log_mel),
        "source_rate": features.source_rate,
        "source_channels": features.source_channels,
        "shard": shard_name,
    }


def _place(utterance: Utterance) -> str:
    return str(utterance.path.resolve())
