"""The YAML presets by name: specifications of features, and settings of methods."""

import os
from functools import lru_cache
from pathlib import Path
from reprlib import repr as brief

import yaml

from mfccinv.configs.folder import CONFIGS
from mfccinv.configs.renamed import tell_renamed_choice
from mfccinv.configs.typed import checked
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.checksums import require_recorded
from mfccinv.system.path_settings import path_setting
from mfccinv.system.stored_files import DamagedFile, read_yaml

Spec = FeatureSpec | str | os.PathLike | None
YAML = (".yaml", ".yml")


def resolve_spec(spec: Spec) -> FeatureSpec:
    """Return the specification that an argument stands for.

    Parameters
    ----------
    spec : FeatureSpec, str, Path or None
        See `mfccinv.inversion.arrays.mfcc_to_mel`.

    Raises
    ------
    ValueError
        If it is neither a specification, nor the name of a preset, nor a file or a folder with a specification.
    """
    if isinstance(spec, FeatureSpec):
        return spec
    name = "asr" if spec is None else str(spec)
    if isinstance(spec, str | os.PathLike | None):
        if name in preset_names("features"):
            return FeatureSpec.from_settings(preset_settings("features", name))
        path = path_setting("spec", name)
        stored = path / "feature_spec.json"
        if os.path.isfile(stored):  # False for a name that no file can have, where Path.is_file raises
            return FeatureSpec.load(require_recorded(stored))
        if os.path.isfile(path):
            return _spec_of_yaml(path) if path.suffix in YAML else FeatureSpec.load(path)
    presets = ", ".join(preset_names("features"))
    raise ValueError(
        "spec must be a FeatureSpec, a run's folder, the path of a feature_spec.json or of a YAML file, or one of "
        f"{presets}, got {brief(name if isinstance(spec, os.PathLike) else spec)}"
    )


def is_preset(spec: Spec) -> bool:
    """Whether an argument of `resolve_spec` stands for a preset: the package's, or a YAML file."""
    if spec is None or isinstance(spec, FeatureSpec):
        return spec is None
    return str(spec) in preset_names("features") or str(spec).endswith(YAML)


def _spec_of_yaml(path: Path) -> FeatureSpec:
    try:
        return FeatureSpec.from_settings(_own_settings(path))
    except DamagedFile:
        raise
    except ValueError as error:
        raise ValueError(f"{path} is no feature specification: {error}") from error


def _own_settings(path: Path, heirs: tuple[Path, ...] = ()) -> dict:
    """Read a person's YAML file, with those that it inherits: files beside it, but for its ``heirs``, or presets."""
    values = read_yaml(path)
    bases = values.pop("defaults", [])
    merged: dict = {}
    for base in bases if isinstance(bases, list) else [bases]:
        beside = path.with_name(f"{base}.yaml")
        if base == "_self_":
            continue
        if beside not in (path, *heirs) and os.path.isfile(beside):
            merged |= _own_settings(beside, (path, *heirs))
        elif base in preset_names("features"):
            merged |= preset_settings("features", base)
        else:
            raise ValueError(f"its defaults must be files beside it or presets, got {brief(base)}")
    return merged | values


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


@lru_cache(maxsize=64)
def preset_names(group: str) -> tuple[str, ...]:
    """Names of the YAML files of a group, sorted; ValueError if the folder is missing."""
    if not (CONFIGS / group).is_dir():
        raise ValueError(f"{CONFIGS / group} is not there: the package is incomplete, install it again")
    return tuple(sorted(path.stem for path in (CONFIGS / group).glob("*.yaml")))


@lru_cache(maxsize=64)
def preset_settings(group: str, name: str) -> dict:
    """Read the settings of a group's YAML file, with those that it inherits from other files of the group.

    A file is read once: reading takes longer than some inversions.
    """
    values = yaml.safe_load((CONFIGS / group / f"{name}.yaml").read_text(encoding="utf-8"))
    bases = [base for base in values.pop("defaults", []) if isinstance(base, str) and base != "_self_"]
    inherited = [preset_settings(group, base) for base in bases]  # the others choose a file of another group
    merged: dict = {}
    for settings in (*inherited, values):
        merged |= settings
    return merged
