"""The YAML presets by name: specifications of features, and settings of methods."""

import os
from functools import lru_cache
from reprlib import repr as brief

import yaml

from mfccinv.configs.folder import CONFIGS
from mfccinv.configs.renamed import tell_renamed_choice
from mfccinv.configs.typed import checked
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.path_settings import path_setting

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
    path = path_setting("spec", name)
    if os.path.isfile(path):  # False for a name that no file can have, where Path.is_file raises
        return FeatureSpec.load(path)
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
    kinds = {key: object if default is None else type(default) for key, default in settings.items()}
    given = {key: checked(f"{group}.{key}", value, kinds[key]) for key, value in changed.items()}
    return settings | given | {"name": settings["name"]}


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
