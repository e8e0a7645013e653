"""Frames predicted by a model: the one path that validation, evaluation and inversion share."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from mfccinv.features.context import Context

if TYPE_CHECKING:
    import keras

# Segments are about as long as the utterances, so that few frames are computed as mere context. Their length and their
# number in a batch are powers of two, so that a model is compiled for few shapes.
SEGMENT_FRAMES = (64, 128, 256, 512)
BATCH_FRAMES = 4096


def predict_frames(model: "keras.Model", context: Context, inputs: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Predict every frame of utterances: log-mel frames from MFCC, or whatever the model was made for.

    At the edges of an utterance, its first and last frames are repeated to complete the context. So with
    ``position="next"``, the first frame of an utterance, and no other, is predicted from its own MFCC. Memory does not
    grow with the number of utterances.

    Parameters
    ----------
    model : keras.Model
        See `mfccinv.models.assembly.build_model`.
    context : Context
        The model's.
    inputs : iterable of (n_frames, n_inputs), float32, dB
        What the model takes: MFCC, n_inputs = n_mfcc, or mel frames. If it takes several numbers of MFCC, utterances
        may have any of them.

    Yields
    ------
    predicted : (n_frames, n_outputs), float32, dB
        One for each utterance, in order.

    Raises
    ------
    ValueError
        If an array has another number of coefficients than the model, no frames, or values that are not finite.
    """
    group: list[np.ndarray] = []
    for one in inputs:
        group.append(model_inputs(model, one))
        if sum(map(len, group)) >= BATCH_FRAMES:
            yield from _predict_group(model, context, group)
            group = []
    if group:
        yield from _predict_group(model, context, group)


def _predict_group(model: "keras.Model", context: Context, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Predict utterances together: cut into segments of one length, in batches of one size, and put together again."""
    frames = np.concatenate(inputs)
    ends = np.cumsum([len(one) for one in inputs])
    begins = ends - [len(one) for one in inputs]
    mean_length = len(frames) / len(inputs)
    segment_frames = next((length for length in SEGMENT_FRAMES if length >= mean_length), SEGMENT_FRAMES[-1])
    firsts = [np.arange(begin, end, segment_frames) for begin, end in zip(begins, ends, strict=True)]
    n_segments = [len(first) for first in firsts]
    first, begin, end = np.concatenate(firsts), np.repeat(begins, n_segments), np.repeat(ends, n_segments)
    predicted = np.empty((len(frames), model.output_shape[-1]), np.float32)
    for start in range(0, len(first), BATCH_FRAMES // segment_frames):
        batch = np.arange(start, min(start + BATCH_FRAMES // segment_frames, len(first)))
        filled = filled_up(batch)
        rows = context.input_rows(first[filled], segment_frames, begin[filled], end[filled])
        outputs = model.predict_on_batch(frames[rows])
        for output, segment in zip(outputs, batch, strict=False):
            stop = min(first[segment] + segment_frames, end[segment])
            predicted[first[segment] : stop] = output[: stop - first[segment]]
    return np.split(predicted, ends[:-1])


def filled_up(indices: np.ndarray) -> np.ndarray:
    """Repeat indices until their number is a power of two, so that computations are compiled for few sizes."""
    return np.resize(indices, 1 << (len(indices) - 1).bit_length())


def model_inputs(model: "keras.Model", frames: np.ndarray) -> np.ndarray:
    """Frames (n_frames, n_inputs) as a model takes them: float32, with NaN for the MFCC that aren't known.

    Raises
    ------
    ValueError
        For another number of coefficients than the model takes, no frames, and values that are not finite.
    """
    frames = np.asarray(frames, np.float32)
    name, size = model.inputs[0].name, model.input_shape[-1]
    fewest = min((layer.fewest for layer in model.layers if hasattr(layer, "fewest")), default=size)
    if frames.ndim != 2 or not fewest <= frames.shape[1] <= size or len(frames) == 0:
        sizes = size if fewest == size else f"{fewest} to {size}"
        raise ValueError(f"{name} must be (n_frames, {sizes}) with at least one frame, got shape {frames.shape}")
    if not np.isfinite(frames).all():
        raise ValueError(f"{name} must be finite, got NaN or infinite values")
    unknown = size - frames.shape[1]
    return np.pad(frames, ((0, 0), (0, unknown)), constant_values=np.nan) if unknown else frames
