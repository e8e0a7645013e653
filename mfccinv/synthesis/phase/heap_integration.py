"""The compiled part of `mfccinv.synthesis.phase.gradients`."""

import heapq

import numba
import numpy as np


@numba.njit(cache=True)
def integrate(level, done, along_time, along_frequency, phase):  # pragma: no cover - compiled
    """Integrate the gradients in place, from the loudest bin to its neighbours, the louder ones first.

    Bins that are ``done`` keep their phase. Where they separate the others into regions, each region starts from the
    phase of its loudest bin. The integral is by the trapezoidal rule.
    """
    n_frames, n_bins = level.shape
    order = np.argsort(-level.ravel())
    heap = [(0.0, 0, 0)]
    heap.pop()
    for place in order:
        t, m = place // n_bins, place % n_bins
        if done[t, m]:
            continue
        done[t, m] = True
        heapq.heappush(heap, (-level[t, m], t, m))
        while len(heap) > 0:
            _, t, m = heapq.heappop(heap)
            if t + 1 < n_frames and not done[t + 1, m]:
                phase[t + 1, m] = phase[t, m] + 0.5 * (along_time[t, m] + along_time[t + 1, m])
                done[t + 1, m] = True
                heapq.heappush(heap, (-level[t + 1, m], t + 1, m))
            if t > 0 and not done[t - 1, m]:
                phase[t - 1, m] = phase[t, m] - 0.5 * (along_time[t, m] + along_time[t - 1, m])
                done[t - 1, m] = True
                heapq.heappush(heap, (-level[t - 1, m], t - 1, m))
            if m + 1 < n_bins and not done[t, m + 1]:
                phase[t, m + 1] = phase[t, m] + 0.5 * (along_frequency[t, m] + along_frequency[t, m + 1])
                done[t, m + 1] = True
                heapq.heappush(heap, (-level[t, m + 1], t, m + 1))
            if m > 0 and not done[t, m - 1]:
                phase[t, m - 1] = phase[t, m] - 0.5 * (along_frequency[t, m] + along_frequency[t, m - 1])
                done[t, m - 1] = True
                heapq.heappush(heap, (-level[t, m - 1], t, m - 1))
