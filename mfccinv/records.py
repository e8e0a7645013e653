"""What run directories hold, for reading without a network.

==========================  ==================================================================
``model.keras``             the best epoch's model
``epoch-<n>.keras``         the last epoch's model and optimizer, to resume from
``config.yaml``             the whole configuration
``feature_spec.json``       copied from the data set
``statistics.json``         copied from the data set
``history.csv``             one row an epoch
``metrics.json``            scores by data set and split
``environment.json``        id, versions, commit, devices, data set
==========================  ==================================================================
"""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import yaml

from mfccinv.context import Context
from mfccinv.dataset import Dataset
from mfccinv.files import read_json
from mfccinv.presets import preset_settings
from mfccinv.spec import FeatureSpec
from mfccinv.statistics import Statistics
from mfccinv.task import Task

# What numbers depend on besides the configuration and the versions, in ``environment.json``.
CAUSES = {
    "backend": "backend",
    "devices": "devices",
    "fingerprint": "data set",
    "platform": "platform",
    "processors": "processors",
    "commit": "commit",
}

KEPT = ("source", "target", "model")  # of a run to start from

# Groups and settings that don't say what was trained: where, beside what, and how one watched.
NO_RECIPE = (
    *("run", "name", "resume", "rerun", "backend", "tracker", "leave_one_corpus_out"),
    *("training.progress", "training.memory_gb"),
    *(f"dataset.{name}" for name in ("root", "progress", "workers", "executor", "plain_pairs")),
)

# Groups of a configuration that have come or grown, and the file that says what was before.
GROWING = {"dataset": "default", "augment": "none", "training": "default", "tracker": "none"}


class RunError(ValueError):
    """A run that is missing, incomplete or damaged."""


@dataclass(frozen=True)
class Record:
    """A run directory, for reading.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    @classmethod
    def open(cls, name: str, root: Path = Path("checkpoints")) -> Self:
        """Open a run by its folder, its name in ``root``, or ``latest``, the newest that is finished.

        Raises
        ------
        RunError
            If there is none, with the names there are.
        """
        candidates = sorted(Path(root).glob("*/config.yaml"), key=lambda path: path.stat().st_mtime)
        if name == "latest":
            finished = [record for path in candidates if (record := cls(path.parent)).is_finished]
            if not finished:
                raise RunError(f"no finished run in {root}: train one first, python scripts/train.py")
            return finished[-1]
        for folder in (Path(str(name)), Path(root) / str(name)):
            if (folder / "config.yaml").is_file():
                return cls(folder)
        known = ", ".join(path.parent.name for path in candidates[-10:]) or "none"
        raise RunError(f"no run {name!r}: expected its folder or its name in {root} (there: {known})")

    @cached_property
    def config(self) -> dict:
        """The configuration, as trained; settings that have come since are at their defaults: what was before them."""
        config = yaml.safe_load(self.config_text)
        return config | {group: preset_settings(group, name) | config.get(group, {}) for group, name in GROWING.items()}

    @property
    def config_text(self) -> str:
        """The same as it is written."""
        return (self.folder / "config.yaml").read_text(encoding="utf-8")

    @cached_property
    def spec(self) -> FeatureSpec:
        return FeatureSpec.load(self.folder / "feature_spec.json")

    @cached_property
    def statistics(self) -> Statistics:
        return Statistics.load(self.folder / "statistics.json")

    @property
    def context(self) -> Context:
        return Context.of(self.config["model"])

    @property
    def task(self) -> Task:
        return Task.of(self.config)

    def require_spec(self, spec: FeatureSpec) -> None:
        """Refuse features that the run was not trained on.

        Raises
        ------
        SpecMismatch
            With each differing field that matters to the run's task, and both its values.
        """
        self.task.relevant(spec).require_equal(self.task.relevant(self.spec), str(self.folder))

    def open_dataset(self) -> Dataset:
        """Open the data set that the run was trained on.

        Raises
        ------
        DatasetError
            If it is gone.
        RunError
            If it was built anew with other contents, or the run doesn't say which it was.
        SpecMismatch
            If its features are others.
        """
        if not self.environment:
            raise RunError(f"{self.folder / 'environment.json'} is missing: it says what the run was trained on")
        dataset = Dataset(Path(self.environment["dataset"]))
        if dataset.manifest["fingerprint"] != self.environment["fingerprint"]:
            raise RunError(f"{dataset.folder} is not the data set that {self.folder} was trained on")
        dataset.spec.require_equal(self.spec, str(self.folder))
        return dataset

    def read_history(self) -> list[dict]:
        """Rows of ``history.csv``: numbers by column, one row an epoch."""
        path = self.folder / "history.csv"
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]

    @property
    def metrics(self) -> dict:
        """Content of ``metrics.json``: scores by ``validation`` and by what was scored since."""
        return self._read("metrics.json")

    @property
    def is_finished(self) -> bool:
        """Whether the training came to its end, which is when its best model is scored."""
        return "validation" in self.metrics

    @property
    def environment(self) -> dict:
        """Content of ``environment.json``."""
        return self._read("environment.json")

    def differences(self, other: Self) -> list[str]:
        """Tell in what numbers another training differs, epoch by epoch, time taken aside.

        If any do, what may have made them differ comes first: the data set, versions, the machine.
        """
        found = []
        rows, others = self.read_history(), other.read_history()
        if len(rows) != len(others):
            found.append(f"epochs: {len(rows)} here, {len(others)} there")
        for row, theirs in zip(rows, others, strict=False):
            for name in row:
                if name != "seconds" and row[name] != theirs[name]:
                    found.append(f"{name} of epoch {row['epoch']:.0f}: {row[name]} here, {theirs[name]} there")
        return [*self._other_causes(other), *found] if found else []

    def _other_causes(self, other: Self) -> list[str]:
        found = []
        for name, what in CAUSES.items():
            here, there = (one.environment.get(name) for one in (self, other))
            if here != there:
                found.append(f"{what}: {here} here, {there} there")
        versions, their_versions = (one.environment.get("versions", {}) for one in (self, other))
        for name in sorted(versions.keys() | their_versions.keys()):
            if versions.get(name) != their_versions.get(name):
                found.append(f"{name}: version {versions.get(name)} here, {their_versions.get(name)} there")
        return found

    def _read(self, name: str) -> dict:
        path = self.folder / name
        return read_json(path) if path.is_file() else {}


def resolve_config(config: dict) -> dict:
    """Configuration of a training as its run keeps it: with what the task and the run to start from decide.

    Raises
    ------
    RunError
        If the run to start from isn't there.
    """
    if config.get("init") is not None:  # configurations from before there were any don't name one
        base = Record.open(config["init"], Path(config["run"]["root"]))
        config = config | {"init": str(base.folder), "features": asdict(base.spec)}
        config |= {part: base.config[part] for part in KEPT}
    if Task.of(config).target == "linear":
        config = config | {"dataset": config["dataset"] | {"linear": True}}
    return config


def backend_of(name: str | None, root: Path) -> str | None:
    """What a run was computed with, so that it goes on with the same; None if none is named, or it doesn't say.

    Raises
    ------
    RunError
        If it isn't there, see `Record.open`.
    """
    return None if name is None else Record.open(name, root).environment.get("backend")


def flattened(config: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the values of a configuration, by ``group.setting``."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def recipe(config: dict) -> dict[str, object]:
    """What a configuration says of the training: settings by ``group.setting``, without `NO_RECIPE`."""
    return {
        place: value
        for place, value in flattened(config)
        if place not in NO_RECIPE and place.split(".")[0] not in NO_RECIPE
    }


def other_settings(config: dict, other: dict) -> list[str]:
    """Settings in which two configurations tell of different trainings, ``group.setting``, sorted."""
    here, there = recipe(config), recipe(other)
    return sorted(place for place in here.keys() | there.keys() if here.get(place) != there.get(place))
