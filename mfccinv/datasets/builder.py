"""Builds a data set: speech corpus in, sharded pairs of MFCC context and mel frame out.

The corpus listing, the splits and the shards' boundaries are pure functions of the settings. Shards appear whole or not
at all, and ``manifest.json`` comes last. So an interrupted build goes on after the shards that are there, and ends with
the same bytes. A data set that is no longer as its manifest says is repaired in the same way. Data sets that differ
only in the number of MFCC hold the same mel frames: only the first of them is made from the sound.
"""

import errno
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from tqdm import tqdm

from mfccinv.audio.unusable import NEEDS_PYAV
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.description import note_places, write_description
from mfccinv.datasets.extraction import Extractor, Rejection, extract_all
from mfccinv.datasets.manifest import FormatError
from mfccinv.datasets.plan import Plan, make_plan
from mfccinv.datasets.settings import BuildSettings, DatasetSettings
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shard_writer import Gathering, ShardWriter
from mfccinv.datasets.shards import SHARD_NAME, shard_name, write_plain_pairs
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.atomic_files import exclusive, remove_temporaries
from mfccinv.system.npz_files import damage_is_told, require_whole_members


def build_dataset(
    settings: BuildSettings, *, verify: bool = True, check: Callable[[FeatureSpec], None] | None = None
) -> Dataset:
    """Build the data set that the settings describe; one that is there is reused, and repaired if it is damaged.

    Its folder is named after the corpus and a fingerprint. The fingerprint covers the corpus listing (ids, speakers,
    splits, sizes and modification times of the files), the feature specification, the settings that change the bytes,
    and the builder's version. Where the corpus lies doesn't matter: the data set that is there is told if it was moved.

    Parameters
    ----------
    settings : BuildSettings
    verify : bool
        Whether to compare the shards of a data set that is there with their checksums. If not, damage is found when
        frames are read.
    check : callable or None
        Called with the features before a data set is built, which may take hours: may raise what speaks against it.

    Raises
    ------
    FileNotFoundError
        If the corpus isn't there.
    ValueError
        For settings out of range, and if no utterance of a split can be used.
    """
    plan = make_plan(settings)
    folder = settings.dataset.root / f"{settings.corpus['name']}-{plan.fingerprint[:12]}"
    with exclusive(folder):
        remove_temporaries(folder)
        there = Dataset(folder)
        if _is_there(plan, there, verify):
            note_places(plan, there)
        else:
            if check is not None:
                check(plan.spec)
            _build(plan, folder, settings.dataset)
        built = Dataset(folder)
        if settings.dataset.plain_pairs:
            _write_plain_pairs(built, plan.context)
    return built


def _is_there(plan: Plan, built: Dataset, verify: bool) -> bool:
    """Whether a data set is whole and the plan's own."""
    try:
        is_own = built.is_whole() and (built.manifest["fingerprint"], built.spec) == (plan.fingerprint, plan.spec)
        return is_own and not _lacked_a_package(built) and not (verify and _is_damaged(built))
    except ValueError:  # a specification that can't be
        return False


def _is_damaged(built: Dataset) -> bool:
    """Whether something in a data set can't be read, or differs from its checksum."""
    try:
        _ = built.statistics, built.utterances, list(built.rejections)
    except ValueError:
        return True
    return any(built.damaged_shards())


def _lacked_a_package(built: Dataset) -> bool:
    """Whether utterances were rejected for want of a package that is installed now."""
    try:
        return find_spec("av") is not None and any(row["reason"].endswith(NEEDS_PYAV) for row in built.rejections)
    except (OSError, ValueError):  # not there or damaged
        return False


def _build(plan: Plan, folder: Path, settings: DatasetSettings) -> None:
    """Write the missing shards, then the description.

    A shard is replaced, and never removed before: somebody may be training on it. But where utterances come between
    those that are there, all are removed, so that an interrupted build doesn't mix old shards and new ones.
    """
    if _lacked_a_package(Dataset(folder)):
        (folder / "manifest.json").unlink(missing_ok=True)
        for path in _shards_in(folder):
            path.unlink()
    damaged = _damaged_shards(folder)
    finished = {split: _finished(plan, folder, split, damaged) for split in plan.splits}
    (folder / "manifest.json").unlink(missing_ok=True)
    other = _same_but_for_n_mfcc(plan, folder)
    with ShardWriter(plan, folder) as shards:
        rejections = _derive(plan, shards, finished, other) if other else _extract(plan, shards, finished, settings)
        written = list(shards.described())
    for path in set(_shards_in(folder)).difference(folder / description.entry["name"] for description in written):
        path.unlink()
    write_description(plan, folder, written, rejections)


def _damaged_shards(folder: Path) -> set[Path]:
    """Find the shards that differ from their checksums; all of them, if the manifest is of another format."""
    try:
        return set(Dataset(folder).damaged_shards())
    except FormatError:
        return set(_shards_in(folder))
    except ValueError:  # no manifest, or one that can't be read: the archives have checksums of their own
        return set()


def _finished(plan: Plan, folder: Path, split: str, damaged: set[Path]) -> list[list[str]]:
    """Return the ids in each shard of a split, up to the first that is missing or damaged.

    A shard holds the utterances that follow those of the shard before, so a shard behind a gap isn't finished.
    """
    ids: list[list[str]] = []
    while (path := folder / shard_name(split, len(ids))).is_file() and path not in damaged:
        try:
            own = [str(id) for id in open_shard(path).ids]
            with damage_is_told(path):
                require_whole_members(path)
        except ValueError:
            break
        except OSError as error:
            if error.errno != errno.EIO:  # a bad sector: the shard is written anew
                raise
            break
        if not plan.by_id.keys() >= set(own):
            break
        ids.append(own)
    return ids


def _shards_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.npz") if SHARD_NAME.fullmatch(path.name)]


def _same_but_for_n_mfcc(plan: Plan, folder: Path) -> Dataset | None:
    """Find a data set beside the folder that differs from the plan only in the number of MFCC."""
    for path in sorted(folder.parent.glob(f"{plan.corpus['name']}-*")):
        other = Dataset(path)
        try:
            same = plan.spec.with_n_mfcc(other.spec.n_mfcc) == other.spec
            same = same and replace(plan, spec=other.spec).fingerprint == other.manifest["fingerprint"]
            if same and other.is_whole() and not _lacked_a_package(other) and not any(other.damaged_shards()):
                return other
        except (OSError, ValueError):  # not complete, damaged, being repaired, or with more MFCC than bands: no help
            continue
    return None


def _derive(plan: Plan, shards: ShardWriter, finished: dict[str, list[list[str]]], other: Dataset) -> list[Rejection]:
    """Make the missing shards from the mel frames of another data set; return its rejections."""
    for split in plan.splits:
        for number, shard in enumerate(other.shards(split)):
            if number < len(finished[split]):
                shards.add(shard.path.name, split)
            else:
                features = [replace(f, mfcc=log_mel_to_mfcc(f.log_mel, plan.spec)) for f in shard]
                shards.add(shard.path.name, split, features)
    return [Rejection(**row) for row in other.rejections]


def _extract(
    plan: Plan, shards: ShardWriter, finished: dict[str, list[list[str]]], settings: DatasetSettings
) -> list[Rejection]:
    """Make the missing shards from the sound; return the rejections.

    ``finished`` holds the ids in the shards that are there, by split and shard.
    """
    gathering = {split: Gathering(shards, split, plan.shard_frames, len(finished[split])) for split in plan.splits}
    done = {id for ids_of_shards in finished.values() for ids in ids_of_shards for id in ids}
    waiting = (utterance for utterance in plan.utterances if utterance.id not in done)
    extractor = Extractor(
        plan.spec,
        plan.min_seconds,
        plan.silence_dbfs,
        plan.augmentation,
        plan.linear,
        plan.segment_seconds,
        plan.phase,
    )
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
