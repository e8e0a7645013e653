"""Builds a data set: speech corpus in, sharded pairs of MFCC context and mel frame out.

The corpus listing, the splits and the shards' boundaries are pure functions of the settings, shards appear whole or
not at all, and ``manifest.json`` comes last. So a build that was interrupted goes on after the shards that are there
and ends with the same bytes, as does one of a data set that is no longer as its manifest says. Data sets that differ in
the number of MFCC alone hold the same mel frames: only the first of them is made from the sound.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from mfccinv.analytic import log_mel_to_mfcc
from mfccinv.context import Context
from mfccinv.dataset import Dataset, FormatError
from mfccinv.extraction import Extractor, Rejection, extract_all
from mfccinv.files import exclusive, read_json_lines, remove_temporaries
from mfccinv.manifest import write_description
from mfccinv.plan import Plan, make_plan
from mfccinv.shards import UtteranceFeatures, open_shard, write_plain_pairs, write_shard

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
    names, rejections = _derive(plan, folder, other) if other else _extract(plan, folder, finished, settings)
    write_description(plan, folder, names, rejections)


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


def _derive(plan: Plan, folder: Path, other: Dataset) -> tuple[dict[str, str], list[Rejection]]:
    """Write the shards that are missing from the mel frames of another data set; return as `_extract` does."""
    names = {}
    for split in plan.splits:
        for shard in other.shards(split):
            names[shard.path.name] = split
            if not (folder / shard.path.name).is_file():
                features = [replace(f, mfcc=log_mel_to_mfcc(f.log_mel, plan.spec)) for f in shard]
                write_shard(folder / shard.path.name, features, plan.context)
    return names, [Rejection(**row) for row in read_json_lines(other.folder / "rejected.jsonl")]


def _extract(
    plan: Plan, folder: Path, finished: dict[str, list[list[str]]], settings: dict
) -> tuple[dict[str, str], list[Rejection]]:
    """Write the shards that are missing from the sound; return the split of each by its name, and what was rejected.

    ``finished`` are the utterances in the shards that are there, by split and shard.
    """
    writers = {split: _SplitWriter(folder, split, plan, len(finished[split])) for split in plan.splits}
    done = {id for shards in finished.values() for ids in shards for id in ids}
    split_of = {utterance.id: str(utterance.split) for utterance in plan.utterances}
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
                writers[split_of[result.id]].add(result)
    for writer in writers.values():
        writer.close()
    return {name: split for split, writer in writers.items() for name in writer.names}, rejections


class _SplitWriter:
    """Writes the utterances of one split as numbered shards, after the ``finished`` ones of an earlier build."""

    def __init__(self, folder: Path, split: str, plan: Plan, finished: int):
        self._folder, self._split, self._plan = folder, split, plan
        self._waiting: list[UtteranceFeatures] = []
        self._waiting_frames = 0
        self.names = [_shard_name(split, number) for number in range(finished)]

    def add(self, utterance: UtteranceFeatures) -> None:
        self._waiting.append(utterance)
        self._waiting_frames += len(utterance.mfcc)
        if self._waiting_frames >= self._plan.shard_frames:
            self.close()

    def close(self) -> None:
        """Write what waits as a shard."""
        if self._waiting:
            self.names.append(_shard_name(self._split, len(self.names)))
            write_shard(self._folder / self.names[-1], self._waiting, self._plan.context)
            self._waiting, self._waiting_frames = [], 0


def _write_plain_pairs(built: Dataset, context: Context) -> None:
    for split in built.manifest["splits"]:
        for shard in built.shards(split):
            path = shard.path.with_name(f"pairs-{shard.path.name}")
            if not path.is_file():
                write_plain_pairs(path, shard, context)
