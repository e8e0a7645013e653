"""Variants of training speech: other voices, rooms and channels out of the ones there are.

Everything is done to the sound, or to the spectrum that MFCC and mel frame are both made from, so that input and
target of a variant belong together as those of a recording do.
"""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import soundfile
import soxr
from scipy.fft import irfft, next_fast_len, rfft

from mfccinv.audio.sound_files import Recording

ChangeEnergy = Callable[[np.ndarray], np.ndarray]

LIFTER_SECONDS = (0.002, 0.003)  # quefrencies below are the envelope, those above the pitch of a voice up to 333 Hz
BLOCK_SAMPLES = 2**14
NOISE_FLAT_BELOW_HZ = 60.0
NOISE_DB_PER_OCTAVE = (-15.0, 3.0)  # from the rumble of a table to the hiss of an amplifier
NOISE_BUMP_DB = 3.0
HUM_HZ = (0.0, 50.0, 60.0)  # a constant, as of a sound card without a high pass, and the mains
HUM_HARMONICS = 12
HUM_DB_PER_OCTAVE = (-12.0, 0.0)
HUM_SPREAD_DB = 6.0
FILTER_COSINES = 6
COMPRESSION = (0.3, 0.9)  # libsndfile's scale, from 0, the best quality, to 1
CODECS = {"mp3": ("MP3", "MPEG_LAYER_III"), "vorbis": ("OGG", "VORBIS")}
MPEG_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
VORBIS_LIMIT_HZ = 200000  # libsndfile crashes above it


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What variants of an utterance are made by; each is drawn anew for every variant.

    Parameters
    ----------
    copies : int >= 0
        Variants of every training utterance, besides itself.
    live : bool
        Whether variants are made while a network is trained, see `LiveShards`, and not when the data set is built. Then
        of ``copies + 1`` utterances that are drawn, one in the mean is left as it was recorded.
    speed : (low, high), > 0
        Factor of pitch, formants and tempo together, by resampling (Ko et al., Audio augmentation for speech
        recognition, 2015); drawn on a logarithmic scale, as is the next.
    envelope : (low, high), > 0
        Factor of the frequencies of the spectral envelope alone: another vocal tract with the same pitch (after Jaitly
        and Hinton, Vocal tract length perturbation, 2013, which warps the harmonics too).
    reverberation : float in [0, 1]
        Probability of a room: exponentially decaying noise, see ``reverberation_seconds`` and ``reverberation_db``.
    reverberation_seconds : (low, high), > 0
        Time in which the room's decay falls by 60 dB.
    reverberation_db : (low, high)
        Energy of the room's sound relative to the direct one, dB.
    noise : float in [0, 1]
        Probability of a steady noise, see `add_noise`.
    noise_snr_db : (low, high)
        Level of the speech (mean power) above that noise, dB.
    hum : float in [0, 1]
        Probability of mains hum or a constant offset, see `add_hum`.
    hum_snr_db : (low, high)
        Level of the speech (mean power) above that hum, dB.
    clip : float in [0, 1]
        Probability of clipping.
    clip_db : (low, high), >= 0
        How far the clipping level is below the largest sample, dB.
    low_pass : float in [0, 1]
        Probability of a steep low pass, by resampling there and back.
    low_pass_hz : (low, high), > 0
    codec : float in [0, 1]
        Probability of a round trip through MP3 or Ogg Vorbis, of those that take the rate, of random quality.
    filter_db : float >= 0
        Deviation of a random smooth filter, dB, see `smooth_filter`.
    level_db : float >= 0
        Deviation of a random level, dB.
    seed : int >= 0

    Raises
    ------
    ValueError
        If a value is no finite number or out of range: the setting, the range and the value are named.
    """

    copies: int
    live: bool
    speed: tuple[float, float]
    envelope: tuple[float, float]
    reverberation: float
    reverberation_seconds: tuple[float, float]
    reverberation_db: tuple[float, float]
    noise: float
    noise_snr_db: tuple[float, float]
    hum: float
    hum_snr_db: tuple[float, float]
    clip: float
    clip_db: tuple[float, float]
    low_pass: float
    low_pass_hz: tuple[float, float]
    codec: float
    filter_db: float
    level_db: float
    seed: int

    def __post_init__(self):
        for name in ("copies", "seed"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"augment.{name} must be a whole number of at least 0, got {value!r}")
        if not isinstance(self.live, bool):
            raise ValueError(f"augment.live must be true or false, got {self.live!r}")
        if self.live and self.copies == 0:
            raise ValueError(
                "augment.live=true makes variants, and there are none of augment.copies=0: try augment=voices"
            )
        for name in ("reverberation", "noise", "hum", "clip", "low_pass", "codec"):
            value = getattr(self, name)
            if not _is_finite(value) or not 0 <= value <= 1:
                raise ValueError(f"augment.{name} must be in [0, 1], got {value!r}")
        for name in ("filter_db", "level_db"):
            value = getattr(self, name)
            if not _is_finite(value) or value < 0:
                raise ValueError(f"augment.{name} must be at least 0, got {value!r}: it takes a finite number")
        for name in [field.name for field in fields(self) if field.type == tuple[float, float]]:
            object.__setattr__(self, name, _limits(name, getattr(self, name)))

    @property
    def stored_copies(self) -> int:
        """Number of variants of every training utterance that a data set holds."""
        return 0 if self.live else self.copies

    def vary(self, recording: Recording, sample_rate: int, rng: np.random.Generator) -> tuple[np.ndarray, ChangeEnergy]:
        """Make a variant of a recording.

        Parameters
        ----------
        recording : Recording
            At the rate of its file.
        sample_rate : int, Hz
            Rate to return.
        rng : numpy.random.Generator

        Returns
        -------
        y : (n_samples,), float64
        change_energy : callable
            What is left to do, to the power spectra (n_frames, n_bins) of ``y``.
        """
        speed, envelope = _log_uniform(rng, self.speed), _log_uniform(rng, self.envelope)
        y = soxr.resample(recording.y.astype(np.float64), recording.sample_rate * speed, sample_rate, quality="HQ")
        if rng.random() < self.reverberation:
            decay = max(1, round(sample_rate * _log_uniform(rng, self.reverberation_seconds)))
            y = reverberate(y, decay, rng.uniform(*self.reverberation_db), rng)
        if rng.random() < self.noise:
            y = add_noise(y, sample_rate, rng.uniform(*self.noise_snr_db), rng)
        if rng.random() < self.hum:
            y = add_hum(y, sample_rate, rng.uniform(*self.hum_snr_db), rng)
        if rng.random() < self.clip:
            y = clip(y, rng.uniform(*self.clip_db))
        if rng.random() < self.low_pass:
            y = low_pass(y, sample_rate, _log_uniform(rng, self.low_pass_hz))
        if rng.random() < self.codec and (codecs := codecs_at(sample_rate)):
            y = code(y, sample_rate, str(rng.choice(codecs)), rng.uniform(*COMPRESSION))
        weights = rng.standard_normal(FILTER_COSINES) * self.filter_db / np.arange(1, FILTER_COSINES + 1)
        level_db = rng.standard_normal() * self.level_db

        def change_energy(energy: np.ndarray) -> np.ndarray:
            gain_db = level_db + smooth_filter(weights, energy.shape[1])
            return scale_envelope(energy, envelope, sample_rate) * 10 ** (gain_db / 10)

        return y, change_energy


def reverberate(y: np.ndarray, n_decay: int, relative_db: float, rng: np.random.Generator) -> np.ndarray:
    """Add a diffuse room to a signal: noise that falls by 60 dB in ``n_decay`` >= 1 samples (Moorer, 1979).

    (n_samples,) → (n_samples + n_decay - 1,): the room is heard out.
    """
    tail = rng.standard_normal(n_decay) * 10 ** (-3 * np.arange(n_decay) / n_decay)
    tail *= 10 ** (relative_db / 20) / np.sqrt(np.sum(tail**2))
    n = len(y) + n_decay - 1
    n_fft = next_fast_len(n, real=True)
    return np.pad(y, (0, n_decay - 1)) + irfft(rfft(y, n_fft) * rfft(tail, n_fft), n_fft)[:n]


def add_noise(y: np.ndarray, sample_rate: int, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """Add steady noise of a random smooth spectrum, ``snr_db`` below the mean power of a signal (n_samples,).

    The spectrum rises or falls steadily with the logarithm of the frequency, and has a few broad bumps.
    """
    n = next_fast_len(len(y), real=True)
    spectrum = rfft(rng.standard_normal(n, dtype=np.float32))
    octaves = np.log2(np.maximum(np.arange(len(spectrum)) * sample_rate / n, NOISE_FLAT_BELOW_HZ) / 1000)
    bumps = rng.standard_normal((2, 4)) * NOISE_BUMP_DB
    phase = np.pi * np.outer(np.arange(1, 5), octaves)
    gain_db = rng.uniform(*NOISE_DB_PER_OCTAVE) * octaves + bumps[0] @ np.cos(phase / 2) + bumps[1] @ np.sin(phase / 2)
    noise = irfft(spectrum * (10 ** (gain_db / 20)).astype(np.float32), n)[: len(y)]
    return _mix(y, noise, snr_db)


def add_hum(y: np.ndarray, sample_rate: int, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """Add mains hum or a constant offset, ``snr_db`` below the mean power of a signal (n_samples,).

    Hum is 50 or 60 Hz and harmonics, whose levels fall steadily with the logarithm of the frequency, but for a random
    part of each.
    """
    harmonic = np.arange(1, HUM_HARMONICS + 1)
    second = np.arange(sample_rate) / sample_rate  # after which all of it repeats
    level_db = rng.uniform(*HUM_DB_PER_OCTAVE) * np.log2(harmonic) + HUM_SPREAD_DB * rng.standard_normal(HUM_HARMONICS)
    cycles = float(rng.choice(HUM_HZ)) * second
    phase = 2 * np.pi * (np.outer(harmonic, cycles) + rng.random((HUM_HARMONICS, 1)))
    hum = np.resize(10 ** (level_db / 20) @ np.sin(phase), len(y))
    return _mix(y, hum, snr_db)


def clip(y: np.ndarray, depth_db: float) -> np.ndarray:
    """Cut off what is larger than ``depth_db`` below the largest sample, (n_samples,) → (n_samples,)."""
    largest = np.max(np.abs(y), initial=0.0) * 10 ** (-depth_db / 20)
    return np.clip(y, -largest, largest)


def low_pass(y: np.ndarray, sample_rate: int, cutoff_hz: float) -> np.ndarray:
    """Remove what is above a frequency, (n_samples,) → (n_samples,); nothing from half the rate on."""
    if cutoff_hz >= sample_rate / 2:
        return y
    narrow = soxr.resample(y, sample_rate, 2 * cutoff_hz, quality="HQ")
    wide = soxr.resample(narrow, 2 * cutoff_hz, sample_rate, quality="HQ")[: len(y)]
    return np.pad(wide, (0, len(y) - len(wide)))


def codecs_at(sample_rate: int) -> list[str]:
    """Names of the `CODECS` that take a sample rate, Hz."""
    takes = {"mp3": sample_rate in MPEG_RATES_HZ, "vorbis": sample_rate <= VORBIS_LIMIT_HZ}
    return [codec for codec in CODECS if takes[codec]]


def code(y: np.ndarray, sample_rate: int, codec: str, compression: float) -> np.ndarray:
    """Encode and decode a signal (n_samples,).

    Parameters
    ----------
    y : (n_samples,), float
    sample_rate : int, Hz
    codec : str
        One of `codecs_at` the rate.
    compression : float in [0, 1)
        0 is the best quality, 1 the smallest file.
    """
    file_format, subtype = CODECS[codec]
    peak = max(float(np.max(np.abs(y))), 1e-9)
    file = io.BytesIO()
    settings = {"format": file_format, "subtype": subtype, "compression_level": compression}
    with soundfile.SoundFile(file, "w", sample_rate, 1, **settings) as encoder:
        for start in range(0, len(y), BLOCK_SAMPLES):  # libsndfile overruns its stack with a long Vorbis block
            encoder.write(0.9 / peak * y[start : start + BLOCK_SAMPLES])
    file.seek(0)
    decoded = soundfile.read(file, dtype="float64")[0] * (peak / 0.9)
    return np.pad(decoded[: len(y)], (0, max(0, len(y) - len(decoded))))


def smooth_filter(weights: np.ndarray, n_bins: int) -> np.ndarray:
    """Sum of cosines over frequency, the k-th with k half periods and the k-th weight, k from 1: (n_bins,), dB."""
    frequency = np.arange(n_bins) / (n_bins - 1)
    return np.sum(weights[:, None] * np.cos(np.pi * np.outer(np.arange(1, len(weights) + 1), frequency)), axis=0)


def scale_envelope(energy: np.ndarray, factor: float, sample_rate: int) -> np.ndarray:
    """Move the spectral envelope of power spectra along the frequency axis, and leave their fine structure in place.

    The envelope is that of the smoothed cepstrum; what is asked for above half the rate is that at half the rate.

    Parameters
    ----------
    energy : (n_frames, n_bins), power
    factor : float > 0
        What was at frequency f goes to ``factor * f``.
    sample_rate : int, Hz

    Returns
    -------
    energy : (n_frames, n_bins), power
    """
    if factor == 1:
        return energy
    log_energy = np.log(np.maximum(energy, np.finfo(np.float32).tiny, dtype=np.float32))
    cepstrum = irfft(log_energy, axis=1)
    n = cepstrum.shape[1]
    seconds = np.minimum(np.arange(n), n - np.arange(n)) / sample_rate  # a real cepstrum is even
    lifter = np.interp(seconds, LIFTER_SECONDS, (1.0, 0.0)).astype(np.float32)
    envelope = rfft(cepstrum * lifter, axis=1).real
    n_bins = energy.shape[1]
    source = np.minimum(np.arange(n_bins) / factor, n_bins - 1)
    below = np.minimum(source.astype(int), n_bins - 2)
    weight = (source - below).astype(np.float32)
    moved = envelope[:, below] * (1 - weight) + envelope[:, below + 1] * weight
    return np.exp(log_energy + moved - envelope)


def _limits(name: str, value) -> tuple[float, float]:
    """Take a setting that is a range; refuse with ValueError what is none."""
    least = "0 <= low" if name == "clip_db" else "low" if name.endswith("_db") else "0 < low"
    is_pair = isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_finite, value))
    low, high = value if is_pair else (np.nan, np.nan)
    if not (low <= high and {"0 < low": low > 0, "0 <= low": low >= 0, "low": True}[least]):
        raise ValueError(
            f"augment.{name} must be a range such as [0.8, 1.25], got {value!r}: "
            f"it takes two finite numbers, {least} <= high"
        )
    return float(low), float(high)


def _is_finite(value) -> bool:
    """Whether a setting is a number that sound can be computed with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _mix(y: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Add noise whose mean power is ``snr_db`` below that of the signal, both (n_samples,)."""
    return y + noise * np.sqrt(np.mean(y**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)


def _log_uniform(rng: np.random.Generator, limits: tuple[float, float]) -> float:
    return float(np.exp(rng.uniform(*np.log(limits))))
