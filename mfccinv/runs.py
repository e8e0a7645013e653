"""Run directories: all that is needed to evaluate, resume and reproduce a training.

==========================  ==================================================================
``model.keras``             the best epoch's model
``epoch-<n>.keras``         the last epoch's model and optimizer, to resume from
``config.yaml``             the whole configuration
``feature_spec.json``       copied from the data set
``statistics.json``         copied from the data set
``history.csv``             one row an epoch
``metrics.json``            scores by data set and split
``environment.json``        versions, commit, seed, device, data set
==========================  ==================================================================
"""

import csv
import io
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import keras
import yaml

from mfccinv.context import Context
from mfccinv.dataset import Dataset
from mfccinv.files import read_json, temporary_beside, write_json, write_text
from mfccinv.models import build_model, model_context
from mfccinv.spec import FeatureSpec
from mfccinv.statistics import Statistics
from mfccinv.task import Task


class RunError(ValueError):
    """A run that is missing, incomplete or damaged."""


@dataclass(frozen=True)
class Run:
    """A run directory.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    @classmethod
    def create(cls, root: Path, name: str, config: dict, spec: FeatureSpec, statistics: Statistics) -> "Run":
        """Make a new run directory; a number is added to the name if there is one already."""
        folder = Path(root) / name
        number = 1
        while True:
            try:
                folder.mkdir(parents=True)
                break
            except FileExistsError:
                number += 1
                folder = Path(root) / f"{name}-{number}"
        run = cls(folder)
        run._write_config(config)
        write_text(folder / "feature_spec.json", spec.to_json())
        statistics.save(folder / "statistics.json")
        return run

    @classmethod
    def open(cls, name: str, root: Path = Path("checkpoints")) -> "Run":
        """Open a run by its folder, its name in ``root``, or ``latest``, the newest that has a model.

        Raises
        ------
        RunError
            If there is none, with the names there are.
        """
        candidates = sorted(Path(root).glob("*/config.yaml"), key=lambda path: path.stat().st_mtime)
        if name == "latest":
            finished = [path.parent for path in candidates if (path.parent / "model.keras").is_file()]
            if not finished:
                raise RunError(f"no run with a model in {root}: train one first, python scripts/train.py")
            return cls(finished[-1])
        for folder in (Path(name), Path(root) / name):
            if (folder / "config.yaml").is_file():
                return cls(folder)
        known = ", ".join(path.parent.name for path in candidates[-10:]) or "none"
        raise RunError(f"no run {name!r}: expected its folder or its name in {root} (there: {known})")

    @cached_property
    def config(self) -> dict:
        """The configuration, as trained."""
        return yaml.safe_load(self.config_text)

    @property
    def config_text(self) -> str:
        """The same as it is written."""
        return (self.folder / "config.yaml").read_text(encoding="utf-8")

    def change_training(self, settings: dict) -> None:
        """Change settings of the training, in ``config.yaml`` too.

        Raises
        ------
        RunError
            If a setting isn't known.
        """
        training = self.config["training"]
        if unknown := sorted(set(settings) - set(training)):
            raise RunError(f"unknown training setting: {', '.join(unknown)} (known: {', '.join(training)})")
        if settings:
            training.update(settings)
            self._write_config(self.config)

    def _write_config(self, config: dict) -> None:
        write_text(self.folder / "config.yaml", yaml.safe_dump(config, sort_keys=False, allow_unicode=True))

    @cached_property
    def spec(self) -> FeatureSpec:
        return FeatureSpec.load(self.folder / "feature_spec.json")

    @cached_property
    def statistics(self) -> Statistics:
        return Statistics.load(self.folder / "statistics.json")

    @property
    def context(self) -> Context:
        return model_context(self.config["model"])

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
            If it was built anew with other contents.
        SpecMismatch
            If its features are others.
        """
        environment = read_json(self.folder / "environment.json")
        dataset = Dataset(Path(environment["dataset"]))
        if dataset.manifest["fingerprint"] != environment["fingerprint"]:
            raise RunError(f"{dataset.folder} is not the data set that {self.folder} was trained on")
        dataset.spec.require_equal(self.spec, str(self.folder))
        return dataset

    def load_model(self) -> keras.Model:
        """Build the model from the configuration and load its weights; nothing in the file is executed or imported.

        Raises
        ------
        RunError
            If the file is missing, damaged or of a model of another configuration.
        """
        model = build_model(self.config["model"], self.spec, self.statistics, self.task)
        self._load_weights(model, "model.keras")
        return model

    def save_model(self, model: keras.Model) -> None:
        """Save ``model.keras``, whole or not at all: the network alone, without optimizer or loss."""
        self._save(keras.Model(model.inputs, model.outputs, name=model.name), "model.keras")

    def save_checkpoint(self, model: keras.Model, epoch: int) -> None:
        """Save a compiled model with its optimizer after an epoch, whole or not at all."""
        self._save(model, _checkpoint_name(epoch))

    def load_checkpoint(self, model: keras.Model, epoch: int) -> None:
        """Load the weights and the optimizer's state after an epoch into a compiled model."""
        model.optimizer.build(model.trainable_variables)
        self._load_weights(model, _checkpoint_name(epoch))

    def remove_checkpoint(self, epoch: int) -> None:
        """Remove an epoch's checkpoint, if it is there."""
        (self.folder / _checkpoint_name(epoch)).unlink(missing_ok=True)

    def _save(self, model: keras.Model, file_name: str) -> None:
        with temporary_beside(self.folder / file_name) as temporary:
            model.save(temporary)

    def _load_weights(self, model: keras.Model, file_name: str) -> None:
        path = self.folder / file_name
        if not path.is_file():
            raise RunError(f"{path} is missing: the run has no finished epoch or is incomplete")
        try:
            model.load_weights(path)
        except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
            raise RunError(f"{path} is damaged or of a model of another configuration: {error}") from error

    def read_history(self) -> list[dict]:
        """Rows of ``history.csv``: numbers by column, one row an epoch."""
        path = self.folder / "history.csv"
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]

    def write_history(self, rows: list[dict]) -> None:
        """Write ``history.csv`` anew."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        write_text(self.folder / "history.csv", text.getvalue())

    def add_metrics(self, name: str, values: dict) -> None:
        """Put scores into ``metrics.json`` under a name."""
        path = self.folder / "metrics.json"
        known = read_json(path) if path.is_file() else {}
        write_json(path, known | {name: values})


def _checkpoint_name(epoch: int) -> str:
    return f"epoch-{epoch:04d}.keras"
