"""How MFCC may be made and written, by names that are those of the command line: ``dialect=kaldi``."""

from dataclasses import dataclass, replace
from reprlib import repr as brief
from typing import Any

import numpy as np

from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import preset_names, resolve_spec
from mfccinv.features.dialect import Dialect, extract_dialect
from mfccinv.features.extract import extract_features, extract_log_mel
from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion import explanations
from mfccinv.inversion.identify import Match

FIRST = "features=asr"  # ours, of any number of coefficients


@dataclass(frozen=True)
class Writing:
    """How MFCC are made and written: as a tool does, or in dB by a preset of features.

    Parameters
    ----------
    name : str
        As the command line says it.
    spec : FeatureSpec
    dialect : Dialect or None
        None: in dB.
    """

    name: str
    spec: FeatureSpec
    dialect: Dialect | None

    @classmethod
    def of(cls, name: str, n_columns: int | None = None) -> "Writing":
        """Return the writing of a name.

        Parameters
        ----------
        name : str
            One of `writing_names`, or what `name_of_match` says.
        n_columns : int or None
            How many columns MFCC have. None: the preset's number of coefficients.

        Raises
        ------
        ValueError
            If there is none of that name, or it can't have so many columns.
        """
        first, _, change = name.partition(" dialect.")
        group, _, preset = first.partition("=")
        if group == "features" and not change:
            spec = resolve_spec(preset)
            return cls(name, spec if n_columns is None else spec.with_n_mfcc(n_columns), None)
        if group != "dialect":
            raise ValueError(f"MFCC must be written as one of {', '.join(writing_names())}, got {brief(name)}")
        dialect = resolve_dialect(preset)
        n = dialect.spec.n_mfcc if n_columns is None else n_columns
        if change:
            found = [one for one in explanations.writings(n) if (one.name, one.change) == (preset, change)]
            if not found:
                raise ValueError(f"{preset} is not known with dialect.{change} and {n} columns")
            return cls(name, found[0].dialect.spec, found[0].dialect)
        dialect = dialect.of_columns(n)
        return cls(name, dialect.spec, dialect)

    @classmethod
    def of_sound(cls, name: str, n_mfcc: int | None) -> "Writing":
        """Return the writing of a name, with so many MFCC made of sound; None: as many as the preset has.

        Raises
        ------
        ValueError
            As `of`, and if there are fewer bands.
        """
        found = cls.of(name)
        if n_mfcc is None:
            return found
        spec = found.spec.with_n_mfcc(n_mfcc)
        return replace(found, spec=spec, dialect=found.dialect and replace(found.dialect, spec=spec))

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of `mfccinv.mfcc_to_mel` and `mfccinv.mfcc_to_audio`."""
        return {"spec": self.spec} if self.dialect is None else {"dialect": self.dialect}

    def analyse(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """MFCC as written, (n_mfcc, n_frames), and log-mel frames, (n_frames, n_mels), dB, of sound (n_samples,).

        Raises
        ------
        ValueError
            If it is shorter than a frame.
        """
        if self.dialect is None:
            mfcc, log_mel = extract_features(y, self.spec)
            return mfcc.T, log_mel
        return extract_dialect(y, self.dialect).T, extract_log_mel(y, self.spec)


def writing_names() -> list[str]:
    """Names of the writings that there are: ours, what tools write, and the presets in dB."""
    dialects, presets = ([f"{group}={name}" for name in preset_names(group)] for group in ("dialect", "features"))
    return list(dict.fromkeys((FIRST, *dialects, *presets)))


def name_of_match(match: Match) -> str:
    """Name of the writing that was recognised, but for its normalisation."""
    change = match.writing.change
    return f"dialect={match.name}{f' dialect.{change}' if change else ''}"
