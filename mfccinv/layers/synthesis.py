"""Layers from log-mel frames to sound."""

import math

import numpy as np
from keras import ops

from mfccinv.configs.presets import Spec
from mfccinv.features.mel import covered_bins, mel_filters
from mfccinv.features.mel_spreading import bin_shares, spreading
from mfccinv.features.window import padded_window
from mfccinv.inference import formulas
from mfccinv.layers.framing import cut_signal, frames_of, overlap_add, pad_again
from mfccinv.layers.peaks import continue_peaks
from mfccinv.models.base_layers import SpecLayer, serializable
from mfccinv.synthesis.iterations import check_iterations
from mfccinv.synthesis.phase.momentum import check_momentum
from mfccinv.synthesis.stft import LEAST_COVERAGE, window_coverage

SMALLEST = 1e-20  # of a squared magnitude: below it, a phase has no gradient
LEAST_ECHO = 1e-7  # of the sample that pre-emphasis is undone with


@serializable
class MelToMagnitude(SpecLayer):
    """Smooth linear spectra with these mel frames, (..., n_mels), dB → (..., n_bins), magnitude ≥ 0: ``magnitude=kl``.

    Parameters
    ----------
    spec : FeatureSpec, str, Path or dict
        See `LogMel`.
    iterations : int >= 0
        Multiplicative updates, see `mfccinv.synthesis.magnitude.methods.kl.kl`.

    Examples
    --------
    >>> import numpy as np
    >>> from mfccinv.layers import MelToMagnitude
    >>> tuple(MelToMagnitude("asr", iterations=10)(np.zeros((2, 50, 80))).shape)
    (2, 50, 257)
    """

    def __init__(self, spec: Spec | dict, iterations: int, **options):
        check_iterations("iterations", iterations)
        self.iterations = iterations
        super().__init__(spec, **options)

    def add_constants(self):
        weights, offset = spreading(self.spec)
        self.weights_by_band = self.add_constant("weights_by_band", weights)
        self.offset = self.add_constant("offset", offset)
        self.filters = self.add_constant("filters", mel_filters(self.spec).T)
        self.shares = self.add_constant("shares", bin_shares(self.spec))
        self.covered = self.add_constant("covered", covered_bins(self.spec).astype(np.float32))

    def call(self, log_mel):
        spec = self.spec
        loudest = ops.stop_gradient(ops.max(log_mel, axis=-1, keepdims=True, initial=-np.inf))
        relative = log_mel - loudest
        smooth = formulas.spread_log_mel(ops, relative, self.weights_by_band, self.offset)
        mel, energy = self._linear(relative, loudest), self._linear(smooth, loudest)
        energy = formulas.kl_updates(ops, energy, mel, self.filters, self.shares, self.iterations)
        magnitude = energy if spec.power == 1 else ops.sqrt(ops.maximum(energy, SMALLEST))
        return magnitude * self.covered * 10 ** (loudest / 20)

    def _linear(self, relative, loudest):
        """Mel values of levels relative to the loudest band's."""
        per_decade = self.spec.db_per_decade
        mel = formulas.linear(ops, relative, per_decade)
        if self.spec.floor == "max":
            return mel
        return ops.maximum(mel - formulas.linear(ops, self.spec.floor_db - loudest, per_decade), 0.0)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_bins)

    def get_config(self):
        return super().get_config() | {"iterations": self.iterations}


@serializable
class GriffinLim(SpecLayer):
    """Sound of linear spectra, (batch, frames, n_bins), magnitude ≥ 0 → (batch, n_samples): ``phase=griffin_lim``.

    A second input of the same shape is the phase to start from, radians; without it, the start is that of
    ``phase.start=spsi``, through which no gradient goes: a phase depends on all frames before it. There must be at
    least two frames; the sound has ``spec.n_samples(frames)`` samples, and pre-emphasis is undone in it. In training,
    memory grows with the iterations.

    Parameters
    ----------
    spec : FeatureSpec, str, Path or dict
        See `LogMel`.
    iterations : int >= 0
    momentum : float >= 0
        0: the algorithm of 1984; see `mfccinv.synthesis.phase.methods.griffin_lim.griffin_lim`.

    Raises
    ------
    ValueError
        For windows that leave samples out, settings out of range, and a single frame.

    Examples
    --------
    >>> import numpy as np
    >>> from mfccinv.layers import GriffinLim
    >>> tuple(GriffinLim("asr", iterations=2, momentum=0.99)(np.ones((3, 101, 257))).shape)
    (3, 16000)
    """

    def __init__(self, spec: Spec | dict, iterations: int, momentum: float, **options):
        check_iterations("iterations", iterations)
        check_momentum("momentum", momentum)
        self.iterations, self.momentum = iterations, momentum
        super().__init__(spec, **options)

    def add_constants(self):
        window_coverage(self.spec)
        self.window = self.add_constant("window", padded_window(self.spec))
        if preemphasis := self.spec.preemphasis:
            echoes = np.arange(math.ceil(math.log(LEAST_ECHO, preemphasis)), -1, -1)
            self.echo = self.add_constant("echo", (preemphasis**echoes)[:, None, None])

    def call(self, magnitude, phase=None):
        if magnitude.shape[1] is not None and magnitude.shape[1] < 2:
            raise ValueError(f"there must be at least two frames, got {magnitude.shape[1]}")
        if phase is None:
            phase = ops.stop_gradient(continue_peaks(magnitude, self.spec))
        per_coverage = self._per_coverage(magnitude)
        span = self._span(magnitude * ops.cos(phase), magnitude * ops.sin(phase), per_coverage)
        before = span
        for _ in range(self.iterations):
            ahead = span + self.momentum * (span - before)
            real, imaginary = ops.rfft(frames_of(ahead, self.spec) * self.window, self.spec.n_fft)
            factor = magnitude / ops.sqrt(ops.maximum(real**2 + imaginary**2, SMALLEST))
            before, span = span, self._span(real * factor, imaginary * factor, per_coverage)
        return self._without_preemphasis(cut_signal(span, self.spec))

    def _span(self, real, imaginary, per_coverage):
        """Signal with its padding, nearest in least squares to spectra; see `mfccinv.synthesis.stft.Stft.inverse`."""
        frames = ops.irfft((real, imaginary), self.spec.n_fft) * self.window
        span = overlap_add(frames, self.spec) * per_coverage
        return pad_again(cut_signal(span, self.spec), self.spec)

    def _per_coverage(self, magnitude):
        """Reciprocal of the sum of the squared windows over each sample, (1, span)."""
        coverage = overlap_add(ops.ones_like(magnitude[:1, :, :1]) * self.window**2, self.spec)
        return 1 / ops.maximum(coverage, LEAST_COVERAGE * ops.max(coverage, initial=0))

    def _without_preemphasis(self, y):
        if not self.spec.preemphasis:
            return y
        before = self.echo.shape[0] - 1
        return ops.conv(ops.pad(y, ((0, 0), (before, 0)))[:, :, None], self.echo)[:, :, 0]

    def compute_output_shape(self, magnitude_shape, phase_shape=None):
        batch, n_frames, _ = magnitude_shape
        return (batch, None if n_frames is None else self.spec.n_samples(n_frames))

    def get_config(self):
        return super().get_config() | {"iterations": self.iterations, "momentum": self.momentum}
