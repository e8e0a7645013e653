"""The compiled part of `mfccinv.synthesis.phase.predicted_steps`."""

import numba
import numpy as np

LEAST_WEIGHT = 1e-9  # of what keeps each phase as it is, so that no bin is free
SMALLEST = 1e-12


@numba.njit(cache=True)
def integrate(magnitude, time_steps, frequency_steps):  # pragma: no cover - compiled
    """Find spectra of magnitude 1, (n_frames, n_bins), complex, whose phases go on by nearly these steps.

    Each frame x is the solution of least squares of ``|x - before * time_step|²`` and of ``|x[k] - x[k - 1] *
    frequency_step[k]|²``, weighted, without regard to its magnitudes: a tridiagonal system, solved by elimination.
    """
    n_frames, n_bins = magnitude.shape
    found = np.ones((n_frames, n_bins), np.complex128)
    diagonal, right = np.empty(n_bins, np.complex128), np.empty(n_bins, np.complex128)
    below, above = np.empty(n_bins, np.complex128), np.empty(n_bins, np.complex128)
    for t in range(n_frames):
        for k in range(n_bins):
            diagonal[k], right[k] = LEAST_WEIGHT, LEAST_WEIGHT
            if t > 0:
                step = time_steps[t, k] * np.sqrt(magnitude[t, k] * magnitude[t - 1, k])
                diagonal[k] += np.abs(step)
                right[k] += found[t - 1, k] * step
        for k in range(1, n_bins):
            step = frequency_steps[t, k] * np.sqrt(magnitude[t, k] * magnitude[t, k - 1])
            diagonal[k] += np.abs(step)
            diagonal[k - 1] += np.abs(step)
            below[k], above[k - 1] = -step, -np.conj(step)
        for k in range(1, n_bins):
            factor = below[k] / diagonal[k - 1]
            diagonal[k] -= factor * above[k - 1]
            right[k] -= factor * right[k - 1]
        value = right[n_bins - 1] / diagonal[n_bins - 1]
        found[t, n_bins - 1] = value / (np.abs(value) + SMALLEST)
        for k in range(n_bins - 2, -1, -1):
            value = (right[k] - above[k] * value) / diagonal[k]
            found[t, k] = value / (np.abs(value) + SMALLEST)
    return found
