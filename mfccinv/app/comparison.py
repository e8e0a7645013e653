"""Inverts what was dropped in several ways, and scores each against the original where there is sound."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mfccinv.app.dropped import holds_sound, read_mfcc, read_sound
from mfccinv.app.methods import ORIGINAL, Inversion, Material, methods
from mfccinv.app.offer import offer
from mfccinv.app.settings import AppSettings
from mfccinv.app.writings import Writing
from mfccinv.audio.f0 import f0_is_installed, track_f0
from mfccinv.audio.perceptual_scores import audio_quality, quality_is_installed
from mfccinv.evaluation.frame_metrics import FrameSums
from mfccinv.evaluation.sound_metrics import CepstralSums, F0Sums
from mfccinv.features.spec import FeatureSpec

FRAME_SCORES = ("snr_active", "lsd")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a visitor asks for.

    Parameters
    ----------
    path : Path
        What was dropped.
    writing : str
        How its MFCC are written, or how MFCC are made of its sound: a name of `mfccinv.app.writings`.
    n_mfcc : int or None
        How many MFCC are made of sound; None: as many as the preset has. Arrays have as many as they have.
    key : str or None
        Name of the array; None: the first.
    is_first : bool
        Whether the frames of the array are its rows.
    normalised : str or None
    force : bool
        Of arrays, see `mfccinv.mfcc_to_mel`.
    checkpoints : sequence of str
        Names of the runs that invert, besides the analytic inverse.
    begin_seconds : float >= 0
        Where what is drawn begins.
    """

    path: Path
    writing: str
    n_mfcc: int | None
    key: str | None
    is_first: bool
    normalised: str | None
    force: bool
    checkpoints: Sequence[str]
    begin_seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What came of it, by method; the original, where there is sound, comes first.

    Parameters
    ----------
    title : str
    spec : FeatureSpec
    log_mels : dict of (n_frames, n_mels), dB
    sounds : dict of (n_samples,), full scale 1
    f0_hz : dict of (n_f0_frames,), Hz, 0 where unvoiced
        See `mfccinv.audio.f0.track_f0`; empty without the extra ``f0``.
    scores : dict of dict of float
        Against the original: those of `FRAME_SCORES` and of the sound, as far as packages are there; none of the
        original itself, and none where there is no sound.
    begin_seconds : float
        Where what is drawn begins.
    told : list of str
        Warnings, each once for each method.
    """

    title: str
    spec: FeatureSpec
    log_mels: dict[str, np.ndarray]
    sounds: dict[str, np.ndarray]
    f0_hz: dict[str, np.ndarray]
    scores: dict[str, dict[str, float]]
    begin_seconds: float
    told: list[str]


def compare(request: Request, settings: AppSettings) -> Comparison:
    """Invert what was dropped in each way that is asked for.

    Raises
    ------
    ValueError
        For what can't be read or inverted, is silent or too long, and for a run that doesn't take it.
    OSError
        If a file can't be read.
    """
    material, original = _material(request, settings)
    spec = material.writing.spec
    runs = offer(material.writing, settings.root).runs
    if missing := [name for name in request.checkpoints if name not in runs]:
        raise ValueError(f"{missing[0]} doesn't take these MFCC: choose from {', '.join(runs) or 'none'}")
    made: dict[str, Inversion] = {}
    told: list[str] = []
    for name, invert in methods({name: runs[name] for name in request.checkpoints}, settings.samples).items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made[name] = invert(material)
        # Others than ours are for developers.
        told += dict.fromkeys(f"{name}: {one.message}" for one in caught if one.category is UserWarning)
    log_mels = {name: one.log_mel for name, one in made.items()}
    sounds = {name: one.y for name, one in made.items()}
    if original is not None:
        log_mels = {ORIGINAL: original.log_mel} | log_mels
        sounds = {ORIGINAL: original.y} | sounds
    f0_hz = {name: track_f0(y, spec.sample_rate) for name, y in sounds.items()} if f0_is_installed() else {}
    n_frames = len(next(iter(log_mels.values())))
    return Comparison(
        title=f"{request.path.name}, {request.key}" if request.key else request.path.name,
        spec=spec,
        log_mels=log_mels,
        sounds=sounds,
        f0_hz=f0_hz,
        scores={} if original is None else {name: _scores(name, log_mels, sounds, f0_hz, spec) for name in made},
        begin_seconds=_drawn_from(request.begin_seconds, n_frames, spec),
        told=told,
    )


@dataclass(frozen=True, eq=False)
class _Original:
    """Log-mel frames (n_frames, n_mels), dB, and sound (n_samples,) of a sound that MFCC were made of."""

    log_mel: np.ndarray
    y: np.ndarray


def _material(request: Request, settings: AppSettings) -> tuple[Material, _Original | None]:
    """Read what is to be inverted, and its original if it is sound."""
    how: dict[str, Any] = {"synthesis": settings.methods, "seed": settings.seed}
    if holds_sound(request.path):
        writing = Writing.of_sound(request.writing, request.n_mfcc)
        y = read_sound(request.path, writing.spec.sample_rate, settings.longest_seconds)
        mfcc, log_mel = writing.analyse(y)
        # They were made here, so that they are what they are said to be.
        material = Material(mfcc=mfcc, writing=writing, normalised=None, force=True, length=len(y), **how)
        return material, _Original(log_mel, y)
    mfcc = read_mfcc(request.path, request.key, request.is_first)
    writing = Writing.of(request.writing, len(mfcc))
    seconds = mfcc.shape[1] / writing.spec.frames_per_second
    if seconds > settings.longest_seconds:
        raise ValueError(
            f"{request.path.name} has {seconds:.0f} s, at most longest_seconds={settings.longest_seconds:g} are shown: "
            "drop a part of it, or take mfccinv invert"
        )
    how |= {"normalised": request.normalised, "force": request.force, "length": None}
    return Material(mfcc=mfcc, writing=writing, **how), None


def _scores(
    name: str,
    log_mels: dict[str, np.ndarray],
    sounds: dict[str, np.ndarray],
    f0_hz: dict[str, np.ndarray],
    spec: FeatureSpec,
) -> dict[str, float]:
    """Scores of a method against the original, without those that are not finite."""
    true, y = sounds[ORIGINAL], sounds[name]
    frames = FrameSums.of(log_mels[ORIGINAL], log_mels[name]).summary()
    found: dict[str, Any] = {score: frames[score] for score in FRAME_SCORES}
    if quality_is_installed():
        found |= audio_quality(true, y, spec.sample_rate)
    found |= CepstralSums.of(true, y, spec.sample_rate).summary()
    if f0_hz:
        found |= F0Sums.of(f0_hz[ORIGINAL], f0_hz[name]).summary()
    return {score: float(value) for score, value in found.items() if np.isfinite(value)}


def _drawn_from(begin_seconds: float, n_frames: int, spec: FeatureSpec) -> float:
    """Where what is drawn begins, with a frame of it left at least."""
    return min(max(begin_seconds, 0.0), (n_frames - 1) / spec.frames_per_second)
