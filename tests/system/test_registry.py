"""Tests of the registries: functions by name, one in each module of a folder."""

import pytest

from mfccinv.system import registry
from mfccinv.system.registry import Registry


@pytest.fixture
def listings(tmp_path, monkeypatch):
    """A registry of two functions, and how often its folder was listed."""
    package = tmp_path / "two_functions"
    package.mkdir()
    for name in ("one", "two"):
        (package / f"{name}.py").write_text(f"def {name}():\n    return '{name}'\n")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    listed = []
    iter_modules = registry.pkgutil.iter_modules
    monkeypatch.setattr(registry.pkgutil, "iter_modules", lambda path: listed.append(path) or iter_modules(path))
    return Registry("group", "two_functions"), listed


def test_a_function_is_looked_up_in_one_listing(listings):
    functions, listed = listings
    function, others = functions.resolve({"name": "two", "rate": 1})
    assert (function(), others, len(listed)) == ("two", {"rate": 1}, 1)


def test_others_are_refused_with_the_choices(listings):
    with pytest.raises(ValueError, match=r"^group must be one of one, two, got 'three'$"):
        listings[0].resolve({"name": "three"})
    with pytest.raises(KeyError, match="three"):
        listings[0]["three"]
