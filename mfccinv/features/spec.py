"""The feature specification: the only home of every number that turns sound into mel frames and MFCC."""

import json
import math
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np

from mfccinv.features.spec_fields import (
    LARGEST_FILTERS,
    NEUTRAL,
    check_choice,
    check_finite,
    check_lifter,
    check_truth,
    check_whole,
    known_fields,
    lifter_weights,
)
from mfccinv.system.stored_files import parse_json, read_json

WINDOWS = ("hann", "hamming", "blackman", "boxcar", "hann_symmetric", "hamming_symmetric", "povey")
PAD_MODES = ("constant", "reflect", "edge")
PREEMPHASES = ("signal", "frame")
WEIGHTINGS = ("none", "A", "B", "C", "D", "iso226")
MEL_SCALES = ("slaney", "htk")
MEL_NORMS = ("slaney", "sum", "none")
MEL_SHAPES = ("hz", "mel", "bins", "half_bins")
FLOORS = ("max", "add")


class SpecMismatch(ValueError):
    """A difference between two feature specifications that must agree."""


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    """How sound becomes log-mel frames and MFCC.

    A frame of ``log_mel`` is ``(20 / power) * log10(max(mel, log_floor))`` dB (or, with ``floor="add"``, of ``mel +
    log_floor``), ``mel`` being the mel-weighted
    magnitude (``power=1``) or power (``power=2``) spectrum; its MFCC are the first ``n_mfcc`` coefficients of its
    orthonormal DCT-II, liftered as in librosa when ``lifter > 0``. Reference level 0 dB: a mel value of 1.

    Parameters
    ----------
    sample_rate : int, Hz
        Rate that sound is resampled to first. It and the counts below have upper bounds, see
        `mfccinv.features.spec_fields.LARGEST`.
    n_fft, win_length, hop_length : int, samples
        ``1 <= win_length <= n_fft``; the window is centred in the FFT frame.
    window : str
        One of `WINDOWS`. Periodic, but for ``hann_symmetric`` and ``hamming_symmetric``, which end as they begin, and
        Kaldi's ``povey``: the symmetric Hann window to the power of 0.85.
    center : bool
        If true, the signal is padded on both sides, and frame t is centred on sample ``t * hop_length``. If false,
        frame t starts there.
    pad_mode : str
        One of `PAD_MODES`; used when ``center``.
    padding : int >= 0, samples, or None
        Padding on either side when ``center``; None: ``n_fft // 2``. Some vocoders pad by
        ``(n_fft - hop_length) // 2``: then the frames are half a hop later.
    cover_end : bool
        Whether zeros are put behind the signal where its last samples would be in no frame.
    remove_dc : bool
        Whether the mean of a frame's ``win_length`` samples is taken away from them.
    preemphasis : float in [0, 1)
        ``y[t] - preemphasis * y[t - 1]`` is analysed; 0: the signal itself.
    preemphasis_within : {"signal", "frame"}
        What is before the first sample: nothing before the signal's, or before a frame's that sample itself, as HTK and
        Kaldi have it.
    power : {1, 2}
        Exponent of the magnitude spectrum before the mel filters.
    weighting : str
        One of `WEIGHTINGS`, see `mfccinv.features.weighting.weighting_db`: how loud each bin counts in the mel bands.
    n_mels : int >= 1
    f_min_hz, f_max_hz : float, Hz
        Range of the filters, ``0 <= f_min_hz < f_max_hz <= sample_rate / 2``.
    mel_scale : {"slaney", "htk"}
    mel_norm : {"slaney", "sum", "none"}
        Slaney's filters have equal area. Those of ``sum`` have weights that add up to 1, as Essentia's. The others have
        equal height.
    mel_shape : str
        One of `MEL_SHAPES`, see `mfccinv.features.mel.mel_filters`.
    log_floor : float > 0
        Smallest mel value, in the units of ``power``.
    floor : {"max", "add"}
        Whether smaller values are raised to ``log_floor``, or it is added to all.
    top_db : float > 0 or None
        Values more than ``top_db`` below the clip's maximum are raised to that level. None: they stay, and each frame
        is independent of the others.
    n_mfcc : int in [1, n_mels]
    lifter : float >= 0
        Cepstral liftering with librosa's weights, see `lifter_weights`; 0 is none. HTK and Kaldi weight each
        coefficient as librosa does the one before: undo theirs first, and leave this at 0.

    Raises
    ------
    ValueError
        If a value is outside its range: the field, the range and the value are named.

    Examples
    --------
    >>> from mfccinv.configs.presets import preset_settings
    >>> spec = FeatureSpec.from_settings(preset_settings("features", "asr") | {"n_mfcc": 13})
    >>> spec.sample_rate, spec.n_fft, spec.n_mels, spec.n_mfcc
    (16000, 512, 80, 13)
    >>> spec.n_frames(n_samples=16000)
    101
    """

    sample_rate: int
    n_fft: int
    win_length: int
    hop_length: int
    window: str
    center: bool
    pad_mode: str
    padding: int | None
    cover_end: bool
    remove_dc: bool
    preemphasis: float
    preemphasis_within: str
    power: int
    weighting: str
    n_mels: int
    f_min_hz: float
    f_max_hz: float
    mel_scale: str
    mel_norm: str
    mel_shape: str
    log_floor: float
    floor: str
    top_db: float | None
    n_mfcc: int
    lifter: float

    def __post_init__(self):
        for name in ("sample_rate", "n_fft", "win_length", "hop_length", "n_mels", "n_mfcc", "power"):
            self._set(name, check_whole(name, getattr(self, name)))
        for name in ("f_min_hz", "f_max_hz", "log_floor", "lifter", "preemphasis"):
            self._set(name, check_finite(name, getattr(self, name)))
        for name in ("center", "cover_end", "remove_dc"):
            self._set(name, check_truth(name, getattr(self, name)))
        if self.padding is not None:
            self._set("padding", check_whole("padding", self.padding, least=0))
        check_choice("window", self.window, WINDOWS)
        check_choice("pad_mode", self.pad_mode, PAD_MODES)
        check_choice("preemphasis_within", self.preemphasis_within, PREEMPHASES)
        check_choice("weighting", self.weighting, WEIGHTINGS)
        check_choice("mel_scale", self.mel_scale, MEL_SCALES)
        check_choice("mel_norm", self.mel_norm, MEL_NORMS)
        check_choice("mel_shape", self.mel_shape, MEL_SHAPES)
        check_choice("floor", self.floor, FLOORS)
        check_choice("power", self.power, (1, 2))
        if not 0 <= self.preemphasis < 1:
            raise ValueError(f"preemphasis must be in [0, 1), got {self.preemphasis:g}")
        if self.win_length > self.n_fft:
            raise ValueError(f"win_length must be in [1, n_fft={self.n_fft}], got {self.win_length}")
        if not 0 <= self.f_min_hz < self.f_max_hz <= self.sample_rate / 2:
            raise ValueError(
                f"0 <= f_min_hz < f_max_hz <= sample_rate / 2 = {self.sample_rate / 2:g} must hold, "
                f"got f_min_hz={self.f_min_hz:g}, f_max_hz={self.f_max_hz:g}"
            )
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc must be in [1, n_mels={self.n_mels}], got {self.n_mfcc}")
        if self.n_mels * self.n_bins > LARGEST_FILTERS:
            raise ValueError(
                f"n_mels * (n_fft // 2 + 1) must be at most {LARGEST_FILTERS}, got n_mels={self.n_mels}, "
                f"n_fft={self.n_fft}"
            )
        if self.log_floor <= 0:
            raise ValueError(f"log_floor must be above 0, got {self.log_floor:g}")
        if self.top_db is not None:
            self._set("top_db", check_finite("top_db", self.top_db))
            if self.top_db <= 0:
                raise ValueError(f"top_db must be above 0 or null, got {self.top_db:g}")
        check_lifter(self.lifter, self.lifter_weights)

    def _set(self, name: str, value: object) -> None:
        """Set a field to the same value as one of Python's own: NumPy's would be no JSON."""
        object.__setattr__(self, name, value)

    @classmethod
    def from_settings(cls, settings: dict, native_rate: int | None = None) -> "FeatureSpec":
        """Make a spec from the settings of a ``features`` config.

        Besides the fields themselves, settings may leave values to be derived: ``sample_rate: null`` is
        ``native_rate``; ``win_seconds`` and ``hop_seconds`` stand for ``win_length`` and ``hop_length``;
        ``n_fft: null`` is the smallest power of two that holds the window; ``f_max_hz: null`` is half the rate.

        Parameters
        ----------
        settings : dict
        native_rate : int, Hz, or None
            The corpus's own rate.

        Raises
        ------
        ValueError
            For an unknown, missing or invalid setting.
        """
        values = dict(settings)
        if values.get("sample_rate", 0) is None:
            if native_rate is None:
                raise ValueError("sample_rate=null stands for the corpus's own rate, which is not known here")
            values["sample_rate"] = native_rate
        values["sample_rate"] = check_whole("sample_rate", values.get("sample_rate"))
        for length, seconds in (("win_length", "win_seconds"), ("hop_length", "hop_seconds")):
            if values.get(seconds) is not None:
                if values.get(length) is not None:
                    raise ValueError(f"give {length} or {seconds}, not both")
                samples = check_finite(seconds, values[seconds]) * values["sample_rate"]
                values[length] = round(check_finite(seconds, samples))
            values.pop(seconds, None)
        if values.get("n_fft", 0) is None:
            values["n_fft"] = 1 << (check_whole("win_length", values.get("win_length")) - 1).bit_length()
        if values.get("f_max_hz", 0) is None:
            values["f_max_hz"] = values["sample_rate"] / 2
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: dict) -> "FeatureSpec":
        """Make a spec from what `as_dict` returned; unknown and missing fields are refused with ValueError."""
        return cls(**known_fields(values, cls))

    @classmethod
    def from_json(cls, text: str) -> "FeatureSpec":
        """Read a spec from the JSON that `to_json` writes; unknown and missing fields are refused."""
        return cls.from_dict(parse_json(text, "a feature specification"))

    @classmethod
    def load(cls, path: Path) -> "FeatureSpec":
        """Read a spec from a JSON file; every error names the file."""
        values = read_json(path)
        try:
            return cls.from_dict(values)
        except ValueError as error:
            raise ValueError(f"{path} is no feature specification: {error}") from error

    def as_dict(self) -> dict:
        """The fields in their order, as files hold them.

        Those that version 0.1 lacked are left out where they change nothing: files, fingerprints of data sets and
        networks of the features that it knew are as they were.
        """
        return {name: value for name, value in asdict(self).items() if name not in NEUTRAL or value != NEUTRAL[name]}

    def to_json(self) -> str:
        """Write the spec as JSON, see `as_dict`."""
        return json.dumps(self.as_dict(), indent=2) + "\n"

    def with_n_mfcc(self, n_mfcc: int) -> "FeatureSpec":
        """Return the same spec with another number of coefficients."""
        return replace(self, n_mfcc=n_mfcc)

    def require_equal(self, other: "FeatureSpec", what: str) -> None:
        """Refuse ``other`` unless it is the same spec.

        Raises
        ------
        SpecMismatch
            If a field differs; the message lists each one with both its values.
        """
        if differing := self.differences(other):
            raise SpecMismatch(f"the feature specification differs from that of {what}: " + "; ".join(differing))

    def differences(self, other: "FeatureSpec") -> list[str]:
        """Tell each field in which ``other`` differs, with both its values."""
        return [
            f"{field.name}: {getattr(self, field.name)!r} here, {getattr(other, field.name)!r} there"
            for field in fields(self)
            if getattr(self, field.name) != getattr(other, field.name)
        ]

    @property
    def n_bins(self) -> int:
        """Number of linear-frequency bins, ``1 + n_fft // 2``."""
        return 1 + self.n_fft // 2

    def n_samples(self, n_frames: int) -> int:
        """Count the samples that ``n_frames`` frames cover, without padding.

        Frames that are all padding, as a single centred one is, count as the longest signal that has so many frames.
        """
        covered = self.n_fft + self.hop_length * (n_frames - 1) - 2 * self.margin
        if n_frames < 1:
            return 0
        return covered if covered > 0 else max(0, covered + self.hop_length - 1)

    @property
    def margin(self) -> int:
        """Samples that the signal is padded by on either side."""
        if not self.center:
            return 0
        return self.n_fft // 2 if self.padding is None else self.padding

    @property
    def frames_per_second(self) -> float:
        """Frame rate, Hz."""
        return self.sample_rate / self.hop_length

    @property
    def db_per_decade(self) -> float:
        """dB that a tenfold mel value adds: 10 for power, 20 for magnitude."""
        return 20.0 / self.power

    @property
    def floor_db(self) -> float:
        """Level of an empty mel band, dB."""
        return self.db_per_decade * math.log10(self.log_floor)

    @property
    def lifter_weights(self) -> np.ndarray:
        """Factor of coefficient n, counted from 0, (n_mfcc,): ``1 + lifter / 2 * sin(pi * (n + 1) / lifter)``."""
        return lifter_weights(self.lifter, np.arange(1, self.n_mfcc + 1))

    def n_frames(self, n_samples: int) -> int:
        """Count the frames of a signal of ``n_samples`` samples at `sample_rate`."""
        beyond_first = n_samples + 2 * self.margin - self.n_fft
        if self.cover_end:
            return 0 if n_samples < 1 else 1 + max(0, -(-beyond_first // self.hop_length))
        return max(0, 1 + beyond_first // self.hop_length)
