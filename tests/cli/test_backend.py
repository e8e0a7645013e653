"""Tests of the engine that is chosen."""

import sys
from types import SimpleNamespace

import keras
import pytest

from mfccinv.cli.backend import choose_backend


def test_a_backend_that_keras_has_begun_with_is_fine(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    choose_backend(keras.backend.backend())


def test_the_environment_decides_where_nothing_was_said(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(ValueError, match="got 'theano'"):
        choose_backend(None)
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(backend=SimpleNamespace(backend=lambda: "jax")))
    monkeypatch.delenv("KERAS_BACKEND")
    with pytest.raises(ValueError, match="backend=tensorflow comes too late, Keras computes with jax here"):
        choose_backend(None)


def test_a_backend_that_comes_too_late_is_refused(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    other = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"
    with pytest.raises(ValueError, match=f"backend={other} comes too late, Keras computes with"):
        choose_backend(other)


def test_backends_that_are_not_there_are_refused(monkeypatch):
    with pytest.raises(ValueError, match=r"^backend must be one of tensorflow, jax, got 'torch'$"):
        choose_backend("torch")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"^backend=jax is not installed: pip install 'mfccinv\[jax\]'$"):
        choose_backend("jax")
