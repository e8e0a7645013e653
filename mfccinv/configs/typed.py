"""From plain values to settings of a class: every field is named, and holds a value of its kind."""

import math
import os
import types
from collections.abc import Callable, Sequence
from dataclasses import fields
from difflib import get_close_matches
from numbers import Real
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from mfccinv.system.kinds import is_real, is_whole
from mfccinv.system.path_settings import path_setting

Settings = TypeVar("Settings")

KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    dict: "a group of settings",
    Sequence: "a list",
    list: "a list",
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
            near = get_close_matches(min(map(str, wrong)), names, n=1) if what == "unknown" else []
            raise ValueError(f"{what} setting: {listed}" + (f"; did you mean {prefix}{near[0]}?" if near else ""))
    hints = get_type_hints(kind)
    return kind(**{name: checked(f"{prefix}{name}", value, hints[name]) for name, value in values.items()})


def check_arguments(function: Callable, values: dict, group: str) -> None:
    """Refuse with ValueError values of another kind than the annotations of a function's parameters."""
    hints = get_type_hints(function)
    for name, value in values.items():
        checked(f"{group}.{name}", value, hints.get(name, object))


def checked(setting: str, value: object, hint: Any) -> object:
    """Return a value; refuse with ValueError one of another kind than the field's, if that is one of `KINDS`.

    In YAML, 2024 is a number: where a text is asked for, it is that text. Where a `Path` is asked for, the value is a
    `path_setting`.
    """
    union = get_origin(hint) in (Union, types.UnionType)
    allowed = [get_origin(one) or one for one in (get_args(hint) if union else (hint,))]
    if Path in allowed:
        return None if value is None and type(None) in allowed else path_setting(setting, value)
    if not all(one in KINDS for one in allowed):
        if isinstance(value, Real) and not math.isfinite(value):
            raise ValueError(f"{setting} must be finite, got {value!r}")
        return value
    if any(_is_of(value, one) for one in allowed):
        _check_items(setting, value, hint)
        return value
    if str in allowed and (_is_of(value, int) or isinstance(value, os.PathLike)):
        return str(value)
    raise ValueError(f"{setting} must be {' or '.join(KINDS[one] for one in allowed)}, got {value!r}")


def _check_items(setting: str, value: object, hint: Any) -> None:
    """Refuse a list with an item of another kind than its hint says."""
    (kind,) = get_args(hint) if get_origin(hint) in (Sequence, list) else (object,)
    kinds = (str, int) if kind is str else (kind,)  # on a command line, [103] is a list of a number
    if kind in KINDS and isinstance(value, Sequence) and not all(any(_is_of(i, k) for k in kinds) for i in value):
        quotes = "; put a text that looks like another value in quotes" if kind is str else ""
        raise ValueError(f"{setting} must be a list of which each item is {KINDS[kind]}, got {value!r}{quotes}")


def _is_of(value: object, kind: type) -> bool:
    if kind is float:
        return is_real(value) and math.isfinite(value)
    if kind is int:
        return is_whole(value)
    if kind in (Sequence, list):
        return isinstance(value, Sequence) and not isinstance(value, str)
    return isinstance(value, kind)
