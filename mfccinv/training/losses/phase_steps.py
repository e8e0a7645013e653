"""Squared error of phase steps, each as much as it is worth."""

from keras import ops

from mfccinv.features.phase_steps import PARTS
from mfccinv.training.loss import FrameFunction


def phase_steps() -> FrameFunction:
    """Mean of ``weight |predicted - step|²`` over the steps of a frame, see `mfccinv.features.phase_steps`.

    True frames have steps times weights, predicted ones steps alone: they tend to the mean of those that are possible.
    Where nothing is known of them, that is 0, and the loss of zeros is 1, the mean weight.
    """

    def frame_loss(true, predicted):
        weight = ops.sqrt(_squares(true))
        error = weight * (_squares(predicted) + 1) - 2 * _pairs(true * predicted)
        return ops.mean(error, axis=-1)

    return frame_loss


def _squares(steps):
    """Squared magnitudes of steps, (..., 4 n_bins) → (..., 2 n_bins)."""
    return _pairs(steps**2)


def _pairs(values):
    """Sum of what belongs to the real and the imaginary part of each step, likewise."""
    time_real, time_imag, frequency_real, frequency_imag = ops.split(values, PARTS, axis=-1)
    return ops.concatenate([time_real + time_imag, frequency_real + frequency_imag], axis=-1)
