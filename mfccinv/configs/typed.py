"""Typed settings from plain values: every field must be given, and no other."""

from dataclasses import fields
from typing import TypeVar

Settings = TypeVar("Settings")


def typed(kind: type[Settings], values: dict, group: str = "") -> Settings:
    """Make settings of a dataclass from plain values.

    Parameters
    ----------
    kind : dataclass
    values : dict
        One value for each field.
    group : str
        Prefix of names in messages: ``training`` gives ``training.epochs``.

    Raises
    ------
    ValueError
        For unknown and missing values, and for values that the class refuses.
    """
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    for what, wrong in (("unknown", set(values) - names), ("missing", names - set(values))):
        if wrong:
            listed = ", ".join(f"{group}.{name}" if group else name for name in sorted(map(str, wrong)))
            raise ValueError(f"{what} setting: {listed}")
    return kind(**values)
