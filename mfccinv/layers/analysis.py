"""Layers from sound to MFCC."""

import math

from keras import ops

from mfccinv.features.cepstrum import mfcc_basis
from mfccinv.features.mel import mel_filters
from mfccinv.features.window import padded_window, window_start
from mfccinv.layers.framing import cover_end, frames_of, pad_signal
from mfccinv.models.base_layers import SpecLayer, serializable

SMALLEST_ENERGY = 1e-30  # below it, a magnitude has no gradient


@serializable
class LogMel(SpecLayer):
    """Log-mel frames of sound, (batch, n_samples) → (batch, frames, n_mels), dB: `extract_log_mel`.

    Full scale is 1, and the rate is ``spec.sample_rate``: nothing is resampled.

    Parameters
    ----------
    spec : FeatureSpec, str, Path or dict
        See `mfccinv.inversion.arrays.mfcc_to_mel`; a dictionary has `FeatureSpec`'s fields.

    Raises
    ------
    ValueError
        For sound that is shorter than one frame, where its length is known when the layer is called.

    Examples
    --------
    >>> import numpy as np
    >>> from mfccinv.layers import LogMel
    >>> tuple(LogMel("asr")(np.zeros((2, 16000))).shape)
    (2, 101, 80)
    """

    def add_constants(self):
        self.window = self.add_constant("window", padded_window(self.spec))
        self.filters = self.add_constant("filters", mel_filters(self.spec).T)

    def call(self, y):
        spec, n_samples = self.spec, ops.shape(y)[1]
        if isinstance(n_samples, int) and spec.n_frames(n_samples) < 1:
            raise ValueError(f"y must hold at least one frame of n_fft={spec.n_fft} samples, got {n_samples}")
        if spec.preemphasis and spec.preemphasis_within == "signal":
            y = ops.concatenate([y[:, :1], y[:, 1:] - spec.preemphasis * y[:, :-1]], axis=1)
        frames = frames_of(pad_signal(cover_end(y, spec), spec), spec)
        real, imaginary = ops.rfft(self._prepared(frames) * self.window, spec.n_fft)
        energy = real**2 + imaginary**2
        spectrum = energy if spec.power == 2 else ops.sqrt(ops.maximum(energy, SMALLEST_ENERGY))
        mel = ops.matmul(spectrum, self.filters)
        floored = mel + spec.log_floor if spec.floor == "add" else ops.maximum(mel, spec.log_floor)
        log_mel = spec.db_per_decade / math.log(10) * ops.log(floored)
        if spec.top_db is not None:
            log_mel = ops.maximum(log_mel, ops.max(log_mel, axis=(1, 2), keepdims=True) - spec.top_db)
        return log_mel

    def _prepared(self, frames):
        """Frames without their mean and with their own pre-emphasis, where the specification says so."""
        spec = self.spec
        within = spec.preemphasis if spec.preemphasis_within == "frame" else 0.0
        if not (spec.remove_dc or within):
            return frames
        left = window_start(spec)
        inside = frames[:, :, left : left + spec.win_length]
        if spec.remove_dc:
            inside = inside - ops.mean(inside, axis=-1, keepdims=True)
        if within:
            inside = inside - within * ops.concatenate([inside[:, :, :1], inside[:, :, :-1]], axis=-1)
        return ops.pad(inside, ((0, 0), (0, 0), (left, spec.n_fft - spec.win_length - left)))

    def compute_output_shape(self, input_shape):
        batch, n_samples = input_shape
        return (batch, None if n_samples is None else self.spec.n_frames(n_samples), self.spec.n_mels)


@serializable
class Mfcc(SpecLayer):
    """MFCC of log-mel frames, (..., n_mels), dB → (..., n_mfcc), dB: `log_mel_to_mfcc`."""

    def add_constants(self):
        self.basis = self.add_constant("basis", mfcc_basis(self.spec).T)

    def call(self, log_mel):
        return ops.matmul(log_mel, self.basis)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.spec.n_mfcc)
