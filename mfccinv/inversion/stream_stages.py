"""Stages of a stream: frames in, and those frames out of which all that they need has come.

A stage has ``push``, which takes the next frames and returns those that are ready, ``finish``, which returns those that
still waited, and ``future``, the number of frames that must follow one before it is ready.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.prediction import network_inputs
from mfccinv.run_folders.loading import load_once
from mfccinv.run_folders.lookup import find_phase_run
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.synthesis.phase.predicted_steps import Integration, network_mel


class Stage(Protocol):
    """What a stream is made of."""

    future: int

    def push(self, frames: np.ndarray) -> np.ndarray:
        """Take frames (n, n_inputs); return those that are ready, (m, n_outputs)."""
        ...

    def finish(self) -> np.ndarray:
        """Return the frames that waited, (m, n_outputs)."""
        ...


class EachFrame:
    """A function of frames that looks at each of them alone."""

    future = 0

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]):
        self.push = function

    def finish(self) -> np.ndarray:
        """No frame waits."""
        return np.zeros((0, 0), np.float32)


class ByNetwork:
    """The network of a run; at the ends, the first and the last frame are repeated, as they are offline."""

    def __init__(self, run: RunFolder):
        self._network, self._context = load_once(run.folder)
        self.future = self._context.length - 1 - self._context.target_offset
        self._seen: np.ndarray | None = None

    def push(self, frames: np.ndarray) -> np.ndarray:
        """Take frames (n, n_inputs), dB; return the predictions (m, n_outputs), dB, whose context is complete."""
        if self._seen is None:
            self._seen = np.repeat(frames[:1], self._context.target_offset, axis=0)
        self._seen = np.concatenate([self._seen, frames])
        ready = len(self._seen) - self._context.length + 1
        if ready < 1:
            return np.zeros((0, self._network.n_outputs), np.float32)
        predicted = self._network.predict(network_inputs(self._network, self._seen)[None])[0]
        self._seen = self._seen[ready:]
        return predicted

    def finish(self) -> np.ndarray:
        """Return the predictions that still waited for frames."""
        if self.future == 0 or self._seen is None:
            return np.zeros((0, self._network.n_outputs), np.float32)
        return self.push(np.repeat(self._seen[-1:], self.future, axis=0))


class WithPhase:
    """Magnitudes to spectra whose phases are put together of what a network predicts.

    Parameters
    ----------
    spec : FeatureSpec
        Of the spectra.
    checkpoint : str
        See `find_phase_run`.
    """

    def __init__(self, spec: FeatureSpec, checkpoint: str):
        run = find_phase_run(checkpoint, spec)
        self._spec, self._of_network, self._network = spec, run.spec, ByNetwork(run)
        self._integration = Integration(spec)
        self._waiting = np.zeros((0, spec.n_bins), np.float32)
        self.future = self._network.future

    def push(self, frames: np.ndarray) -> np.ndarray:
        """Take magnitudes (n, n_bins); return complex spectra (m, n_bins)."""
        self._waiting = np.concatenate([self._waiting, frames])
        return self._directed(self._network.push(network_mel(frames, self._spec, self._of_network)))

    def finish(self) -> np.ndarray:
        """Return the spectra that still waited for frames."""
        return self._directed(self._network.finish())

    def _directed(self, steps: np.ndarray) -> np.ndarray:
        magnitude, self._waiting = self._waiting[: len(steps)], self._waiting[len(steps) :]
        return magnitude * self._integration.push(magnitude, steps)
