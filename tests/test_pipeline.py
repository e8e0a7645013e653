"""Tests of the programs as one runs them: build, sweep, score, continue, elsewhere; help and typing errors."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import soundfile
import yaml
from tiny import DEMO, REPOSITORY, config_names, run_python, run_python_unchecked

SCRIPTS = REPOSITORY / "scripts"
CORPUS = (f"corpus.root={DEMO}", "dataset.limit=3", "dataset.workers=1", "dataset.progress=false")
TRAINING = (*CORPUS, "training.epochs=2", "training.steps_per_epoch=2", "training.progress=false")
EVALUATION = ("listened=1", "examples=1", "phase.iterations=2", "workers=1", "progress=false")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Folder that the programs are run in; what they write lies below it."""
    return tmp_path_factory.mktemp("place")


def run_script(name, *arguments, place):
    (place / "tmp").mkdir(exist_ok=True)
    return run_python(SCRIPTS / f"{name}.py", *arguments, cwd=place, TMPDIR=str(place / "tmp"))


@pytest.fixture(scope="module")
def built(place):
    return run_script("build_dataset", *CORPUS, place=place)


@pytest.fixture(scope="module")
def swept(place, built):
    return run_script("train", "-m", "model=linear,dense_small", *TRAINING, place=place)


def runs_of(place):
    return {path.name.split("-")[0]: path for path in sorted((place / "checkpoints").iterdir())}


class TestPipeline:
    def test_build(self, place, built):
        (folder,) = (place / "data" / "sets").iterdir()
        assert (folder / "manifest.json").is_file()
        assert f"data set {folder.relative_to(place)} (split by official: no voice in two splits)" in built.stdout
        assert re.search(r"^test +1 +3 ", built.stdout, re.MULTILINE)

    def test_a_sweep_trains_each_model(self, place, swept):
        runs = runs_of(place)
        assert set(runs) == {"linear", "dense_small"}
        hidden = {
            name: yaml.safe_load((run / "config.yaml").read_text())["model"]["hidden"] for name, run in runs.items()
        }
        assert hidden == {"linear": [], "dense_small": [128]}
        for run in runs.values():
            assert len((run / "history.csv").read_text().splitlines()) == 3
            assert json.loads((run / "metrics.json").read_text())["validation"]["snr"] > 0
            assert f"mfccinv evaluate run={run.relative_to(place)}" in swept.stdout

    def test_a_job_that_fails_leaves_the_others(self, place, built):
        overrides = ("-m", "model=dense_small", "model.context=0,3", "run.root=sweep", "run.name=job-${hydra:job.num}")
        finished = run_python_unchecked(SCRIPTS / "train.py", *overrides, *TRAINING, cwd=place)
        assert finished.returncode != 0
        assert "context must be a whole number of at least 1, got 0" in finished.stderr
        assert [path.parent.name for path in (place / "sweep").glob("*/metrics.json")] == ["job-1"]
        board = run_script("leaderboard", "root=sweep", place=place)
        assert re.search(r"^job-1 ", board.stdout, re.MULTILINE)

    @pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
    def test_jobs_run_in_processes_of_their_own(self, launcher, place):
        """Both want the data set, which is built once."""
        pytest.importorskip({"joblib": "hydra_plugins.hydra_joblib_launcher"}.get(launcher, "submitit"))
        folder = place / launcher
        folder.mkdir()
        overrides = ("-m", f"hydra/launcher={launcher}", "model.hidden=[4],[8]", "run.name=job-${hydra:job.num}")
        run_script("train", *overrides, "model=dense_small", *TRAINING, place=folder)
        assert len(list((folder / "checkpoints").glob("*/metrics.json"))) == 2
        assert len(list((folder / "data" / "sets").glob("*/manifest.json"))) == 1

    def test_a_search_maximises_the_validation_snr_whatever_fails(self, place, built):
        pytest.importorskip("hydra_plugins.hydra_optuna_sweeper")
        search = ("hydra/sweeper=optuna", "hydra.sweeper.direction=maximize", "hydra.sweeper.n_trials=3")
        search += ("hydra.sweeper.sampler.seed=1", "hydra.sweeper.max_failure_rate=1")
        overrides = ("-m", *search, "model.context=choice(0,3,5)", "run.root=search", "run.name=job-${hydra:job.num}")
        finished = run_script("train", *overrides, "model=dense_small", *TRAINING, place=place)
        assert "context must be a whole number of at least 1, got 0" in finished.stdout + finished.stderr
        snrs = [json.loads(path.read_text())["validation"]["snr"] for path in (place / "search").glob("*/metrics.json")]
        assert len(snrs) == 2
        assert f"Best value: {max(snrs)}" in finished.stdout + finished.stderr

    def test_the_data_set_is_built_once(self, place, swept):
        assert len(list((place / "data" / "sets").iterdir())) == 1

    def test_the_latest_run_is_scored_on_its_test_split(self, place, swept):
        finished = run_script("evaluate", *EVALUATION, place=place)
        folder = runs_of(place)["dense_small"] / "evaluation" / "demo-test"
        scores = json.loads((folder / "scores.json").read_text())
        assert scores["name"] == "dense_small"
        assert re.search(r"^ +dense_small +pseudo inverse +mean frame +zero +gain$", finished.stdout, re.MULTILINE)
        snr = scores["total"]["model"]["snr"]["value"]
        assert re.search(rf"^SNR, magnitude +{snr:.2f} \[", finished.stdout, re.MULTILINE)
        assert len(list((folder / "audio").glob("*.wav"))) == 4

    def test_a_run_is_scored_on_another_corpus(self, place, swept, tmp_path):
        for speaker in ("june", "nsh"):
            (tmp_path / speaker).mkdir()
            shutil.copy(sorted((DEMO / speaker).glob("*.flac"))[0], tmp_path / speaker)
        run = runs_of(place)["linear"]
        finished = run_script(
            "evaluate", f"run={run.name}", "corpus=folder", f"corpus.root={tmp_path}", *EVALUATION, place=place
        )
        assert f"{tmp_path.name}-all: 2 utterances" in finished.stdout
        assert "2 speakers" in finished.stdout
        written = sorted((run / "evaluation" / f"{tmp_path.name}-all" / "audio").glob("*.wav"))
        assert len(written) == 4
        assert {soundfile.info(path).samplerate for path in written} == {16000}

    def test_a_run_is_continued(self, place, swept):
        run = runs_of(place)["linear"]
        finished = run_script(
            "train", f"resume={run.name}", "training.epochs=3", "training.learning_rate=1e-4", place=place
        )
        assert "epoch 3/3" in finished.stdout
        assert "epoch 2/3" not in finished.stdout
        rows = (run / "history.csv").read_text().splitlines()
        assert len(rows) == 4
        assert rows[-1].startswith("3,0.0001,")

    @pytest.mark.parametrize("again", ["resume", "rerun"])
    def test_a_run_goes_on_with_the_backend_that_it_was_trained_with(self, again, tmp_path):
        (tmp_path / "config.yaml").touch()
        (tmp_path / "environment.json").write_text('{"backend": "theano"}')
        finished = run_python_unchecked(SCRIPTS / "train.py", f"{again}={tmp_path}", cwd=tmp_path)
        assert "backend must be one of tensorflow, jax, got 'theano'" in finished.stderr

    @pytest.mark.parametrize("what", ["resume", "rerun", "init"])
    def test_a_run_may_be_called_0(self, what, tmp_path):
        finished = run_python_unchecked(SCRIPTS / "train.py", f"{what}=0", cwd=tmp_path)
        assert "no run 0: expected its folder, its name in checkpoints" in finished.stderr

    def test_nothing_else_is_left_behind(self, place, swept):
        asked_for = {"sweep", "search", "joblib", "submitit_local"}
        assert {path.name for path in place.iterdir()} - asked_for <= {"data", "checkpoints", "tmp"}

    def test_errors_and_output_are_all_that_is_printed(self, built, swept):
        """TensorFlow's greeting is hidden."""
        for finished in (built, swept):
            assert "oneDNN" not in finished.stderr + finished.stdout
            assert "Warning" not in finished.stderr

    def test_a_cluster_says_nothing_of_itself(self, tmp_path):
        pytest.importorskip("distributed")
        built = run_script("build_dataset", *CORPUS, "dataset.executor=dask", place=tmp_path)
        assert built.stdout.startswith("data set ")
        assert built.stderr == ""


def test_a_program_ends_without_a_word_when_nobody_reads_on(tmp_path):
    """As behind ``| head``: here nobody reads at all."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, SCRIPTS / "leaderboard.py", f"root={REPOSITORY / 'mfccinv' / 'pretrained'}"]
    ended = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")


class TestHelp:
    @pytest.mark.parametrize("name", ["build_dataset", "train", "evaluate", "invert", "leaderboard"])
    def test_is_fast_and_imports_no_network(self, name, tmp_path):
        before = os.times()
        finished = run_python(SCRIPTS / f"{name}.py", "--help", cwd=tmp_path)
        after = os.times()
        # Of the processor, not on the clock: whatever else runs beside the tests.
        assert after.children_user + after.children_system - before.children_user - before.children_system < 2
        assert "== Configuration groups ==" in finished.stdout
        traced = run_python("-X", "importtime", SCRIPTS / f"{name}.py", "--help", cwd=tmp_path).stderr
        assert "hydra" in traced
        assert not re.search(r"\| +(tensorflow|keras|numpy|mfccinv\.(?!cli|configs))\b", traced)
        assert not list(tmp_path.iterdir())


class TestTypingErrors:
    @pytest.mark.parametrize(
        ("name", "override", "expected"),
        [
            ("train", "model=dense_50", config_names("model")),
            ("train", "loss=rmse", config_names("loss")),
            ("build_dataset", "features=mel", config_names("features")),
            ("evaluate", "phase=wavenet", config_names("phase")),
            ("train", "training.epoch=3", ["training.epoch"]),
            ("build_dataset", "corpus.rot=x", ["corpus.rot"]),
        ],
    )
    def test_name_the_choices(self, name, override, expected, tmp_path):
        finished = run_python_unchecked(SCRIPTS / f"{name}.py", override, cwd=tmp_path)
        assert finished.returncode != 0
        for choice in expected:
            assert choice in finished.stderr
        assert "Traceback" not in finished.stderr
        assert not list(tmp_path.iterdir())
