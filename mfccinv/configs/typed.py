"""From plain values to settings of a class: every field is named, and holds a value of its kind."""

import math
import types
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Settings = TypeVar("Settings")

KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    dict: "a group of settings",
    Sequence: "a list",
    type(None): "null",
}


def typed(kind: type[Settings], values: dict, group: str = "") -> Settings:
    """Make settings of a dataclass from plain values.

    Parameters
    ----------
    kind : dataclass
    values : dict
        One value for each field.
    group : str
        The group that the values belong to, for messages: ``training`` says ``training.epochs``.

    Raises
    ------
    ValueError
        For unknown and missing values, and for values of another kind than the field's; whatever the class itself
        refuses.
    """
    prefix = f"{group}." if group else ""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    for what, wrong in (("unknown", set(values) - names), ("missing", names - set(values))):
        if wrong:
            listed = ", ".join(f"{prefix}{name}" for name in sorted(map(str, wrong)))
            raise ValueError(f"{what} setting: {listed}")
    hints = get_type_hints(kind)
    return kind(**{name: _checked(f"{prefix}{name}", value, hints[name]) for name, value in values.items()})


def _checked(setting: str, value: object, hint: Any) -> object:
    """Return a value; refuse with ValueError one of another kind than the field's, if that is one of `KINDS`.

    On a command line, 2024 is a number: where a text is asked for, it is that text.
    """
    union = get_origin(hint) in (Union, types.UnionType)
    allowed = [get_origin(one) or one for one in (get_args(hint) if union else (hint,))]
    if not all(one in KINDS for one in allowed) or any(_is_of(value, one) for one in allowed):
        return value
    if str in allowed and _is_of(value, int):
        return str(value)
    raise ValueError(f"{setting} must be {' or '.join(KINDS[one] for one in allowed)}, got {value!r}")


def _is_of(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is Sequence:
        return isinstance(value, Sequence) and not isinstance(value, str)
    return isinstance(value, kind)
