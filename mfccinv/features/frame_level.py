"""The level of frames whose c0 isn't known, from their energy."""

import numpy as np

from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.mel_spreading import spread_log_mel
from mfccinv.features.preemphasis import preemphasis_gain
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.window import padded_window


def c0_from_energy(mfcc: np.ndarray, energy_db: np.ndarray, spec: FeatureSpec, of: str) -> np.ndarray:
    """Find c0 of frames whose other coefficients and whose energy are known.

    The other coefficients tell the shape of the spectrum, by the analytic inverse spread over the bins. c0 is the level
    at which a spectrum of that shape has the energy. For that of the signal, pre-emphasis and window are undone.

    Parameters
    ----------
    mfcc : (..., n_mfcc), dB
        Their c0 isn't used.
    energy_db : (...), dB
        ``10 log10`` of the energy, full scale 1.
    spec : FeatureSpec
    of : {"signal", "spectrum"}
        See `mfccinv.features.extract.frame_energies`.

    Returns
    -------
    c0 : (...), dB, in the type of ``mfcc``
    """
    shape = mfcc.copy()
    shape[..., 0] = 0
    power = 10 ** (spread_log_mel(mfcc_to_log_mel(shape, spec), spec) / 10)
    known_db = 10 * np.log10(power @ _energy_weights(spec, of))
    return (np.sqrt(spec.n_mels) * (energy_db - known_db)).astype(mfcc.dtype)


def _energy_weights(spec: FeatureSpec, of: str) -> np.ndarray:
    """Energy that each bin's power adds, (n_bins,)."""
    if of == "spectrum":
        return np.ones(spec.n_bins)
    sides = np.full(spec.n_bins, 2.0)  # a bin stands for that of the negative frequency, too
    sides[[0, -1] if spec.n_fft % 2 == 0 else [0]] = 1
    weights = sides / spec.n_fft / np.mean(padded_window(spec) ** 2) * spec.win_length / spec.n_fft
    weights /= preemphasis_gain(spec) ** 2
    if spec.remove_dc:
        weights[0] = 0
    return weights
