"""Tests of the programs as one runs them: build, sweep, score, continue, elsewhere; help and typing errors.

Most are called in the tests' own process; those where the process is what counts run in one of their own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from configurations import config_names
from places import DEMO, REPOSITORY, SCRIPTS
from processes import run_python
from programs import call

from mfccinv.cli.main import PROGRAMS

pytestmark = pytest.mark.usefixtures("untraced_file")

CORPUS = (f"corpus.root={DEMO}", "dataset.limit=3", "dataset.workers=1", "dataset.progress=false")
TRAINING = (*CORPUS, "training.epochs=2", "training.steps_per_epoch=2", "training.progress=false")
EVALUATION = ("listened=1", "examples=1", "phase.iterations=2", "workers=1", "progress=false")


def run_script(name, *arguments, place):
    """Run a program in a process of its own."""
    (place / "tmp").mkdir(exist_ok=True)
    return run_python(SCRIPTS / f"{name}.py", *arguments, cwd=place, TMPDIR=str(place / "tmp"))


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A folder in which two models were trained by one command, and what it printed."""
    place = tmp_path_factory.mktemp("swept")
    return place, run_script("train", "-m", "model=linear,dense_small", *TRAINING, place=place)


@pytest.fixture
def place(swept, tmp_path):
    """A copy of the folder, where one test may do as it likes."""
    return shutil.copytree(swept[0], tmp_path / "place")


def runs_of(place):
    runs = sorted(path for path in (place / "checkpoints").iterdir() if path.is_dir())
    return {path.name.split("-")[0]: path for path in runs}


@pytest.mark.slow
class TestPipeline:
    def test_a_sweep_trains_each_model(self, swept):
        place, finished = swept
        runs = runs_of(place)
        assert set(runs) == {"linear", "dense_small"}
        hidden = {
            name: yaml.safe_load((run / "config.yaml").read_text())["model"]["hidden"] for name, run in runs.items()
        }
        assert hidden == {"linear": [], "dense_small": [128]}
        for run in runs.values():
            assert len((run / "history.csv").read_text().splitlines()) == 3
            assert json.loads((run / "metrics.json").read_text())["validation"]["snr"] > 0
            assert f"mfccinv evaluate run={run.relative_to(place)}" in finished.stdout

    def test_the_data_set_is_built_once_and_nothing_else_is_left_behind(self, swept):
        place, _ = swept
        assert len(list((place / "data" / "sets").iterdir())) == 1
        assert {path.name for path in place.iterdir()} <= {"data", "checkpoints", "tmp"}

    def test_errors_and_output_are_all_that_is_printed(self, swept):
        """TensorFlow's greeting is hidden."""
        _, finished = swept
        assert "oneDNN" not in finished.stderr + finished.stdout
        assert "Warning" not in finished.stderr

    def test_a_job_that_fails_leaves_the_others(self, place):
        overrides = (
            "-m",
            "model=dense_small",
            "model.context=0,3,-1",
            "run.root=sweep",
            "run.name=job-${hydra:job.num}",
        )
        finished = call("train", *overrides, *TRAINING, cwd=place)
        assert finished.code != 0
        for job, context in ((0, 0), (2, -1)):
            told = f"error in job #{job}: context must be a whole number in [1, 1048576], got {context}\n"
            assert told in finished.stderr
        assert [path.parent.name for path in (place / "sweep").glob("*/metrics.json")] == ["job-1"]
        board = call("leaderboard", "root=sweep", cwd=place)
        assert re.search(r"^job-1 ", board.stdout, re.MULTILINE)

    @pytest.mark.parametrize(("launcher", "jobs"), [("joblib", "[4],[8]"), ("submitit_local", "[4]")])
    def test_jobs_run_in_processes_of_their_own(self, launcher, jobs, tmp_path):
        """All want the data set, which is built once; the table of it comes once, and each line bears its job."""
        pytest.importorskip({"joblib": "hydra_plugins.hydra_joblib_launcher"}.get(launcher, "submitit"))
        overrides = ("-m", f"hydra/launcher={launcher}", f"model.hidden={jobs}", "run.name=job-${hydra:job.num}")
        told = run_script("train", *overrides, "model=dense_small", *TRAINING, place=tmp_path).stdout
        if launcher == "submitit_local":
            (logs,) = re.findall("^what the jobs print: (.*)/<job>/<job>_0_log.out", told, re.MULTILINE)
            (log,) = Path(logs).glob("*/*_0_log.out")
            told = log.read_text()
        assert told.count("validation         1") == 1
        assert re.search(r"^#0 split +speakers", told, re.MULTILINE)
        for job in range(len(jobs.split(","))):
            assert len(re.findall(rf"^#{job} (?:data set |epoch 1/|score it: )", told, re.MULTILINE)) == 3
        assert len(list((tmp_path / "checkpoints").glob("*/metrics.json"))) == len(jobs.split(","))
        assert len(list((tmp_path / "data" / "sets").glob("*/manifest.json"))) == 1

    @pytest.mark.filterwarnings("ignore")  # of what Optuna builds on
    def test_a_search_maximises_the_validation_snr_whatever_fails(self, place):
        pytest.importorskip("hydra_plugins.hydra_optuna_sweeper")
        search = ("hydra/sweeper=optuna", "hydra.sweeper.direction=maximize", "hydra.sweeper.n_trials=3")
        search += ("hydra.sweeper.sampler.seed=1", "hydra.sweeper.max_failure_rate=1")
        overrides = ("-m", *search, "model.context=choice(0,3,5)", "run.root=search", "run.name=${now:%H%M%S%f}")
        rest = ("model=dense_small", *TRAINING)
        finished = call("train", *overrides, *rest, cwd=place)
        assert finished.code == 0
        assert "context must be a whole number in [1, 1048576], got 0" in finished.stdout + finished.stderr
        snrs = [json.loads(path.read_text())["validation"]["snr"] for path in (place / "search").glob("*/metrics.json")]
        assert len(snrs) == 2
        assert f"Best value: {max(snrs)}" in finished.stdout + finished.stderr
        again = call("train", *(word.replace("n_trials=3", "n_trials=4") for word in overrides), *rest, cwd=place)
        assert "the search goes on: 3 of hydra.sweeper.n_trials=4 were tried\n" in again.stdout
        assert "Launching 1 jobs locally" in again.stdout + again.stderr
        assert len(list((place / "search").glob("*/config.yaml"))) >= 2

    def test_the_latest_run_is_scored_on_its_test_split(self, place):
        finished = call("evaluate", *EVALUATION, cwd=place)
        folder = runs_of(place)["dense_small"] / "evaluation" / "demo-test"
        scores = json.loads((folder / "scores.json").read_text())
        assert scores["name"] == "dense_small"
        assert re.search(r"^ +dense_small +pseudo inverse +mean frame +zero +gain$", finished.stdout, re.MULTILINE)
        snr = scores["total"]["model"]["snr"]["value"]
        assert re.search(rf"^SNR, magnitude +{snr:.2f} \[", finished.stdout, re.MULTILINE)
        assert len(list((folder / "audio").glob("*.wav"))) == 4

    def test_a_run_is_scored_on_another_corpus(self, place, tmp_path):
        for speaker in ("june", "nsh"):
            (tmp_path / "voices" / speaker).mkdir(parents=True)
            shutil.copy(sorted((DEMO / speaker).glob("*.flac"))[0], tmp_path / "voices" / speaker)
        run = runs_of(place)["linear"]
        corpus = ("corpus=folder", f"corpus.root={tmp_path / 'voices'}")
        finished = call("evaluate", f"run={run.name}", *corpus, *EVALUATION, cwd=place)
        assert "voices-all: 2 utterances" in finished.stdout
        assert "2 speakers" in finished.stdout
        written = sorted((run / "evaluation" / "voices-all" / "audio").glob("*.wav"))
        assert len(written) == 4
        assert {soundfile.info(path).samplerate for path in written} == {16000}

    def test_a_run_that_starts_from_another_has_its_models_name(self, place):
        base = runs_of(place)["dense_small"]
        done = call("train", f"init={base}", *TRAINING, "training.epochs=1", cwd=place)
        assert done.code == 0, done.stderr
        started = re.search(r"run (\S+): ", done.stdout).group(1)
        assert Path(started).name.startswith("dense_small-")
        assert started != str(base)

    def test_a_run_is_continued(self, place):
        run = runs_of(place)["linear"]
        changed = ("training.epochs=3", "training.learning_rate=1e-4")
        finished = call("train", f"resume={run.name}", *changed, cwd=place)
        assert "epoch 3/3" in finished.stdout
        assert "epoch 2/3" not in finished.stdout
        rows = (run / "history.csv").read_text().splitlines()
        assert len(rows) == 4
        assert rows[-1].startswith("3,0.0001,")

    def test_a_cluster_says_nothing_of_itself(self, tmp_path):
        pytest.importorskip("distributed")
        built = run_script("build_dataset", *CORPUS, "dataset.executor=dask", place=tmp_path)
        assert built.stdout.startswith("data set ")
        assert built.stderr == ""


def test_a_data_set_is_built(tmp_path):
    built = call("build_dataset", *CORPUS, cwd=tmp_path)
    (folder,) = (tmp_path / "data" / "sets").iterdir()
    assert (folder / "manifest.json").is_file()
    assert f"data set {folder.relative_to(tmp_path)} (split by official: no voice in two splits)" in built.stdout
    assert re.search(r"^test +1 +3 ", built.stdout, re.MULTILINE)


def test_an_inversion_tells_what_it_did(tmp_path):
    mfcc = np.zeros((20, 101))
    mfcc[0] = -400  # quiet
    np.save(tmp_path / "a.npy", mfcc)
    done = call("invert", "input=a.npy", "progress=false", cwd=tmp_path)
    assert (done.code, done.stdout) == (0, "a.npy → inverted/a.wav: 1.00 s at 16000 Hz\n")
    assert (tmp_path / "inverted" / "a.wav").is_file()


def test_a_leaderboard_is_written(tmp_path):
    pretrained = REPOSITORY / "mfccinv" / "pretrained"
    done = call("leaderboard", f"root={pretrained}", "format=html", "output=board.html", cwd=tmp_path)
    assert (done.code, done.stdout.strip()) == (0, "board.html")
    assert "Pareto front" in (tmp_path / "board.html").read_text()


def test_own_presets_come_before_the_packages(tmp_path):
    (tmp_path / "mine" / "model").mkdir(parents=True)
    (tmp_path / "mine" / "model" / "wide.yaml").write_text("defaults: [dense_500, _self_]\nhidden: [2000]\n")
    (tmp_path / "mine" / "model" / "linear.yaml").write_text("defaults: [dense_500, _self_]\nhidden: [7]\n")
    for model, hidden in (("wide", "[2000]"), ("linear", "[7]")):
        told = call(
            "train", "--config-dir", "mine", f"model={model}", "--cfg", "job", "--package", "model", cwd=tmp_path
        ).stdout
        assert f"hidden:\n  - {hidden[1:-1]}\n" in told.replace("\n- ", "\n  - ")


def test_a_program_ends_without_a_word_when_nobody_reads_on(tmp_path):
    """As behind ``| head``: here nobody reads at all."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, SCRIPTS / "leaderboard.py", f"root={REPOSITORY / 'mfccinv' / 'pretrained'}"]
    ended = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")


@pytest.mark.parametrize("name", PROGRAMS)
def test_help_is_fast_and_imports_no_network(name, tmp_path):
    before = os.times()
    finished = run_python("-X", "importtime", SCRIPTS / f"{name}.py", "--help", cwd=tmp_path)
    after = os.times()
    # Of the processor, not on the clock: whatever else runs beside the tests.
    assert after.children_user + after.children_system - before.children_user - before.children_system < 2
    assert f"usage: mfccinv {name} " in finished.stdout
    assert "hydra" in finished.stderr
    light = r"cli|configs|system$|system\.interrupts$"
    assert not re.search(rf"\| +(tensorflow|keras|numpy|mfccinv\.(?!{light}))\b", finished.stderr, re.MULTILINE)
    assert not list(tmp_path.iterdir())


class TestErrors:
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
    def test_typing_errors_name_the_choices(self, name, override, expected, tmp_path):
        finished = call(name, override, cwd=tmp_path)
        assert finished.code != 0
        for choice in expected:
            assert choice in finished.stderr
        assert "Traceback" not in finished.stderr
        assert not list(tmp_path.iterdir())

    def test_what_is_no_yaml_is_told_with_its_place(self, tmp_path):
        (tmp_path / "mine" / "model").mkdir(parents=True)
        (tmp_path / "mine" / "model" / "broken.yaml").write_text("name: mlp\nhidden: [800\n")
        finished = call("train", "--config-dir", "mine", "model=broken", cwd=tmp_path)
        assert (finished.code, finished.stdout) == (2, "")
        assert re.fullmatch(r"error: \S+broken.yaml is no YAML: line 3, column 1: [^\n]+\n", finished.stderr)

    def test_a_misspelt_setting_in_a_file_of_ones_own_is_told(self, tmp_path):
        (tmp_path / "mine" / "experiment").mkdir(parents=True)
        (tmp_path / "mine" / "experiment" / "typo.yaml").write_text("# @package _global_\ntraining: {epochz: 3}\n")
        finished = call("train", "--config-dir", "mine", "experiment=typo", cwd=tmp_path)
        assert finished.stderr == "error: unknown setting: training.epochz; did you mean training.epochs?\n"

    def test_a_setting_that_has_no_default_is_asked_for(self, tmp_path):
        finished = call("build_dataset", "corpus=folder", cwd=tmp_path)
        assert (finished.code, finished.stdout) == (2, "")
        assert finished.stderr == "error: corpus.root is missing: add corpus.root=<value>\n"

    def test_a_score_without_a_run_is_refused_in_one_line(self, tmp_path):
        finished = call("evaluate", cwd=tmp_path)
        assert (finished.code, finished.stdout) == (2, "")
        assert re.fullmatch(r"error: no finished run in checkpoints: train one first, [^\n]+\n", finished.stderr)

    def test_an_input_that_is_no_mfcc_is_refused_in_one_line(self, tmp_path):
        np.save(tmp_path / "a.npy", np.full((20, 5), np.nan))
        finished = call("invert", "input=a.npy", "progress=false", cwd=tmp_path)
        assert finished.code == 2
        assert finished.stderr == "error: a.npy: mfcc must be finite, got NaN or infinite values\n"

    @pytest.mark.parametrize("again", ["resume", "rerun"])
    def test_a_run_goes_on_with_the_backend_that_it_was_trained_with(self, again, tmp_path):
        (tmp_path / "config.yaml").touch()
        (tmp_path / "environment.json").write_text('{"backend": "theano"}')
        finished = call("train", f"{again}={tmp_path}", cwd=tmp_path)
        assert "backend must be one of tensorflow, jax, got 'theano'" in finished.stderr

    @pytest.mark.parametrize("what", ["resume", "rerun", "init"])
    def test_a_run_may_be_called_0(self, what, tmp_path):
        finished = call("train", f"{what}=0", cwd=tmp_path)
        assert "no run '0': expected its folder, its name in checkpoints" in finished.stderr
