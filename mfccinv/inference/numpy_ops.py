"""The functions of ``keras.ops`` that layers call, by NumPy in single precision, and whole layers that it has not."""

import math
from collections.abc import Callable

import numpy as np
from numpy import (  # noqa: F401 - they are used by their names here
    clip,
    concatenate,
    cos,
    exp,
    isnan,
    log,
    logical_not,
    max,
    maximum,
    reshape,
    sin,
    sqrt,
    where,
)
from scipy.special import expit

LEAKY_SLOPE = 0.2  # of Keras's leaky_relu
# Abramowitz and Stegun, Handbook of mathematical functions, 1964, 7.1.26.
ERF_P, ERF_POLYNOMIAL = 0.3275911, (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
HALF_POLYNOMIAL = tuple(np.float32(coefficient / 2) for coefficient in ERF_POLYNOMIAL)
FURTHEST = np.float32(7)  # beyond, x Φ(-x) is below 1e-11; products of numbers below 1e-38 take ten times as long


def matmul(x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Multiply frames, as rows of one matrix, by a matrix: (..., n), (n, m) → (..., m)."""
    return np.matmul(x.reshape(-1, x.shape[-1]), matrix).reshape(*x.shape[:-1], *matrix.shape[1:])


def affine(x: np.ndarray, matrix: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Multiply frames by a matrix and add a bias: (..., n), (n, m), (m,) → (..., m)."""
    product = matmul(x, matrix)
    product += bias
    return product


def cast(x: np.ndarray, dtype: str) -> np.ndarray:
    """Convert to another type."""
    return x.astype(dtype)


def zeros(shape: tuple[int, ...]) -> np.ndarray:
    """Zeros in single precision."""
    return np.zeros(shape, np.float32)


def stop_gradient(x: np.ndarray) -> np.ndarray:
    """Return what was given: there are no gradients."""
    return x


def average_pool(x: np.ndarray, length: int, *, strides: int, padding: str, data_format: str) -> np.ndarray:
    """Mean over each window of ``length`` frames, (batch, frames, n) → (batch, frames - length + 1, n)."""
    assert (strides, padding, data_format) == (1, "valid", "channels_last")
    sums = np.cumsum(x, axis=1, dtype=np.float64)
    windows = sums[:, length - 1 :].copy()
    windows[:, 1:] -= sums[:, :-length]
    return (windows / length).astype(x.dtype)


def layer_normalization(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float) -> np.ndarray:
    """Normalise each frame (..., n) to mean 0 and variance 1, nearly, and scale and shift it."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.einsum("...i,...i->...", centred, centred)[..., None] / np.float32(x.shape[-1])
    centred *= 1 / np.sqrt(variance + np.float32(epsilon))
    centred *= gamma
    centred += beta
    return centred


def gelu(x: np.ndarray) -> np.ndarray:
    """``x (1 + erf(x / sqrt(2))) / 2``; in place, and with less work than SciPy's error function.

    ``erf(z) = 1 - polynomial(t) exp(-z²)`` with ``t = 1 / (1 + p z)``, for z >= 0, has an error below 1.5e-7, about
    that of single precision.
    """
    size = np.abs(x)
    np.minimum(size, FURTHEST, out=size)
    t = size * np.float32(ERF_P * math.sqrt(0.5))
    t += 1
    np.reciprocal(t, out=t)
    tail = t * HALF_POLYNOMIAL[-1]  # in the end, |x| (1 - erf(z)) / 2
    for coefficient in HALF_POLYNOMIAL[-2::-1]:
        tail += coefficient
        tail *= t
    tail *= size
    size *= size
    size *= np.float32(-0.5)
    tail *= np.exp(size, out=size)
    return np.subtract(np.maximum(x, 0, out=size), tail, out=tail)  # x Φ(x) = max(x, 0) - |x| Φ(-|x|)


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.maximum(x, np.float32(LEAKY_SLOPE) * x),
    "elu": lambda x: np.maximum(x, 0) + np.expm1(np.minimum(x, 0)),
    "gelu": gelu,
    "silu": lambda x: x * expit(x),
    "tanh": np.tanh,
}
