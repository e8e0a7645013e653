"""Trains a model on a data set, in a run directory."""

import time
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from mfccinv.batches import RunBatches
from mfccinv.builder import DATASET_SETTINGS, build_dataset
from mfccinv.context import Context
from mfccinv.dataset import Dataset
from mfccinv.engine import Engine, seed_weights
from mfccinv.epochs import WHAT_TO_TRY, NonFiniteLoss, train_epoch
from mfccinv.files import remove_temporaries
from mfccinv.losses import FrameMean, make_loss
from mfccinv.models import build_model
from mfccinv.provenance import describe_environment
from mfccinv.records import RunError, resolve_config
from mfccinv.report import describe_dataset
from mfccinv.runs import Run
from mfccinv.schedules import best_epoch, is_finished, learning_rate
from mfccinv.statistics import Statistics
from mfccinv.task import Task
from mfccinv.trackers import Tracker, make_tracker, show_utterance
from mfccinv.validation import score_analytic, score_model


def train(config: dict) -> Run:
    """Build the data set if it isn't there, train the model and save the run.

    Parameters
    ----------
    config : dict
        The parts of `DATASET_SETTINGS`: see `build_dataset`; ``source``, ``target``: see `Task`; ``model``: see
        `build_model`; ``loss``: see `make_loss`; ``training``: its settings; ``tracker``: see `make_tracker`, with
        ``every``: epochs from one utterance that it is shown to the next; ``run``: ``root`` and ``name`` of the run
        directory; ``init``: a run to start from, see `Run.open`, whose task, features, model and statistics replace
        those here, or None.

    Returns
    -------
    run : Run
        Finished: ``model.keras`` is the best epoch's model.

    Raises
    ------
    NonFiniteLoss
        If the loss is no longer finite.
    RunError
        If the run to start from isn't there.
    """
    config = resolve_config(config)
    base = _open_base(config)
    tracker = make_tracker(config["tracker"])
    dataset = build_dataset(**{part: config[part] for part in DATASET_SETTINGS})
    print(describe_dataset(dataset))
    statistics = base.statistics if base else dataset.statistics
    trainer = _Trainer(config, dataset, statistics, tracker)
    if base:
        trainer.start_from(base)
    place = config["run"]
    run = Run.create(place["root"], place["name"], config, dataset.spec, statistics, trainer.describe())
    trainer.run_epochs(run)
    return run


def _open_base(config: dict) -> Run | None:
    """The run to start from, if one is named."""
    name = config.get("init")
    return None if name is None else Run.open(name, Path(config["run"]["root"]))


def resume(name: str, root: Path, training: dict) -> Run:
    """Go on with a run after its last finished epoch.

    Parameters
    ----------
    name : str
        Of the run, see `Run.open`.
    root : Path
        Where runs are.
    training : dict
        Settings that replace the run's own.

    Raises
    ------
    RunError
        If the run is not there, or the precision is to be another; for its data set see `Run.open_dataset`.
    """
    run = Run.open(name, root)
    precision = run.config["training"]["precision"]
    if training.get("precision", precision) != precision:
        raise RunError("training.precision can't change: the optimizer's state is of another kind")
    changed = run.config | {"training": run.config["training"] | training}
    trainer = _Trainer(changed, run.open_dataset(), run.statistics, make_tracker(run.config["tracker"]))
    if not run.read_history() and (base := _open_base(run.config)):
        trainer.start_from(base)
    run.change_training(training)
    run.write_environment(trainer.describe())
    remove_temporaries(run.folder)
    trainer.run_epochs(run)
    return run


def rerun(name: str, root: Path) -> tuple[Run, list[str]]:
    """Train a run again as it was configured, as ``<run>-again``.

    Parameters
    ----------
    name : str
        Of the run, see `Run.open`.
    root : Path
        Where runs are.

    Returns
    -------
    again : Run
    differences : list of str
        What came out otherwise than the first time, see `Record.differences`; on one machine nothing should, but on a
        GPU sums may be added in another order.
    """
    first = Run.open(name, root)
    place = {"root": str(root), "name": f"{first.folder.name}-again"}
    again = train(first.config | {"features": asdict(first.spec), "run": place})
    return again, again.differences(first)


class _Trainer:
    """A model with all it takes to train it; what is wrong with the settings shows when it is made."""

    def __init__(self, config: dict, dataset: Dataset, statistics: Statistics, tracker: Tracker):
        self._settings = settings = config["training"]
        self._tracker, self._shown_every = tracker, config["tracker"]["every"]
        self._dataset = dataset
        for name in ("epochs", "patience"):
            if settings[name] < 1:
                raise ValueError(f"training.{name} must be at least 1, got {settings[name]}")
        self._engine = Engine(
            devices=settings["devices"], precision=settings["precision"], jit_compile=settings["jit_compile"]
        )
        self._task = Task.of(config)
        self._loss = make_loss(config["loss"])
        self._validation = dataset.shards("validation")
        self._batches = RunBatches(
            dataset.shards("train"),
            Context.of(config["model"]),
            self._task,
            run_frames=settings["run_frames"],
            batch_frames=settings["batch_frames"],
            steps_per_epoch=settings["steps_per_epoch"],
            speaker_exponent=settings["speaker_exponent"],
            edges=settings["edges"],
            memory_gb=settings["memory_gb"],
            seed=settings["seed"],
        )
        self._engine.check_batch(self._batches.runs_per_batch)
        seed_weights(settings["seed"])
        with self._engine.scope():
            self._model = build_model(config["model"], dataset.spec, statistics, self._task)
            self._compile()
        # What is validated and kept: the same network with the running average of the weights.
        self._average = build_model(config["model"], dataset.spec, statistics, self._task)
        self._average.jit_compile = self._engine.jit_compile

    def _compile(self) -> None:
        settings = self._settings
        clip = settings["gradient_clip"]
        optimizer = keras.optimizers.Adam(
            self._learning_rate([]),
            global_clipnorm=clip and clip / self._engine.replicas,
            use_ema=settings["weight_average"] is not None,
            ema_momentum=settings["weight_average"] or 0.0,
        )
        self._model.compile(
            optimizer,
            loss=FrameMean(self._loss),
            jit_compile=self._engine.jit_compile,
            steps_per_execution=self._engine.steps_at_once,
        )

    def start_from(self, base: Run) -> None:
        """Take the weights of a trained run of the same model."""
        self._model.set_weights(base.load_model().get_weights())

    @property
    def n_parameters(self) -> int:
        """Number of weights that are trained."""
        return sum(int(np.prod(weight.shape)) for weight in self._model.trainable_weights)

    def describe(self) -> dict:
        """What trains, and on what, for ``environment.json``."""
        return describe_environment() | {
            "backend": keras.backend.backend(),
            "devices": self._engine.devices,
            "dataset": str(self._dataset.folder),
            "fingerprint": self._dataset.manifest["fingerprint"],
            "trainable_parameters": self.n_parameters,
            "frames_per_epoch": self._batches.frames_per_epoch,
        }

    def run_epochs(self, run: Run) -> None:
        """Train from the last finished epoch on until the run is finished, then score the best model."""
        history = run.read_history()
        if self.n_parameters == 0:
            run.save_model(self._average)
        elif history:
            with self._engine.scope():
                run.load_checkpoint(self._model, len(history))
        baseline = score_analytic(self._validation, run.spec, self._task)
        print(
            f"run {run.folder}: {self.n_parameters:,} parameters, {self._batches.n_pairs:,} pairs in "
            f"{len(self._batches)} batches; the analytic inverse has val SNR {baseline['snr']:.2f} dB, "
            f"val LSD {baseline['lsd']:.2f} dB",
            flush=True,
        )
        self._tracker.start(run)
        failed = True
        try:
            while self.n_parameters and not self._is_finished(history):
                self._run_epoch(run, history)
                self._tracker.log(len(history), history[-1])
                _print_epoch(history, self._settings["epochs"])
            failed = False
        finally:
            self._tracker.close(failed=failed)
        loss, scores = score_model(run.load_model(), run.context, self._validation, self._loss, self._task)
        run.add_metrics("validation", {"loss": loss, **scores})

    def _run_epoch(self, run: Run, history: list[dict]) -> None:
        """Train, validate and save one epoch, and add its row to the history.

        Being killed at any point loses at most this epoch: the history is what says how far the run is, it is written
        after the checkpoint it needs, and only then are the earlier ones deleted.
        """
        epoch, rate = len(history) + 1, self._learning_rate(history)
        self._model.optimizer.learning_rate = rate
        started = time.perf_counter()
        with self._engine.scope():
            loss = train_epoch(
                self._model,
                self._average,
                self._batches,
                epoch=epoch,
                seed=self._settings["seed"],
                progress=self._settings["progress"],
            )
        seconds = time.perf_counter() - started
        run.save_checkpoint(self._model, epoch)
        val_loss, scores = score_model(self._average, run.context, self._validation, self._loss, self._task)
        if not np.isfinite(val_loss):
            raise NonFiniteLoss(f"the validation loss became {val_loss} after epoch {epoch}: {WHAT_TO_TRY}")
        history.append(
            {
                "epoch": epoch,
                "learning_rate": rate,
                "loss": loss,
                "val_loss": val_loss,
                "val_snr": scores["snr"],
                "val_lsd": scores["lsd"],
                "seconds": round(seconds, 3),
            }
        )
        if self._shown_every and epoch % self._shown_every == 0:
            show_utterance(self._tracker, epoch, self._average, run, next(iter(self._validation[0])))
        if best_epoch([row["val_loss"] for row in history]) == epoch:
            run.save_model(self._average)
        run.write_history(history)
        for earlier in range(1, epoch):  # a training that was killed may have left one
            run.remove_checkpoint(earlier)

    def _learning_rate(self, history: list[dict]) -> float:
        return learning_rate(
            [row["val_loss"] for row in history],
            schedule=self._settings["schedule"],
            initial=self._settings["learning_rate"],
            epochs=self._settings["epochs"],
            plateau_factor=self._settings["plateau_factor"],
            plateau_patience=self._settings["plateau_patience"],
        )

    def _is_finished(self, history: list[dict]) -> bool:
        val_losses = [row["val_loss"] for row in history]
        return is_finished(val_losses, epochs=self._settings["epochs"], patience=self._settings["patience"])


def _print_epoch(history: list[dict], epochs: int) -> None:
    row = history[-1]
    best = "  *" if best_epoch([row["val_loss"] for row in history]) == len(history) else ""
    print(
        f"epoch {row['epoch']}/{epochs}  loss {row['loss']:.4f}  val_loss {row['val_loss']:.4f}  "
        f"val SNR {row['val_snr']:.2f} dB  val LSD {row['val_lsd']:.2f} dB  {row['seconds']:.1f} s{best}",
        flush=True,
    )
