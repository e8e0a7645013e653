"""Typed settings of a data set; ``configs/build_dataset.yaml`` has their defaults."""

from dataclasses import dataclass
from pathlib import Path

from mfccinv.audio.augmentation import Augmentation
from mfccinv.configs.typed import typed
from mfccinv.corpora.splits import SplitSettings


@dataclass(frozen=True, kw_only=True)
class DatasetSettings:
    """How a data set is built and stored: ``configs/dataset``.

    Parameters
    ----------
    root : Path
        Folder of data sets.
    limit : int >= 1 or None
        Number of utterances to take of each split; None: all.
    min_seconds, silence_dbfs : float
        See `mfccinv.datasets.extraction.Extractor`.
    segment_seconds : float or None
        Likewise.
    shard_frames : int >= 1
        A shard is closed when it holds at least this many frames.
    context, position : int, str
        Length and position of the `Context` of the pair index; a training may use another.
    linear : bool
        Whether to store the linear spectra, too.
    phase : bool
        Whether to store the phase steps, too, see `mfccinv.features.phase_steps`.
    plain_pairs : bool
        Whether to write each shard's pairs as plain arrays, too, see `mfccinv.datasets.shards.write_plain_pairs`.
    workers, executor
        See `mfccinv.system.workers.ordered_map`.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    ValueError
        For a limit, ``shard_frames`` or ``workers`` below 1.
    """

    root: Path
    limit: int | None
    min_seconds: float
    silence_dbfs: float
    segment_seconds: float | None
    shard_frames: int
    context: int
    position: str
    linear: bool
    phase: bool
    plain_pairs: bool
    workers: int | None
    executor: str
    progress: bool

    def __post_init__(self):
        if self.shard_frames < 1:
            raise ValueError(f"dataset.shard_frames must be at least 1, got {self.shard_frames}")
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"dataset.limit must be at least 1 or null, got {self.limit}")
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"dataset.workers must be at least 1 or null, got {self.workers}")


@dataclass(frozen=True, kw_only=True)
class BuildSettings:
    """All that a data set is built from.

    Parameters
    ----------
    corpus : dict
        ``name`` of a corpus adapter and its settings.
    split : SplitSettings
    features : dict
        Settings for `mfccinv.features.spec.FeatureSpec.from_settings`; ``sample_rate: null`` is the corpus's own rate.
    augment : Augmentation
        How the variants of training utterances are made.
    dataset : DatasetSettings
    """

    corpus: dict
    split: SplitSettings
    features: dict
    augment: Augmentation
    dataset: DatasetSettings

    @classmethod
    def from_config(cls, config: dict) -> "BuildSettings":
        """Make the settings from a configuration.

        Parameters
        ----------
        config : dict
            Plain values of the groups ``corpus``, ``split``, ``features``, ``augment`` and ``dataset``, and any others.

        Raises
        ------
        ValueError
            For an unknown, missing or wrong setting of ``split``, ``augment`` or ``dataset``. The corpus and the
            features are checked when the data set is built.
        """
        return cls(
            corpus=config["corpus"],
            split=typed(SplitSettings, config["split"], "split"),
            features=config["features"],
            augment=typed(Augmentation, config["augment"], "augment"),
            dataset=typed(DatasetSettings, config["dataset"], "dataset"),
        )
