"""Tests of the console command: its programs, its help, its version."""

import importlib.metadata
import sys

import numpy as np
import pytest
from processes import run_python

from mfccinv.cli.main import PROGRAMS, main


def call(monkeypatch, *arguments):
    """Call the command with arguments."""
    monkeypatch.setattr(sys, "argv", ["mfccinv", *arguments])
    main()


def test_every_program_is_there():
    for name in PROGRAMS:
        assert callable(importlib.import_module(f"mfccinv.cli.{name}").main)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_the_programs(monkeypatch, capsys, option):
    call(monkeypatch, option)
    told = capsys.readouterr().out
    assert told.startswith("usage: mfccinv <program>")
    assert all(f"  {name}" in told for name in PROGRAMS)


def test_version(monkeypatch, capsys):
    call(monkeypatch, "--version")
    assert capsys.readouterr().out == f"mfccinv {importlib.metadata.version('mfccinv')}\n"


@pytest.mark.parametrize("arguments", [(), ("inverse",)])
def test_other_words_are_refused_with_the_programs(monkeypatch, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, *arguments)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert f"the program must be one of {', '.join(PROGRAMS)}, got" in told


def test_runs_as_a_module(tmp_path):
    mfcc = np.zeros((20, 50))
    mfcc[0] = -400  # quiet
    np.save(tmp_path / "a.npy", mfcc)
    done = run_python("-m", "mfccinv", "invert", "input=a.npy", "checkpoint=null", "progress=false", cwd=tmp_path)
    assert done.stdout == "a.npy → inverted/a.wav: 0.49 s at 16000 Hz\n"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.run_frames=32", "training.run_frames is called training.segment_frames now"),
        ("model.target=last", "model.target is called model.position now"),
        ("+dataset.target=next", "dataset.target is called dataset.position now"),
        ("phase=onnx", "phase=onnx is called vocoder=onnx now"),
        ("phase.model=x.onnx", "phase.model is called vocoder.model now"),
    ],
)
def test_a_renamed_setting_is_told_its_new_name(monkeypatch, override, message):
    with pytest.raises(SystemExit, match=f"^error: {message}$"):
        call(monkeypatch, "train", override)
