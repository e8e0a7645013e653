"""Reads the files of a run, whichever version wrote them, and checks what they say before anybody uses or prints it."""

import math
from collections.abc import Iterator
from pathlib import Path
from reprlib import repr as brief

import yaml

from mfccinv.configs.presets import preset_settings
from mfccinv.configs.renamed import with_present_names
from mfccinv.features.spec_fields import NEUTRAL
from mfccinv.system.stored_files import MAX_YAML_BYTES, DamagedFile, is_number, read_csv, read_json, read_yaml

# Groups of settings that were added or have grown, and the preset with the values that older runs had in effect.
GROWING = {"dataset": "default", "augment": "none", "training": "default", "tracker": "none"}
ADDED = {"min_mfcc": None, "init_weights": None, "flow": False}  # settings of no group that were added
NEEDED: dict[str, type] = {"source": str, "target": str, "model": dict}
OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "name": (str, int, float),
    "features": dict,
    **dict.fromkeys(GROWING, dict),
}
ENVIRONMENT: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "backend", "dataset", "fingerprint"), str),
    "commit": (str, type(None)),
    "versions": dict,
}
COUNTS = ("trainable_parameters", "frames_per_epoch")  # of an environment
FINITE = ("loss", "val_loss", "seconds")  # a score of what was learned may be infinite
HISTORY = ("epoch", "val_snr", "val_lsd", *FINITE)  # columns that are used
MAX_CHARACTERS = 4096  # of a text: as long as a path may be


class _WithoutAliases(yaml.SafeDumper):
    """Writes a value that occurs twice twice: aliases aren't read, see `read_yaml`."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def config_text(config: dict) -> str:
    """Lay out a configuration as the text of a ``config.yaml``; ValueError if it is longer than one that is read."""
    text = yaml.dump(config, Dumper=_WithoutAliases, sort_keys=False, allow_unicode=True)
    if (size := len(text.encode(errors="surrogatepass"))) > MAX_YAML_BYTES:
        raise ValueError(
            f"the settings have {size:,} bytes, and those of a run may have {MAX_YAML_BYTES:,}: of many speakers, the "
            "corpus itself must say the splits"
        )
    return text


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
            raise _damaged(path, name, config.get(name))
    _check_texts(path, config)
    config = with_present_names(config)
    if "name" in config:
        config["name"] = str(config["name"])  # it may look like a number
    config = ADDED | config
    if "features" in config:
        config["features"] = NEUTRAL | config["features"]
    return config | {group: preset_settings(group, name) | config.get(group, {}) for group, name in GROWING.items()}


def read_environment(path: Path) -> dict:
    """Read a run's ``environment.json``; errors as `read_config`."""
    environment = read_json(path)
    for name, kind in ENVIRONMENT.items():
        if name in environment and not isinstance(environment[name], kind):
            raise _damaged(path, name, environment[name])
    _check_texts(path, environment)
    for name in COUNTS:
        if name in environment and not is_number(environment[name]):
            raise _damaged(path, name, environment[name])
    return environment


def read_metrics(path: Path) -> dict[str, dict[str, float | None]]:
    """Read a run's ``metrics.json``: scores by name; None is one that isn't finite. Errors as `read_config`."""
    metrics = read_json(path)
    _check_texts(path, metrics)
    for name, scores in metrics.items():
        if not isinstance(scores, dict) or not all(one is None or is_number(one) for one in scores.values()):
            raise _damaged(path, name, scores)
    return metrics


def read_history(path: Path) -> list[dict[str, float]]:
    """Read a run's ``history.csv``: numbers by column, one row an epoch; errors as `read_config`."""
    try:
        rows: list[dict[str, float]] = [{name: float(value) for name, value in row.items()} for row in read_csv(path)]
    except DamagedFile:
        raise
    except ValueError as error:  # no number
        raise DamagedFile(f"{path} is damaged: {error}") from error
    for number, row in enumerate(rows, start=1):
        is_right = set(HISTORY) <= set(row) and row["epoch"] == number
        if not is_right or not all(math.isfinite(row[name]) for name in FINITE):
            raise _damaged(path, f"the row of epoch {number}", row)
        row["epoch"] = number  # a whole number, also when it is written again
    return rows


def metrics_name(name: str, n_mfcc: int | None, detail: str = "mean") -> str:
    """Name in ``metrics.json`` of scores with a number of MFCC of those that the network takes; None: the only one.

    ``detail`` is that of `mfccinv.run_folders.loading.load_network`.
    """
    numbered = name if n_mfcc is None else f"{name}-{n_mfcc}_mfcc"
    return numbered if detail == "mean" else f"{numbered}-{detail}"


def history_name(name: str, n_mfcc: int | None) -> str:
    """Column of ``history.csv``, likewise."""
    return name if n_mfcc is None else f"{name}_{n_mfcc}"


def _damaged(path: Path, name: str, value: object) -> DamagedFile:
    return DamagedFile(f"{path} is damaged: {name:.80} can't be {brief(value):.200}")


def _check_texts(path: Path, values: dict) -> None:
    for text in _texts(values):
        if len(text) > MAX_CHARACTERS:
            raise DamagedFile(f"{path} has a text of {len(text):,} characters, {MAX_CHARACTERS:,} is the most")


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
