"""Tests of the scores during training: means over all frames, and the analytic inverse as known answer."""

import numpy as np
import pytest
from configurations import settings
from noise import noise_utterance, small_spec

from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import write_shard
from mfccinv.evaluation.frame_metrics import FrameSums
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.features.task import MFCC_TO_MEL
from mfccinv.models.assembly import build_model
from mfccinv.synthesis.baseline import Baseline
from mfccinv.training.loss import make_loss
from mfccinv.training.validation import score_baseline, score_model, score_numbers

SPEC = small_spec()


@pytest.fixture
def shards(tmp_path):
    """Two shards with utterances of very different lengths."""
    opened = []
    for number, lengths in enumerate([(5, 200), (40,)]):
        utterances = [noise_utterance(SPEC, length, seed=length, id=f"u{length}") for length in lengths]
        write_shard(tmp_path / f"{number}.npz", utterances, Context(9, "centre"))
        opened.append(open_shard(tmp_path / f"{number}.npz"))
    return opened


def test_every_frame_counts_the_same(shards):
    """The model is the analytic inverse, so loss and scores follow from NumPy alone."""
    values = settings("model", "pseudo_inverse")
    model = build_model(values, SPEC, None)
    frame_loss, sizes = make_loss({"name": "mse_db"}), []

    def spy(true_db, predicted_db):
        sizes.append(len(true_db))
        return frame_loss(true_db, predicted_db)

    loss, scores = score_model(model, Context.of(values), shards, spy, SPEC)
    assert all(size.bit_count() == 1 for size in sizes), "powers of two: JAX compiles for each size anew"
    assert sum(sizes) < 2 * (5 + 200 + 40)
    true = [utterance.log_mel for shard in shards for utterance in shard]
    predicted = [mfcc_to_log_mel(utterance.mfcc, SPEC) for shard in shards for utterance in shard]
    assert loss == pytest.approx(np.mean((np.concatenate(true) - np.concatenate(predicted)) ** 2), rel=1e-4)
    sums = [FrameSums.of(*pair) for pair in zip(true, predicted, strict=True)]
    assert scores == pytest.approx(FrameSums.stack(sums).total().summary(), abs=1e-3)
    assert scores == pytest.approx(score_baseline(shards, Baseline(MFCC_TO_MEL, SPEC, True)), abs=1e-3)
    assert {type(score) for score in scores.values()} == {float}


def test_the_mean_over_numbers_of_mfcc():
    scores = score_numbers(lambda n: {"snr": 2.0 * n}, [13, 20])
    assert scores == {None: {"snr": 33.0}, 13: {"snr": 26.0}, 20: {"snr": 40.0}}
    assert score_numbers(lambda n: {"snr": n}, []) == {None: {"snr": None}}
