"""The ways of inverting that the page compares: each is a function of what is to be inverted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mfccinv.app.writings import Writing
from mfccinv.features.decibels import mel_to_log_mel
from mfccinv.inversion.arrays import mfcc_to_audio, mfcc_to_mel
from mfccinv.run_folders.loading import details_of
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.synthesis.methods import Methods

ORIGINAL, ANALYTIC = "original", "analytic inverse"


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """What is to be inverted, and how.

    Parameters
    ----------
    mfcc : (n_columns, n_frames)
        As they are written.
    writing : Writing
    normalised : str or None
    force : bool
        See `mfccinv.mfcc_to_mel`.
    length : int or None
        Of the sound, samples; None is what the frames cover.
    synthesis : Methods
        What makes sound of frames.
    seed : int
        Seed of the starting phase, and of samples.
    """

    mfcc: np.ndarray
    writing: Writing
    normalised: str | None
    force: bool
    length: int | None
    synthesis: Methods
    seed: int


@dataclass(frozen=True, eq=False)
class Inversion:
    """What a way of inverting makes: log-mel frames (n_frames, n_mels), dB, and sound (n_samples,), full scale 1."""

    log_mel: np.ndarray
    y: np.ndarray


Method = Callable[[Material], Inversion]


def methods(runs: Mapping[str, RunFolder], samples: int) -> dict[str, Method]:
    """Return the ways of inverting by name: the analytic inverse, and those of each network: see `details_of`.

    Another way is another entry here; nothing else of the page knows which there are.

    Parameters
    ----------
    runs : dict of RunFolder
    samples : int >= 1
        Drawn from each network that samples can be drawn from.
    """
    found: dict[str, Method] = {ANALYTIC: partial(_invert, checkpoint=None)}
    for name, run in runs.items():
        details = details_of(run)
        if "sample" in details:
            details = "mean", "sample"  # which vary more than anything sharpened
        for detail in details:
            invert = partial(_invert, checkpoint=run.folder.resolve(), detail=detail)
            if detail == "sample":
                found |= {f"{_label(name)}, sample {n + 1}": partial(invert, sample=n) for n in range(samples)}
            else:
                found[_label(name) + ("" if detail == "mean" else f", {detail}")] = invert
    return found


def _label(run: str) -> str:
    """Name of the way of a run, which may be called as something else is."""
    return f"run {run}" if run in (ORIGINAL, ANALYTIC) else run


def _invert(material: Material, checkpoint: Path | None, detail: str = "mean", sample: int = 0) -> Inversion:
    how: dict[str, Any] = {
        **material.writing.arguments,
        "normalised": material.normalised,
        "checkpoint": checkpoint,
        "detail": detail,
        "force": material.force,
        "seed": material.seed + sample,
    }
    mel = mfcc_to_mel(material.mfcc, **how)
    y = mfcc_to_audio(
        material.mfcc,
        **how,
        magnitude=material.synthesis.magnitude,
        phase=material.synthesis.phase,
        length=material.length,
    )
    return Inversion(mel_to_log_mel(mel.T, material.writing.spec), y)
