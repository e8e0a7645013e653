"""Tests of the start: the engine that is chosen, and what native code writes, which is hidden, but not for good."""

import os
import platform
import sys
from types import SimpleNamespace

import keras
import pytest
from tiny import run_python

from mfccinv.cli.backend import choose_backend
from mfccinv.system.native_output import native_output_hidden


def test_hides_native_output_and_gives_the_stream_back(capfd):
    os.write(2, b"before ")
    with native_output_hidden():
        os.write(2, b"greeting ")
        print("said by Python", end="")
    os.write(2, b"after")
    captured = capfd.readouterr()
    assert captured.err == "before after"
    assert captured.out == "said by Python"


def test_errors_pass_and_the_stream_is_given_back(capfd):
    def import_that_fails():
        raise ImportError("no such backend")

    with pytest.raises(ImportError, match="no such backend"), native_output_hidden():
        import_that_fails()
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


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


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="oneDNN is for x86-64 here")
@pytest.mark.parametrize(("said", "taken"), [({}, "1"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "0")])
def test_tensorflow_takes_fast_kernels_unless_told(said, taken, tmp_path, monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    script = (
        "import os; from mfccinv.system.native_output import keras_import\n"
        "with keras_import(): print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    )
    assert run_python("-c", script, cwd=tmp_path, **said).stdout.strip() == taken
