"""Tests of the docstrings: their examples give what they show."""

import doctest
import importlib

import pytest
from places import REPOSITORY

WITH_EXAMPLES = [
    ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
    for path in sorted((REPOSITORY / "mfccinv").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


def test_the_functions_that_people_call_have_examples():
    assert "mfccinv.inversion.arrays" in WITH_EXAMPLES


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_give_what_they_show(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert done.attempted > 0
    assert done.failed == 0
