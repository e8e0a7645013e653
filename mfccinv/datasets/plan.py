"""The plan of a data set: the corpus listing with its splits, the features and the shard settings."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from mfccinv.audio.augmentation import Augmentation
from mfccinv.audio.regular_file import status_of_file
from mfccinv.audio.sound_files import native_rate
from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.splits import SplitAssignment, assign_splits, stable_fraction
from mfccinv.corpora.utterance import SPLITS, Utterance
from mfccinv.datasets.settings import BuildSettings
from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec

BUILDER_VERSION = 7  # raise it when the same settings give other bytes


@dataclass(frozen=True)
class Plan:
    """All that determines a data set's bytes.

    Parameters
    ----------
    corpus, split : dict
        The settings, for the manifest.
    assignment : SplitAssignment
        Every utterance with its split.
    spec : FeatureSpec
    context : Context
        Context of the pair index in the shards.
    min_seconds, silence_dbfs : float
        See `mfccinv.datasets.extraction.Extractor`.
    shard_frames : int >= 1, frames
        A shard is closed when it holds at least this many.
    augmentation : Augmentation
        How the variants among the training utterances are made.
    linear : bool
        Whether the shards hold linear spectra, too.
    phase : bool
        Whether they hold phase steps, too.
    segment_seconds : float or None
        See `mfccinv.datasets.extraction.Extractor`.
    """

    corpus: dict
    split: dict
    assignment: SplitAssignment
    spec: FeatureSpec
    context: Context
    min_seconds: float
    silence_dbfs: float
    shard_frames: int
    augmentation: Augmentation
    linear: bool
    phase: bool
    segment_seconds: float | None

    @cached_property
    def utterances(self) -> list[Utterance]:
        """The recordings, then the variants of those for training."""
        recordings = self.assignment.utterances
        variants = [
            replace(utterance, id=f"{utterance.id}~{variant}", variant=variant)
            for variant in range(1, self.augmentation.stored_copies + 1)
            for utterance in recordings
            if utterance.split == "train"
        ]
        if taken := {utterance.id for utterance in recordings} & {variant.id for variant in variants}:
            raise ValueError(
                f"{min(taken)!r} is the id of a recording and of a variant of another: rename it, or say augment=none"
            )
        return recordings + variants

    @cached_property
    def by_id(self) -> dict[str, Utterance]:
        """The same utterances, by id."""
        return {utterance.id: utterance for utterance in self.utterances}

    @property
    def splits(self) -> list[str]:
        """The splits that have utterances, in order."""
        taken = {utterance.split for utterance in self.utterances}
        return [split for split in SPLITS if split in taken]

    @property
    def settings(self) -> dict:
        """Contents of the plan, for the manifest."""
        return {
            "builder_version": BUILDER_VERSION,
            "corpus": self.corpus,
            "split": self.split | {"rule": self.assignment.rule, "speaker_disjoint": self.assignment.speaker_disjoint},
            "spec": self.spec.as_dict(),
            "context": asdict(self.context),
            "min_seconds": self.min_seconds,
            "silence_dbfs": self.silence_dbfs,
            "shard_frames": self.shard_frames,
            "augment": self._augment,
            **({"linear": True} if self.linear else {}),
            **({"phase": True} if self.phase else {}),
            **({} if self.segment_seconds is None else {"segment_seconds": self.segment_seconds}),
        }

    @property
    def _augment(self) -> dict | None:
        """How the variants that the data set holds are made; None if it holds none."""
        settings = asdict(self.augmentation)
        del settings["live"]
        return settings if self.augmentation.stored_copies else None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all that determines the data set, whatever folder the corpus is in.

        Sizes and modification times of the files are read at the first access.
        """
        digest = hashlib.sha256()
        portable = {key: value for key, value in self.settings.items() if key != "corpus"}
        digest.update(json.dumps(portable, sort_keys=True).encode())
        for utterance in self.utterances:
            digest.update(
                json.dumps(
                    [
                        utterance.id,
                        utterance.speaker,
                        utterance.split,
                        utterance.offset_seconds,
                        utterance.duration_seconds,
                        utterance.variant,
                        _size_and_time(utterance.path),
                    ]
                ).encode()
            )
        return digest.hexdigest()


def make_plan(settings: BuildSettings) -> Plan:
    """Make the plan of a data set; errors as `mfccinv.datasets.builder.build_dataset`."""
    corpus, dataset = settings.corpus, settings.dataset
    assignment = assign_splits(list_corpus(**corpus), settings.split)
    if dataset.limit is not None:
        assignment = replace(assignment, utterances=_sample(assignment.utterances, dataset.limit))
    rate = None
    if settings.features.get("sample_rate", 0) is None:
        rate = native_rate([utterance.path for utterance in assignment.utterances[:100]])
    spec = FeatureSpec.from_settings(settings.features, rate)
    frame_seconds = spec.n_fft / spec.sample_rate
    if dataset.segment_seconds is not None and dataset.segment_seconds < frame_seconds:
        raise ValueError(
            f"dataset.segment_seconds must be at least n_fft / sample_rate = {frame_seconds:.3g} or null, "
            f"got {dataset.segment_seconds:g}"
        )
    return Plan(
        corpus=corpus,
        split=asdict(settings.split),
        assignment=assignment,
        spec=spec,
        context=Context(dataset.context, dataset.position),
        min_seconds=dataset.min_seconds,
        silence_dbfs=dataset.silence_dbfs,
        shard_frames=dataset.shard_frames,
        augmentation=settings.augment,
        linear=dataset.linear,
        phase=dataset.phase,
        segment_seconds=dataset.segment_seconds,
    )


def _size_and_time(path: Path) -> list[int] | None:
    """Size and modification time of a file, bytes and ns; None if there is none that can be read."""
    try:
        status = status_of_file(path)
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns]


def _sample(utterances: list[Utterance], limit: int) -> list[Utterance]:
    """Take ``limit`` utterances of each split, chosen by a hash of their ids, in their order."""
    chosen = set()
    for split in SPLITS:
        ids = [utterance.id for utterance in utterances if utterance.split == split]
        chosen.update(sorted(ids, key=stable_fraction)[:limit])
    return [utterance for utterance in utterances if utterance.id in chosen]
