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
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import yaml

from mfccinv.configs.folder import PACKAGE
from mfccinv.configs.presets import preset_settings
from mfccinv.configs.renamed import with_present_names
from mfccinv.data.dataset import Dataset
from mfccinv.data.statistics import Statistics
from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.system.atomic_files import read_json

# Groups of a configuration that have come or grown, and the file that says what was before.
GROWING = {"dataset": "default", "augment": "none", "training": "default", "tracker": "none"}


PRETRAINED = PACKAGE / "pretrained"  # the runs that come with the package
RUNS = Path("checkpoints")  # a person's own, of the working directory


class RunError(ValueError):
    """A run that is missing, incomplete or damaged."""


@dataclass(frozen=True)
class RunFolder:
    """A run directory, for reading.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    @classmethod
    def open(cls, name: str | Path, root: Path = RUNS) -> Self:
        """Open a run by its name: this is the one rule for names, wherever a run is named.

        Parameters
        ----------
        name : str or Path
            A run's folder; else the name of a run in ``root``; else the name of a pretrained one. ``latest`` is the run
            in ``root`` that is finished and was trained last.
        root : Path
            Folder of runs.

        Raises
        ------
        RunError
            If there is none, with the names there are.
        """
        own = [cls(path.parent) for path in Path(root).glob("*/config.yaml")]
        if str(name) == "latest":
            finished = [run for run in own if run.is_finished]
            if not finished:
                raise RunError(f"no finished run in {root}: train one first, mfccinv train, or name a pretrained one")
            return max(finished, key=lambda run: run.last_trained)
        for folder in (Path(str(name)), Path(root) / str(name), PRETRAINED / str(name)):
            if (folder / "config.yaml").is_file():
                return cls(folder)
        newest = sorted(own, key=lambda run: run.last_trained)[-10:]
        there = ", ".join(run.folder.name for run in newest) or "none"
        raise RunError(
            f"no run {name!r}: expected its folder, its name in {root} (there: {there}) or a pretrained one "
            f"({', '.join(pretrained_names())})"
        )

    @property
    def is_pretrained(self) -> bool:
        """Whether the run came with the package, where nothing is written."""
        return self.folder.resolve().parent == PRETRAINED

    @property
    def last_trained(self) -> float:
        """When the last epoch ended, in seconds since 1970; when the run began, if none has."""
        written = (self.folder / name for name in ("config.yaml", "model.keras", "history.csv"))
        return max(path.stat().st_mtime for path in written if path.is_file())

    @cached_property
    def config(self) -> dict:
        """The configuration, as trained, under present names; what has come since is as it was before."""
        config = with_present_names(yaml.safe_load(self.config_text))
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
        """The network's context window."""
        return Context.of(self.config["model"])

    @property
    def task(self) -> Task:
        """What the network takes and predicts."""
        return Task(self.config["source"], self.config["target"])

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
        if self.is_pretrained:
            raise RunError(
                f"{self.folder.name} comes without the speech that it was trained on: name some with corpus="
            )
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

    def _read(self, name: str) -> dict:
        path = self.folder / name
        return read_json(path) if path.is_file() else {}


def pretrained_names() -> list[str]:
    """Names of the runs that come with the package, sorted."""
    return sorted(path.parent.name for path in PRETRAINED.glob("*/config.yaml"))


def backend_of(name: str | None, root: Path) -> str | None:
    """What a run was computed with, so that it goes on with the same; None if none is named, or it doesn't say.

    Raises
    ------
    RunError
        If it isn't there, see `RunFolder.open`.
    """
    return None if name is None else RunFolder.open(name, root).environment.get("backend")
