"""Scores of a split during training: of a model, and of the analytic inverse it has to beat."""

import keras
import numpy as np

from mfccinv.analytic import mfcc_to_log_mel
from mfccinv.context import Context
from mfccinv.inversion import predict_log_mel
from mfccinv.losses import FrameFunction
from mfccinv.metrics import FrameSums
from mfccinv.shards import Shard
from mfccinv.spec import FeatureSpec


def score_model(
    model: keras.Model, context: Context, shards: list[Shard], frame_loss: FrameFunction
) -> tuple[float, dict[str, float]]:
    """Score a model on every frame of a split.

    Parameters
    ----------
    model : keras.Model
    context : Context
        The model's.
    shards : list of Shard
    frame_loss : callable
        See `mfccinv.losses`.

    Returns
    -------
    loss : float
        Mean of the frame loss over all frames.
    scores : dict of float
        See `FrameSums.summary`, dB.
    """
    sums, losses = [], 0.0
    utterances = [utterance for shard in shards for utterance in shard]
    predictions = predict_log_mel(model, context, (utterance.mfcc for utterance in utterances))
    for utterance, predicted in zip(utterances, predictions, strict=True):
        losses += float(np.sum(keras.ops.convert_to_numpy(frame_loss(np.array(utterance.log_mel), predicted))))
        sums.append(FrameSums.of(utterance.log_mel, predicted))
    stacked = FrameSums.stack(sums)
    return losses / int(stacked.frames.sum()), _plain_scores(stacked)


def score_analytic(shards: list[Shard], spec: FeatureSpec) -> dict[str, float]:
    """Score the analytic inverse on every frame of a split: what a model has to beat."""
    utterances = (utterance for shard in shards for utterance in shard)
    sums = [FrameSums.of(utterance.log_mel, mfcc_to_log_mel(utterance.mfcc, spec)) for utterance in utterances]
    return _plain_scores(FrameSums.stack(sums))


def _plain_scores(sums: FrameSums) -> dict[str, float]:
    return {name: float(score) for name, score in sums.total().summary().items()}
