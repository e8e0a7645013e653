"""Builds a data set: speech corpus in, sharded pairs of MFCC context and mel frame out.

The corpus listing, the splits and the shards' boundaries are pure functions of the settings, shards appear whole or
not at all, and ``manifest.json`` comes last. So a build that was interrupted goes on after the shards that are there
and ends with the same bytes, as does one of a data set that is no longer as its manifest says. Data sets that differ in
the number of MFCC alone hold the same mel frames: only the first of them is made from the sound.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from tqdm import tqdm

from mfccinv.analytic import log_mel_to_mfcc
from mfccinv.context import Context
from mfccinv.corpora.utterance import SPLITS
from mfccinv.dataset import Dataset, FormatError
from mfccinv.extraction import Extractor, Rejection, extract_all
from mfccinv.files import exclusive, read_json_lines, remove_temporaries
from mfccinv.manifest import Description, describe_shard, write_description
from mfccinv.plan import Plan, make_plan
from mfccinv.shards import UtteranceFeatures, open_shard, write_plain_pairs, write_shard

DESCRIBED_AT_ONCE = min(4, os.cpu_count() or 1)  # each in a thread, with the frames of a shard
DATASET_SETTINGS = ("corpus", "split", "features", "augment", "dataset")  # parts of a configuration


def build_dataset(*, corpus: dict, split: dict, features: dict, augment: dict, dataset: dict) -> Dataset:
    """Build the data set that the settings describe, or reuse it if it is there; one that lacks files is repaired.

    Its folder is named after the corpus and a fingerprint of the corpus listing (ids, speakers, splits, sizes and
    modification times of the files), the feature specification, the settings below that matter and the builder's
    version.

    Parameters
    ----------
    corpus : dict
        ``name`` of a corpus adapter and its settings.
    split : dict
        Settings of `assign_splits`.
    features : dict
        Settings of `FeatureSpec.from_settings`.
    augment : dict
        Settings of `Augmentation`: variants of the training utterances.
    dataset : dict
        ``root``: folder of data sets; ``limit``: how many utterances of each split to take (null: all);
        ``min_seconds``, ``silence_dbfs``: see `Extractor`; ``shard_frames``: frames after which a shard is closed;
        ``context``, ``target``: the `Context` of the index in the shards; ``linear``: whether they hold the linear
        spectra, too; ``plain_pairs``: whether to write each shard's pairs as plain arrays too; ``workers``,
        ``executor``: see `ordered_map`; ``progress``: whether to show a progress bar.

    Raises
    ------
    FileNotFoundError
        If the corpus isn't there.
    ValueError
        For settings out of range, and for a corpus of which nothing can be used.
    """
    plan = make_plan(corpus, split, features, augment, dataset)
    folder = Path(dataset["root"]) / f"{corpus['name']}-{plan.fingerprint[:12]}"
    with exclusive(folder):
        remove_temporaries(folder)
        if not Dataset(folder).is_whole():
            _discard_damaged(Dataset(folder))
            _build(plan, folder, dataset)
        built = Dataset(folder)
        if dataset["plain_pairs"]:
            _write_plain_pairs(built, plan.context)
    return built


def _discard_damaged(built: Dataset) -> None:
    """Remove the shards that are not as the manifest says, or all if it is of another format; then the manifest."""
    try:
        damaged = list(built.damaged_shards())
    except FormatError:
        damaged = list(built.folder.glob("*.npz"))
    except ValueError:  # no manifest, or one that can't be read
        damaged = []
    for path in [*damaged, built.folder / "manifest.json"]:
        path.unlink(missing_ok=True)


def _build(plan: Plan, folder: Path, settings: dict) -> None:
    """Write the shards that are missing, then what describes them."""
    finished = {split: _keep_unbroken(folder, split) for split in plan.splits}
    other = _same_but_for_n_mfcc(plan, folder)
    with _Shards(plan, folder) as shards:
        rejections = _derive(plan, shards, other) if other else _extract(plan, shards, finished, settings)
        write_description(plan, folder, shards.described(), rejections)


class _Shards:
    """The files of shards: written one after the other beside what makes them, and described by several threads.

    In memory are, besides what is being made, the shard that is written (its utterances, and its arrays) and those that
    are described.
    """

    def __init__(self, plan: Plan, folder: Path):
        self.folder, self._plan = folder, plan
        self._writing, self._describing = ThreadPoolExecutor(1), ThreadPoolExecutor(DESCRIBED_AT_ONCE)
        self._described: list[tuple[str, Future[Description]]] = []
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pools = self._writing, self._describing
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in pools:
            pool.shutdown()

    def add(self, name: str, split: str, utterances: list[UtteranceFeatures] | None = None) -> None:
        """Write utterances as the next shard of a split, or take the file of that name that is there.

        Waits until the shard before is written.
        """
        written = None
        if utterances is not None:
            if self._last:
                self._last.result()
            written = self._last = self._writing.submit(write_shard, self.folder / name, utterances, self._plan.context)
        self._described.append((split, self._describing.submit(self._describe, name, split, written)))

    def described(self) -> Iterator[Description]:
        """Yield what describes each shard, in order of splits and numbers."""
        for _, described in sorted(self._described, key=lambda of_split: SPLITS.index(of_split[0])):
            yield described.result()

    def _describe(self, name: str, split: str, written: Future[None] | None) -> Description:
        if written:
            written.result()
        return describe_shard(self._plan, self.folder / name, split)


def _keep_unbroken(folder: Path, split: str) -> list[list[str]]:
    """Return the ids in each shard of a split up to the first that is missing or damaged, and remove those after it.

    A shard holds what follows those before it: behind a gap, another one would come to have its number.
    """
    ids: list[list[str]] = []
    with suppress(FileNotFoundError, ValueError):
        while True:
            ids.append([str(id) for id in open_shard(folder / _shard_name(split, len(ids))).ids])
    kept = {_shard_name(split, number) for number in range(len(ids))}
    for path in folder.glob(f"{split}-[0-9]*.npz"):
        if path.name not in kept:
            path.unlink()
    return ids


def _shard_name(split: str, number: int) -> str:
    return f"{split}-{number:05d}.npz"


def _same_but_for_n_mfcc(plan: Plan, folder: Path) -> Dataset | None:
    """Find a data set beside the folder that the plan describes but for the number of MFCC."""
    for path in sorted(folder.parent.glob(f"{plan.corpus['name']}-*")):
        other = Dataset(path)
        try:
            same = plan.spec.with_n_mfcc(other.spec.n_mfcc) == other.spec
            same = same and replace(plan, spec=other.spec).fingerprint == other.manifest["fingerprint"]
            if same and other.is_whole():
                other.verify()
                return other
        except ValueError:  # not complete, damaged, or more MFCC than there are bands here: no help
            continue
    return None


def _derive(plan: Plan, shards: _Shards, other: Dataset) -> list[Rejection]:
    """Make the shards that are missing from the mel frames of another data set; return what was rejected."""
    for split in plan.splits:
        for shard in other.shards(split):
            if (shards.folder / shard.path.name).is_file():
                shards.add(shard.path.name, split)
            else:
                features = [replace(f, mfcc=log_mel_to_mfcc(f.log_mel, plan.spec)) for f in shard]
                shards.add(shard.path.name, split, features)
    return [Rejection(**row) for row in read_json_lines(other.folder / "rejected.jsonl")]


def _extract(plan: Plan, shards: _Shards, finished: dict[str, list[list[str]]], settings: dict) -> list[Rejection]:
    """Make the shards that are missing from the sound; return what was rejected.

    ``finished`` are the utterances in the shards that are there, by split and shard.
    """
    gathering = {split: _Gathering(shards, split, plan.shard_frames, len(finished[split])) for split in plan.splits}
    done = {id for ids_of_shards in finished.values() for ids in ids_of_shards for id in ids}
    waiting = (utterance for utterance in plan.utterances if utterance.id not in done)
    extractor = Extractor(plan.spec, plan.min_seconds, plan.silence_dbfs, plan.augmentation, plan.linear)
    rejections: list[Rejection] = []
    with tqdm(
        total=len(plan.utterances),
        initial=len(done),
        unit=" utterances",
        desc="building",
        disable=None if settings["progress"] else True,
    ) as bar:
        for result in extract_all(waiting, extractor, settings["workers"], settings["executor"]):
            bar.update()
            if isinstance(result, Rejection):
                rejections.append(result)
            else:
                gathering[str(plan.by_id[result.id].split)].add(result)
    for gathered in gathering.values():
        gathered.close()
    return rejections


class _Gathering:
    """Gathers the utterances of one split into numbered shards, after the ``finished`` ones of an earlier build."""

    def __init__(self, shards: _Shards, split: str, shard_frames: int, finished: int):
        self._shards, self._split, self._shard_frames = shards, split, shard_frames
        self._waiting: list[UtteranceFeatures] = []
        self._waiting_frames = 0
        self._number = finished
        for number in range(finished):
            shards.add(_shard_name(split, number), split)

    def add(self, utterance: UtteranceFeatures) -> None:
        self._waiting.append(utterance)
        self._waiting_frames += len(utterance.mfcc)
        if self._waiting_frames >= self._shard_frames:
            self.close()

    def close(self) -> None:
        """Make a shard of what waits."""
        if self._waiting:
            self._shards.add(_shard_name(self._split, self._number), self._split, self._waiting)
            self._waiting, self._waiting_frames = [], 0
            self._number += 1


def _write_plain_pairs(built: Dataset, context: Context) -> None:
    for split in built.manifest["splits"]:
        for shard in built.shards(split):
            path = shard.path.with_name(f"pairs-{shard.path.name}")
            if not path.is_file():
                write_plain_pairs(path, shard, context)
