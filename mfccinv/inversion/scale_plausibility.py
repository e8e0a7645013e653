"""Whether a spectrogram can be of the scale that it is said to be of, and of which it is otherwise."""

from dataclasses import dataclass

import numpy as np

from mfccinv.configs.dialects import in_decibels
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.decibels import mel_to_log_mel
from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion.explanations import NEAR
from mfccinv.inversion.plausibility import FAR, FEWEST_FRAMES
from mfccinv.inversion.scales import MEL_FRAME_SCALES, to_magnitude, to_mel
from mfccinv.inversion.speech_statistics import N_COEFFICIENTS, speech_statistics, summary
from mfccinv.synthesis.frames_to_audio import log_mel_of_linear

# Scales that differ in more than a constant factor, which a quiet or a loud recording may have, too. Each stands for
# some.
DISTINCT: dict[str, dict[str, tuple[str, ...]]] = {
    "mel": {scale: (scale,) for scale in MEL_FRAME_SCALES},
    "linear": {
        "magnitude": ("magnitude", "stft", "stft_psd"),
        "power": ("power", "density", "spectrum"),
        "db": ("db",),
    },
}
# By which the logarithm of the likelihood must be larger: voices with digital silence between words are twice as
# lively, as a power taken for a magnitude is.
MARGIN = 30.0
QUIETEST_MAGNITUDE = 1e-10  # whose level stands for 0


def require_plausible_scale(array: np.ndarray, kind: str, scale: str, spec: FeatureSpec) -> None:
    """Refuse a spectrogram that is unlike speech in its scale, where it is much more like speech in another.

    Parameters
    ----------
    array : (rows, n_frames)
    kind : {"mel", "linear"}
    scale : str
        One of the kind's `mfccinv.inversion.settings.SCALES`.
    spec : FeatureSpec
        Where it isn't a preset's, nothing is held against speech.

    Raises
    ------
    ValueError
        With the likely scale. As `mfccinv.inversion.scales.to_mel` and `mfccinv.inversion.scales.to_magnitude`.
    """
    said = _likeness(array, kind, scale, spec)
    if said is None or said.distance < FAR:
        return
    others = {}
    for other in (name for name, same in DISTINCT[kind].items() if scale not in same):
        try:
            found = _likeness(array, kind, other, spec)
        except ValueError:  # values that the scale can't have
            continue
        if found is not None and found.distance < NEAR:
            others[other] = found.log_likelihood
    likeliest = max(others, key=others.__getitem__, default=None)
    if likeliest is not None and others[likeliest] > said.log_likelihood + MARGIN:
        raise ValueError(f"it is no speech with scale={scale}, but with scale={likeliest}: say so, or force=true")


@dataclass(frozen=True)
class _Likeness:
    """How like speech a spectrogram is: the squared distance, and the log likelihood of the array itself."""

    distance: float
    log_likelihood: float


def _likeness(array: np.ndarray, kind: str, scale: str, spec: FeatureSpec) -> _Likeness | None:
    """Likeness of a spectrogram in a scale; None where it isn't known."""
    statistics = speech_statistics(in_decibels(spec))
    log_mel = _log_mel(array, kind, scale, spec)
    if statistics is None or len(log_mel) < FEWEST_FRAMES:
        return None
    found = summary(log_mel_to_mfcc(log_mel, spec.with_n_mfcc(min(spec.n_mels, N_COEFFICIENTS))))
    if found is None:
        return None
    # A scale that stretches levels makes the same array less dense.
    return _Likeness(statistics.distance(found), statistics.log_likelihood(found) + float(found[1].sum()))


def _log_mel(array: np.ndarray, kind: str, scale: str, spec: FeatureSpec) -> np.ndarray:
    """Log-mel frames, (n_frames, n_mels), float64, dB."""
    if kind == "mel":
        return mel_to_log_mel(to_mel(array, scale, spec).T.astype(np.float64), spec)
    magnitude = to_magnitude(array, scale, spec).T.astype(np.float64)
    return log_mel_of_linear(20 * np.log10(np.maximum(magnitude, QUIETEST_MAGNITUDE)), spec)
