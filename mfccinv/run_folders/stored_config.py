"""Reads the configuration of a run, whichever version wrote it."""

from collections.abc import Iterator
from pathlib import Path

from mfccinv.configs.presets import preset_settings
from mfccinv.configs.renamed import with_present_names
from mfccinv.system.stored_files import DamagedFile, read_yaml

# Groups of settings that were added or have grown, and the preset with the values that older runs had in effect.
GROWING = {"dataset": "default", "augment": "none", "training": "default", "tracker": "none"}
NEEDED: dict[str, type] = {"source": str, "target": str, "model": dict}
OPTIONAL: dict[str, type] = {"name": str, "training": dict, "dataset": dict, "augment": dict, "tracker": dict}
MAX_CHARACTERS = 4096  # of a text: as long as a path may be


def read_config(path: Path) -> dict:
    """Read a run's ``config.yaml``, with the present names of settings.

    Settings that were added since have the values that older runs had in effect.

    Raises
    ------
    DamagedFile
        If it isn't the configuration of a run.
    """
    config = read_yaml(path)
    for name, kind in (NEEDED | OPTIONAL).items():
        if not isinstance(config.get(name), kind) and (name in NEEDED or name in config):
            raise DamagedFile(f"{path} is damaged: {name} can't be {config.get(name)!r:.80}")
    for text in _texts(config):
        if len(text) > MAX_CHARACTERS:
            raise DamagedFile(f"{path} has a text of {len(text):,} characters, {MAX_CHARACTERS:,} is the most")
    config = with_present_names(config)
    return config | {group: preset_settings(group, name) | config.get(group, {}) for group, name in GROWING.items()}


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value, names included."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield str(name)
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield str(value)
