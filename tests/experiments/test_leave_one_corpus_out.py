"""Tests of leaving one corpus out: who is trained on what and scored on what, what is written, going on."""

import json
import re
import shutil

import pytest
import soundfile
from configurations import settings
from damage import without_checksums
from programs import call
from speech import speech

from mfccinv.run_folders.run import Run
from mfccinv.system.atomic_files import write_json

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("untraced_file")]

VOICES = {"one": ["anna", "bert", "cleo"], "two": ["dora", "emil"]}


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    """Two folder corpora of real speech, a stretch for each speaker."""
    root = tmp_path_factory.mktemp("corpora")
    place = 0
    for corpus, speakers in VOICES.items():
        for speaker in speakers:
            (root / corpus / speaker).mkdir(parents=True)
            y = speech(16000)[place : place + 12000]
            soundfile.write(root / corpus / speaker / "1.wav", y, 16000)
            place += 4000
    return root


def leave_one_out(root, folder, *overrides):
    """Call the program on the corpora below ``root``; runs and data sets are in ``folder``."""
    part = "{{name: folder, root: {}, extensions: [.wav], speaker_part: 0}}"
    return call(
        "train",
        "experiment=leave_one_corpus_out",
        "augment.copies=1",
        f"corpus.root={root}",
        *(f"corpus.parts.{name}=null" for name in settings("corpus", "several")["parts"]),
        *(f"+corpus.parts.{name}={part.format(name)}" for name in VOICES),
        "split.validation=0.5",
        f"dataset.root={folder / 'sets'}",
        "dataset.workers=1",
        "dataset.progress=false",
        "leave_one_corpus_out.workers=1",
        "leave_one_corpus_out.phase.iterations=2",
        "leave_one_corpus_out.examples=0",
        "leave_one_corpus_out.listened=1",
        f"run.root={folder / 'runs'}",
        "run.name=loco",
        "training.epochs=1",
        "training.jit_compile=false",
        "training.progress=false",
        *overrides,
        cwd=folder,
    )


def report_of(ended):
    """The table that the program printed in the end."""
    assert ended.code == 0, ended.stderr
    return ended.stdout[ended.stdout.index("gain over the analytic inverse") : ended.stdout.index("scores:")]


@pytest.fixture(scope="module")
def done(corpora, tmp_path_factory):
    folder = tmp_path_factory.mktemp("done")
    return folder, report_of(leave_one_out(corpora, folder, "model=linear"))


def test_each_corpus_is_scored_by_a_model_that_never_saw_it(done):
    folder, _ = done
    scores = json.loads((folder / "runs" / "loco" / "corpora.json").read_text())
    assert list(scores) == list(VOICES)
    for held_out, one in scores.items():
        run = Run.open(str(folder / "runs" / "loco" / held_out))
        heard = {row["speaker"] for row in run.open_dataset().utterances.values()}
        (other,) = set(VOICES) - {held_out}
        assert heard == {f"{other}/{speaker}" for speaker in VOICES[other]}
        assert set(one["speakers"]) == {f"{held_out}/{speaker}" for speaker in VOICES[held_out]}
        assert one["gain"]["snr"]["interval"][0] <= one["gain"]["snr"]["value"] <= one["gain"]["snr"]["interval"][1]


def test_the_table_has_a_row_for_each_and_their_mean(done):
    folder, report = done
    scores = json.loads((folder / "runs" / "loco" / "corpora.json").read_text())
    mean = sum(one["gain"]["snr"]["value"] for one in scores.values()) / 2
    table = (folder / "runs" / "loco" / "corpora.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in table] == ["corpus", "---", "one", "two", "mean"]
    for text in (report, table[-1]):
        assert f"{mean:+.2f}" in text
    for name, one in scores.items():
        (row,) = (line for line in table if line.startswith(f"| {name} "))
        assert f"| {one['gain']['snr']['value']:+.2f} [" in row
        assert f"| {len(VOICES[name])} |" in row


def test_an_interrupted_run_goes_on_though_it_was_scored_and_a_missing_one_is_trained(done, corpora, tmp_path):
    folder, report = done
    shutil.copytree(folder / "runs", tmp_path / "runs")
    (tmp_path / "sets").symlink_to(folder / "sets")
    shutil.rmtree(tmp_path / "runs" / "loco" / "two")
    run = Run(tmp_path / "runs" / "loco" / "one")
    metrics = run.metrics
    validation = metrics.pop("validation")
    write_json(without_checksums(run.folder) / "metrics.json", metrics)
    no_other_recipe = ("model=linear", "training.progress=true", "training.memory_gb=7")
    assert report_of(leave_one_out(corpora, tmp_path, *no_other_recipe)) == report
    assert run.metrics["validation"] == pytest.approx(validation)


def test_the_number_of_mfcc_is_asked_for_before_the_trainings(corpora, tmp_path):
    refused = leave_one_out(corpora, tmp_path, "model=linear", "features.n_mfcc=80", "min_mfcc=10")
    assert "with min_mfcc, leave_one_corpus_out.n_mfcc must be the number of MFCC to score, got null" in refused.stderr


def test_runs_of_another_recipe_are_not_taken(done, corpora):
    refused = leave_one_out(corpora, done[0], "model=linear", "loss=mse_db")
    assert re.search(r"was trained with another (loss\.\w+(, )?)+: choose", refused.stderr)


@pytest.mark.parametrize("override", ["dataset.min_seconds=0.3", "corpus.parts.two.speaker_part='^(d|e)'"])
def test_runs_that_were_trained_on_other_data_are_not_taken(done, corpora, override):
    refused = leave_one_out(corpora, done[0], "model=linear", override)
    assert "was trained with another data set: choose" in refused.stderr


def test_runs_that_start_from_one_are_taken_again(done, corpora, tmp_path):
    """Its features count, not those of the configuration; and it may be named by what is in ``run.root``."""
    folder, _ = done
    (tmp_path / "sets").symlink_to(folder / "sets")
    shutil.copytree(folder / "runs" / "loco" / "one", tmp_path / "runs" / "base")
    options = ("init=base", "training.learning_rate=1e-12")
    first = report_of(leave_one_out(corpora, tmp_path, *options))
    kept = tmp_path / "runs" / "loco" / "two" / "model.keras"
    before = kept.stat().st_mtime_ns
    assert report_of(leave_one_out(corpora, tmp_path, *options)) == first
    assert kept.stat().st_mtime_ns == before
    refused = leave_one_out(corpora, tmp_path, "model=linear", "training.learning_rate=1e-12")
    assert "was trained with another init: choose" in refused.stderr


def test_one_corpus_is_too_few(corpora, tmp_path):
    refused = leave_one_out(corpora, tmp_path, "corpus.parts.two=null")
    assert "needs corpus=several with two parts at least, got one" in refused.stderr
