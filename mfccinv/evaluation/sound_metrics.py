"""Scores of a sound against the original that are pooled over frames or words: cepstrum, F0, words.

PESQ and STOI, one number an utterance, are in `mfccinv.audio.perceptual_scores`.
"""

import math
from dataclasses import dataclass

import numpy as np
import soxr

from mfccinv.evaluation.frame_metrics import silent_frames
from mfccinv.evaluation.sums import Sums
from mfccinv.features.extract import extract_features
from mfccinv.features.spec import FeatureSpec

MCD_COEFFICIENTS = 24  # after c0
# The same for every run, so that runs of other features can be compared.
MCD_SPEC = FeatureSpec.from_dict(
    {
        "sample_rate": 16000,
        "n_fft": 512,
        "win_length": 400,
        "hop_length": 160,
        "window": "hann",
        "center": True,
        "pad_mode": "constant",
        "padding": None,
        "power": 2,
        "n_mels": 80,
        "f_min_hz": 0.0,
        "f_max_hz": 8000.0,
        "mel_scale": "slaney",
        "mel_norm": "slaney",
        "log_floor": 1e-10,
        "top_db": None,
        "n_mfcc": 1 + MCD_COEFFICIENTS,
        "lifter": 0.0,
    }
)
GROSS_ERROR = 0.2  # of the original's F0
CENTS_PER_OCTAVE = 1200


def mel_cepstral_distortion(original: np.ndarray, y: np.ndarray, sample_rate: int) -> np.ndarray:
    """Mel-cepstral distortion of each frame (Kubichek, Mel-cepstral distance measure for objective speech quality
    assessment, 1993), ``10 sqrt(2) / ln 10 · sqrt(sum_d (c_d - ĉ_d)²)``, d from 1 to `MCD_COEFFICIENTS`.

    The cepstrum is that of the natural logarithm of mel power over the M bands of `MCD_SPEC`: ``ln P_m = c_0 + 2 sum_d
    c_d cos(pi d (m + 1/2) / M)``. So the distortion is the root mean square over the bands of the difference in dB of
    the two spectra, without its mean (c0, the level) and without what varies faster over the bands. Frames are compared
    as they are, without time warping: both sounds must be of one length. Sound is resampled to 16 kHz first.

    Parameters
    ----------
    original, y : (n_samples,), float, full scale 1
    sample_rate : int, Hz

    Returns
    -------
    distortion : (n_scored,), dB
        Of the frames that are not digital silence in the original.
    """
    (true, true_db), (found, _) = (
        extract_features(np.asarray(soxr.resample(one, sample_rate, MCD_SPEC.sample_rate)), MCD_SPEC)
        for one in (original, y)
    )
    # MFCC are the orthonormal DCT of dB: each is 10 / ln 10 · sqrt(2 M) times such a coefficient.
    to_cepstrum = math.log(10) / 10 / math.sqrt(2 * MCD_SPEC.n_mels)
    differences = to_cepstrum * (true[:, 1:].astype(np.float64) - found[:, 1:])
    distortion = 10 * math.sqrt(2) / math.log(10) * np.sqrt(np.sum(differences**2, axis=1))
    return distortion[~silent_frames(true_db)]


@dataclass(frozen=True)
class CepstralSums(Sums):
    """Sums of the mel-cepstral distortion over frames.

    Parameters
    ----------
    frames, distortion : (...)
        Number of frames, and the sum of their distortion, dB.
    """

    frames: np.ndarray
    distortion: np.ndarray

    @classmethod
    def of(cls, original: np.ndarray, y: np.ndarray, sample_rate: int) -> "CepstralSums":
        """Sums over one utterance; parameters as `mel_cepstral_distortion`."""
        distortion = mel_cepstral_distortion(original, y, sample_rate)
        return cls(np.array(len(distortion)), distortion.sum())

    @np.errstate(invalid="ignore")  # of no frames at all
    def summary(self) -> dict[str, np.ndarray]:
        """``mcd``, dB, the mean over frames; lower is better."""
        return {"mcd": self.distortion / self.frames}


@dataclass(frozen=True)
class F0Sums(Sums):
    """Errors of F0 and of voicing over frames (Chu and Alwan, Reducing F0 frame error of F0 tracking algorithms under
    noisy conditions with an unvoiced/voiced classification frontend, 2009).

    Parameters
    ----------
    frames : (...)
        Number of frames.
    voicing_errors : (...)
        Number of frames that are voiced in one of the two sounds alone.
    voiced : (...)
        Number of frames that are voiced in both.
    gross_errors : (...)
        Number of these whose F0 is off by more than `GROSS_ERROR`.
    squared_cents : (...)
        Sum of the squared error of F0 over the other ones, cents².
    """

    frames: np.ndarray
    voicing_errors: np.ndarray
    voiced: np.ndarray
    gross_errors: np.ndarray
    squared_cents: np.ndarray

    @classmethod
    def of(cls, true_hz: np.ndarray, f0_hz: np.ndarray) -> "F0Sums":
        """Sums over one utterance; both inputs (n_frames,), Hz, 0 where unvoiced."""
        voiced = (true_hz > 0) & (f0_hz > 0)
        ratio = f0_hz[voiced] / true_hz[voiced]
        gross = np.abs(ratio - 1) > GROSS_ERROR
        cents = CENTS_PER_OCTAVE * np.log2(ratio[~gross])
        return cls(
            frames=np.array(len(true_hz)),
            voicing_errors=np.sum((true_hz > 0) != (f0_hz > 0)),
            voiced=voiced.sum(),
            gross_errors=gross.sum(),
            squared_cents=np.sum(cents**2),
        )

    @np.errstate(invalid="ignore")  # of no such frames at all
    def summary(self) -> dict[str, np.ndarray]:
        """Errors by name; lower is better.

        ``vde``, voicing decision error, % of all frames. ``gpe``, gross pitch error, % of the frames voiced in both.
        ``ffe``, F0 frame error, either of the two, % of all frames. ``f0_cents``, root mean square error of F0 over the
        frames voiced in both without a gross error, cents.
        """
        return {
            "vde": 100 * self.voicing_errors / self.frames,
            "gpe": 100 * self.gross_errors / self.voiced,
            "ffe": 100 * (self.voicing_errors + self.gross_errors) / self.frames,
            "f0_cents": np.sqrt(self.squared_cents / (self.voiced - self.gross_errors)),
        }


@dataclass(frozen=True)
class WordSums(Sums):
    """Errors of words.

    Parameters
    ----------
    words : (...)
        Number of words of the reference.
    errors : (...)
        Number of words that are replaced, left out or put in.
    """

    words: np.ndarray
    errors: np.ndarray

    @classmethod
    def of(cls, true: list[str], words: list[str]) -> "WordSums":
        """Sums over one utterance; one without a word of reference has none."""
        from jiwer import process_words

        if not true:
            return cls(np.array(0), np.array(0))
        found = process_words(" ".join(true), " ".join(words))
        return cls(np.array(len(true)), np.array(found.substitutions + found.deletions + found.insertions))

    @np.errstate(invalid="ignore")  # of no words at all
    def summary(self) -> dict[str, np.ndarray]:
        """``wer``, word error rate, % of the reference's words; lower is better, and it may be above 100."""
        return {"wer": 100 * self.errors / self.words}
