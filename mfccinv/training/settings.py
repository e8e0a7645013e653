"""What a training is made of, as typed settings; ``configs/train.yaml`` has their defaults."""

from dataclasses import asdict, dataclass
from pathlib import Path

from mfccinv.configs.typed import typed
from mfccinv.data.settings import BuildSettings
from mfccinv.features.task import Task
from mfccinv.runs.run_folder import RunFolder

KEPT = ("source", "target", "model")  # of a run to start from


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a network is trained: ``configs/training``, where every setting is explained.

    Raises
    ------
    ValueError
        For less than one epoch, and no patience.
    """

    epochs: int
    patience: int
    segment_frames: int
    batch_frames: int
    steps_per_epoch: int | None
    speaker_exponent: float
    edges: bool
    learning_rate: float
    schedule: str
    plateau_factor: float
    plateau_patience: int
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


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """All that a training is made of.

    Parameters
    ----------
    build : BuildSettings
        Of the data set.
    task : Task
    model : dict
        See `mfccinv.models.assembly.build_model`.
    loss : dict
        See `mfccinv.training.loss.make_loss`.
    training : TrainingSettings
    tracker : dict
        See `mfccinv.training.tracking.make_tracker`; ``every``: epochs from one utterance that it is shown to the next.
    root : Path
        Folder of runs.
    name : str
        Of the run's folder.
    init : RunFolder or None
        The run to start from, whose task, features, model and statistics are taken.
    config : dict
        The same as plain values, as the run keeps them.
    """

    build: BuildSettings
    task: Task
    model: dict
    loss: dict
    training: TrainingSettings
    tracker: dict
    root: Path
    name: str
    init: RunFolder | None
    config: dict

    @classmethod
    def from_config(cls, config: dict) -> "TrainSettings":
        """Take a configuration, of Hydra's or of a run's.

        Raises
        ------
        RunError
            If the run to start from isn't there.
        ValueError
            For a wrong setting.
        """
        config = resolve_config(config)
        init = config.get("init")  # configurations from before there were any don't name one
        return cls(
            build=BuildSettings.from_config(config),
            task=Task(config["source"], config["target"]),
            model=config["model"],
            loss=config["loss"],
            training=typed(TrainingSettings, config["training"], "training"),
            tracker=config["tracker"],
            root=Path(config["run"]["root"]),
            name=str(config["run"]["name"]),
            init=None if init is None else RunFolder(Path(init)),
            config=config,
        )


def resolve_config(config: dict) -> dict:
    """Configuration of a training as its run keeps it: with what the task and the run to start from decide.

    Raises
    ------
    RunError
        If the run to start from isn't there.
    """
    if config.get("init") is not None:
        base = RunFolder.open(config["init"], Path(config["run"]["root"]))
        config = config | {"init": str(base.folder), "features": asdict(base.spec)}
        config |= {part: base.config[part] for part in KEPT}
    if config["target"] == "linear":
        config = config | {"dataset": config["dataset"] | {"linear": True}}
    return config
