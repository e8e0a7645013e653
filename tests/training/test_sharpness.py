"""Tests of what a training measures for detail=sharp."""

import numpy as np
from networks import SMALL, SPEC, make_small, randomized
from noise import noise_utterance

from mfccinv.evaluation.frame_metrics import active_frames
from mfccinv.features.context import Context
from mfccinv.features.fine_structure import fine_structure
from mfccinv.inference.prediction import predict_frames
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.training.validation import measure_sharpness


def test_deviations_are_those_of_active_frames():
    model, context = randomized(make_small("dense")), Context.of(SMALL["dense"])
    utterances = [noise_utterance(SPEC, n, seed=n) for n in (30, 50)]
    for utterance in utterances:
        utterance.log_mel[:5] = SPEC.floor_db
    found = measure_sharpness(model, context, [utterances[:1], utterances[1:]], SPEC, [SPEC.n_mfcc, SPEC.n_mels])
    predicted = predict_frames(KerasNetwork(model), context, [one.mfcc for one in utterances])
    frames = [(one.log_mel, mine) for one, mine in zip(utterances, predicted, strict=True)]
    active = [(true[active_frames(true)], mine[active_frames(true)]) for true, mine in frames]
    true, mine = (fine_structure(np.concatenate(one), SPEC).std(axis=0) for one in zip(*active, strict=True))
    assert list(found.true) == list(found.predicted) == [SPEC.n_mfcc]
    np.testing.assert_allclose(found.true[SPEC.n_mfcc], true, rtol=1e-3)
    np.testing.assert_allclose(found.predicted[SPEC.n_mfcc], mine, rtol=1e-3)
