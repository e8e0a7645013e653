"""The epochs of a run until it is finished: each is trained, validated, saved and reported."""

import shlex
import time
from dataclasses import replace

import keras
import numpy as np

from mfccinv.evaluation.frame_metrics import finite_or_none
from mfccinv.models.flow_head import freeze_mean
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_files import history_name, metrics_name
from mfccinv.synthesis.baseline import Baseline
from mfccinv.training.epoch import WHAT_TO_TRY, NonFiniteLoss, train_epoch
from mfccinv.training.preparation import Prepared, next_learning_rate
from mfccinv.training.schedules import best_epoch, reason_to_stop
from mfccinv.training.tracker import Tracker, show_utterance
from mfccinv.training.validation import flow_loss, measure_sharpness, score_baseline, score_model, score_numbers

VALIDATED = ("loss", "snr", "lsd")  # scores that the history has


def train_until_finished(run: Run, prepared: Prepared, tracker: Tracker) -> None:
    """Train from the last finished epoch on until the run is finished, then score the best model.

    Raises
    ------
    NonFiniteLoss
        If a loss or a gradient is no longer finite.
    KeyboardInterrupt
        With the command that goes on.
    """
    if run.task.flow:
        for model in (prepared.model, prepared.average):
            freeze_mean(model)
    history = run.read_history()
    _remove_earlier_checkpoints(run, history)
    if prepared.n_parameters == 0:
        run.save_model(prepared.average)
    elif history:
        with prepared.devices.scope():
            run.load_checkpoint(prepared.model, len(history))
    baseline = Baseline(run.task, run.spec, run.context.sees_target)
    baseline_scores = _score_baseline(run, prepared, baseline)
    _print_start(run, prepared, baseline, baseline_scores[None])
    if history and (reason := _reason_to_stop(history, prepared)):
        print(f"nothing is left to train: {reason}", flush=True)
    elif prepared.n_parameters:
        run.remove_metrics()  # a run that goes on isn't finished, and those of test sets are of the network before
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
        prepared.batches.close()
        tracker.close(failed=failed)
    model = run.load_model()
    if run.has_sharpness:
        numbers = [n for n in prepared.validated_mfcc if n < run.spec.n_mels]  # others leave nothing to predict
        numbers = numbers or [run.task.min_mfcc or run.spec.n_mfcc]
        run.write_sharpness(measure_sharpness(model, run.context, prepared.validation, run.spec, numbers))
    scores = _score_model(run, prepared, model)
    for n, values in reversed(scores.items()):  # with those of all numbers the run is finished
        values["snr_gain"] = values["snr"] - baseline_scores[n]["snr"]
        run.add_metrics(metrics_name("validation", n), {name: finite_or_none(value) for name, value in values.items()})


def _score_model(run: Run, prepared: Prepared, model: keras.Model) -> dict[int | None, dict[str, float]]:
    """Loss and scores on the validation split, by the number of MFCC, see `score_numbers`."""

    def score(n_mfcc: int | None) -> dict[str, float]:
        validation, spec = prepared.validation, run.spec
        loss, scores = score_model(model, run.context, validation, prepared.loss, spec, run.task, n_mfcc)
        if prepared.flow_path is not None:
            loss = flow_loss(model, run.context, validation, prepared.loss, prepared.flow_path)
        return {"loss": loss, **scores}

    return score_numbers(score, prepared.validated_mfcc)


def _score_baseline(run: Run, prepared: Prepared, baseline: Baseline) -> dict[int | None, dict[str, float]]:
    """Scores of the baseline, likewise."""

    def score(n_mfcc: int | None) -> dict[str, float]:
        spec = run.spec if n_mfcc is None else run.spec.with_n_mfcc(n_mfcc)
        return score_baseline(prepared.validation, replace(baseline, spec=spec))

    return score_numbers(score, prepared.validated_mfcc)


def is_at_end(run: Run, prepared: Prepared) -> bool:
    """Whether nothing is left to train of a run."""
    return _reason_to_stop(run.read_history(), prepared) is not None


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
    if every and epoch % every == 0 and run.task.target != "phase":
        shown = next(iter(prepared.validation[0]))
        show_utterance(tracker, epoch, prepared.average, run, shown, next(iter(prepared.validated_mfcc), None))
    if _is_best(history):
        run.save_model(prepared.average)
    run.write_history(history)
    _remove_earlier_checkpoints(run, history)
    tracker.log(epoch, history[-1])
    _print_epoch(history, prepared.settings.training.epochs, prepared.validated_mfcc)


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
    scores = _score_model(run, prepared, prepared.average)
    val_loss = scores[None]["loss"]
    if not np.isfinite(val_loss):
        raise NonFiniteLoss(f"the validation loss became {val_loss} after epoch {epoch}: {WHAT_TO_TRY}")
    return {
        "epoch": epoch,
        "learning_rate": rate,
        "loss": loss,
        **{history_name(f"val_{name}", n): one[name] for n, one in scores.items() for name in VALIDATED},
        "seconds": round(seconds, 3),
    }


def _is_best(history: list[dict]) -> bool:
    """Whether the last epoch is the best."""
    return best_epoch([row["val_loss"] for row in history]) == len(history)


def _print_start(run: Run, prepared: Prepared, baseline: Baseline, scores: dict[str, float]) -> None:
    print(
        f"run {run.folder}: {prepared.n_parameters:,} parameters, {prepared.batches.description}; "
        f"{baseline.title} has val SNR {scores['snr']:.2f} dB"
        f"{_lsd_told(scores['lsd'])}",
        flush=True,
    )


def _print_epoch(history: list[dict], epochs: int, numbers: list[int]) -> None:
    row = history[-1]
    by_number = ", ".join(f"{row[history_name('val_snr', n)]:.2f} of {n} MFCC" for n in numbers)
    snr = f"{row['val_snr']:.2f} dB" + (f" ({by_number})" if by_number else "")
    print(
        f"epoch {row['epoch']}/{epochs}  loss {row['loss']:.4f}  val_loss {row['val_loss']:.4f}  "
        f"val SNR {snr}{_lsd_told(row['val_lsd'], '  ')}  {row['seconds']:.1f} s"
        f"{'  *' if _is_best(history) else ''}",
        flush=True,
    )


def _lsd_told(lsd_db: float, before: str = ", ") -> str:
    """The LSD, which phases have none of."""
    return f"{before}val LSD {lsd_db:.2f} dB" if np.isfinite(lsd_db) else ""
