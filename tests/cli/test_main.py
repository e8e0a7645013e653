"""Tests of the console command: its programs, its help, its version."""

import importlib.metadata
import re
import sys

import numpy as np
import programs
import pytest
from places import DEMO
from processes import run_python

from mfccinv.cli.main import PROGRAMS, main

pytestmark = pytest.mark.usefixtures("untraced_file")


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
def test_a_renamed_setting_is_told_its_new_name(monkeypatch, capsys, override, message):
    with pytest.raises(SystemExit, match=r"^2$"):
        call(monkeypatch, "train", override)
    assert capsys.readouterr().err == f"error: {message}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "training.epoch=3"), "there is no setting training.epoch; did you mean training.epochs?"),
        (
            ("train", "model=conv", "model.chanels=[3]"),
            "there is no setting model.chanels; did you mean model.channels?",
        ),
        (
            ("invert", "phase.rho=1"),
            "there is no setting phase.rho here: it is one of phase=admm",
        ),
        (("train", "qqqq=1"), "there is no setting qqqq; --help lists those there are"),
        (("train", "model=dens_500"), "model must be one of conv, .*, tcn, got dens_500; did you mean dense_500."),
        (("invert", "file.npy"), "a setting has the form name=value, got file.npy; did you mean input=file.npy?"),
        (("invert", "--input", "a.npy"), "a setting has the form name=value, got --input; did you mean input=a.npy?"),
        (("train", "--model=conv"), "a setting has the form name=value, got --model; did you mean model=conv?"),
        (("train", "training.epochs=abc"), "training.epochs must be a whole number, got 'abc'"),
        (("train", "loss.mse_db_weight=x"), "loss.mse_db_weight must be a finite number, got 'x'"),
        (("train", "model.hidden=500"), "model.hidden must be a list, got 500"),
        (
            ("train", "model.hidden=[a]"),
            r"model.hidden must be a list of which each item is a whole number, .*",
        ),
        (
            ("train", "corpus=folder", "corpus.root=/none"),
            "Folder of recordings not found: expected a folder at /none.*",
        ),
        (("evaluate", "run=none"), "no run 'none': expected its folder, its name in checkpoints .*"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_told_in_a_line(arguments, message, tmp_path):
    """Whatever finds it, Hydra or we."""
    own = (f"corpus.root={DEMO}", "dataset.limit=1", "dataset.workers=1") if arguments[0] == "train" else ()
    own = () if "corpus=folder" in arguments else own
    ended = programs.call(*arguments, *own, cwd=tmp_path)
    assert ended.code == 2
    line = ended.stderr.splitlines()[-1]
    assert line == f"error: {message}" or re.fullmatch(f"error: {message}", line)
    assert "Traceback" not in ended.stderr


def test_a_fault_of_the_program_is_a_traceback(tmp_path, monkeypatch):
    """It is for us."""
    monkeypatch.setattr("mfccinv.experiments.rows.read_rows", lambda root, sort: [] + 1)
    with pytest.raises(TypeError, match="can only concatenate list"):
        programs.call("leaderboard", cwd=tmp_path)


def test_a_message_moves_no_cursor(tmp_path, monkeypatch):
    """It may quote a stranger's file."""

    def refuse(root, sort):
        raise ValueError("a\nb \x1b]0;owned\x07")

    monkeypatch.setattr("mfccinv.experiments.rows.read_rows", refuse)
    ended = programs.call("leaderboard", cwd=tmp_path)
    assert ended.stderr.splitlines() == ["error: a", r"b \x1b]0;owned\x07"]


class ResourceExhaustedError(Exception):
    """As TensorFlow's, which is called so."""


@pytest.mark.parametrize("error", [ResourceExhaustedError("OOM"), RuntimeError("RESOURCE_EXHAUSTED: out of memory")])
def test_a_full_memory_is_told_in_a_line(tmp_path, monkeypatch, error):
    def fill(root, sort):
        raise error

    monkeypatch.setattr("mfccinv.experiments.rows.read_rows", fill)
    ended = programs.call("leaderboard", cwd=tmp_path)
    assert (ended.code, ended.stderr.partition(":")[2].partition(":")[0]) == (2, " the memory is full")


@pytest.mark.parametrize(("told", "line"), [("", "interrupted"), ("go on so", "interrupted: go on so")])
def test_an_interrupt_is_told_in_a_line(tmp_path, monkeypatch, told, line):
    def interrupted(root, sort):
        raise KeyboardInterrupt(*filter(None, [told]))

    monkeypatch.setattr("mfccinv.experiments.rows.read_rows", interrupted)
    ended = programs.call("leaderboard", cwd=tmp_path)
    assert (ended.code, ended.stderr) == (130, f"{line}\n")
