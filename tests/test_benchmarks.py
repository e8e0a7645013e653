"""Tests of what the benchmarks share; what they measure takes too long."""

import importlib

import pytest
from tiny import REPOSITORY, composed

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


class TestArchitectures:
    @pytest.fixture
    def architectures(self, commands, monkeypatch):
        monkeypatch.chdir(REPOSITORY)
        return importlib.import_module("architectures")

    def test_every_training_and_score_composes(self, architectures, commands):
        for settings in architectures.SETTINGS["corpora"].values():
            for model in settings["models"]:
                for context in architectures.possible_contexts(model, settings["context"]):
                    chosen = [] if context is None else [f"model.context={context}"]
                    values = composed("train", *settings["trained"], f"model={model}", *chosen)
                    assert context in (None, values["model"]["context"])
            for corpus in set(settings["scored"]) & set(commands.UNSEEN):
                composed("evaluate", *commands.unseen(corpus))

    def test_leaves_out_contexts_that_layers_cannot_do_with(self, architectures):
        contexts = [None, 5, 9, 15]
        assert architectures.possible_contexts("conv_large", contexts) == [None]  # needs 29 frames
        assert architectures.possible_contexts("tcn", [None, 130, 131]) == [None, 131]
        assert architectures.possible_contexts("dense_500", contexts) == [None, 5, 15]  # 9 are its own

    def test_prints_a_row_a_model_and_a_range_over_seeds(self, architectures, monkeypatch, capsys):
        def train(training, corpus):
            return architectures.Result(9, 100 + training.n_mfcc, {"validation": training.n_mfcc + training.seed})

        monkeypatch.setattr(architectures, "train", train)
        monkeypatch.setattr("sys.argv", ["architectures.py", "demo", "--models", "conv_large", "--seeds", "0", "2"])
        architectures.main()
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("| model | context | parameters | 13 MFCC, validation |")
        assert lines[2] == "| `pseudo_inverse` | 9 | 113 | 13.00 | 20.00 | 40.00 |"
        numbers = "14.00 (13.00 … 15.00) | 21.00 (20.00 … 22.00) | 41.00 (40.00 … 42.00)"
        assert lines[3] == f"| `conv_large` | 9 | 113 | {numbers} |"
        assert lines[4:] == ["", "From all 80 MFCC, `pseudo_inverse`: 80.00"]
