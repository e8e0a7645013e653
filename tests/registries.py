"""Modules that a test adds to the folder of a registry."""

import importlib
import sys
from pathlib import Path


def add_module(monkeypatch, folder, name, text):
    """Have the registry of ``mfccinv/…`` find a module for the time of a test.

    ``name`` is the place of its file in a checkout, as ``mfccinv/models/bodies/gated.py``; here it is in ``folder``.
    """
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    package = importlib.import_module(".".join(Path(name).parent.parts))
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(path.parent)])
    monkeypatch.setattr(package.__spec__, "submodule_search_locations", package.__path__)
    monkeypatch.delitem(sys.modules, f"{package.__name__}.{path.stem}", raising=False)
