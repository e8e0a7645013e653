"""The folders of runs, for reading without a network.

==========================  ==================================================================
``model.keras``             the best epoch's model
``epoch-<n>.keras``         the last epoch's model and optimizer, to resume from
``config.yaml``             the whole configuration
``feature_spec.json``       copied from the data set
``statistics.json``         copied from the data set
``history.csv``             one row per epoch
``metrics.json``            scores by data set and split
``environment.json``        id, versions, commit, devices, data set
``sharpness.json``          of ``detail=sharp``: what of the fine structure the network predicts; older runs lack it
``learned_from.json``       voices and recordings of the training, hashed; older runs lack it
``checksums.json``          of the other files, which are compared when they are read
==========================  ==================================================================

A run that ``mfccinv adapt`` made has ``difference.npz`` in the place of ``model.keras``, and ``adaptation.json``, which
says what it is the difference to.
"""

import math
import shlex
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from mfccinv.configs.folder import PACKAGE
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import DatasetError
from mfccinv.datasets.statistics import Statistics
from mfccinv.features.context import Context
from mfccinv.features.flow_path import FlowPath
from mfccinv.features.spec import FeatureSpec, SpecMismatch
from mfccinv.features.task import Task
from mfccinv.inference.difference import weight_changes
from mfccinv.run_folders.adapted_from import AdaptedFrom
from mfccinv.run_folders.learned_from import LearnedFrom
from mfccinv.run_folders.run_files import read_config, read_environment, read_history, read_metrics
from mfccinv.run_folders.sharpness import Sharpness
from mfccinv.system.atomic_files import json_text
from mfccinv.system.checksums import quick_checksum, recorded, require_recorded, write_recorded
from mfccinv.system.npz_files import array_places, damage_is_told, load_arrays
from mfccinv.system.path_settings import LATEST, path_setting
from mfccinv.system.stored_files import DamagedFile, read_text

PRETRAINED = PACKAGE / "pretrained"  # the runs that come with the package
RUNS = Path("checkpoints")  # a user's own runs, in the working directory
DIFFERENCE, ADAPTATION = "difference.npz", "adaptation.json"  # of a run that was adapted
SHARPNESS = "sharpness.json"


class RunError(ValueError):
    """A run that is missing, incomplete or damaged."""


@dataclass(frozen=True)
class RunFolder:
    """A run's folder, for reading and for scores; a file is read when it is first needed.

    Parameters
    ----------
    folder : Path
        See `mfccinv.run_folders.run_folder` for its files.
    """

    folder: Path

    @classmethod
    def open(cls, name: str | Path, root: Path = RUNS) -> Self:
        """Open a run by its name. The rule for names is the same wherever a run is named.

        Parameters
        ----------
        name : str or Path
            A run's folder; else the name of a run in ``root``; else the name of a pretrained one. ``latest`` is the
            finished run in ``root`` that was trained last.
        root : Path
            Folder of runs.

        Raises
        ------
        RunError
            If there is no such run; the message lists the names there are.
        """
        if str(name) == LATEST:
            finished = cls._finished_within(root)
            if not finished:
                raise RunError(f"no finished run in {root}: train one first, mfccinv train, or name a pretrained one")
            return max(finished, key=lambda run: run.last_trained)
        for folder in (path_setting("run", str(name)), Path(root) / str(name), PRETRAINED / str(name)):
            if (run := cls(folder)).is_there:
                return run
        newest = sorted(cls.within(root), key=lambda run: run.last_trained)[-10:]
        there = ", ".join(run.folder.name for run in newest) or "none"
        raise RunError(
            f"no run {name!r}: expected its folder, its name in {root} (there: {there}) or a pretrained one "
            f"({', '.join(pretrained_names())})"
        )

    @classmethod
    def within(cls, root: Path) -> list[Self]:
        """Return the runs in a folder of runs, finished or not, in no order; none if there is no such folder."""
        return [cls(path.parent) for path in Path(root).glob("*/config.yaml")]

    @classmethod
    def _finished_within(cls, root: Path) -> list[Self]:
        finished = []
        for run in cls.within(root):
            try:
                finished += [run] if run.is_finished else []
            except (OSError, ValueError) as error:  # it stops nobody who looks for another
                warnings.warn(f"a run is passed over: {error}", stacklevel=3)
        return finished

    @property
    def is_there(self) -> bool:
        """Whether the folder is that of a run."""
        return (self.folder / "config.yaml").is_file()

    @property
    def is_pretrained(self) -> bool:
        """Whether the run came with the package; nothing is written into its folder."""
        return self.folder.resolve().parent == PRETRAINED

    @property
    def last_trained(self) -> float:
        """Time when the last epoch ended, or else when the run began, in seconds since 1970."""
        written = (self.folder / name for name in ("config.yaml", "model.keras", DIFFERENCE, "history.csv"))
        return max((path.stat().st_mtime for path in written if path.is_file()), default=0.0)

    @cached_property
    def config(self) -> dict:
        """The configuration as trained, with the present names of settings.

        Settings that were added since have the values that older runs had in effect.
        """
        config = read_config(self._file("config.yaml"))
        place, _, name = str(config.get("init")).rpartition("/")
        if place == str(RUNS) and name in pretrained_names() and not (RUNS / name).is_dir():
            config["init"] = name  # pretrained runs lay among a person's own once
        return config

    @property
    def config_text(self) -> str:
        """The text of ``config.yaml``."""
        return read_text(self._file("config.yaml"))

    @cached_property
    def spec(self) -> FeatureSpec:
        """The feature specification that the run was trained on."""
        return FeatureSpec.load(self._needed("feature_spec.json"))

    @cached_property
    def statistics(self) -> Statistics:
        """The statistics that the network standardises its frames with."""
        return Statistics.load(self._needed("statistics.json"), self.spec)

    @cached_property
    def context(self) -> Context:
        """The network's context window."""
        with self.config_named():
            return self.task.context(self.config["model"])

    @cached_property
    def task(self) -> Task:
        """The frames that the network takes and predicts."""
        with self.config_named():
            return Task.of(self.config)

    @contextmanager
    def config_named(self) -> Iterator[None]:
        """Have the errors of what is made of the configuration name its file, as RunError."""
        try:
            yield
        except (DamagedFile, DatasetError, RunError):
            raise
        except (OverflowError, TypeError, ValueError) as error:  # whatever it holds where a number should be
            raise RunError(f"{self.folder / 'config.yaml'}: {error}") from error

    def require_spec(self, spec: FeatureSpec) -> None:
        """Refuse features that the run was not trained on.

        Raises
        ------
        SpecMismatch
            If a field that matters to the run's task differs; the message lists each one with both its values.
        """
        what = str(self.folder)
        if self.task.min_mfcc is not None:
            what += f", which takes {self.task.taken(self.spec)}"
        self.task.relevant(spec).require_equal(self.relevant_spec(spec.n_mfcc), what)

    def spec_of(self, n_mfcc: int | None) -> FeatureSpec:
        """The run's specification with a number of MFCC that the network takes.

        Parameters
        ----------
        n_mfcc : int or None
            None: the only number that it takes.

        Raises
        ------
        ValueError
            If it takes several and none is given, and for one that it doesn't take.
        """
        if n_mfcc is None and self.task.min_mfcc is None:
            return self.spec
        if n_mfcc is None or not self.task.takes(n_mfcc, self.spec):
            got = "null: say which" if n_mfcc is None else n_mfcc
            raise ValueError(f"{self.folder} takes {self.task.taken(self.spec)}, got n_mfcc={got}")
        return self.spec.with_n_mfcc(n_mfcc)

    def relevant_spec(self, n_mfcc: int) -> FeatureSpec:
        """What matters to the task of the run's specification, with this number of MFCC if the network takes it."""
        takes = self.task.takes(n_mfcc, self.spec)
        return self.task.relevant(self.spec.with_n_mfcc(n_mfcc) if takes else self.spec)

    def open_dataset(self) -> Dataset:
        """Open the data set that the run was trained on.

        Raises
        ------
        DatasetError
            If it is gone.
        RunError
            If it was built anew with other contents, if the run doesn't say which it was, and for a pretrained run,
            which comes without its data set.
        SpecMismatch
            If its feature specification is another.
        """
        if self.is_adapted:
            raise RunError(
                f"{self.folder} keeps no test split of the voice it was adapted to: name speech with corpus="
            )
        if not {"dataset", "fingerprint"} <= self.environment.keys():
            raise RunError(f"{self.folder / 'environment.json'} doesn't say what the run was trained on")
        if self.is_pretrained:
            raise RunError(
                f"{self.folder.name} comes without the speech that it was trained on: name some with corpus="
            )
        dataset = Dataset(Path(self.environment["dataset"]))
        if not (dataset.folder / "manifest.json").is_file():
            raise DatasetError(
                f"{dataset.folder} is not a complete data set: it has no manifest.json; {self.folder} was trained on "
                "it, and mfccinv evaluate takes other speech by corpus="
            )
        if dataset.manifest["fingerprint"] != self.environment["fingerprint"]:
            raise RunError(f"{dataset.folder} is not the data set that {self.folder} was trained on")
        try:
            dataset.spec.require_equal(self.spec, str(self.folder))
        except SpecMismatch as error:
            raise SpecMismatch(f"{dataset.folder / 'manifest.json'}: {error}") from error
        return dataset

    def read_history(self) -> list[dict]:
        """Rows of ``history.csv``: numbers by column, one row an epoch."""
        path = self._file("history.csv")
        return read_history(path) if path.is_file() else []

    @property
    def metrics(self) -> dict[str, dict[str, float | None]]:
        """Contents of ``metrics.json``: the scores of ``validation``, and those of each test set since."""
        path = self._file("metrics.json")
        return read_metrics(path) if path.is_file() else {}

    def add_metrics(self, name: str, values: dict) -> None:
        """Put scores into ``metrics.json`` under a name."""
        with recorded(self.folder / "metrics.json") as temporary:
            temporary.write_text(json_text(self.metrics | {name: values}), encoding="utf-8")

    def remove_metrics(self) -> None:
        """Remove all scores from ``metrics.json``, if there are some."""
        if self.metrics:
            with recorded(self.folder / "metrics.json") as temporary:
                temporary.write_text(json_text({}), encoding="utf-8")

    @property
    def is_finished(self) -> bool:
        """Whether the training came to its end: its best model has validation scores."""
        return "validation" in self.metrics

    @property
    def environment(self) -> dict:
        """Contents of ``environment.json``; empty if there is no such file."""
        path = self._file("environment.json")
        return read_environment(path) if path.is_file() else {}

    @property
    def is_adapted(self) -> bool:
        """Whether the run is a difference to another one."""
        return (self.folder / ADAPTATION).is_file()

    @property
    def weights_file(self) -> Path:
        """The file of the run's weights: of all, or of their difference."""
        return self.folder / (DIFFERENCE if self.is_adapted else "model.keras")

    def stored_file(self, name: str) -> Path:
        """Path of a file of weights, compared with its checksum; RunError if it isn't there."""
        return self._needed(name, "the run has no finished epoch or is incomplete")

    def reference(self) -> AdaptedFrom:
        """Tell what identifies this run in one that is adapted from it."""
        return AdaptedFrom(
            self.folder.name if self.is_pretrained else str(self.folder.resolve()),
            quick_checksum(self.stored_file("model.keras")),
        )

    def read_difference(self, shapes: Sequence[tuple[int, ...]]) -> dict[int, np.ndarray]:
        """Read what a run that was adapted adds to its base's weights, whose shapes these are; see `weight_changes`.

        Raises
        ------
        RunError
            If the file is missing, damaged or of another network.
        """
        path = self._needed(DIFFERENCE)
        most = sum(4 * math.prod(shape) for shape in shapes)
        try:
            with damage_is_told(path):
                places = array_places(path)
                arrays = load_arrays(path, list(places.values()), most)
                return weight_changes(shapes, dict(zip(places, arrays, strict=True)))
        except ValueError as error:
            raise RunError(str(error)) from error

    def open_whole(self) -> Self:
        """Open the run that has the network's ``model.keras``: this one or, if it was adapted, its base."""
        return self.open_base() if self.is_adapted else self

    def open_base(self) -> Self:
        """Open the run that this one, which was adapted, is the difference to.

        Raises
        ------
        RunError
            If it is gone, or its weights are others than they were.
        """
        known = AdaptedFrom.load(self._file(ADAPTATION))
        try:
            # A pretrained one has a bare name here, which a user's own run may have, too: this one, perhaps.
            base = type(self).open(PRETRAINED / known.run if known.run in pretrained_names() else known.run)
        except (OSError, RunError) as error:
            raise RunError(
                f"{self.folder} is a difference to the run {known.run:.200}, which isn't there: {error!s:.400}"
            ) from error
        if base.is_adapted or base.reference() != known:
            raise RunError(
                f"{self.folder} is a difference to the run {known.run}, whose model.keras is another now: bring that "
                "one back, or adapt again"
            )
        return base

    @cached_property
    def learned_from(self) -> LearnedFrom | None:
        """What the run was trained on; None if it isn't known, as of older runs."""
        path = self._file("learned_from.json")
        return LearnedFrom.load(path) if path.is_file() else None

    @property
    def sharpness(self) -> Sharpness:
        """What sharpens the network's predictions; an adapted run has its base's.

        Raises
        ------
        RunError
            If the run has none, as older ones, and those that don't invert MFCC.
        """
        whole = self.open_whole()
        path = whole._file(SHARPNESS)
        if not whole.has_sharpness:
            raise RunError(f"{whole.folder} can't be sharpened: that takes mel frames, predicted from fewer MFCC")
        if not path.is_file():
            again = f"mfccinv train resume={shlex.quote(str(whole.folder))} writes it, where the run's data set is"
            raise RunError(f"{path} is missing, which detail=sharp needs: {again}")
        return Sharpness.load(path, whole.spec)

    @property
    def has_sharpness(self) -> bool:
        """Whether the network makes log-mel frames with a fine structure out of MFCC."""
        inverts = (self.task.source, self.task.target) == ("mfcc", "mel") and self.context.sees_target
        return inverts and (self.task.min_mfcc or self.spec.n_mfcc) < self.spec.n_mels

    @property
    def flow_path(self) -> FlowPath:
        """From noise to what the network draws samples of; errors as `require_flow`."""
        self.require_flow()
        return self.statistics.flow_path(self.spec)

    def require_flow(self) -> None:
        """Refuse with RunError a run that no samples can be drawn from."""
        if not self.task.flow:
            raise RunError(f"{self.folder} can only predict the mean: detail=sample needs a run trained with flow=true")

    def write_sharpness(self, sharpness: Sharpness) -> None:
        """Write what `sharpness` reads."""
        write_recorded(self.folder / SHARPNESS, sharpness.to_json())

    def _file(self, name: str) -> Path:
        """Path of a file of the run, compared with its checksum."""
        return require_recorded(self.folder / name)

    def _needed(self, name: str, reason: str = "the run is incomplete") -> Path:
        """Path of a file as `_file`; RunError, with the reason, if it isn't there."""
        if not (path := self.folder / name).is_file():
            raise RunError(f"{path} is missing: {reason}")
        return self._file(name)


@contextmanager
def weights_refused() -> Iterator[None]:
    """Have what is wrong with stored weights be told as RunError, with what else may be the reason."""
    try:
        yield
    except ValueError as error:
        raise RunError(f"{error}; or it is of a model of another configuration") from error


def pretrained_names() -> list[str]:
    """Names of the runs that come with the package, sorted."""
    return sorted(path.parent.name for path in PRETRAINED.glob("*/config.yaml"))


def backend_of(name: str | None, root: Path) -> str | None:
    """Return the backend that a run was computed with, so that it goes on with the same.

    Parameters
    ----------
    name : str or None
        Name of the run, see `RunFolder.open`; None: no run.
    root : Path
        Folder of runs.

    Returns
    -------
    backend : str or None
        None if there is no run, or it doesn't say.

    Raises
    ------
    RunError
        If the run isn't there.
    """
    return None if name is None else RunFolder.open(name, root).environment.get("backend")
