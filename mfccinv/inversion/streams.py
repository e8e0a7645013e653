"""Streams: MFCC frames in, one or some at a time, samples out, with a stated latency."""

import numpy as np

from mfccinv.configs.presets import Spec, resolve_spec
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.features.decibels import db_to_magnitude
from mfccinv.features.preemphasis import DeEmphasis
from mfccinv.inference.network import Network
from mfccinv.inference.prediction import network_inputs
from mfccinv.inversion.arguments import check_levels, check_numbers
from mfccinv.run_folders.lookup import check_run, load_once
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.synthesis.frames_to_audio import smooth_window
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.phase.rtisi import Rtisi


class StreamingInverter:
    """Turns a stream of MFCC frames into sound.

    The sound is the one that `mfccinv.synthesis.frames_to_audio.frames_to_audio` makes of all frames at once with
    ``phase=rtisi_la``. A frame waits only for the network's context and the look-ahead.

        inverter = StreamingInverter(spec, run=run, magnitude={"name": "pinv"}, look_ahead=3, iterations=8)
        for frame in frames:                # (n_mfcc,)
            play(inverter.push(frame))      # (n_samples,), at spec.sample_rate
        play(inverter.finish())

    Parameters
    ----------
    spec : FeatureSpec, str, Path or None
        See `mfccinv.inversion.arrays.mfcc_to_mel`.
    run : RunFolder or None
        The network; None is the analytic inverse. One that was trained with ``model.position=last`` sees no future.
    magnitude : dict
        See `log_mel_to_magnitude`. A run that was trained with ``target=linear`` doesn't use it.
    look_ahead, iterations : int
        See `Rtisi`.

    Attributes
    ----------
    latency_frames : int
        Number of MFCC frames that must follow a frame before it is heard.
    latency_seconds : float
        The same in seconds, and the frame's own length.

    Raises
    ------
    ValueError
        If the run takes mel frames or forecasts; for settings out of range.
    mfccinv.features.spec.SpecMismatch
        If the run was trained on another spec.
    """

    def __init__(self, spec: Spec, *, run: RunFolder | None, magnitude: dict, look_ahead: int, iterations: int):
        spec = resolve_spec(spec)
        if run:
            check_run(run, spec, source="mfcc")
        self._spec, self._magnitude = spec, magnitude
        self._is_linear = run is not None and run.task.target == "linear"
        if not self._is_linear and magnitude["name"] == "learned":
            raise ValueError("magnitude=learned needs the frames after each one, which a stream doesn't have yet")
        self._network = _FrameStream(*load_once(run.folder)) if run else None
        self._de_emphasis = DeEmphasis(spec)
        smooth, self._gain = (spec, 1.0) if self._is_linear else smooth_window(spec)
        self._phase = Rtisi(smooth, look_ahead=look_ahead, iterations=iterations)
        self._n_frames = self._n_out = 0
        self._waiting = np.zeros(0, np.float32)  # decided, but perhaps beyond the end
        self._skipped = spec.margin  # padding before the first sample
        self._is_done = False
        self.latency_frames = look_ahead + (self._network.future if self._network else 0)
        self.latency_seconds = (spec.n_fft + self.latency_frames * spec.hop_length) / spec.sample_rate

    def push(self, mfcc: np.ndarray) -> np.ndarray:
        """Take the next frame (n_mfcc,) or frames (n_frames, n_mfcc), dB; return the samples that became final.

        Raises
        ------
        ValueError
            For another number of coefficients, for what is no array of finite numbers, for levels that no sound has,
            and after `finish`.
        """
        if self._is_done:
            raise ValueError("the stream is finished: make another")
        mfcc = np.atleast_2d(check_numbers("mfcc", mfcc))
        if mfcc.ndim != 2 or mfcc.shape[1] != self._spec.n_mfcc:
            raise ValueError(f"mfcc must be (n_frames, n_mfcc={self._spec.n_mfcc}), got shape {mfcc.shape}")
        if len(mfcc) == 0:
            return np.zeros(0, np.float32)
        with np.errstate(over="ignore"):
            analytic = mfcc_to_log_mel(mfcc, self._spec)
        check_levels("mfcc", analytic)
        self._n_frames += len(mfcc)
        frames = self._network.push(mfcc) if self._network else analytic
        return self._deliver(self._sound(frames))

    def finish(self) -> np.ndarray:
        """Return the samples that are left, and end the stream."""
        if self._n_frames == 0 or self._is_done:
            return np.zeros(0, np.float32)
        self._is_done = True
        last = self._sound(self._network.finish()) if self._network else []
        return self._deliver([*last, self._phase.finish()])

    def _sound(self, frames: np.ndarray) -> list[np.ndarray]:
        if len(frames) == 0:
            return []
        if self._is_linear:
            linear = db_to_magnitude(frames)
        else:
            linear = self._gain * log_mel_to_magnitude(frames, self._spec, magnitude=self._magnitude)
        return [self._phase.push(frame) for frame in linear]

    def _deliver(self, parts: list[np.ndarray]) -> np.ndarray:
        """Join samples; drop the padding before the first, and hold back those beyond the frames that came so far."""
        self._waiting = np.concatenate([self._waiting, *parts])
        skipped = min(self._skipped, len(self._waiting))
        self._skipped -= skipped
        ready = self._waiting[skipped : skipped + max(0, self._spec.n_samples(self._n_frames) - self._n_out)]
        self._waiting = self._waiting[skipped + len(ready) :]
        self._n_out += len(ready)
        return self._de_emphasis(ready)


class _FrameStream:
    """A network on a stream of MFCC frames; at the ends the first and the last frame are repeated, as offline."""

    def __init__(self, network: Network, context: Context):
        self._network, self._context = network, context
        self.future = context.length - 1 - context.target_offset
        self._seen: np.ndarray | None = None

    def push(self, mfcc: np.ndarray) -> np.ndarray:
        """Take frames (n, n_mfcc); return the predictions (m, n_outputs), dB, whose context is complete."""
        if self._seen is None:
            self._seen = np.repeat(mfcc[:1], self._context.target_offset, axis=0)
        self._seen = np.concatenate([self._seen, mfcc])
        ready = len(self._seen) - self._context.length + 1
        if ready < 1:
            return np.zeros((0, self._network.n_outputs), np.float32)
        predicted = self._network.predict(network_inputs(self._network, self._seen)[None])[0]
        self._seen = self._seen[ready:]
        return predicted

    def finish(self) -> np.ndarray:
        """Return the predictions that still waited for frames."""
        assert self._seen is not None
        if self.future == 0:
            return np.zeros((0, self._network.n_outputs), np.float32)
        return self.push(np.repeat(self._seen[-1:], self.future, axis=0))
