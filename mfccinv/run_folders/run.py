"""Runs with their models: a training writes them; see `mfccinv.run_folders.run_folder` for their files."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import keras
import numpy as np
from filelock import FileLock, Timeout

from mfccinv.datasets.statistics import Statistics
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.difference import Difference
from mfccinv.models.assembly import build_model
from mfccinv.models.difference import add_changes
from mfccinv.models.stored_weights import load_weights, require_room
from mfccinv.run_folders.learned_from import LearnedFrom
from mfccinv.run_folders.run_files import config_text
from mfccinv.run_folders.run_folder import ADAPTATION, DIFFERENCE, RunError, RunFolder, weights_refused
from mfccinv.system.atomic_files import exclusive, json_text, remove_temporary_folders, temporary_folder_beside
from mfccinv.system.checksums import recorded, remove_recorded, write_recorded


class Run(RunFolder):
    """A run's folder with its model."""

    @classmethod
    def create(
        cls,
        root: Path,
        name: str,
        config: dict,
        spec: FeatureSpec,
        statistics: Statistics,
        environment: dict,
        learned_from: LearnedFrom | None = None,
        fill: Callable[["Run"], None] = lambda run: None,
    ) -> "Run":
        """Make a new run's folder, whole or not at all.

        Parameters
        ----------
        root : Path
            Folder of runs.
        name : str
            Name of the run; it gets a number if there is a run of that name.
        config : dict
            The whole configuration, as plain values.
        spec : FeatureSpec
        statistics : Statistics
            Of the data set.
        environment : dict
            See `write_environment`.
        learned_from : LearnedFrom or None
            None: it isn't known.
        fill : callable
            Writes what else is to be in the folder from its beginning.
        """
        folder = Path(root) / str(name)  # on the command line, 7 and nan are numbers
        with exclusive(folder.parent):
            remove_temporary_folders(folder.parent)
            with temporary_folder_beside(folder) as temporary:
                run = cls(temporary / folder.name)
                write_recorded(run.folder / "feature_spec.json", spec.to_json())
                write_recorded(run.folder / "statistics.json", statistics.to_json())
                run.write_environment(environment)
                if learned_from:
                    run.write_learned_from(learned_from)
                run._write_config(config)
                fill(run)
                return cls(_rename(run.folder, folder))

    def write_environment(self, values: dict) -> None:
        """Write ``environment.json``; the run keeps the id by which trackers know it, or gets one."""
        described = {"id": self.environment.get("id", uuid4().hex)} | values
        write_recorded(self.folder / "environment.json", json_text(described))

    def write_learned_from(self, learned_from: LearnedFrom) -> None:
        """Write ``learned_from.json``."""
        write_recorded(self.folder / "learned_from.json", learned_from.to_json())

    def change_training(self, settings: dict) -> None:
        """Change settings of ``training``, here and in ``config.yaml``; errors as `check_training`."""
        self.check_training(settings)
        if settings:
            self.config["training"].update(settings)
            self._write_config(self.config)

    def check_training(self, settings: dict) -> None:
        """Refuse with RunError settings that ``training`` doesn't have."""
        training = self.config["training"]
        if unknown := sorted(set(settings) - set(training)):
            raise RunError(f"unknown training setting: {', '.join(unknown)} (known: {', '.join(training)})")

    def _write_config(self, config: dict) -> None:
        write_recorded(self.folder / "config.yaml", config_text(config))

    def load_model(self) -> keras.Model:
        """Build the model from the configuration and load its weights; nothing in the file is executed or imported.

        Raises
        ------
        RunError
            If the file is missing, damaged or of a model of another configuration; for an adapted run, see also
            `open_base`.
        """
        if self.is_adapted:
            model = self.open_base().load_model()
            add_changes(model, self.read_difference([weight.shape for weight in model.weights]))
            return model
        self.require_likely_size()
        spec, statistics, task = self.spec, self.statistics, self.task
        with self.config_named():
            model = build_model(self.config["model"], spec, statistics, task)
        self._load_weights(model, "model.keras")
        return model

    def require_likely_size(self) -> None:
        """Refuse with RunError a configuration of a network that can't be that of the run's weights, by its size."""
        path = self._file("model.keras")
        with self.config_named():
            require_room(self.config["model"], path)

    def save_model(self, model: keras.Model) -> None:
        """Save ``model.keras``, whole or not at all: the network alone, without optimizer or loss."""
        self._save(keras.Model(model.inputs[0], model.outputs[0], name=model.name), "model.keras")

    def save_difference(self, difference: Difference, base: RunFolder) -> None:
        """Save how the network differs from that of another run, see `Adaptable.difference`."""
        with recorded(self.folder / DIFFERENCE) as temporary, temporary.open("wb") as file:
            np.savez(file, **difference)  # type: ignore[arg-type]
        write_recorded(self.folder / ADAPTATION, base.reference().to_json())

    def save_checkpoint(self, model: keras.Model, epoch: int) -> None:
        """Save a compiled model with its optimizer after an epoch, whole or not at all."""
        self._save(model, _checkpoint_name(epoch))

    def load_checkpoint(self, model: keras.Model, epoch: int) -> None:
        """Load the weights and the optimizer's state after an epoch into a compiled model; errors as `load_model`."""
        model.optimizer.build(model.trainable_variables)
        self._load_weights(model, _checkpoint_name(epoch))

    def require_checkpoint(self) -> None:
        """Refuse with RunError a run that has trained, but whose last epoch's checkpoint is gone, as of one pulled."""
        epochs = len(self.read_history())
        if epochs and not (self.folder / _checkpoint_name(epochs)).is_file():
            raise RunError(
                f"{self.folder} has no {_checkpoint_name(epochs)} to go on from, as runs that are shared have none: "
                f"start another training with init={self.folder.name}"
            )

    def remove_checkpoint(self, epoch: int) -> None:
        """Remove an epoch's checkpoint, if it is there."""
        if (self.folder / _checkpoint_name(epoch)).is_file():
            remove_recorded(self.folder / _checkpoint_name(epoch))

    def _save(self, model: keras.Model, file_name: str) -> None:
        with recorded(self.folder / file_name) as temporary:
            model.save(temporary)

    def _load_weights(self, model: keras.Model, file_name: str) -> None:
        path = self.stored_file(file_name)
        with weights_refused():
            load_weights(model, path)

    def write_history(self, rows: list[dict]) -> None:
        """Write ``history.csv`` anew: one row per epoch, at least one."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_recorded(self.folder / "history.csv", text.getvalue())

    @contextmanager
    def held_for_training(self) -> Iterator[None]:
        """Keep other processes from training this run meanwhile.

        Raises
        ------
        RunError
            If another process trains it.
        """
        try:
            with FileLock(self.folder / ".training.lock", timeout=0):
                yield
        except Timeout:
            raise RunError(f"{self.folder} is being trained by another process") from None


def _rename(folder: Path, wanted: Path) -> Path:
    """Rename a folder; the name gets a number if there is a folder of that name that isn't empty."""
    name, number = wanted, 1
    while True:
        try:
            return folder.rename(name)
        except OSError:
            if not name.exists():
                raise
            number += 1
            name = wanted.with_name(f"{wanted.name}-{number}")


def _checkpoint_name(epoch: int) -> str:
    return f"epoch-{epoch:04d}.keras"
