"""Typed settings of an inversion of files; ``configs/invert.yaml`` has their defaults."""

import os
from dataclasses import dataclass
from pathlib import Path

from mfccinv.configs.typed import typed
from mfccinv.features.dialect import Dialect
from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion.normalisation import check_normalised
from mfccinv.inversion.scales import LINEAR_SCALES, MEL_FRAME_SCALES
from mfccinv.run_folders.loading import check_detail

FORMATS = ("wav", "flac", "mel")
ENDINGS = (".wav", ".flac", ".npy", ".mp3", ".ogg")  # of files, which a folder's name seldom has
FRAME_AXES = ("last", "first")
SCALES = {"mfcc": (None,), "mel": MEL_FRAME_SCALES, "linear": LINEAR_SCALES}  # by the kind of array


@dataclass(frozen=True, kw_only=True)
class InvertSettings:
    """Settings of an inversion of files.

    Parameters
    ----------
    input : Path
        A file of arrays, see `mfccinv.inversion.array_files.ARRAYS`, a sound file or a folder of them.
    output : Path
        Folder for the results.
    format : str
        One of `FORMATS`: ``wav`` or ``flac`` for sound, ``mel`` for a vocoder's mel frames, see
        `mfccinv.synthesis.vocoder_frames.natural_log_mel`.
    key : str or None
        Name of the array to invert in an archive; the others are passed over. None: each of them.
    kind : str
        What arrays hold, a key of `SCALES`; sound is analysed into MFCC.
    frames : str
        The frames' axis, one of `FRAME_AXES`.
    scale : str or None
        One of the kind's `SCALES`, see `mfccinv.inversion.scales.to_magnitude` and `to_mel`; None for MFCC.
    spec : FeatureSpec
        How the arrays were made. Sound is analysed with its ``n_mfcc``; arrays of MFCC may have another number.
    dialect : Dialect or None
        How a tool wrote MFCC; its specification is ``spec``. None: they are in dB.
    normalised : str or None
    statistics : Path or None
    checkpoint : str or None
    detail : str
    force : bool
        See `mfccinv.inversion.arrays.mfcc_to_mel`.
    magnitude, phase : dict
    vocoder : dict or None
        See `mfccinv.inversion.arrays.mel_to_audio`.
    seed : int
        Seed of the starting phase, and of ``detail=sample``.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    ValueError
        For an unknown format, kind, axis, scale or normalisation, for statistics of what isn't normalised or that
        aren't there, for a network or detail of what is no MFCC, and if ``output`` is a file or called so.
    """

    input: Path
    output: Path
    format: str
    key: str | None
    kind: str
    frames: str
    scale: str | None
    spec: FeatureSpec
    dialect: Dialect | None
    normalised: str | None
    statistics: Path | None
    checkpoint: str | None
    detail: str
    force: bool
    magnitude: dict
    phase: dict
    vocoder: dict | None
    seed: int
    progress: bool

    def __post_init__(self):
        for name, choices in (("format", FORMATS), ("kind", tuple(SCALES)), ("frames", FRAME_AXES)):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")
        if self.scale not in SCALES[self.kind]:
            known = ", ".join(str(scale or "null") for scale in SCALES[self.kind])
            raise ValueError(f"scale of kind={self.kind} must be one of {known}, got {self.scale!r}")
        check_detail(self.detail)
        check_normalised(self.normalised, self.statistics)
        if self.statistics is not None and not os.path.isfile(self.statistics):
            raise ValueError(f"statistics {self.statistics} is not there, or no file")
        if self.normalised and self.kind != "mfcc":
            raise ValueError(f"normalised={self.normalised} is of MFCC, got kind={self.kind}")
        if self.kind != "mfcc" and (self.checkpoint not in (None, "auto") or self.detail != "mean"):
            asked = f"detail={self.detail}" if self.checkpoint in (None, "auto") else f"checkpoint={self.checkpoint}"
            raise ValueError(
                f"{asked} is of MFCC, got kind={self.kind}: a network for mel frames is named by magnitude=learned "
                "magnitude.checkpoint="
            )
        if os.path.exists(self.output) and not os.path.isdir(self.output):
            raise ValueError(f"output must be a folder, {self.output} is a file")
        if self.output.suffix.lower() in ENDINGS and not self.output.is_dir():
            raise ValueError(f"output is a folder, in which a sound is named after its input: got {self.output}")

    @classmethod
    def from_config(cls, config: dict) -> "InvertSettings":
        """Make the settings from a configuration.

        Parameters
        ----------
        config : dict
            Plain values: these settings, with ``features`` in the place of ``spec``.

        Raises
        ------
        ValueError
            If there is no input, and for an unknown, missing or wrong setting. The methods are checked when they are
            used.
        """
        if config["input"] is None or config["input"] == "":
            raise ValueError("nothing to invert: say input=<file or folder>")
        values = {key: value for key, value in config.items() if key != "features"}
        if config["output"] is None:
            values["output"] = "inverted"
        spec = FeatureSpec.from_settings(config["features"])
        dialect = config["dialect"] and Dialect(spec=spec, **config["dialect"])
        return typed(cls, values | {"spec": spec, "dialect": dialect})
