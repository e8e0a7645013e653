"""Registries: dictionaries in which the ``name`` of a group of settings is looked up."""

from collections.abc import Mapping
from typing import TypeVar

Entry = TypeVar("Entry")


def look_up(kind: str, registry: Mapping[str, Entry], settings: dict) -> tuple[Entry, dict]:
    """Return the entry that ``settings["name"]`` names and the other settings.

    Raises
    ------
    ValueError
        If there is no such entry; ``kind`` says of what, and the choices are listed.
    """
    others = dict(settings)
    name = others.pop("name")
    if name not in registry:
        raise ValueError(f"{kind} must be one of {', '.join(registry)}, got {name!r}")
    return registry[name], others
