"""The modulation spectrum of log-mel frames: how much each DCT coefficient varies, and how fast.

What is predicted as a mean varies too little, which no distance of single frames shows. After Takamichi et al.,
Postfilters to modify the modulation spectrum for statistical parametric speech synthesis, 2016.
"""

import numpy as np
from scipy.fft import dct, rfft

WINDOW_FRAMES = 32
STEP_FRAMES = 16
BANDS = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16))  # cycles in a window, from the first to the last
N_GROUPS = 8  # of coefficients
N_CELLS = N_GROUPS * len(BANDS)
LEAST_SHARE = 1e-3  # of the true power that counts where less is predicted, or nothing


def modulation_power(log_mel: np.ndarray) -> np.ndarray:
    """Power of the modulation spectra of frames (n_frames, n_mels), dB, in each cell of coefficients and frequencies.

    Returns
    -------
    power : (N_CELLS,), dB²
        Sums over windows of `WINDOW_FRAMES`, `STEP_FRAMES` apart; zero for fewer frames.
    """
    if len(log_mel) < WINDOW_FRAMES:
        return np.zeros(N_CELLS)
    cepstrum = dct(log_mel, axis=1, norm="ortho")
    windows = np.lib.stride_tricks.sliding_window_view(cepstrum, WINDOW_FRAMES, axis=0)[::STEP_FRAMES]
    taper = np.sin(np.pi * (np.arange(WINDOW_FRAMES) + 0.5) / WINDOW_FRAMES) ** 2
    windows = windows - (windows @ taper / taper.sum())[..., None]
    power = np.sum(np.abs(rfft(windows * taper, axis=-1)) ** 2, axis=0)  # (n_mels, WINDOW_FRAMES // 2 + 1)
    bands = np.stack([power[:, first : last + 1].sum(axis=1) for first, last in BANDS], axis=1)
    return np.concatenate([group.sum(axis=0) for group in np.array_split(bands, N_GROUPS)]).astype(np.float64)


@np.errstate(divide="ignore", invalid="ignore")  # of no windows at all
def modulation_distance(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Mean of how far the power of cells is from the true one, (..., N_CELLS) each → (...), dB; where there is some."""
    has_power = true > 0
    ratio = np.where(has_power, np.maximum(predicted, LEAST_SHARE * true) / true, 1.0)
    return np.sum(np.abs(10 * np.log10(ratio)), axis=-1) / np.sum(has_power, axis=-1)
