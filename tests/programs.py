"""What the programs do: with a configuration of plain values, or as one calls them."""

import os
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from unittest.mock import patch

import pytest

from mfccinv.datasets.builder import build_dataset
from mfccinv.datasets.plan import make_plan
from mfccinv.datasets.settings import BuildSettings


def build(config):
    """Build the data set that a configuration says."""
    return build_dataset(BuildSettings.from_config(config))


def plan_of(config):
    """Plan of the data set that a configuration says."""
    return make_plan(BuildSettings.from_config(config))


def train(config):
    """Train what a configuration says."""
    from mfccinv.training import train
    from mfccinv.training.settings import TrainSettings

    return train.train(TrainSettings.from_config(config))


def adapt(config):
    """Adapt a run to the files that a configuration says."""
    from mfccinv.training import adapt_files

    return adapt_files.adapt_to_files(adapt_files.AdaptSettings.from_config(config))


def evaluate(config):
    """Score what a configuration says."""
    from mfccinv.evaluation import evaluate
    from mfccinv.evaluation.settings import EvaluateSettings

    return evaluate.evaluate(EvaluateSettings.from_config(config))


def invert(config):
    """Invert what a configuration says."""
    from mfccinv.inversion import files
    from mfccinv.inversion.settings import InvertSettings

    return files.invert(InvertSettings.from_config(config))


@contextmanager
def traced(is_traced):
    """Have TensorFlow trace the functions of trainings and predictions in this block, or run them step by step."""
    import tensorflow

    eager = tensorflow.config.functions_run_eagerly()
    tensorflow.config.run_functions_eagerly(not is_traced)
    try:
        yield
    finally:
        tensorflow.config.run_functions_eagerly(eager)


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it printed."""

    code: int
    stdout: str
    stderr: str


def call(name, *arguments, cwd):
    """Call a program in this process, as from a command line in a folder; it may fail."""
    main = import_module(f"mfccinv.cli.{name}").main
    code = 0
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        patch.dict(os.environ),
        redirect_stdout(StringIO()) as printed,
        redirect_stderr(StringIO()) as complained,
    ):
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", [f"mfccinv {name}", *map(str, arguments)])
        try:
            main()
        except SystemExit as end:
            code = 1
            if isinstance(end.code, int):
                code = end.code
            elif end.code:  # a message, which Python prints
                print(end.code, file=sys.stderr)
    return Ended(code, printed.getvalue(), complained.getvalue())
