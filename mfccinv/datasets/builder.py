"""Builds a data set: speech corpus in, sharded pairs of MFCC context and mel frame out.

The corpus listing, the splits and the shards' boundaries are pure functions of the settings. Shards appear whole or not
at all, and ``manifest.json`` comes last. So an interrupted build goes on after the shards that are there, and ends with
the same bytes. A data set that is no longer as its manifest says is repaired in the same way. Data sets that differ
only in the number of MFCC hold the same mel frames: only the first of them is made from the sound.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.description import write_description
from mfccinv.datasets.extraction import Extractor, Rejection, extract_all
from mfccinv.datasets.manifest import FormatError
from mfccinv.datasets.plan import Plan, make_plan
from mfccinv.datasets.settings import BuildSettings, DatasetSettings
from mfccinv.datasets.shard_writer import Gathering, ShardWriter
from mfccinv.datasets.shards import open_shard, shard_name, write_plain_pairs
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.context import Context
from mfccinv.system.atomic_files import exclusive, read_json_lines, remove_temporaries


def build_dataset(settings: BuildSettings) -> Dataset:
    """Build the data set that the settings describe; one that is there is reused, and repaired if it lacks files.

    Its folder is named after the corpus and a fingerprint. The fingerprint covers the corpus listing (ids, speakers,
    splits, sizes and modification times of the files), the feature specification, the settings that change the bytes,
    and the builder's version.

    Parameters
    ----------
    settings : BuildSettings

    Raises
    ------
    FileNotFoundError
        If the corpus isn't there.
    ValueError
        For settings out of range, and if no utterance of a split can be used.
    """
    plan = make_plan(settings)
    folder = Path(settings.dataset.root) / f"{settings.corpus['name']}-{plan.fingerprint[:12]}"
    with exclusive(folder):
        remove_temporaries(folder)
        if not _is_there(plan, Dataset(folder)):
            _discard_damaged(Dataset(folder))
            _build(plan, folder, settings.dataset)
        built = Dataset(folder)
        if settings.dataset.plain_pairs:
            _write_plain_pairs(built, plan.context)
    return built


def _is_there(plan: Plan, built: Dataset) -> bool:
    """Whether a data set is whole and the plan's own."""
    try:
        return built.is_whole() and (built.manifest["fingerprint"], built.spec) == (plan.fingerprint, plan.spec)
    except ValueError:  # a specification that can't be
        return False


def _discard_damaged(built: Dataset) -> None:
    """Remove damaged shards, or all if the manifest is of another format; then remove the manifest."""
    try:
        damaged = list(built.damaged_shards())
    except FormatError:
        damaged = list(built.folder.glob("*.npz"))
    except ValueError:  # no manifest, or one that can't be read
        damaged = []
    for path in [*damaged, built.folder / "manifest.json"]:
        path.unlink(missing_ok=True)


def _build(plan: Plan, folder: Path, settings: DatasetSettings) -> None:
    """Write the missing shards, then the description."""
    finished = {split: _keep_unbroken(folder, split) for split in plan.splits}
    other = _same_but_for_n_mfcc(plan, folder)
    with ShardWriter(plan, folder) as shards:
        rejections = _derive(plan, shards, other) if other else _extract(plan, shards, finished, settings)
        write_description(plan, folder, shards.described(), rejections)


def _keep_unbroken(folder: Path, split: str) -> list[list[str]]:
    """Keep a split's shards up to the first that is missing or damaged, and remove the others.

    Return the ids in each shard that is kept. A shard holds the utterances that follow those of the shard before, so a
    shard behind a gap can't be kept.
    """
    ids: list[list[str]] = []
    with suppress(FileNotFoundError, ValueError):
        while True:
            ids.append([str(id) for id in open_shard(folder / shard_name(split, len(ids))).ids])
    kept = {shard_name(split, number) for number in range(len(ids))}
    for path in folder.glob(f"{split}-[0-9]*.npz"):
        if path.name not in kept:
            path.unlink()
    return ids


def _same_but_for_n_mfcc(plan: Plan, folder: Path) -> Dataset | None:
    """Find a data set beside the folder that differs from the plan only in the number of MFCC."""
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


def _derive(plan: Plan, shards: ShardWriter, other: Dataset) -> list[Rejection]:
    """Make the missing shards from the mel frames of another data set; return its rejections."""
    for split in plan.splits:
        for shard in other.shards(split):
            if (shards.folder / shard.path.name).is_file():
                shards.add(shard.path.name, split)
            else:
                features = [replace(f, mfcc=log_mel_to_mfcc(f.log_mel, plan.spec)) for f in shard]
                shards.add(shard.path.name, split, features)
    return [Rejection(**row) for row in read_json_lines(other.folder / "rejected.jsonl")]


def _extract(
    plan: Plan, shards: ShardWriter, finished: dict[str, list[list[str]]], settings: DatasetSettings
) -> list[Rejection]:
    """Make the missing shards from the sound; return the rejections.

    ``finished`` holds the ids in the shards that are there, by split and shard.
    """
    gathering = {split: Gathering(shards, split, plan.shard_frames, len(finished[split])) for split in plan.splits}
    done = {id for ids_of_shards in finished.values() for ids in ids_of_shards for id in ids}
    waiting = (utterance for utterance in plan.utterances if utterance.id not in done)
    extractor = Extractor(plan.spec, plan.min_seconds, plan.silence_dbfs, plan.augmentation, plan.linear)
    rejections: list[Rejection] = []
    with tqdm(
        total=len(plan.utterances),
        initial=len(done),
        unit=" utterances",
        desc="building",
        disable=None if settings.progress else True,
    ) as bar:
        for result in extract_all(waiting, extractor, settings.workers, settings.executor):
            bar.update()
            if isinstance(result, Rejection):
                rejections.append(result)
            else:
                gathering[str(plan.by_id[result.id].split)].add(result)
    for gathered in gathering.values():
        gathered.close()
    return rejections


def _write_plain_pairs(built: Dataset, context: Context) -> None:
    for split in built.manifest["splits"]:
        for shard in built.shards(split):
            path = shard.path.with_name(f"pairs-{shard.path.name}")
            if not path.is_file():
                write_plain_pairs(path, shard, context)
