"""How loud each bin of a spectrum counts: the weighting curves of sound level meters, and of the ear."""

import numpy as np

from mfccinv.features.spec import FeatureSpec

SMALLEST_DB = -80.0  # gains below are raised to it: A's of 0 Hz is none at all, and could not be undone
LOUDNESS_PHON = 60.0  # speech at one metre

# ISO 226:2003, Acoustics - Normal equal-loudness-level contours, table 1.
_FREQUENCIES_HZ = (
    *(20, 25, 31.5, 40, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000),
    *(2500, 3150, 4000, 5000, 6300, 8000, 10000, 12500),
)
_EXPONENTS = (
    *(0.532, 0.506, 0.480, 0.455, 0.432, 0.409, 0.387, 0.367, 0.349, 0.330, 0.315, 0.301, 0.288, 0.276, 0.267),
    *(0.259, 0.253, 0.250, 0.246, 0.244, 0.243, 0.243, 0.243, 0.242, 0.242, 0.245, 0.254, 0.271, 0.301),
)
_TRANSFER_DB = (
    *(-31.6, -27.2, -23.0, -19.1, -15.9, -13.0, -10.3, -8.1, -6.2, -4.5, -3.1, -2.0, -1.1, -0.4, 0.0, 0.3, 0.5),
    *(0.0, -2.7, -4.1, -1.0, 1.7, 2.5, 1.2, -2.1, -7.1, -11.2, -10.7, -3.1),
)
_THRESHOLD_DB = (
    *(78.5, 68.7, 59.5, 51.1, 44.0, 37.5, 31.5, 26.5, 22.1, 17.9, 14.4, 11.4, 8.6, 6.2, 4.4, 3.0, 2.2, 2.4, 3.5),
    *(1.7, -1.3, -4.2, -6.0, -5.4, -1.5, 6.0, 12.6, 13.9, 12.3),
)


def weighting_db(spec: FeatureSpec) -> np.ndarray:
    """Gain of each bin by ``spec.weighting``, (n_bins,), float64, dB; 0 at 1 kHz, and nowhere below `SMALLEST_DB`.

    - ``A``, ``B``, ``C``, ``D``: the curves of sound level meters: A and C of IEC 61672, B and D of IEC 651 and 537
    - ``iso226``: the contour of equal loudness at `LOUDNESS_PHON`, upside down: ISO 226:2003, formula 1 and table 1.
      Between the table's frequencies it is straight over their logarithm; below 20 Hz and above 12.5 kHz, where the
      standard says nothing, it stays as there
    """
    bins_hz = np.arange(spec.n_bins) * spec.sample_rate / spec.n_fft
    if spec.weighting == "none":
        return np.zeros(spec.n_bins)
    if spec.weighting == "iso226":
        levels_db = equal_loudness_db(LOUDNESS_PHON)
        heard = np.log(np.clip(bins_hz, _FREQUENCIES_HZ[0], _FREQUENCIES_HZ[-1]))
        level_db = np.interp(heard, np.log(_FREQUENCIES_HZ), levels_db)
        return levels_db[_FREQUENCIES_HZ.index(1000)] - level_db
    from librosa import frequency_weighting  # half a second that most specifications don't need

    with np.errstate(divide="ignore"):  # of 0 Hz
        return frequency_weighting(bins_hz, kind=spec.weighting, min_db=SMALLEST_DB)


def equal_loudness_db(loudness_phon: float) -> np.ndarray:
    """Sound pressure levels of tones that are as loud as one of 1 kHz, (29,), dB: ISO 226:2003, formula 1."""
    exponent, transfer_db, threshold_db = map(np.array, (_EXPONENTS, _TRANSFER_DB, _THRESHOLD_DB))
    at_threshold = (0.4 * 10 ** ((threshold_db + transfer_db) / 10 - 9)) ** exponent
    excitation = 4.47e-3 * (10 ** (0.025 * loudness_phon) - 1.15) + at_threshold
    return 10 / exponent * np.log10(excitation) - transfer_db + 94
