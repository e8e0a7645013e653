"""Trains a model on a data set, in a run directory."""

import time
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from mfccinv.batches import RunBatches
from mfccinv.builder import build_dataset
from mfccinv.dataset import Dataset
from mfccinv.files import read_json, write_json
from mfccinv.inversion import predict_log_mel
from mfccinv.losses import FrameFunction, FrameMean, make_loss
from mfccinv.metrics import FrameSums
from mfccinv.models import build_model
from mfccinv.provenance import describe_environment
from mfccinv.runs import Run, RunError
from mfccinv.schedules import best_epoch, is_finished, learning_rate


class NonFiniteLoss(ArithmeticError):
    """The loss became NaN or infinite."""


def train(config: dict) -> Run:
    """Build the data set if it isn't there, train the model and save the run.

    Parameters
    ----------
    config : dict
        ``corpus``, ``split``, ``features``, ``dataset``: see `build_dataset`; ``model``: see `build_model`; ``loss``:
        see `make_loss`; ``training``: its settings; ``run``: ``root`` and ``name`` of the run directory.

    Returns
    -------
    run : Run
        Finished: ``model.keras`` is the best epoch's model.

    Raises
    ------
    NonFiniteLoss
        If the loss is no longer finite.
    """
    dataset = build_dataset(**{part: config[part] for part in ("corpus", "split", "features", "dataset")})
    keras.utils.set_random_seed(config["training"]["seed"])
    model = build_model(config["model"], dataset.spec, dataset.statistics)
    run = Run.create(config["run"]["root"], config["run"]["name"], config, dataset.spec, dataset.statistics)
    environment = describe_environment() | {
        "backend": keras.backend.backend(),
        "device": keras.distribution.list_devices(),
        "seed": config["training"]["seed"],
        "dataset": str(dataset.folder.resolve()),
        "fingerprint": dataset.manifest["fingerprint"],
        "parameters": model.count_params(),
        "trainable_parameters": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
    }
    write_json(run.folder / "environment.json", environment)
    return _run_epochs(run, model, dataset)


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
        If the run is not there, its data set is gone or was built anew with other contents.
    """
    run = Run.open(name, root)
    run.config["training"].update(training)
    environment = read_json(run.folder / "environment.json")
    dataset = Dataset(Path(environment["dataset"]))
    if dataset.manifest["fingerprint"] != environment["fingerprint"]:
        raise RunError(f"{dataset.folder} is not the data set that {run.folder} was trained on")
    dataset.spec.require_equal(run.spec, str(run.folder))
    keras.utils.set_random_seed(run.config["training"]["seed"])
    return _run_epochs(run, build_model(run.config["model"], run.spec, run.statistics), dataset)


def _run_epochs(run: Run, model: keras.Model, dataset: Dataset) -> Run:
    """Train from the last finished epoch on until the run is finished, then score the best model."""
    settings = run.config["training"]
    schedule = {"epochs": settings["epochs"], "patience": settings["patience"]}
    validation = dataset.shards("validation")
    if not model.trainable_weights:
        run.save_model(model)
        return _finish(run, validation)
    batches = RunBatches(
        dataset.shards("train"),
        run.context,
        run_frames=settings["run_frames"],
        batch_frames=settings["batch_frames"],
        steps_per_epoch=settings["steps_per_epoch"],
        seed=settings["seed"],
    )
    frame_loss = make_loss(run.config["loss"])
    model.compile(
        keras.optimizers.Adam(settings["learning_rate"], global_clipnorm=settings["gradient_clip"]),
        loss=FrameMean(frame_loss),
        jit_compile=False,
    )
    history = run.read_history()
    if history:
        run.load_checkpoint(model, len(history))
    val_losses = [row["val_loss"] for row in history]
    while not is_finished(val_losses, **schedule):
        epoch = len(history) + 1
        rate = learning_rate(
            val_losses,
            schedule=settings["schedule"],
            initial=settings["learning_rate"],
            epochs=settings["epochs"],
            plateau_factor=settings["plateau_factor"],
            plateau_patience=settings["plateau_patience"],
        )
        model.optimizer.learning_rate = rate
        started = time.perf_counter()
        loss = _train_epoch(model, batches, epoch, settings["progress"])
        seconds = time.perf_counter() - started
        val_loss, scores = _validate(model, run, validation, frame_loss)
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
        val_losses.append(val_loss)
        _save_epoch(run, model, history)
        print(
            f"epoch {epoch}/{settings['epochs']}  loss {loss:.4f}  val_loss {val_loss:.4f}  "
            f"val SNR {scores['snr']:.2f} dB  val LSD {scores['lsd']:.2f} dB  {seconds:.1f} s"
            + ("  *" if best_epoch(val_losses) == epoch else ""),
            flush=True,
        )
    return _finish(run, validation)


def _train_epoch(model: keras.Model, batches: RunBatches, epoch: int, progress: bool) -> float:
    """Train one epoch, counted from 1; return its mean loss."""
    batches.start_epoch(epoch - 1)
    watch = _Watch(epoch, progress)
    fitted = model.fit(batches, epochs=1, shuffle=False, verbose=0, callbacks=[watch])
    return float(fitted.history["loss"][0])


class _Watch(keras.callbacks.Callback):
    """Shows progress and stops at a loss that isn't finite."""

    def __init__(self, epoch: int, progress: bool):
        super().__init__()
        self._epoch, self._progress = epoch, progress

    def on_epoch_begin(self, epoch, logs=None):
        self._bar = tqdm(
            total=self.params["steps"],
            desc=f"epoch {self._epoch}",
            unit="step",
            leave=False,
            disable=None if self._progress else True,
        )

    def on_train_batch_end(self, batch, logs=None):
        self._bar.update()
        if not np.isfinite(logs["loss"]):
            self._bar.close()
            raise NonFiniteLoss(
                f"the loss became {logs['loss']} at step {batch + 1} of epoch {self._epoch}: "
                "try a lower training.learning_rate or training.gradient_clip"
            )

    def on_epoch_end(self, epoch, logs=None):
        self._bar.close()


def _validate(model: keras.Model, run: Run, shards: list, frame_loss: FrameFunction) -> tuple[float, dict]:
    """Mean of the frame loss over all frames of the split, and its scores."""
    sums, losses = [], 0.0
    utterances = [utterance for shard in shards for utterance in shard]
    predictions = predict_log_mel(model, run.context, (utterance.mfcc for utterance in utterances))
    for utterance, predicted in zip(utterances, predictions, strict=True):
        losses += float(np.sum(keras.ops.convert_to_numpy(frame_loss(np.array(utterance.log_mel), predicted))))
        sums.append(FrameSums.of(utterance.log_mel, predicted))
    whole = FrameSums.stack(sums).total()
    return losses / int(whole.frames), {name: float(score) for name, score in whole.summary().items()}


def _save_epoch(run: Run, model: keras.Model, history: list[dict]) -> None:
    """Save the epoch so that being killed at any point loses at most this epoch.

    The history is what says how far the run is: it is written after the checkpoint it needs, and only then is the
    epoch before deleted.
    """
    epoch = len(history)
    run.save_checkpoint(model, epoch)
    if best_epoch([row["val_loss"] for row in history]) == epoch:
        run.save_model(model)
    run.write_history(history)
    run.remove_checkpoint(epoch - 1)


def _finish(run: Run, validation: list) -> Run:
    model = run.load_model()
    loss, scores = _validate(model, run, validation, make_loss(run.config["loss"]))
    run.add_metrics("validation", {"loss": loss, **scores})
    return run
