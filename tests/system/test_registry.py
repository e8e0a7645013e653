"""Tests of the registries: functions by name, one in each module of a folder."""

import pytest
from registries import add_module

from mfccinv.system import registry
from mfccinv.system.registry import Registry

LOSSES = Registry("loss", "mfccinv.training.losses")


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


def test_a_file_adds_its_function(monkeypatch, tmp_path):
    add_module(monkeypatch, tmp_path, "mfccinv/training/losses/added.py", "def added(*, a):\n    return a\n")
    assert "added" in LOSSES
    function, others = LOSSES.resolve({"name": "added", "a": 3})
    assert (function(**others), others) == (3, {"a": 3})


@pytest.mark.parametrize("text", ["def other():\n    pass\n", "wrong = 3\n"])
def test_a_file_without_its_function_is_named(monkeypatch, tmp_path, text):
    add_module(monkeypatch, tmp_path, "mfccinv/training/losses/wrong.py", text)
    with pytest.raises(ImportError, match=r"losses/wrong\.py must define a function wrong: it is looked up"):
        LOSSES["wrong"]


@pytest.mark.parametrize("settings", [{}, {"name": None}, {"name": ["snr"]}, {"name": "snrr"}])
def test_a_wrong_name_or_none_is_told_the_choices(settings):
    with pytest.raises(ValueError, match=r"^loss must be one of mae_db, .*, snr, got "):
        LOSSES.resolve(settings)
