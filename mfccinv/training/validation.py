"""Scores of a split during training: of a model, and of the baseline it has to beat."""

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import tee

import keras
import numpy as np

from mfccinv.datasets.shards import Shard
from mfccinv.datasets.statistics import Moments
from mfccinv.evaluation.frame_metrics import FrameSums, active_frames
from mfccinv.features.context import Context
from mfccinv.features.fine_structure import fine_structure
from mfccinv.features.flow_path import FlowPath
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import MFCC_TO_MEL, Task
from mfccinv.inference.prediction import filled_up, predict_frames
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.run_folders.sharpness import Sharpness
from mfccinv.synthesis.baseline import Baseline
from mfccinv.training.loss import FrameFunction

GOLDEN_RATIO = 0.618034  # its multiples, less their whole part, are spread evenly, however many there are


def score_numbers(score: Callable[[int | None], dict[str, float]], numbers: list[int]) -> dict[int | None, dict]:
    """Score for each of these numbers of MFCC.

    Parameters
    ----------
    score : callable
        Takes a number, or None for all coefficients there are; returns scores by name.
    numbers : list of int
        None for a network that takes one number alone.

    Returns
    -------
    scores : dict of dict
        By number; the mean over them, or the scores with all coefficients if no number is given, under None.
    """
    if not numbers:
        return {None: score(None)}
    by_number = {n: score(n) for n in numbers}
    names = by_number[numbers[0]]
    return {None: {name: float(np.mean([one[name] for one in by_number.values()])) for name in names}} | by_number


def score_model(
    model: keras.Model,
    context: Context,
    shards: list[Shard],
    frame_loss: FrameFunction,
    spec: FeatureSpec,
    task: Task = MFCC_TO_MEL,
    n_mfcc: int | None = None,
) -> tuple[float, dict[str, float]]:
    """Score a model on every frame of a split.

    Parameters
    ----------
    model : keras.Model
    context : Context
        The model's context.
    shards : list of Shard
    frame_loss : callable
        See `mfccinv.training.loss.make_loss`.
    spec : FeatureSpec
        Of the frames.
    task : Task
        The model's task.
    n_mfcc : int or None
        Number of MFCC that the model is given; None: all there are.

    Returns
    -------
    loss : float
        Mean of the frame loss over all frames.
    scores : dict of float
        See `FrameSums.summary`, dB; of phase steps `phase_scores`.
    """
    sums, losses, n_frames = [], 0.0, 0
    utterances, again = tee(utterance for shard in shards for utterance in shard)
    predictions = predict_frames(
        KerasNetwork(model), context, (getattr(utterance, task.inputs)[:, :n_mfcc] for utterance in again)
    )
    for utterance, predicted in zip(utterances, predictions, strict=True):
        true = np.array(getattr(utterance, task.outputs))
        losses += float(np.sum(_frame_losses(frame_loss, true, predicted)))
        n_frames += len(true)
        if task.target != "phase":
            sums.append(FrameSums.of(task.scored(true, spec), task.scored(predicted, spec)))
    loss = losses / n_frames
    return loss, _plain_scores(FrameSums.stack(sums)) if sums else phase_scores(loss)


def phase_scores(loss: float) -> dict[str, float]:
    """Scores of phase steps by their loss `phase_steps`: their SNR, dB, as `FrameSums.summary` has that of spectra."""
    return {"snr": 10 * float(np.log10(1 / loss)), "lsd": float("nan")}


def flow_loss(
    model: keras.Model, context: Context, shards: list[Shard], frame_loss: FrameFunction, path: FlowPath
) -> float:
    """Mean loss, over all frames of a split, of a model that samples are drawn from.

    Each utterance is put at one time of the path with the same noise at every call; times are spread evenly. Parameters
    as `score_model`.
    """
    rng = np.random.default_rng(0)
    losses, n_frames = 0.0, 0

    def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for number, utterance in enumerate(utterance for shard in shards for utterance in shard):
            noise, _ = path.draw(rng, 1, len(utterance.log_mel))
            time = np.array([number * GOLDEN_RATIO % 1])
            given, target = path.training_pair(np.array(utterance.log_mel)[None], noise, time)
            yield np.concatenate([utterance.mfcc, given[0]], axis=1), target[0]

    targets, again = tee(pairs())
    predictions = predict_frames(KerasNetwork(model), context, (given for given, _ in again))
    for (_, target), predicted in zip(targets, predictions, strict=True):
        losses += float(np.sum(_frame_losses(frame_loss, target, predicted)))
        n_frames += len(target)
    return losses / n_frames


def _frame_losses(frame_loss: FrameFunction, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Loss of each frame, (n_frames,)."""
    filled = filled_up(np.arange(len(true)))
    return keras.ops.convert_to_numpy(frame_loss(true[filled], predicted[filled]))[: len(true)]


def measure_sharpness(
    model: keras.Model, context: Context, shards: list[Shard], spec: FeatureSpec, numbers: list[int]
) -> Sharpness:
    """Measure what of the fine structure a model predicts, in the active frames of a split.

    Parameters
    ----------
    model : keras.Model
        Predicts log-mel frames from MFCC.
    context : Context
    shards : list of Shard
    spec : FeatureSpec
        The model's.
    numbers : list of int
        Numbers of MFCC that it is given; those that leave nothing to predict are passed over.
    """
    true, predicted = {}, {}
    for n_mfcc in (n for n in numbers if n < spec.n_mels):
        given = spec.with_n_mfcc(n_mfcc)
        utterances, again = tee(utterance for shard in shards for utterance in shard)
        predictions = predict_frames(KerasNetwork(model), context, (one.mfcc[:, :n_mfcc] for one in again))
        moments = []
        for utterance, frames in zip(utterances, predictions, strict=True):
            active = active_frames(utterance.log_mel)
            if active.any():
                both = np.stack([utterance.log_mel[active], frames[active]], axis=1)
                moments.append(Moments.of(fine_structure(both, given).reshape(len(both), -1)))
        std = reduce(Moments.merge, moments).std
        true[n_mfcc], predicted[n_mfcc] = np.split(std, 2)
    return Sharpness(true, predicted)


def score_baseline(shards: list[Shard], baseline: Baseline) -> dict[str, float]:
    """Score the baseline, which a model has to beat, on every frame of a split, with the MFCC that it is for."""
    task, spec = baseline.task, baseline.spec
    if task.target == "phase":
        return phase_scores(1.0)
    sums = []
    for utterance in (utterance for shard in shards for utterance in shard):
        true = getattr(utterance, task.outputs)
        found = baseline.frames(getattr(utterance, task.inputs)[:, : task.n_inputs(spec)])
        sums.append(FrameSums.of(task.scored(true, spec), task.scored(found, spec)))
    return _plain_scores(FrameSums.stack(sums))


def _plain_scores(sums: FrameSums) -> dict[str, float]:
    return {name: float(score) for name, score in sums.total().summary().items()}
