"""What is wrong with a command line, in a line for people: Hydra's own messages take many and tell of its inside."""

import re
import sys
from collections.abc import Iterable
from difflib import get_close_matches

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from mfccinv.configs.folder import CONFIGS

UNKNOWN_SETTING = re.compile(r"Could not override '([^']+)'")
UNKNOWN_CHOICE = re.compile(r"Could not find '([^']+)/([^'/]+)'\s+Available options in '[^']+':\n((?:\t\S+\n?)+)")
NO_SETTING = re.compile(r"Error parsing override '([^'=]+)'\s+missing EQUAL")


def describe_command_line(error: Exception, config_name: str) -> str:
    """Say what Hydra found wrong with a program's command line, and which name was probably meant.

    Parameters
    ----------
    error : HydraException or OmegaConfBaseException
    config_name : str
        The program's configuration.
    """
    text = str(error)
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} is missing: add {error.full_key}=<value>"
    if match := UNKNOWN_SETTING.search(text):
        return f"there is no setting {match[1]}{_elsewhere(match[1]) or _near(match[1], _settings(config_name))}"
    if match := UNKNOWN_CHOICE.search(text):
        group, choice, options = match[1], match[2], match[3].split()
        return f"{group} must be one of {', '.join(options)}, got {choice}{_near(choice, options)}"
    if match := NO_SETTING.search(text):
        meant = f"; did you mean input={match[1]}?" if config_name == "invert" else ""
        return f"a setting has the form name=value, got {match[1]}{meant}"
    return text.partition("\n")[0].rstrip(".")


def _elsewhere(setting: str) -> str:
    """Name the choices of a group that have a setting which the present one lacks."""
    from mfccinv.configs.presets import preset_names, preset_settings  # import NumPy, which --help needn't wait for

    group, _, name = setting.partition(".")
    if not name or not (CONFIGS / group).is_dir():
        return ""
    having = [choice for choice in preset_names(group) if name in preset_settings(group, choice)]
    return f" here: it is one of {group}={', '.join(having)}" if having else ""


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else "; --help lists those there are"


def _settings(config_name: str) -> list[str]:
    """Names of a program's settings, with the choices that the command line makes."""
    from mfccinv.run_folders.comparison import flattened  # imports NumPy, which --help needn't wait for

    chosen = [word for word in sys.argv[1:] if re.fullmatch(r"\w+=[\w-]+", word)]
    for choices in (chosen, []):
        GlobalHydra.instance().clear()
        try:
            with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS)):
                config = OmegaConf.to_container(compose(config_name, choices), resolve=False)
        except (HydraException, OmegaConfBaseException):
            continue
        assert isinstance(config, dict)
        return [*map(str, config), *(name for name, _ in flattened(config))]
    return []
