"""The dialects of ``configs/dialect`` by name."""

from dataclasses import replace
from functools import lru_cache
from reprlib import repr as brief

import yaml

from mfccinv.configs.folder import CONFIGS
from mfccinv.configs.presets import preset_names, preset_settings, resolve_spec
from mfccinv.features.dialect import Dialect
from mfccinv.features.spec import FeatureSpec

FEATURES = "override /features@_global_.features"  # by which a dialect's file names its features


def resolve_dialect(dialect: Dialect | str) -> Dialect:
    """Return the dialect that an argument stands for: a `Dialect`, or the name of one in ``configs/dialect``.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(dialect, Dialect):
        return dialect
    if dialect not in preset_names("dialect"):
        known = ", ".join(preset_names("dialect"))
        raise ValueError(f"dialect must be a Dialect or one of {known}, got {brief(dialect)}")
    return _read(dialect)


def in_decibels(spec: FeatureSpec) -> Dialect:
    """Return the dialect of a specification's own decibels."""
    return replace(resolve_dialect("asr"), spec=spec)


def dialect_of(spec: FeatureSpec) -> str | None:
    """Name of the first dialect that analyses so, whatever the number of MFCC, and writes no plain decibels, if any."""
    for name in preset_names("dialect"):
        dialect = resolve_dialect(name)
        of_spec = dialect.spec.n_mels == spec.n_mels and dialect.spec.with_n_mfcc(spec.n_mfcc) == spec
        if of_spec and dialect != in_decibels(dialect.spec):
            return name
    return None


@lru_cache(maxsize=64)
def _read(name: str) -> Dialect:
    bases = yaml.safe_load((CONFIGS / "dialect" / f"{name}.yaml").read_text(encoding="utf-8"))["defaults"]
    [features] = (base[FEATURES] for base in bases)
    return Dialect(spec=resolve_spec(features), **preset_settings("dialect", name))
