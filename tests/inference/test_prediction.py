"""Tests of the prediction: independent of grouping and order, edges that stand still, errors, bounded memory."""

import numpy as np
import pytest
from configurations import settings
from networks import randomized
from noise import noise_mfcc, noise_statistics, small_spec

from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.inference.prediction import BATCH_FRAMES, SEGMENT_FRAMES, predict_frames
from mfccinv.models.assembly import build_model
from mfccinv.models.keras_network import KerasNetwork

SPEC = small_spec()
LONGEST = SEGMENT_FRAMES[-1]
LENGTHS = (1, 3, LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST, 50)


def make(position="centre", context=9, **changes):
    """A small random model and its context."""
    values = settings("model", "dense_small") | {"hidden": [16], "context": context, "position": position} | changes
    return KerasNetwork(randomized(build_model(values, SPEC, noise_statistics(SPEC)))), Context.of(values)


@pytest.fixture
def mfccs():
    return [noise_mfcc(SPEC, length, seed) for seed, length in enumerate(LENGTHS)]


def test_every_frame_is_predicted(mfccs):
    predicted = list(predict_frames(*make(), mfccs))
    assert [one.shape for one in predicted] == [(length, SPEC.n_mels) for length in LENGTHS]
    assert {one.dtype for one in predicted} == {np.dtype("float32")}
    assert np.isfinite(np.concatenate(predicted)).all()


@pytest.mark.parametrize("position", ["centre", "last", "next"])
@pytest.mark.parametrize("context", [1, 4, 9])
def test_the_signal_stands_still_at_its_edges(mfccs, position, context):
    blind = {"output": "log_mel", "projection": False} if position == "next" else {}
    network, window = make(position, context, **blind)
    after = max(0, window.length - 1 - window.target_offset)
    for mfcc, predicted in zip(mfccs, predict_frames(network, window, mfccs), strict=True):
        padded = np.pad(mfcc, ((window.target_offset, after), (0, 0)), mode="edge")
        if position == "next":
            padded = padded[:-1]
        np.testing.assert_allclose(predicted, network.predict(padded[None])[0], atol=1e-3)


def test_does_not_depend_on_grouping_or_order(mfccs):
    network, context = make()
    together = list(predict_frames(network, context, mfccs))
    backwards = list(predict_frames(network, context, mfccs[::-1]))[::-1]
    for mfcc, first, second in zip(mfccs, together, backwards, strict=True):
        (alone,) = predict_frames(network, context, [mfcc])
        np.testing.assert_allclose(first, alone, atol=1e-4)
        np.testing.assert_allclose(first, second, atol=1e-4)


def test_a_frame_depends_on_its_context_alone():
    network, context = make()
    mfcc = noise_mfcc(SPEC, 300)
    (whole,) = predict_frames(network, context, [mfcc])
    (part,) = predict_frames(network, context, [mfcc[90:200]])
    np.testing.assert_allclose(part[4:-4], whole[94:196], atol=1e-4)
    assert np.abs(part[0] - whole[90]).max() > 0.01


def test_the_pseudo_inverse_predicts_the_analytic_inverse(mfccs):
    values = settings("model", "pseudo_inverse")
    network = KerasNetwork(build_model(values, SPEC, None))
    for mfcc, predicted in zip(mfccs, predict_frames(network, Context.of(values), mfccs), strict=True):
        np.testing.assert_allclose(predicted, mfcc_to_log_mel(mfcc, SPEC), atol=1e-3)


def test_reads_no_more_than_it_needs():
    """A batch of frames is read before the first result, not all of a long corpus."""
    read = 0

    def utterances():
        nonlocal read
        for seed in range(1000):
            read += 1
            yield noise_mfcc(SPEC, 128, seed)

    predicted = predict_frames(*make(), utterances())
    assert read == 0
    next(predicted)
    assert read == BATCH_FRAMES // 128
    for _ in range(BATCH_FRAMES // 128):
        next(predicted)
    assert read == 2 * BATCH_FRAMES // 128


@pytest.mark.parametrize(
    "lengths", [(BATCH_FRAMES + 1,), (1,), (64, 64, 64), (65,), (400,), (1500,), (20, 10, 300)], ids=str
)
def test_shapes_are_few_and_fit(monkeypatch, lengths):
    """A model is compiled for powers of two, of segments and of their frames, and computes little that nobody needs."""
    network, context = make()
    seen, predict = [], network.predict
    monkeypatch.setattr(network, "predict", lambda x: (seen.append(x.shape), predict(x))[1])
    list(predict_frames(network, context, [noise_mfcc(SPEC, length) for length in lengths]))
    sizes = [(n_segments, n_frames - (context.length - 1)) for n_segments, n_frames, _ in seen]
    assert all(size.bit_count() == 1 for pair in sizes for size in pair)
    assert {n_frames for _, n_frames in sizes} <= set(SEGMENT_FRAMES)
    assert max(n_segments * n_frames for n_segments, n_frames in sizes) <= BATCH_FRAMES
    assert sum(n_segments * n_frames for n_segments, n_frames in sizes) < 4 * sum(lengths) + SEGMENT_FRAMES[0]


def test_nothing_gives_nothing():
    assert list(predict_frames(*make(), [])) == []


@pytest.mark.parametrize("shape", [(5, 7), (5,), (1, 5, 8), (0, 8)])
def test_another_shape_is_refused(shape):
    with pytest.raises(
        ValueError, match=rf"mfcc must be \(n_frames, 8\) with at least one frame, got shape \({shape[0]}"
    ):
        list(predict_frames(*make(), [np.zeros(shape, np.float32)]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value):
    mfcc = noise_mfcc(SPEC, 20)
    mfcc[7, 3] = value
    with pytest.raises(ValueError, match="mfcc must be finite, got NaN or infinite values"):
        list(predict_frames(*make(), [mfcc]))
