"""Typed settings of a training; ``configs/train.yaml`` has their defaults."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mfccinv.configs.typed import typed
from mfccinv.datasets.settings import BuildSettings
from mfccinv.features.task import Task
from mfccinv.models.assembly import check_settings
from mfccinv.run_folders.run_files import MAX_CHARACTERS, config_text
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.path_settings import check_new_name, path_setting

WITHOUT_WEIGHTS = ("dropout", "l1", "l2")  # settings of a model that its weights' shapes don't depend on
KEPT = ("source", "target", "min_mfcc", "flow", "model")  # groups that init= takes from its run, with the features


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a network is trained: ``configs/training``.

    Parameters
    ----------
    epochs : int >= 1
        Largest number of epochs.
    patience : int >= 1
        Epochs without a better validation loss after which training stops.
    segment_frames, batch_frames, steps_per_epoch, voices, speaker_exponent, corpus_shares, edges, memory_gb
        See `mfccinv.batches.segment_batches.SegmentBatches`.
    validated_mfcc : list of int
        Numbers of MFCC that a network is validated with if it takes several, see `Task`; the mean of their losses
        counts.
    optimizer
        See `mfccinv.training.optimizer.make_optimizer`.
    learning_rate, schedule, plateau_factor, plateau_patience, fall_share
        See `mfccinv.training.schedules.learning_rate`; ``learning_rate`` is its ``initial``.
    gradient_clip : float > 0 or None
        Largest norm of all gradients together; None: no limit.
    weight_average : float in [0, 1) or None
        Share of the past in a running average of the weights, which is then validated and kept; None: no average.
    jit_compile, precision, devices
        See `mfccinv.training.devices.Devices`; ``devices`` is its ``n``.
    seed : int
        Seed of the weights, the order of segments and dropout.
    progress : bool
        Whether to show progress bars.

    Raises
    ------
    ValueError
        If ``epochs`` or ``patience`` is below 1, ``weight_average`` not in [0, 1) or ``gradient_clip`` not above 0.
        Other values are checked when the training is prepared.
    """

    epochs: int
    patience: int
    segment_frames: int
    batch_frames: int
    steps_per_epoch: int | None
    voices: int | None
    speaker_exponent: float
    corpus_shares: dict | None
    edges: bool
    validated_mfcc: Sequence[int]
    optimizer: str
    learning_rate: float
    schedule: str
    plateau_factor: float
    plateau_patience: int
    fall_share: float
    gradient_clip: float | None
    weight_average: float | None
    jit_compile: bool
    precision: str
    devices: int
    memory_gb: float
    seed: int
    progress: bool

    def __post_init__(self):
        for name in ("epochs", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"training.{name} must be at least 1, got {getattr(self, name)}")
        if self.weight_average is not None and not 0 <= self.weight_average < 1:
            raise ValueError(f"training.weight_average must be in [0, 1) or null, got {self.weight_average}")
        if self.gradient_clip is not None and not self.gradient_clip > 0:
            raise ValueError(f"training.gradient_clip must be above 0 or null, got {self.gradient_clip}")


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Settings of a training and of its data set.

    Parameters
    ----------
    build : BuildSettings
        Settings of the data set.
    task : Task
    model : dict
        See `mfccinv.models.assembly.build_model`.
    loss : dict
        See `mfccinv.training.loss.make_loss`.
    training : TrainingSettings
    tracker : dict
        See `mfccinv.training.tracker.make_tracker`. ``every``: epochs from one utterance that is shown to the next; 0:
        none is.
    root : Path
        Folder of runs.
    name : str
        Name of the run; it gets a number if there is a run of that name.
    base : RunFolder or None
        Run to start from: with ``init``, its task, features and model are taken, too; with ``init_weights``, what fits
        of its weights alone. Its statistics are taken if the features are the same.
    config : dict
        The same settings as plain values, as the run's ``config.yaml`` keeps them.

    Raises
    ------
    ValueError
        If no folder can have the name, the settings of the model aren't those that it takes, or a share is given to no
        part of the corpus.
    """

    build: BuildSettings
    task: Task
    model: dict
    loss: dict
    training: TrainingSettings
    tracker: dict
    root: Path
    name: str
    base: RunFolder | None
    config: dict

    def __post_init__(self):
        check_new_name("run.name", self.name)  # before a data set is built for it, which may take hours
        check_settings(self.model)
        parts = self.build.corpus.get("parts", {})
        if unknown := [name for name in self.training.corpus_shares or {} if name not in parts]:
            raise ValueError(
                f"training.corpus_shares names {', '.join(unknown)}, which corpus={self.build.corpus['name']} lacks; "
                f"its parts: {', '.join(parts) or 'none, as corpus=several has them'}"
            )

    @classmethod
    def from_config(cls, config: dict) -> "TrainSettings":
        """Make the settings from a configuration: Hydra's, as plain values, or a run's.

        Raises
        ------
        RunError
            If the run to start from isn't there.
        ValueError
            For a wrong setting.
        """
        config = resolve_config(config)
        if len(str(config.get("notes", ""))) > MAX_CHARACTERS:
            raise ValueError(
                f"notes must have at most {MAX_CHARACTERS:,} characters, got {len(str(config['notes'])):,}: "
                "keep the rest in a file of its own"
            )
        config_text(config)  # refuses what can't be kept, before a data set is built
        base = config.get("init") or config.get("init_weights")  # older configurations lack them
        root = path_setting("run.root", config["run"]["root"])
        return cls(
            build=BuildSettings.from_config(config),
            task=Task.of(config),
            model=config["model"],
            loss=config["loss"],
            training=typed(TrainingSettings, config["training"], "training"),
            tracker=config["tracker"],
            root=root,
            name=str(config["run"]["name"]),
            base=None if base is None else RunFolder.open(base, root),
            config=config,
        )


def resolve_config(config: dict) -> dict:
    """Complete a configuration with what the task and the run to start from decide.

    With ``init``, the features, the task and the model are those of that run. With ``target=linear``, the data set
    holds linear spectra.

    Raises
    ------
    RunError
        If the run to start from isn't there.
    ValueError
        For two runs to start from, and for weights of a run whose model has other settings.
    """
    if config.get("init") is not None and config.get("init_weights") is not None:
        raise ValueError(f"init={config['init']} takes all weights: leave out init_weights={config['init_weights']}")
    for setting in ("init", "init_weights"):
        if config.get(setting) is not None:
            base = RunFolder.open(config[setting], path_setting("run.root", config["run"]["root"]))
            name = base.folder.name if base.is_pretrained else str(base.folder)  # a package may move
            config = config | {setting: name}
            if setting == "init":
                config |= {"features": asdict(base.spec)} | {part: base.config[part] for part in KEPT}
            else:
                _check_body(config["model"], base)
    if config["target"] in ("linear", "phase"):
        config = config | {"dataset": config["dataset"] | {config["target"]: True}}
    return config


def _check_body(model: dict, base: RunFolder) -> None:
    """Refuse with ValueError to take weights of a model of other settings."""
    theirs = base.config["model"]
    of_weights = {*model, *theirs} - {*WITHOUT_WEIGHTS}
    differing = sorted(name for name in of_weights if model.get(name) != theirs.get(name))
    if differing:
        told = ", ".join(f"model.{name}={theirs.get(name)}" for name in differing)
        raise ValueError(f"weights of {base.folder.name} are for a model with {told}: say so, too")
