"""Samples drawn from a network by flow matching: one of the spectra that are possible, instead of their mean."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from mfccinv.features.context import Context
from mfccinv.features.flow_path import FlowPath
from mfccinv.inference import formulas, numpy_ops
from mfccinv.inference.network import Network
from mfccinv.inference.prediction import jobs_by, predict_frames

STEPS = 16  # from noise to speech; see docs/experiments.md


def draw_frames(
    network: Network,
    context: Context,
    path: FlowPath,
    mfcc: Iterable[np.ndarray],
    *,
    seed: int,
    sample: int = 0,
    steps: int = STEPS,
) -> Iterator[np.ndarray]:
    """Draw log-mel frames that have the MFCC of each utterance.

    The velocity is followed from noise on by Euler's method, in steps of equal length. Every utterance is drawn by
    itself: its place among the others matters, and not what they are.

    Parameters
    ----------
    network : Network
        Of a task that is a flow.
    context : Context
        The network's.
    path : FlowPath
        That the network was trained on.
    mfcc : iterable of (n_frames, n_mfcc), float32, dB
    seed, sample : int >= 0
        With the utterance's place among them, they determine the noise. Samples of a seed are independent.
    steps : int >= 1

    Returns
    -------
    drawn : iterator of (n_frames, n_mels), float32, dB
        One for each utterance, in order; see `jobs_by`.
    """

    def draw(number: int, one: np.ndarray) -> np.ndarray:
        state, _ = path.draw(np.random.default_rng([seed, sample, number]), 1, len(one))
        of_this = network.for_same_mfcc()
        for step in range(steps):
            time = np.array([step / steps], np.float32)
            given = np.concatenate([one, path.given(state, time)[0]], axis=1)
            [predicted] = predict_frames(of_this, context, [given])
            state = state + path.velocity(predicted[None], state, time) / np.float32(steps)
        return _with_silence(path.frames(predicted, state[0]), path)

    return jobs_by(network, (partial(draw, number, one) for number, one in enumerate(mfcc)))


def _with_silence(drawn: np.ndarray, path: FlowPath) -> np.ndarray:
    """Take the fine structure away where the MFCC are those of digital silence."""
    smooth = path.frames(drawn, np.zeros((len(drawn), path.n_coefficients), np.float32))
    return formulas.add_residual(numpy_ops, smooth, drawn - smooth, path.spec.floor_db)
