"""Dialects: how a tool writes down MFCC, and what stands in them.

Networks and the analytic inverse know one kind of MFCC, see `FeatureSpec`: decibels, an orthonormal DCT, c0 first.
Tools differ in how they analyse sound, which the specification tells. And they differ in how they write down the
coefficients, which a dialect tells: natural logarithms, 16-bit samples, lifters, an energy in the place of c0.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.extract import extract_log_mel, frame_energies
from mfccinv.features.frame_level import c0_from_energy
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.spec_fields import check_choice, check_finite, check_lifter, check_truth, lifter_weights

LOGARITHMS = ("db", "ln", "log10", "20log10")
DCTS = ("orthonormal", "htk")
ENERGIES = (None, "signal", "spectrum")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a tool writes down the MFCC of a specification.

    Its coefficient n is ``w_n s_n a (c_n + o_n)``: ``c_n`` is that of the specification in dB, ``a`` the step from dB
    to the tool's logarithm, ``o_n`` what its unit of power adds (to c0 alone), ``s_n`` the scale of its DCT and ``w_n``
    its lifter's weight.

    Parameters
    ----------
    spec : FeatureSpec
        The analysis, for samples of full scale 1. Its own ``lifter`` is 0.
    full_scale : float > 0
        Value of full scale in the tool's samples: 1, or 32768 for 16-bit integers.
    power_scale : float > 0
        Factor of the tool's power (or magnitude) spectrum, such as ``1 / n_fft``.
    log : {"db", "ln", "log10", "20log10"}
        The tool's logarithm of the mel values: ``db`` is ``20 / power * log10``. Essentia takes ``20log10`` of powers,
        too.
    dct : {"orthonormal", "htk"}
        ``htk``: the factor is ``sqrt(2 / n_mels)`` for all coefficients, so that c0 is larger by ``sqrt(2)``.
    lifter : float >= 0
        Weight of coefficient n, counted from 0: ``1 + lifter / 2 * sin(pi * n / lifter)`` (The HTK Book, 2006, 5.6);
        0: none.
    energy : {None, "signal", "spectrum"}
        The tool's logarithm of what energy stands in the place of c0: of the frame's samples before pre-emphasis and
        window, or of the spectrum's bins, DC to Nyquist. None: c0 itself.
    c0_last : bool
        Whether c0, or what stands for it, is the last coefficient.

    Raises
    ------
    ValueError
        If a value is outside its range.
    """

    spec: FeatureSpec
    full_scale: float
    power_scale: float
    log: str
    dct: str
    lifter: float
    energy: str | None
    c0_last: bool

    def __post_init__(self):
        for name in ("full_scale", "power_scale", "lifter"):
            object.__setattr__(self, name, check_finite(name, getattr(self, name)))
        object.__setattr__(self, "c0_last", check_truth("c0_last", self.c0_last))
        check_choice("log", self.log, LOGARITHMS)
        check_choice("dct", self.dct, DCTS)
        check_choice("energy", self.energy, ENERGIES)
        if self.full_scale <= 0 or self.power_scale <= 0:
            raise ValueError(
                f"full_scale and power_scale must be above 0, got {self.full_scale:g} and {self.power_scale:g}"
            )
        if self.spec.lifter:
            raise ValueError(f"a dialect's lifter is its own: features.lifter must be 0, got {self.spec.lifter:g}")
        check_lifter(self.lifter, self._weights)

    @property
    def _decade(self) -> float:
        """The tool's logarithm of 10."""
        return {"db": self.spec.db_per_decade, "ln": math.log(10), "log10": 1.0, "20log10": 20.0}[self.log]

    @property
    def _weights(self) -> np.ndarray:
        """The lifter's weights, (n_mfcc,)."""
        return lifter_weights(self.lifter, np.arange(self.spec.n_mfcc))

    @property
    def _scale(self) -> np.ndarray:
        """Factor of each coefficient, (n_mfcc,)."""
        scale = self._decade / self.spec.db_per_decade * self._weights
        if self.dct == "htk":
            scale[0] *= math.sqrt(2)
        return scale

    @property
    def _energy_unit(self) -> float:
        """The tool's energy of what has the energy 1 at full scale 1."""
        return self.full_scale**2 * (self.power_scale if self.energy == "spectrum" else 1.0)

    @property
    def _offset_db(self) -> np.ndarray:
        """What is added to each coefficient in dB, (n_mfcc,)."""
        offset = np.zeros(self.spec.n_mfcc)
        unit = self.full_scale**self.spec.power * self.power_scale
        offset[0] = math.sqrt(self.spec.n_mels) * self.spec.db_per_decade * math.log10(unit)
        return offset

    def write(self, mfcc: np.ndarray, energy: np.ndarray | None = None) -> np.ndarray:
        """Write MFCC of the specification as the tool does.

        Parameters
        ----------
        mfcc : (..., n_mfcc), dB
        energy : (...), full scale 1, or None
            Energies of the frames; they are needed if they stand for c0.

        Returns
        -------
        written : (..., n_mfcc), in the type of ``mfcc``
        """
        written = (mfcc + self._offset_db) * self._scale
        if self.energy is not None:
            if energy is None:
                raise ValueError("the energies of the frames stand for c0: give energy")
            unit = np.maximum(energy * self._energy_unit, np.finfo(np.float32).eps)
            written[..., 0] = self._decade * np.log10(unit)
        return np.roll(written, -1, axis=-1).astype(mfcc.dtype) if self.c0_last else written.astype(mfcc.dtype)

    def read(self, written: np.ndarray) -> np.ndarray:
        """Read MFCC as the tool writes them: (..., n_mfcc) → (..., n_mfcc), dB.

        Where an energy stands for c0, c0 is found by `mfccinv.features.frame_level.c0_from_energy`.
        """
        ordered = np.roll(written, 1, axis=-1) if self.c0_last else written
        mfcc = ordered / self._scale - self._offset_db
        if self.energy is not None:
            energy_db = 10 * (ordered[..., 0] / self._decade - math.log10(self._energy_unit))
            mfcc[..., 0] = c0_from_energy(mfcc, energy_db, self.spec, self.energy)
        return mfcc.astype(written.dtype)

    def of_columns(self, n: int) -> "Dialect":
        """Return the dialect for so many columns, of which the first ``spec.n_mfcc`` are coefficients.

        All are, if there are as many bands: deltas are to be left out before, see `n_without_deltas`. Else they must be
        twice or three times the dialect's own number, which are behind them.

        Raises
        ------
        ValueError
            If there are more than bands.
        """
        if n > self.spec.n_mels and n in (2 * self.spec.n_mfcc, 3 * self.spec.n_mfcc):
            return self
        if not 1 <= n <= self.spec.n_mels:
            raise ValueError(
                f"mfcc must have n_mfcc={self.spec.n_mfcc} coefficients, as many with their deltas behind them, or "
                f"another number of up to {self.spec.n_mels}, got {n}"
            )
        return replace(self, spec=self.spec.with_n_mfcc(n))


def extract_dialect(y: np.ndarray, dialect: Dialect) -> np.ndarray:
    """MFCC of a signal as the tool writes them.

    Parameters
    ----------
    y : (n_samples,), float, full scale 1
        At ``dialect.spec.sample_rate``.
    dialect : Dialect

    Returns
    -------
    written : (n_frames, n_mfcc), float32
    """
    spec = dialect.spec
    mfcc = log_mel_to_mfcc(extract_log_mel(y, spec).astype(np.float64), spec)
    energy = None if dialect.energy is None else frame_energies(y, spec, dialect.energy)
    return dialect.write(mfcc, energy).astype(np.float32)
