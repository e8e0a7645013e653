"""What the layers of this package compute: one formula for Keras and for NumPy.

The first argument of each, ``ops``, is what computes: ``keras.ops``, or a module with those of its functions that are
called here. Arrays are (..., n), with frames and, before them, segments as the other axes; levels are in dB.
"""

import math

LOUDNESS_SLOPE = 2.0  # of the logarithm of a frame's weight by its standardised c0: about that of its amplitude
FARTHEST_C0 = 6.0  # standardised: beyond are but digital silence and what is far from speech
SILENCE_DB = 1.0  # a frame whose loudest band is less above the floor is digital silence
TIME_RATES = (0.5, 1, 2, 4)  # half waves from time 0 to 1
SMALLEST_ENERGY = 1e-18  # relative to the frame's loudest bin; 1 over its square, in a gradient, fits single precision


def scaled_weights(ops, kernel, bias, gamma, beta):
    """Kernel and bias of a dense layer whose inputs are multiplied by ``gamma`` and moved by ``beta`` first."""
    return ops.reshape(gamma, (-1, 1)) * kernel, ops.matmul(beta, kernel) + bias


def affine_weights(ops, kernel, bias, affine):
    """Kernel and bias of a dense layer whose outputs go through functions that are affine along the last axis.

    For affine ``a``, ``a(x W + b)`` is ``x (a(W) - a(0)) + a(b)``.
    """
    rows = ops.concatenate([kernel, ops.reshape(bias, (1, -1)), ops.zeros((1, kernel.shape[-1]))])
    for apply in affine:
        rows = apply(rows)
    return rows[:-2] - rows[-1], rows[-2]


def context_windows(ops, x, length: int, dilation: int):
    """Every window of ``length`` frames that are ``dilation`` apart, flattened.

    (batch, frames + (length - 1) * dilation, n) → (batch, frames, length * n).
    """
    lost = (length - 1) * dilation
    slices = [x[:, first : (first - lost) or None] for first in range(0, lost + 1, dilation)]
    return ops.concatenate(slices, axis=-1) if length > 1 else x


def loudness_statistics(ops, x, length: int):
    """Mean and standard deviation of standardised MFCC over ``length`` frames; loud ones count more than pauses.

    (batch, frames + length - 1, n) → (batch, frames, 2 * n). A frame's weight is ``exp(LOUDNESS_SLOPE * c0)``, of c0
    within ± `FARTHEST_C0`: loud frames and quiet ones have weights that running sums can tell apart.
    """
    weights = ops.exp(LOUDNESS_SLOPE * ops.clip(x[..., :1], -FARTHEST_C0, FARTHEST_C0))
    sums = ops.concatenate([weights, weights * x, weights * x**2], axis=-1)
    sums = ops.average_pool(sums, length, strides=1, padding="valid", data_format="channels_last")
    moments = sums[..., 1:] / sums[..., :1]
    n = x.shape[-1]
    mean, square = moments[..., :n], moments[..., n:]
    return ops.concatenate([mean, ops.sqrt(ops.maximum(square - mean**2, 0.0) + 1e-3)], axis=-1)


def analytic_inverse(ops, mfcc, inverse, silence, floor_db: float):
    """Minimum-norm log-mel frames of MFCC, relative to digital silence; see `mfcc_to_log_mel`."""
    return floor_db + ops.matmul(zero_if_unknown(ops, mfcc - silence), inverse)


def add_residual(ops, analytic, residual, floor_db: float):
    """Add a residual to analytic frames, but not to digital silence."""
    return analytic + speech_gate(ops, analytic, floor_db) * residual


def null_space(ops, residual, forward, inverse):
    """Part of log-mel residuals that doesn't change the MFCC."""
    return residual - ops.matmul(ops.matmul(residual, forward), inverse)


def project_onto_mfcc(ops, log_mel, mfcc, forward, inverse, silence, floor_db: float):
    """Nearest log-mel frames whose MFCC are these; of one that is NaN, that of the frames stays."""
    own = ops.matmul(log_mel - floor_db, forward)
    return log_mel + ops.matmul(zero_if_unknown(ops, mfcc - silence - own), inverse)


def magnitude_to_db(ops, magnitude, floor_db: float):
    """Convert mel magnitude ≥ 0 to dB, not below the floor."""
    floor = 10 ** (floor_db / 20)
    return 20 / math.log(10) * ops.log(ops.maximum(ops.cast(magnitude, "float32"), floor))


def unknown_mfcc(ops, x, steps, start):
    """Put zeros for MFCC that are NaN, and add values that tell how many are known, see `UnknownMfcc`."""
    known = ops.cast(ops.logical_not(ops.isnan(x)), "float32")
    return ops.concatenate([zero_if_unknown(ops, x), start + ops.matmul(known, steps)], axis=-1)


def unknown_part(ops, coefficients, mfcc, basis):
    """Log-mel residual of those DCT coefficients (..., n_mels) that the MFCC (..., n_mfcc) don't tell."""
    n = mfcc.shape[-1]
    unknown = ops.where(ops.isnan(mfcc), coefficients[..., :n], 0.0)
    return ops.matmul(ops.concatenate([unknown, coefficients[..., n:]], axis=-1), basis)


def spread_log_mel(ops, log_mel, weights_by_band, offset):
    """Smooth linear spectra of log-mel frames, (..., n_mels) → (..., n_bins)."""
    return ops.matmul(log_mel, weights_by_band) + offset


def mel_of_linear(ops, level, filters, per_decade: float, floor_db: float):
    """Log-mel frames of linear spectra, (..., n_bins) → (..., n_mels)."""
    loudest = ops.max(level, axis=-1, keepdims=True)
    mel = ops.matmul(linear(ops, level - loudest, per_decade), filters)
    return ops.maximum(loudest + _level(ops, mel, per_decade), floor_db)


def mel_consistency(ops, level, log_mel, filters, back, uncovered, per_decade: float, floor_db: float, iterations: int):
    """Nearby linear spectra that have, very nearly, the mel frames given; see `MelConsistency`."""
    loudest = ops.stop_gradient(ops.max(level, axis=-1, keepdims=True))
    energy = linear(ops, level - loudest, per_decade)
    mel = linear(ops, log_mel - loudest, per_decade)
    kept = uncovered * energy
    energy = kept + (1 - uncovered) * kl_updates(ops, energy, mel, filters, back, iterations)
    return ops.maximum(loudest + _level(ops, energy, per_decade), floor_db)


def kl_updates(ops, energy, mel, filters, shares, iterations: int):
    """Bring the mel frames of spectra nearer to those given by multiplicative updates, see `kl`.

    Energies (..., n_bins) and (..., n_mels) are relative to the loudest. Bins in no band become 0.
    """
    for _ in range(iterations):
        ratio = mel / ops.maximum(ops.matmul(energy, filters), SMALLEST_ENERGY)
        energy = energy * ops.matmul(ratio, shares)
    return energy


def keep_silence(ops, level, log_mel, floor_db: float):
    """Linear spectra, put to the floor where the log-mel frames are silent."""
    return floor_db + speech_gate(ops, log_mel, floor_db) * (level - floor_db)


def speech_gate(ops, log_mel, floor_db: float):
    """0 for frames (..., n_mels) of digital silence, 1 for others, (..., 1).

    It begins to grow `SILENCE_DB` above the floor, beyond what rounding does, and is 1 one dB later.
    """
    return ops.clip(ops.max(log_mel, axis=-1, keepdims=True) - (floor_db + SILENCE_DB), 0.0, 1.0)


def zero_if_unknown(ops, values):
    """Put zeros for NaN, which stands for what isn't known of the MFCC."""
    return ops.where(ops.isnan(values), 0.0, values)


def flow_output(ops, mean, rest, given):
    """What a flow predicts: as much of the mean as its time leaves of it, and what else the state tells.

    The time is the last value of each frame that is ``given``; where it is NaN, the mean is asked for. See
    `mfccinv.features.flow_path`: of what is expected at the end, ``(1 - t) / sqrt(t² + (1 - t)²)`` is to be predicted
    at time t.
    """
    time = given[..., -1:]
    known = zero_if_unknown(ops, time)
    part = (1.0 - known) / ops.sqrt(known**2 + (1.0 - known) ** 2) * mean
    return part + ops.where(ops.isnan(time), 0.0, rest)


def time_features(ops, given):
    """Waves of the time, which is the last value of each frame, (..., 2 * len(TIME_RATES))."""
    phases = [given[..., -1:] * (math.pi * rate) for rate in TIME_RATES]
    return ops.concatenate([*map(ops.sin, phases), *map(ops.cos, phases)], axis=-1)


def modulate(ops, x, scale_and_shift):
    """Scale and shift frames (..., n) by numbers (..., 2 n) that are 0 where nothing is to be done."""
    n = x.shape[-1]
    return x * (1.0 + scale_and_shift[..., :n]) + scale_and_shift[..., n:]


def first_coefficients(ops, x, n: int):
    """The first ``n`` of the values of each frame, (..., n)."""
    return x[..., :n]


def linear(ops, level, per_decade: float):
    """Convert dB to power or magnitude, whichever mel frames are made of."""
    return ops.exp(level * (math.log(10) / per_decade))


def _level(ops, energy, per_decade: float):
    return per_decade / math.log(10) * ops.log(ops.maximum(energy, SMALLEST_ENERGY))
