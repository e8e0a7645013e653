"""The YAML presets by name: specifications of features, and settings of methods."""

import math
import os
from functools import lru_cache
from numbers import Integral, Real
from pathlib import Path
from reprlib import repr as brief
from typing import Any

import yaml

from mfccinv.configs.folder import CONFIGS
from mfccinv.configs.renamed import tell_renamed_choice
from mfccinv.features.spec import FeatureSpec

Spec = FeatureSpec | str | None


def resolve_spec(spec: Spec) -> FeatureSpec:
    """Return the specification that an argument stands for.

    Parameters
    ----------
    spec : FeatureSpec, str or None
        See `mfccinv.inversion.arrays.mfcc_to_mel`.

    Raises
    ------
    ValueError
        If it is neither a specification, nor the name of a preset, nor a file of a specification.
    """
    if isinstance(spec, FeatureSpec):
        return spec
    name = "asr" if spec is None else str(spec)
    if name in preset_names("features"):
        return FeatureSpec.from_settings(preset_settings("features", name))
    if os.path.isfile(name):  # False for a name that no file can have, where Path.is_file raises
        return FeatureSpec.load(Path(name))
    presets = ", ".join(preset_names("features"))
    raise ValueError(
        f"spec must be a FeatureSpec, the path of a feature_spec.json or one of {presets}, got {brief(name)}"
    )


def method_settings(group: str, method: str | dict) -> dict:
    """Complete the settings of a method from its YAML file.

    Parameters
    ----------
    group : str
        Folder in ``configs``, such as ``phase``.
    method : str or dict
        Name of the method, or its ``name`` and the settings that differ from the file's.

    Raises
    ------
    ValueError
        For an unknown method, an unknown setting, and a value of another type than the file's.
    """
    changed = method if isinstance(method, dict) else {"name": method}
    name = changed.get("name")
    if name not in preset_names(group):
        tell_renamed_choice(group, name)
        known = ", ".join(preset_names(group))
        raise ValueError(f"{group} must be one of {known}, or settings with such a name, got {method!r}")
    settings = preset_settings(group, name)
    if unknown := sorted(set(changed) - set(settings)):
        raise ValueError(f"{group}={name} takes {', '.join(settings)}, got {', '.join(unknown)}")
    checked = {key: _checked(f"{group}.{key}", value, settings[key]) for key, value in changed.items()}
    return settings | checked | {"name": settings["name"]}


def _checked(setting: str, value: Any, default: object) -> Any:
    """Return a value; refuse with ValueError one that is no whole number, finite number or text as the default is."""
    if isinstance(default, str) and isinstance(value, Integral) and not isinstance(value, bool):
        return str(value)  # on a command line, a run may be called 7
    kinds: dict[type, tuple[str, type | tuple[type, ...]]] = {
        int: ("a whole number", Integral),
        float: ("a finite number", Real),
        str: ("a text", (str, Path)),
    }
    what, allowed = kinds.get(type(default), ("", object))
    wrong = not isinstance(value, allowed) or (isinstance(value, Real) and not math.isfinite(value))
    if wrong or (isinstance(value, bool) and what):
        raise ValueError(f"{setting} must be {what or 'finite'}, got {value!r}")
    return value


def preset_names(group: str) -> list[str]:
    """Names of the YAML files of a group, sorted; ValueError if the folder is missing."""
    if not (CONFIGS / group).is_dir():
        raise ValueError(f"{CONFIGS / group} is not there: the package is incomplete, install it again")
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


@lru_cache(maxsize=64)
def preset_settings(group: str, name: str) -> dict:
    """Read the settings of a group's YAML file, with those that it inherits from other files of the group.

    A file is read once: reading takes longer than some inversions.
    """
    values = yaml.safe_load((CONFIGS / group / f"{name}.yaml").read_text(encoding="utf-8"))
    inherited = [preset_settings(group, base) for base in values.pop("defaults", []) if base != "_self_"]
    merged: dict = {}
    for settings in (*inherited, values):
        merged |= settings
    return merged
