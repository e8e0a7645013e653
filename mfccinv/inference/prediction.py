"""Frames predicted by a model: the one path that validation, evaluation and inversion share."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from mfccinv.features.context import Context
from mfccinv.inference.network import Network
from mfccinv.system.frame_threads import equal_shares, in_threads, jobs_in_threads, shares

# Segments are about as long as the utterances, so that few frames are computed as mere context. Their length and their
# number in a batch are powers of two, so that Keras compiles a model for few shapes.
SEGMENT_FRAMES = (64, 128, 256, 512)
BATCH_FRAMES = 4096
TOGETHER_FRAMES = 1536  # of segments that aren't compiled for, with their context: a cache's worth


def predict_frames(network: Network, context: Context, inputs: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Predict every frame of utterances: log-mel frames from MFCC, or whatever the network was made for.

    At the edges of an utterance, its first and last frames are repeated to complete the context. So with
    ``position="next"``, the first frame of an utterance, and no other, is predicted from its own MFCC. Memory does not
    grow with the number of utterances.

    Parameters
    ----------
    network : Network
    context : Context
        The network's.
    inputs : iterable of (n_frames, n_inputs), float32, dB
        What the network takes: MFCC, n_inputs = n_mfcc, or mel frames. If it takes several numbers of MFCC, utterances
        may have any of them.

    Yields
    ------
    predicted : (n_frames, n_outputs), float32, dB
        One for each utterance, in order.

    Raises
    ------
    ValueError
        If an array has another number of coefficients than the network takes, no frames, or values that are not finite.
    """
    group: list[np.ndarray] = []
    for one in inputs:
        group.append(network_inputs(network, one))
        if sum(map(len, group)) >= BATCH_FRAMES:
            yield from _predict_group(network, context, group)
            group = []
    if group:
        yield from _predict_group(network, context, group)


def _predict_group(network: Network, context: Context, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Predict utterances together: cut into segments, and put together again."""
    frames = np.concatenate(inputs)
    ends = np.cumsum([len(one) for one in inputs])
    begins = ends - [len(one) for one in inputs]
    predicted = np.empty((len(frames), network.n_outputs), np.float32)
    predict = _predict_equal if network.is_compiled else _predict_each
    predict(network, context, frames, list(zip(begins, ends, strict=True)), predicted)
    return np.split(predicted, ends[:-1])


def _predict_equal(
    network: Network, context: Context, frames: np.ndarray, places: list[tuple[int, int]], predicted: np.ndarray
) -> None:
    """Predict segments of one length, in batches of one size: a network is compiled for each shape of a batch."""
    mean_length = len(frames) / len(places)
    segment_frames = next((length for length in SEGMENT_FRAMES if length >= mean_length), SEGMENT_FRAMES[-1])
    segments = [(first, *place) for place in places for first in range(*place, segment_frames)]
    first, begin, end = np.transpose(segments)
    for start in range(0, len(first), BATCH_FRAMES // segment_frames):
        batch = np.arange(start, min(start + BATCH_FRAMES // segment_frames, len(first)))
        filled = filled_up(batch)
        rows = context.input_rows(first[filled], segment_frames, begin[filled], end[filled])
        outputs = network.predict(frames[rows])
        for output, segment in zip(outputs, batch, strict=False):
            stop = min(first[segment] + segment_frames, end[segment])
            predicted[first[segment] : stop] = output[: stop - first[segment]]


def _predict_each(
    network: Network, context: Context, frames: np.ndarray, places: list[tuple[int, int]], predicted: np.ndarray
) -> None:
    """Predict segments as long as there are frames in them, those of one length together; threads share them."""
    by_length: dict[int, list[tuple[int, int, int]]] = {}
    for begin, end in places:
        least = SEGMENT_FRAMES[1] if len(places) == 1 else None  # of many utterances, each thread has some
        for part in equal_shares(end - begin, SEGMENT_FRAMES[-1], least):
            by_length.setdefault(part.stop - part.start, []).append((begin + part.start, begin, end))
    batches = []
    for length, segments in sorted(by_length.items(), reverse=True):  # a long one at the end would keep one thread
        some = shares(len(segments), TOGETHER_FRAMES // (length + context.length))
        batches += [(length, segments[share]) for share in some]

    def predict(batch: tuple[int, list[tuple[int, int, int]]]) -> None:
        length, segments = batch
        first, begin, end = np.transpose(segments)
        outputs = network.predict(frames[context.input_rows(first, length, begin, end)])
        predicted[first[:, None] + np.arange(length)] = outputs

    in_threads(predict, batches)


def jobs_by(network: Network, jobs: Iterable[Callable[[], np.ndarray]]) -> Iterator[np.ndarray]:
    """Yield what each job returns that predicts by a network, in order; threads share them, unless it is Keras's."""
    return (job() for job in jobs) if network.is_compiled else jobs_in_threads(jobs)


def filled_up(indices: np.ndarray) -> np.ndarray:
    """Repeat indices until their number is a power of two, so that computations are compiled for few sizes."""
    return np.resize(indices, 1 << (len(indices) - 1).bit_length())


def network_inputs(network: Network, frames: np.ndarray) -> np.ndarray:
    """Frames (n_frames, n_inputs) as a network takes them: float32, with NaN for the MFCC that aren't known.

    Raises
    ------
    ValueError
        For another number of coefficients than the network takes, no frames, and values that are not finite.
    """
    frames = np.asarray(frames, np.float32)
    name, size, fewest = network.input_name, network.n_inputs, network.fewest_inputs
    if frames.ndim != 2 or not fewest <= frames.shape[1] <= size or len(frames) == 0:
        sizes = size if fewest == size else f"{fewest} to {size}"
        raise ValueError(f"{name} must be (n_frames, {sizes}) with at least one frame, got shape {frames.shape}")
    if not np.isfinite(frames).all():
        raise ValueError(f"{name} must be finite, got NaN or infinite values")
    unknown = size - frames.shape[1]
    return np.pad(frames, ((0, 0), (0, unknown)), constant_values=np.nan) if unknown else frames
