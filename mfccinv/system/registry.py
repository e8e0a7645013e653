"""Registries: functions looked up by name, one in each module of a folder."""

import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec


class Registry(Mapping[str, Callable]):
    """Functions by name: the module ``<name>.py`` of a folder defines the function ``<name>``.

    To add a function, add a file. A module is imported when its function is first looked up.

    Parameters
    ----------
    kind : str
        What is chosen, for messages.
    package : str
        Import name of the folder.
    """

    def __init__(self, kind: str, package: str):
        self._kind, self._package = kind, package

    def __getitem__(self, name: str) -> Callable:
        if not self._is_loaded(name) and name not in self._names():
            raise KeyError(name)
        return self._load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def resolve(self, settings: dict) -> tuple[Callable, dict]:
        """Return the function that ``settings["name"]`` names and the other settings.

        Raises
        ------
        ValueError
            If there is no function of that name, or no name; the message lists the choices.
        """
        others = dict(settings)
        name = others.pop("name", None)
        if not self._is_loaded(name) and name not in (names := self._names()):
            raise ValueError(f"{self._kind} must be one of {', '.join(names)}, got {name!r}")
        return self._load(name), others

    def _is_loaded(self, name: object) -> bool:
        """Whether the module of that name was imported; then it is there, and the folder needs no listing."""
        return f"{self._package}.{name}" in sys.modules

    def _names(self) -> list[str]:
        """List the folder's modules; ``list(self)`` would list it twice, as it asks for the length first."""
        found = find_spec(self._package)
        assert found is not None
        assert found.submodule_search_locations is not None
        return sorted(module.name for module in pkgutil.iter_modules(found.submodule_search_locations))

    def _load(self, name: str) -> Callable:
        module = import_module(f"{self._package}.{name}")
        if not callable(getattr(module, name, None)):
            raise ImportError(f"{module.__file__} must define a function {name}: it is looked up by the file's name")
        return getattr(module, name)
