"""What describes a built data set: its manifest, its utterances, its rejections and its statistics."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from mfccinv.context import Context
from mfccinv.corpora.utterance import SPLITS, Utterance
from mfccinv.dataset import FORMAT_VERSION, DatasetError
from mfccinv.extraction import Rejection
from mfccinv.files import sha256, write_json, write_json_lines
from mfccinv.plan import Plan
from mfccinv.provenance import package_versions
from mfccinv.shards import Shard, UtteranceFeatures, open_shard
from mfccinv.statistics import Moments, Statistics, feature_moments

THREADS = 4  # at most: each holds the frames of a shard


def write_description(plan: Plan, folder: Path, names: dict[str, str], rejections: list[Rejection]) -> None:
    """Write ``rejected.jsonl``, ``utterances.jsonl``, ``statistics.json`` and, last, ``manifest.json``.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Where the shards are.
    names : dict
        The split of each shard, by its name.
    rejections : list of Rejection

    Raises
    ------
    DatasetError
        If a split has no usable utterance.
    """
    write_json_lines(folder / "rejected.jsonl", [asdict(rejection) for rejection in rejections])
    by_id = {utterance.id: utterance for utterance in plan.utterances}
    entries: list[dict] = []
    rows: list[dict] = []
    totals = {split: _Totals() for split in plan.splits}
    moments: dict[str, Moments] = {}
    ordered = sorted(names, key=lambda name: (SPLITS.index(names[name]), name))
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        described = pool.map(lambda name: _describe_shard(plan, folder / name, names[name]), ordered)
        for name, (shard, entry, found) in zip(ordered, described, strict=True):
            entries.append(entry)
            rows.extend(_utterance_row(by_id[features.id], features, name) for features in shard)
            totals[entry["split"]].add(shard, entry)
            for part, moment in found.items():
                moments[part] = moments[part].merge(moment) if part in moments else moment
    for split in plan.splits:
        if totals[split].utterances == 0:
            reasons = "; ".join(f"{rejection.id}: {rejection.reason}" for rejection in rejections[:3])
            raise DatasetError(
                f"nothing can be used for the {split} split: {len(rejections)} of {len(plan.utterances)} utterances "
                f"were rejected ({reasons}{'; …' if len(rejections) > 3 else ''}), see {folder / 'rejected.jsonl'}"
            )
    write_json_lines(folder / "utterances.jsonl", rows)
    Statistics.from_moments(moments).save(folder / "statistics.json")
    write_json(
        folder / "manifest.json",
        {
            "format_version": FORMAT_VERSION,
            "fingerprint": plan.fingerprint,
            **plan.settings,
            "splits": {split: total.summary() for split, total in totals.items()},
            "rejected": len(rejections),
            "shards": entries,
            "versions": package_versions(),
        },
    )


class _Totals:
    """Counts of one split."""

    def __init__(self):
        self.utterances = self.frames = self.pairs = 0
        self.seconds = 0.0
        self.speakers: set[str] = set()

    def add(self, shard: Shard, entry: dict) -> None:
        self.utterances += entry["utterances"]
        self.frames += entry["frames"]
        self.pairs += entry["pairs"]
        self.seconds += entry["seconds"]
        self.speakers.update(str(speaker) for speaker in shard.speakers)

    def summary(self) -> dict:
        return {
            "utterances": self.utterances,
            "speakers": len(self.speakers - {""}),
            "frames": self.frames,
            "pairs": self.pairs,
            "seconds": round(self.seconds, 3),
        }


def _describe_shard(plan: Plan, path: Path, split: str) -> tuple[Shard, dict, dict[str, Moments]]:
    """A shard, its entry in the manifest and, of what is trained on, the moments of its frames."""
    shard = open_shard(path)
    entry = _shard_entry(path, split, shard, plan.context)
    if split != "train":
        return shard, entry, {}
    return shard, entry, feature_moments(shard.mfcc, shard.log_mel, plan.spec, shard.log_magnitude)


def _shard_entry(path: Path, split: str, shard: Shard, context: Context) -> dict:
    return {
        "name": path.name,
        "split": split,
        "sha256": sha256(path),
        "bytes": path.stat().st_size,
        "utterances": len(shard.ids),
        "frames": len(shard.mfcc),
        "pairs": len(context.pair_index(shard.starts)),
        "seconds": round(float(shard.seconds.sum()), 3),
    }


def _utterance_row(utterance: Utterance, features: UtteranceFeatures, shard_name: str) -> dict:
    return {
        "id": utterance.id,
        "path": str(utterance.path.resolve()),
        "speaker": utterance.speaker,
        "split": utterance.split,
        "offset_seconds": utterance.offset_seconds,
        "duration_seconds": utterance.duration_seconds,
        "variant": utterance.variant,
        "seconds": round(features.seconds, 3),
        "frames": len(features.mfcc),
        "source_rate": features.source_rate,
        "source_channels": features.source_channels,
        "shard": shard_name,
    }
