"""From spectrograms as other programs scale them to those that `mfccinv.inversion.arrays` takes."""

import numpy as np

from mfccinv.features.decibels import db_to_magnitude, log_mel_to_mel
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.window import padded_window
from mfccinv.inversion.arguments import check_rows

MEL_FRAME_SCALES = ("magnitude", "power", "db", "ln")
LINEAR_SCALES = ("magnitude", "power", "db", "density", "spectrum", "stft", "stft_psd")
COMPLEX_SCALES = ("magnitude", "stft", "stft_psd")  # the others are powers or levels, which have no phase


@np.errstate(over="ignore")  # what overflows is refused
def to_mel(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray:
    """Turn mel frames into what `mel_to_audio` takes.

    Parameters
    ----------
    array : (n_mels, n_frames)
    scale : str
        ``magnitude``, ``power``, ``db``, which is ``20 log10`` of the magnitude, or ``ln``, its natural logarithm.
    spec : FeatureSpec

    Returns
    -------
    mel : (n_mels, n_frames), power (magnitude if ``spec.power`` is 1), >= 0

    Raises
    ------
    ValueError
        For another number of bands, an unknown scale, values below 0 in a scale that is no logarithm, and values that
        are too large.
    """
    check_rows("mel", array, "n_mels", spec.n_mels)
    if scale not in MEL_FRAME_SCALES:
        raise ValueError(f"scale must be one of {', '.join(MEL_FRAME_SCALES)}, got {scale!r}")
    return _without_overflow(_mel_of(array, scale, spec), array, scale)


def _mel_of(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray:
    if scale == "db":
        return log_mel_to_mel(array, spec)
    if scale == "ln":
        return np.exp(array * spec.power)
    _refuse_negative(array, scale)
    return array ** (spec.power / {"magnitude": 1, "power": 2}[scale])


@np.errstate(over="ignore")  # what overflows is refused
def to_magnitude(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray:
    """Turn a linear spectrogram into the magnitude of the windowed Fourier transform.

    Parameters
    ----------
    array : (n_bins, n_frames)
        Real or complex.
    scale : str
        ``magnitude``, ``power``, or ``db``, which is ``20 log10`` of the magnitude. Or a scaling of scipy.signal:
        ``density`` or ``spectrum`` (one-sided power, from ``spectrogram``), ``stft`` (from ``stft``, which divides by
        the window's sum) or ``stft_psd`` (from ``stft(scaling="psd")``). A complex array must be in one of
        `COMPLEX_SCALES`.
    spec : FeatureSpec
        With the same framing; its window undoes the scalings.

    Returns
    -------
    magnitude : (n_bins, n_frames), float, >= 0

    Raises
    ------
    ValueError
        For another number of bins, an unknown scale, a complex array in a scale that is not in `COMPLEX_SCALES`,
        values below 0 in any scale but ``db``, and values that are too large.
    """
    if len(array) != spec.n_bins:
        raise ValueError(f"a linear spectrogram must have n_fft // 2 + 1 = {spec.n_bins} bins, got shape {array.shape}")
    if np.iscomplexobj(array):
        if scale not in COMPLEX_SCALES:
            raise ValueError(
                f"scale of a complex spectrogram must be one of {', '.join(COMPLEX_SCALES)}, got {scale!r}; that of "
                "scipy's spectrogram(mode='complex') is stft_psd if its scaling is density, stft if it is spectrum"
            )
        array = np.abs(array)
    if scale != "db":
        _refuse_negative(array, scale)
    return _without_overflow(_magnitude_of(array, scale, spec), array, scale)


def _magnitude_of(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray:
    window = padded_window(spec)
    density, spectrum = spec.sample_rate * np.sum(window**2), np.sum(window) ** 2
    sides = np.full((spec.n_bins, 1), 2.0)  # of the two-sided spectrum, but for 0 Hz and half the rate
    sides[0] = 1.0
    if spec.n_fft % 2 == 0:
        sides[-1] = 1.0
    match scale:
        case "magnitude":
            return array
        case "power":
            return np.sqrt(array)
        case "db":
            return db_to_magnitude(array)
        case "density":
            return np.sqrt(array * density / sides)
        case "spectrum":
            return np.sqrt(array * spectrum / sides)
        case "stft":
            return array * np.sqrt(spectrum)
        case "stft_psd":
            return array * np.sqrt(density)
    raise ValueError(f"scale must be one of {', '.join(LINEAR_SCALES)}, got {scale!r}")


def to_phase(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray | None:
    """Find the phase of a complex spectrogram (n_bins, n_frames), radians; None for a real one.

    The phase is that of `mfccinv.synthesis.stft.Stft`, whose window is in the middle of a longer FFT. scipy.signal's is
    at its beginning.
    """
    if not np.iscomplexobj(array):
        return None
    later = (spec.n_fft - spec.win_length) // 2 if scale in ("stft", "stft_psd") else 0
    return np.angle(array * np.exp(-2j * np.pi * later * np.arange(len(array)) / spec.n_fft)[:, None])


def _without_overflow(converted: np.ndarray, array: np.ndarray, scale: str) -> np.ndarray:
    """Return what an array was converted to; refuse with ValueError numbers that single precision can't hold then."""
    too_large = np.isfinite(array) & (converted > np.finfo(np.float32).max)
    if too_large.any():
        unit = " dB" if scale == "db" else ""
        raise ValueError(f"the values are too large: {array[too_large].max():g}{unit} with scale={scale}")
    return converted


def _refuse_negative(array: np.ndarray, scale: str) -> None:
    if (array < 0).any():
        raise ValueError(f"scale={scale} can't be negative: is it in dB or a logarithm?")
