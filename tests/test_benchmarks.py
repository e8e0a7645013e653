"""Tests of what the benchmarks share; what they measure takes too long."""

import importlib

import pytest
from tiny import REPOSITORY

from mfccinv.runs import Run


@pytest.fixture
def commands(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    return importlib.import_module("commands")


class TestTrainOnce:
    @pytest.fixture
    def called(self, commands, monkeypatch):
        """Commands that would have been run."""
        found = []
        monkeypatch.setattr(commands, "call", lambda *command: found.append(command))
        return found

    @pytest.fixture
    def run(self, tmp_path):
        """A run that was interrupted, and scored on other speech since."""
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "config.yaml").touch()
        run = Run(tmp_path / "run")
        run.add_metrics("demo-test", {"snr": 1.0})
        return run

    def test_trains_what_is_not_there(self, commands, called, tmp_path):
        assert commands.train_once(tmp_path, "run", ["model=linear"]).folder == tmp_path / "run"
        [command] = called
        assert command[:4] == ("scripts/train.py", "model=linear", f"run.root={tmp_path}", "run.name=run")

    def test_goes_on_with_what_was_interrupted(self, commands, called, run):
        commands.train_once(run.folder.parent, "run", ["model=linear"])
        assert called == [("scripts/train.py", f"resume={run.folder}", "training.progress=false")]

    def test_takes_what_is_finished(self, commands, called, run):
        run.add_metrics("validation", {"snr": 1.0})
        assert commands.train_once(run.folder.parent, "run", ["model=linear"]).folder == run.folder
        assert called == []
