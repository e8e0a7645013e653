"""Streams: MFCC frames in, one or some at a time, samples out, with a stated latency."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mfccinv.configs.presets import Spec, method_settings, resolve_spec
from mfccinv.features.cepstrum import mfcc_to_log_mel, mfcc_to_whole_log_mel
from mfccinv.features.decibels import db_to_magnitude
from mfccinv.features.preemphasis import DeEmphasis
from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion.arguments import check_levels, check_numbers
from mfccinv.inversion.stream_stages import ByNetwork, EachFrame, Stage, WithPhase
from mfccinv.run_folders.lookup import check_run, find_run
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.synthesis.frames_to_audio import smooth_window
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.methods import AUTO, Methods, choose_phase
from mfccinv.synthesis.phase.problem import LEARNED, learned_by
from mfccinv.synthesis.phase.rtisi import BEFORE, Rtisi


class StreamingInverter:
    """Turns a stream of MFCC frames into sound.

    The sound is the one that `mfccinv.synthesis.frames_to_audio.frames_to_audio` makes of all frames at once with the
    same methods; nearly, without a network, of features with ``top_db`` whose bands hold no bin: a stream doesn't know
    the floor, which follows the loudest frame. A frame waits only for the contexts of the networks and the look-ahead.
    Several frames in one call are faster than one by one: a network computes its context for each call.

        inverter = StreamingInverter(spec, run=run)
        for frames in portions:             # (n_frames, n_mfcc)
            play(inverter.push(frames))     # (n_samples,), at spec.sample_rate
        play(inverter.finish())

    Parameters
    ----------
    spec : FeatureSpec, str, Path or None
        See `mfccinv.inversion.arrays.mfcc_to_mel`.
    run : RunFolder, str, Path or None
        The network, or the name of a run, see `RunFolder.open`; None is the analytic inverse. One that was trained with
        ``model.position=last`` sees no future.
    magnitude : str or dict
        See `mfccinv.inversion.arrays.mel_to_magnitude`. A run that was trained with ``target=linear`` doesn't use it.
    phase : str or dict
        ``rtisi_la`` or ``rtisi_learned``, or their settings, see `Rtisi`; ``auto``: the latter, where a network is
        shipped that finds the phase, and for mel frames one that finds the magnitude.

    Attributes
    ----------
    latency_frames : int
        Number of MFCC frames that must follow a frame before it is heard.
    latency_seconds : float
        The same in seconds, and the frame's own length.

    Raises
    ------
    ValueError
        If the run takes mel frames or forecasts; for settings out of range, and a phase method that needs all frames.
    mfccinv.features.spec.SpecMismatch
        If the run was trained on another spec.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        run: RunFolder | str | Path | None,
        magnitude: str | dict = AUTO,
        phase: str | dict = AUTO,
    ):
        spec = resolve_spec(spec)
        if isinstance(run, str | Path):
            run = RunFolder.open(run)
        if run is not None:
            check_run(run, spec, source="mfcc")
        is_linear = run is not None and run.task.target == "linear"
        methods = _choose(Methods.resolve(magnitude=magnitude, phase=phase, vocoder=None), spec, is_linear=is_linear)
        smooth, gain = (spec, 1.0) if is_linear else smooth_window(spec)
        # With top_db, the floor isn't known before the recording's end.
        analytic = mfcc_to_whole_log_mel if spec.top_db is None else mfcc_to_log_mel
        self._spec = spec
        self._stages = [
            ByNetwork(run) if run else EachFrame(lambda mfcc: analytic(mfcc, spec)),
            *([EachFrame(db_to_magnitude)] if is_linear else _to_magnitude(methods.magnitude, spec, gain)),
        ]
        settings = methods.phase
        if checkpoint := learned_by(settings["start"]):
            self._stages.append(WithPhase(smooth, checkpoint))
        self._phase = Rtisi(smooth, look_ahead=settings["look_ahead"], iterations=settings["iterations"])
        self._de_emphasis = DeEmphasis(spec)
        self._n_frames = self._n_out = 0
        self._waiting = np.zeros(0, np.float32)  # decided, but perhaps beyond the end
        self._skipped = spec.margin  # padding before the first sample
        self._is_done = False
        self.latency_frames = settings["look_ahead"] + sum(stage.future for stage in self._stages)
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
            check_levels("mfcc", mfcc_to_log_mel(mfcc, self._spec))
        self._n_frames += len(mfcc)
        return self._deliver(self._sound(mfcc, self._stages))

    def finish(self) -> np.ndarray:
        """Return the samples that are left, and end the stream."""
        was_done, self._is_done = self._is_done, True
        if self._n_frames == 0 or was_done:
            return np.zeros(0, np.float32)
        last = [
            part
            for place, stage in enumerate(self._stages, start=1)
            for part in self._sound(stage.finish(), self._stages[place:])
        ]
        left = self._deliver([*last, self._phase.finish()])
        return np.pad(left, (0, self._spec.n_samples(self._n_frames) - self._n_out))  # where no window reaches

    def _sound(self, frames: np.ndarray, stages: list[Stage]) -> list[np.ndarray]:
        """Push frames through stages; return the samples that each of the spectra at their end decides."""
        for stage in stages:
            if len(frames) == 0:
                return []
            frames = stage.push(frames)
        if np.iscomplexobj(frames):
            return [self._phase.push(np.abs(frame), np.angle(frame)) for frame in frames]
        return [self._phase.push(frame) for frame in frames]

    def _deliver(self, parts: list[np.ndarray]) -> np.ndarray:
        """Join samples; drop the padding before the first, and hold back those beyond the frames that came so far."""
        self._waiting = np.concatenate([self._waiting, *parts])
        skipped = min(self._skipped, len(self._waiting))
        self._skipped -= skipped
        ready = self._waiting[skipped : skipped + max(0, self._spec.n_samples(self._n_frames) - self._n_out)]
        self._waiting = self._waiting[skipped + len(ready) :]
        self._n_out += len(ready)
        return self._de_emphasis(ready)


def _choose(methods: Methods, spec: FeatureSpec, *, is_linear: bool) -> Methods:
    """Return the methods of a stream; refuse with ValueError those that need all frames."""
    if methods.phase["name"] == AUTO:
        at_once = choose_phase(methods.phase, spec) if is_linear else methods.chosen(spec).phase
        of_stream = "rtisi_learned" if learned_by(at_once.get("start")) else "rtisi_la"
        methods = replace(methods, phase=method_settings("phase", of_stream))
    name, start = methods.phase["name"], methods.phase.get("start")
    if name != "rtisi_la" or not (start == BEFORE or learned_by(start)):
        given = f"phase={name}" + (f" phase.start={start}" if start else "")
        raise ValueError(f"a stream takes phase=rtisi_la or rtisi_learned, the others need all frames, got {given}")
    return methods.chosen(spec)


def _to_magnitude(magnitude: dict, spec: FeatureSpec, gain: float) -> list[Stage]:
    """Stages from log-mel frames to magnitudes times a gain."""
    if magnitude["name"] == LEARNED:
        run = find_run(magnitude["checkpoint"], spec, source="mel")
        return [ByNetwork(run), EachFrame(lambda frames: gain * db_to_magnitude(frames))]
    return [EachFrame(lambda frames: gain * log_mel_to_magnitude(frames, spec, magnitude=magnitude))]
