"""From Hydra's configuration to plain values; nothing past the programs knows Hydra."""

import os
import sys
import warnings
from collections.abc import Callable
from functools import wraps
from io import TextIOWrapper
from typing import NoReturn

import hydra
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mfccinv.cli.command_line import describe_command_line
from mfccinv.cli.help_pages import help_page, own_folders
from mfccinv.cli.interrupts import told_in_a_line
from mfccinv.cli.sweeps import job_number, marked_lines
from mfccinv.cli.text_values import refuse_settings_as_options, with_files_listed, with_texts_quoted
from mfccinv.configs.folder import CONFIGS
from mfccinv.configs.renamed import tell_renamed

# What a person can mend: a setting, a file, the memory, a package that is missing.
MENDABLE = (ArithmeticError, ImportError, MemoryError, OSError, ValueError)
# Where the first variable is 1, Hydra raises errors instead of printing pages of them, so we set it. The second says
# whether a person had: then errors stay as they are.
FULL_ERROR, ASKED = "HYDRA_FULL_ERROR", "MFCCINV_FULL_ERROR"


def started_as(experiment: str | None, name: str) -> str:
    """Return what a run is called, without the time: after its experiment, if one was chosen; a name has no slash."""
    return name if experiment is None else str(experiment).replace("/", "_")


OmegaConf.register_new_resolver("started_as", started_as, replace=True)


def program(config_name: str, files: str | None = None) -> Callable[[Callable], Callable]:
    """Decorate a program's main function, so that it gets the configuration of that name with a person's changes.

    ``files`` is the setting that words without a ``=`` are the items of; None: there are to be none.
    """

    def decorate(main: Callable) -> Callable:
        run = hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name=config_name)(
            _quiet_in_a_pipe(_errors_in_a_line(main, config_name))
        )

        @_quiet_in_a_pipe
        @wraps(main)
        def start(*arguments: object) -> object:
            warnings.showwarning = _show_in_a_line
            if isinstance(sys.stdout, TextIOWrapper):  # names of files may not be UTF-8
                sys.stdout.reconfigure(errors="backslashreplace")
            os.environ.setdefault(ASKED, os.environ.get(FULL_ERROR, "0"))
            os.environ[FULL_ERROR] = "1"
            try:
                refuse_settings_as_options(sys.argv[1:])
                words = with_texts_quoted(sys.argv[1:])
                sys.argv[1:] = words if files is None else with_files_listed(words, files)
                if {"--help", "-h"} & set(sys.argv[1:]):
                    return print(help_page(config_name, sys.argv[1:]))
                Plugins.instance().register(OwnConfigs)
                tell_renamed(sys.argv[1:])
                with told_in_a_line():
                    return run(*arguments)
            except yaml.MarkedYAMLError as error:  # of a file of one's own
                if os.environ[ASKED] == "1" or error.problem_mark is None:
                    raise
                mark = error.problem_mark
                return _end(f"{mark.name} is no YAML: line {mark.line + 1}, column {mark.column + 1}: {error.problem}")
            except (HydraException, OmegaConfBaseException, *MENDABLE) as error:
                if isinstance(error, BrokenPipeError) or os.environ[ASKED] == "1":
                    raise
                return _end(_told(error, config_name))

        return start

    return decorate


def _told(error: Exception, config_name: str) -> str:
    """What is told of something that a person can mend."""
    if isinstance(error, HydraException | OmegaConfBaseException):
        return describe_command_line(error, config_name)
    return str(error) or type(error).__name__


def _end(message: str) -> NoReturn:
    """End the program as one does that was given something wrong."""
    print(f"error: {_shown(message)}", file=sys.stderr)
    sys.exit(2)


def _show_in_a_line(message: Warning | str, *place: object, **line: object) -> None:
    """Show a warning to a person: what it says, and not which line of code says it."""
    print(f"warning: {_shown(str(message))}", file=sys.stderr)


def _shown(message: str) -> str:
    """Replace what a terminal would obey: a message may quote a stranger's file."""
    from mfccinv.reporting.tables import printable  # who asks for help needn't wait for it

    return "\n".join(map(printable, message.split("\n")))


def _errors_in_a_line(main: Callable, config_name: str) -> Callable:
    """Make a main function end the program with a line for what a person can mend: a setting, a file, the memory.

    A job of a sweep tells and raises, so that the others go on, and Hydra tells of the first that failed alone.
    ``HYDRA_FULL_ERROR=1`` shows where an error is from.
    """

    @wraps(main)
    def tell(cfg: DictConfig) -> object:
        try:
            with marked_lines():
                return main(cfg)
        except BrokenPipeError:
            raise
        except (OmegaConfBaseException, *MENDABLE) as error:
            if os.environ[ASKED] == "1":
                raise
            if (number := job_number()) is not None:
                print(f"error in job #{number}: {_shown(_told(error, config_name))}", file=sys.stderr, flush=True)
                raise
            _end(_told(error, config_name))
        except Exception as error:
            if not _is_full_memory(error) or job_number() is not None or os.environ[ASKED] == "1":
                raise
            _end("the memory is full: take a smaller network, fewer frames at a time or shorter sound")

    return tell


def _is_full_memory(error: Exception) -> bool:
    """Whether TensorFlow or JAX, which needn't be imported to tell, found no room for an array."""
    return type(error).__name__ == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in str(error)


def _quiet_in_a_pipe(function: Callable) -> Callable:
    """Make a function end the program silently when nobody reads its output any more, as with ``| head``."""

    @wraps(function)
    def while_somebody_reads(*arguments: object) -> object:
        try:
            result = function(*arguments)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is flushed at the end
            sys.exit(1)
        return result

    return while_somebody_reads


class OwnConfigs(SearchPathPlugin):
    """Puts the YAML files of ``--config-dir`` before the package's: Hydra alone would only add new names."""

    def manipulate_search_path(self, search_path) -> None:
        """Put the folder first."""
        for folder in own_folders(sys.argv[1:]):
            search_path.prepend("own", f"file://{folder}", "main")


def plain(cfg: DictConfig) -> dict:
    """Resolve a configuration into dictionaries, lists and values; a mandatory value that is missing is an error."""
    values = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    assert isinstance(values, dict)
    return values


def changes(overrides: list[str], key: str) -> bool:
    """Whether a command line changes a setting."""
    return any(one.key_or_group == key for one in OverridesParser.create().parse_overrides(overrides))


def refuse_overrides(overrides: list[str], groups: tuple[str, ...], reason: str) -> None:
    """Refuse with ValueError a command line that changes one of these groups, or a value in them."""
    for override in OverridesParser.create().parse_overrides(overrides):
        if override.key_or_group.split(".")[0] in groups:
            raise ValueError(f"{reason}, got {override.input_line}")


def refuse_other_overrides(overrides: list[str], keys: tuple[str, ...], reason: str) -> None:
    """Refuse with ValueError a command line that changes anything but these keys."""
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
    changed = {}
    for override in OverridesParser.create().parse_overrides(overrides):
        key = override.key_or_group
        if key in ("resume", "run.root", "backend"):  # either backend goes on with what the other made
            continue
        if not key.startswith("training.") or override.is_add() or override.is_delete():
            raise ValueError(
                f"resume= continues a run as it was configured; only training.* can change, got {override.input_line}"
            )
        changed[key.removeprefix("training.")] = override.value()
    return changed
