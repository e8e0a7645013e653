"""From plain values to settings of a class: every field is named, and no other."""

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
        What the values belong to, for messages: ``training`` says ``training.epochs``.

    Raises
    ------
    ValueError
        For unknown and missing values; whatever the class itself refuses.
    """
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    for what, wrong in (("unknown", set(values) - names), ("missing", names - set(values))):
        if wrong:
            listed = ", ".join(f"{group}.{name}" if group else name for name in sorted(map(str, wrong)))
            raise ValueError(f"{what} setting: {listed}")
    return kind(**values)
