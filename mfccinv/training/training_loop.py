"""The epochs of a run until it is finished: each is trained, validated, saved and reported."""

import shlex
import time

import numpy as np

from mfccinv.evaluation.frame_metrics import finite_or_none
from mfccinv.run_folders.run import Run
from mfccinv.synthesis.baseline import Baseline
from mfccinv.training.epoch import WHAT_TO_TRY, NonFiniteLoss, train_epoch
from mfccinv.training.preparation import Prepared, next_learning_rate
from mfccinv.training.schedules import best_epoch, reason_to_stop
from mfccinv.training.tracker import Tracker, show_utterance
from mfccinv.training.validation import score_baseline, score_model


def train_until_finished(run: Run, prepared: Prepared, tracker: Tracker) -> None:
    """Train from the last finished epoch on until the run is finished, then score the best model.

    Raises
    ------
    NonFiniteLoss
        If a loss or a gradient is no longer finite.
    KeyboardInterrupt
        With the command that goes on.
    """
    history = run.read_history()
    _remove_earlier_checkpoints(run, history)
    if prepared.n_parameters == 0:
        run.save_model(prepared.average)
    elif history:
        with prepared.devices.scope():
            run.load_checkpoint(prepared.model, len(history))
    baseline = Baseline(run.task, run.spec, run.context.sees_target)
    baseline_scores = score_baseline(prepared.validation, baseline)
    _print_start(run, prepared, baseline, baseline_scores)
    if history and (reason := _reason_to_stop(history, prepared)):
        print(f"nothing is left to train: {reason}", flush=True)
    elif prepared.n_parameters:
        run.remove_metrics("validation")  # a run that goes on isn't finished
    tracker.start(run)
    failed = True
    try:
        while prepared.n_parameters and not _reason_to_stop(history, prepared):
            _run_epoch(run, prepared, history, tracker)
        failed = False
    except KeyboardInterrupt:
        kept = f"epochs that are kept: {len(run.read_history())}"
        raise KeyboardInterrupt(f"{kept}; go on with: mfccinv train resume={shlex.quote(str(run.folder))}") from None
    finally:
        tracker.close(failed=failed)
    loss, scores = score_model(run.load_model(), run.context, prepared.validation, prepared.loss, run.task)
    gain = scores["snr"] - baseline_scores["snr"]
    values = {"loss": loss, **scores, "snr_gain": gain}
    run.add_metrics("validation", {name: finite_or_none(value) for name, value in values.items()})


def _reason_to_stop(history: list[dict], prepared: Prepared) -> str | None:
    training = prepared.settings.training
    return reason_to_stop([row["val_loss"] for row in history], epochs=training.epochs, patience=training.patience)


def _run_epoch(run: Run, prepared: Prepared, history: list[dict], tracker: Tracker) -> None:
    """Train, validate, save and report one epoch, and add its row to the history.

    A training that is killed loses at most this epoch. The history says how far the run is. It is written after the
    checkpoint that it needs, and earlier checkpoints are removed after that.
    """
    history.append(_train_and_validate(run, prepared, history))
    epoch = len(history)
    every = prepared.settings.tracker["every"]
    if every and epoch % every == 0:
        show_utterance(tracker, epoch, prepared.average, run, next(iter(prepared.validation[0])))
    if _is_best(history):
        run.save_model(prepared.average)
    run.write_history(history)
    _remove_earlier_checkpoints(run, history)
    tracker.log(epoch, history[-1])
    _print_epoch(history, prepared.settings.training.epochs)


def _remove_earlier_checkpoints(run: Run, history: list[dict]) -> None:
    """Remove the checkpoints before the last epoch's: that of the epoch before, and what killed trainings left."""
    for earlier in range(1, len(history)):
        run.remove_checkpoint(earlier)


def _train_and_validate(run: Run, prepared: Prepared, history: list[dict]) -> dict:
    """Train one epoch, save its checkpoint, and return its row of the history."""
    training = prepared.settings.training
    epoch, rate = len(history) + 1, next_learning_rate(history, training)
    prepared.model.optimizer.learning_rate = rate
    started = time.perf_counter()
    with prepared.devices.scope():
        loss = train_epoch(
            prepared.model,
            prepared.average,
            prepared.batches,
            epoch=epoch,
            seed=training.seed,
            progress=training.progress,
        )
    seconds = time.perf_counter() - started
    run.save_checkpoint(prepared.model, epoch)
    val_loss, scores = score_model(prepared.average, run.context, prepared.validation, prepared.loss, run.task)
    if not np.isfinite(val_loss):
        raise NonFiniteLoss(f"the validation loss became {val_loss} after epoch {epoch}: {WHAT_TO_TRY}")
    return {
        "epoch": epoch,
        "learning_rate": rate,
        "loss": loss,
        "val_loss": val_loss,
        "val_snr": scores["snr"],
        "val_lsd": scores["lsd"],
        "seconds": round(seconds, 3),
    }


def _is_best(history: list[dict]) -> bool:
    """Whether the last epoch is the best."""
    return best_epoch([row["val_loss"] for row in history]) == len(history)


def _print_start(run: Run, prepared: Prepared, baseline: Baseline, scores: dict[str, float]) -> None:
    print(
        f"run {run.folder}: {prepared.n_parameters:,} parameters, {prepared.batches.n_pairs:,} pairs in "
        f"{len(prepared.batches)} batches; {baseline.title} has val SNR {scores['snr']:.2f} dB, "
        f"val LSD {scores['lsd']:.2f} dB",
        flush=True,
    )


def _print_epoch(history: list[dict], epochs: int) -> None:
    row = history[-1]
    print(
        f"epoch {row['epoch']}/{epochs}  loss {row['loss']:.4f}  val_loss {row['val_loss']:.4f}  "
        f"val SNR {row['val_snr']:.2f} dB  val LSD {row['val_lsd']:.2f} dB  {row['seconds']:.1f} s"
        f"{'  *' if _is_best(history) else ''}",
        flush=True,
    )
