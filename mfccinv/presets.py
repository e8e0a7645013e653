"""What a checkout holds besides the package, and how names become feature specifications and settings of methods."""

from functools import lru_cache
from pathlib import Path

import yaml

from mfccinv.spec import FeatureSpec

REPOSITORY = Path(__file__).resolve().parents[1]
CONFIGS, CHECKPOINTS, SCRIPTS = (REPOSITORY / name for name in ("configs", "checkpoints", "scripts"))

Spec = FeatureSpec | str | None


def resolve_spec(spec: Spec, n_mfcc: int | None = None) -> FeatureSpec:
    """Turn what a caller says of the features into their specification, see `mfccinv.api.mfcc_to_mel`."""
    if isinstance(spec, FeatureSpec):
        return spec
    if not CONFIGS.is_dir():
        raise ValueError(f"{CONFIGS} is not there: install mfccinv from a checkout with pip install -e")
    name = "asr" if spec is None else str(spec)
    preset = CONFIGS / "features" / f"{name}.yaml"
    if preset.is_file():
        settings = _read_yaml(preset)
        return FeatureSpec.from_settings(settings | ({"n_mfcc": n_mfcc} if n_mfcc else {}))
    if Path(name).is_file():
        return FeatureSpec.load(Path(name))
    presets = ", ".join(sorted(path.stem for path in preset.parent.glob("*.yaml")))
    raise ValueError(f"spec must be a FeatureSpec, the path of a feature_spec.json or one of {presets}, got {name!r}")


def method_settings(group: str, method: str | dict) -> dict:
    """Settings of a method by its name; those of a dict replace them."""
    changed = method if isinstance(method, dict) else {"name": method}
    path = CONFIGS / group / f"{changed.get('name')}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(path.stem for path in path.parent.glob("*.yaml")))
        raise ValueError(f"{group} must be one of {known}, or settings with such a name, got {method!r}")
    settings = _read_yaml(path)
    if unknown := sorted(set(changed) - set(settings)):
        raise ValueError(f"{group}={changed['name']} takes {', '.join(settings)}, got {', '.join(unknown)}")
    return settings | changed | {"name": settings["name"]}


def preset_settings(group: str, name: str) -> dict:
    """Settings of a group's YAML file of that name."""
    return _read_yaml(CONFIGS / group / f"{name}.yaml")


@lru_cache(maxsize=32)
def _read_yaml(path: Path) -> dict:
    """Read a file of settings once; it takes longer than some inversions."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
