"""From Hydra's configuration to plain values; nothing past the scripts knows Hydra."""

import os
import sys
from collections.abc import Callable
from functools import wraps

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf


def program(config_name: str) -> Callable[[Callable], Callable]:
    """Decorate a script's main function: it is called with the configuration of that name as a person changed it.

    It ends without a word when nobody reads any more what it prints, as behind ``| head``.
    """
    # For --help, Hydra 1.3 copies its one store a hundred times with all that plugins bring: a second or two.
    ConfigStore.__deepcopy__ = lambda store, memo: store  # type: ignore[attr-defined]

    def decorate(main: Callable) -> Callable:
        @wraps(main)
        def while_somebody_reads(cfg: DictConfig) -> object:
            try:
                result = main(cfg)
                sys.stdout.flush()
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is flushed at the end
                sys.exit(1)
            return result

        return hydra.main(version_base="1.3", config_path="../configs", config_name=config_name)(while_somebody_reads)

    return decorate


def plain(cfg: DictConfig) -> dict:
    """Resolve a configuration into dictionaries, lists and values; a mandatory value that is missing is an error."""
    values = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    assert isinstance(values, dict)
    return values


def refuse_overrides(overrides: list[str], groups: tuple[str, ...], reason: str) -> None:
    """Refuse with ValueError a command line that changes one of some groups of settings, or a value in them."""
    for override in OverridesParser.create().parse_overrides(overrides):
        if override.key_or_group.split(".")[0] in groups:
            raise ValueError(f"{reason}, got {override.input_line}")


def refuse_other_overrides(overrides: list[str], keys: tuple[str, ...], reason: str) -> None:
    """Refuse with ValueError a command line that changes anything but some keys."""
    for override in OverridesParser.create().parse_overrides(overrides):
        if override.key_or_group not in keys:
            raise ValueError(f"{reason}, got {override.input_line}")


def training_overrides(overrides: list[str]) -> dict:
    """Settings of ``training`` that a command line with ``resume=`` changes.

    Parameters
    ----------
    overrides : list of str
        As typed, in Hydra's grammar: ``["resume=dense_500-20260101-120000", "training.epochs=100"]``.

    Raises
    ------
    ValueError
        If it changes anything else: a resumed run keeps its configuration.
    """
    changes = {}
    for override in OverridesParser.create().parse_overrides(overrides):
        key = override.key_or_group
        if key in ("resume", "run.root", "backend"):  # either backend goes on with what the other made
            continue
        if not key.startswith("training.") or override.is_add() or override.is_delete():
            raise ValueError(
                f"resume= continues a run as it was configured; only training.* can change, got {override.input_line}"
            )
        changes[key.removeprefix("training.")] = override.value()
    return changes
