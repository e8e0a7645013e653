"""Tests of what the benchmarks share; what they measure takes too long."""

import importlib
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from configurations import composed
from places import REPOSITORY

from mfccinv.evaluation.settings import SCORED
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder, pretrained_names
from mfccinv.system.atomic_files import write_json
from mfccinv.system.checksums import sha256
from mfccinv.training.settings import resolve_config


def write_run(root, *overrides):
    """A run's folder as a training that was interrupted leaves it."""
    config = resolve_config(composed("train", *overrides, f"run.root={root}", "run.name=run"))
    (root / "run").mkdir()
    (root / "run" / "config.yaml").write_text(yaml.safe_dump(config))
    return Run(root / "run")


@pytest.fixture
def commands(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    return importlib.import_module("commands")


@pytest.fixture
def called(commands, monkeypatch):
    """Commands that would have been run; their configurations are composed here, once a command."""
    found, asked = [], []

    def compose(program, *overrides):
        assert (program, *overrides) not in asked
        asked.append((program, *overrides))
        return composed(Path(program).stem, *overrides)

    monkeypatch.setattr(commands, "call", lambda *command: found.append(command))
    monkeypatch.setattr(commands, "composed", compose)
    return found


def test_a_command_tells_its_configuration(commands, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    overrides = ("model=linear", "training.learning_rate=0.01", "run.name=run")
    assert commands.composed("scripts/train.py", *overrides) == composed("train", *overrides)


class TestTrainOnce:
    @pytest.fixture
    def run(self, tmp_path):
        """A run that was interrupted, and scored on other speech since."""
        run = write_run(tmp_path, "model=linear")
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

    def test_refuses_what_was_trained_with_other_settings(self, commands, called, run):
        run.add_metrics("validation", {"snr": 1.0})
        with pytest.raises(
            SystemExit, match=r"^\S+run was trained with another features.n_mfcc, training.seed: remove it"
        ):
            commands.train_once(run.folder.parent, "run", ["model=linear", "features.n_mfcc=13", "training.seed=1"])
        assert called == []

    def test_takes_what_differs_in_nothing_that_changes_a_number(self, commands, called, tmp_path):
        run = write_run(tmp_path, "target=linear", "training.memory_gb=2", "dataset.workers=7")
        assert run.config["dataset"]["linear"]  # which the task adds
        run.add_metrics("validation", {"snr": 1.0})
        commands.train_once(tmp_path, "run", ["target=linear"])
        assert called == []


class TestEvaluateOnce:
    @pytest.fixture
    def run(self, tmp_path):
        """A run that was scored on the demo corpus without audio."""
        settings = composed("evaluate", "listened=0")
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "model.keras").write_text("a model")
        scores = {
            "total": 1,
            "model_sha256": sha256(tmp_path / "run" / "model.keras"),
            "settings": {name: settings[name] for name in SCORED},
        }
        write_json(tmp_path / "run" / "evaluation" / "demo-test" / "scores.json", scores)
        return Run(tmp_path / "run")

    def test_takes_what_was_scored_with_these_settings(self, commands, called, run):
        assert commands.evaluate_once(run, "demo-test", ["listened=0", "examples=0"])["total"] == 1
        assert called == []

    @pytest.mark.parametrize("overrides", [[], ["listened=0", "corpus=demo"]])
    def test_scores_with_other_settings_again(self, commands, called, run, overrides):
        commands.evaluate_once(run, "demo-test", overrides)
        assert called == [("scripts/evaluate.py", f"run={run.folder}", *overrides, "progress=false")]

    def test_scores_another_model_again(self, commands, called, run):
        (run.folder / "model.keras").write_text("a better model")
        commands.evaluate_once(run, "demo-test", ["listened=0"])
        assert len(called) == 1

    def test_scores_again_what_does_not_say_how_it_was_scored(self, commands, called, run):
        write_json(run.folder / "evaluation" / "demo-test" / "scores.json", {"total": 1})
        commands.evaluate_once(run, "demo-test", ["listened=0"])
        assert len(called) == 1


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


class TestUnseenScores:
    @pytest.fixture
    def unseen_scores(self, commands):
        return importlib.import_module("unseen_scores")

    def test_the_mean_has_the_interval_of_independent_corpora(self, unseen_scores):
        """Distances of 3 and 4 below, 0.6 and 0.8 above: those of the mean are 5 / 2 and 1 / 2."""
        first = {"analytic": 5.0, "value": 1.0, "interval": [-2.0, 1.6]}
        second = {"analytic": 7.0, "value": 2.0, "interval": [-2.0, 2.8]}
        mean = unseen_scores.mean_of([first, second])
        assert (mean["analytic"], mean["value"]) == (6.0, 1.5)
        assert mean["interval"] == pytest.approx([-1.0, 2.0])

    @pytest.mark.parametrize(
        ("changed", "text"), [({"interval": None}, "5.00, +1.00"), ({"value": None, "interval": None}, "–")]
    )
    def test_what_a_corpus_lacks_the_mean_lacks(self, unseen_scores, changed, text):
        score = {"analytic": 5.0, "value": 1.0, "interval": [0.0, 2.0]}
        assert unseen_scores.cell(unseen_scores.mean_of([score, score | changed])) == text

    def test_of_one_corpus_there_is_no_mean(self, unseen_scores):
        assert list(unseen_scores.with_mean({"fillets": {}})) == ["fillets"]

    def test_the_table_is_that_of_the_file(self, unseen_scores, commands, monkeypatch):
        monkeypatch.chdir(REPOSITORY)
        table = (commands.RESULTS / "unseen_checkpoints.md").read_text().splitlines()
        names = [name for name, title in unseen_scores.SCORES.items() if f"| {title}: analytic" in table[0]]
        scored = unseen_scores.read_scores().items()
        rows = [row for name, one in scored for row in unseen_scores.checkpoint_rows(name, one["corpora"], names)]
        assert table[2:] == [f"| {' | '.join(row)} |" for row in rows]


class TestModelCards:
    @pytest.fixture
    def model_cards(self, commands, monkeypatch):
        monkeypatch.chdir(REPOSITORY)
        return importlib.import_module("model_cards")

    @pytest.fixture
    def asr_13(self):
        return RunFolder(PRETRAINED / "asr_13")

    @pytest.mark.parametrize("name", pretrained_names())
    def test_cards_are_what_the_benchmark_writes(self, model_cards, name):
        run = RunFolder(PRETRAINED / name)
        assert (run.folder / "README.md").read_text(encoding="utf-8") == model_cards.model_card(run)[0]

    def test_the_table_of_corpora_is_what_the_benchmark_writes(self, model_cards, commands):
        assert (commands.RESULTS / "corpora.md").read_text(encoding="utf-8") == model_cards.corpora_table()

    def test_the_table_of_networks_is_what_the_benchmark_writes(self, model_cards, commands):
        assert (commands.RESULTS / "pretrained.md").read_text(encoding="utf-8") == model_cards.pretrained_table()

    def test_every_corpus_of_several_has_a_licence(self, model_cards, commands):
        corpora = yaml.safe_load(model_cards.CORPORA.read_text(encoding="utf-8"))
        assert list(corpora) == list(commands.PARTS)
        assert all(facts["licence"] and facts["credit"] for facts in corpora.values())

    def test_a_card_has_no_scores_of_another_model(self, model_cards, asr_13, monkeypatch):
        scored = model_cards.read_scores()
        scored["asr_13"]["model_sha256"] = "another"
        monkeypatch.setattr(model_cards, "read_scores", lambda: scored)
        card, lacking = model_cards.model_card(asr_13)
        assert "Not scored." in card
        assert "fillets" not in card
        assert lacking == ["scores of this model: python benchmarks/unseen.py checkpoints"]

    def test_says_which_scores_are_not_there(self, model_cards, asr_13, monkeypatch):
        scored = model_cards.read_scores()
        for scores in scored["asr_13"]["corpora"].values():
            scores.pop("pesq")
        monkeypatch.setattr(model_cards, "read_scores", lambda: scored)
        card, lacking = model_cards.model_card(asr_13)
        assert "PESQ-WB" not in card
        assert "PESQ-WB on corpora never seen" in lacking

    def test_the_command_has_what_differs_from_the_nearest_experiment(self, model_cards, asr_13):
        changed = asr_13.config | {"model": asr_13.config["model"] | {"width": 96, "dilations": [1, 2]}}
        vars(asr_13)["config"] = changed  # as if it had been read
        assert model_cards.command(asr_13)[2:] == [
            *("experiment=many_voices", "run.name=asr_13", "features.n_mfcc=13", "init_weights=asr_20"),
            *("model.dilations=[1,2]", "model.width=96", "training.epochs=24"),
        ]

    @pytest.mark.parametrize(
        ("name", "ends", "better"),
        [("snr", [0.1, 0.2], True), ("snr", [-0.1, 0.2], False), ("lsd", [-0.2, -0.1], True), ("snr", None, False)],
    )
    def test_better_is_a_gain_with_all_of_its_interval(self, model_cards, name, ends, better):
        assert model_cards.is_better(name, {"value": 0.1, "interval": ends}) is better

    @pytest.mark.parametrize(
        ("names", "text"), [(["cpu:0"], "2 processors"), (["cpu:0", "gpu:0", "gpu:1"], "gpu:0, gpu:1")]
    )
    def test_names_accelerators(self, model_cards, names, text):
        assert model_cards.machine({"devices": names, "processors": 2}) == text


class TestLearningCurve:
    """Networks whose gain is 0.1 dB for each doubling of the voices on every corpus; all voices are 3,680."""

    @pytest.fixture
    def learning_curve(self, commands):
        return importlib.import_module("learning_curve")

    @pytest.fixture
    def trained(self, learning_curve, monkeypatch, tmp_path):
        """Overrides of each training by the run's name."""
        found = {}

        def train(root, name, overrides):
            found[name] = overrides
            voices = {"demo": [*range(3680 if name.endswith("all") else int(name.split("_")[1]))]}
            environment = {"frames_per_epoch": 500_000}
            run = SimpleNamespace(learned_from=SimpleNamespace(voices=voices), environment=environment)
            run.read_history = lambda: [{}] * 40
            return run

        def evaluate(run, source, overrides):
            gain = 0.1 * math.log2(len(run.learned_from.voices["demo"]) / 230)
            snr = {"value": gain, "interval": [gain - 0.2, gain + 0.2]}
            return {"gain": {"snr": snr}, "total": {"pseudo_inverse": {"snr": {"value": 8.0}}}}

        monkeypatch.setattr(learning_curve, "composed", lambda program, *overrides: composed("train", *overrides))
        monkeypatch.setattr(learning_curve, "train_once", train)
        monkeypatch.setattr(learning_curve, "evaluate_once", evaluate)
        monkeypatch.chdir(tmp_path)
        Path("docs").mkdir()
        Path("benchmarks/results").mkdir(parents=True)
        return found

    def test_tells_what_a_doubling_brings_and_where_many_voices_would_end(self, learning_curve, trained, monkeypatch):
        monkeypatch.setattr("sys.argv", ["learning_curve.py"])
        learning_curve.main()
        table = Path("benchmarks/results/learning_curve.md").read_text().splitlines()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
        assert [row[0] for row in rows[2:7]] == ["230", "460", "920", "1,840", "3,680"]
        one, mean = "+0.10 [-0.10, +0.30]", "+0.10 [+0.00, +0.20]"
        assert rows[3][1:] == ["20.0", *[one] * 4, mean, "20.0", mean]
        assert rows[7][:7] == ["for each doubling", "", *["+0.10"] * 5]
        assert rows[8][:7] == ["off the line at most", "", *["0.00"] * 5]
        assert rows[9][:7] == ["50,000 by the line", "", *["+0.78"] * 5]  # log2(50,000 / 230) = 7.76
        assert Path("docs/learning_curve.png").stat().st_size > 10_000

    def test_other_voices_are_printed_alone(self, learning_curve, trained, monkeypatch, capsys):
        argv = ["learning_curve.py", "model.width=96", "--voices", "2", "4", "--passes", "0", "--frames", "1"]
        monkeypatch.setattr("sys.argv", [*argv, "training.seed=1"])
        learning_curve.main()
        assert len(capsys.readouterr().out.splitlines()) == 2 + 3 + 3
        assert not [*Path().rglob("learning_curve.*")]
        assert list(trained) == ["frames_2", "frames_4", "frames_all"]

    def test_refuses_epochs_that_few_voices_have_too_few_frames_for(self, learning_curve, trained, monkeypatch):
        monkeypatch.setattr("sys.argv", ["learning_curve.py", "--frames", "41"])  # they are trained on 20
        with pytest.raises(
            SystemExit, match=r"^--epochs=40 is too few: 230 voices came to 20.0 of --frames=41 million"
        ):
            learning_curve.main()

    def test_trainings_compose_and_are_of_equal_frames_or_passes(self, learning_curve, trained, monkeypatch):
        monkeypatch.setattr("sys.argv", ["learning_curve.py", "--voices", "230", "--", "model.width=96"])
        learning_curve.main()
        settings = {name: composed("train", *overrides) for name, overrides in trained.items()}
        assert [values["training"]["voices"] for values in settings.values()] == [230, 230, None, None]
        assert {values["model"]["width"] for values in settings.values()} == {96}
        lengths = [
            (values["training"]["epochs"], values["training"]["steps_per_epoch"]) for values in settings.values()
        ]
        assert lengths == [(40, 488), (4, None)] * 2  # of 1,024 frames each: 20 million
