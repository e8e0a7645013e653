"""Tests of leaving one corpus out: who is trained on what and scored on what, what is written, going on."""

import json
import shutil

import pytest
import soundfile
from configurations import composed
from speech import speech

from mfccinv.cli.train import _leave_one_corpus_out
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError
from mfccinv.system.atomic_files import write_json

pytestmark = pytest.mark.slow

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


def config(root, folder, *overrides):
    part = "{{name: folder, root: {}, extensions: [.wav], speaker_part: 0}}"
    return composed(
        "train",
        "experiment=leave_one_corpus_out",
        "augment.copies=1",
        f"corpus.root={root}",
        *(f"corpus.parts.{name}=null" for name in ("librispeech", "asterisk", "festvox_ru", "fillets", "kde_games")),
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
        "model=linear",
        *overrides,
    )


@pytest.fixture(scope="module")
def done(corpora, tmp_path_factory):
    folder = tmp_path_factory.mktemp("done")
    return folder, _leave_one_corpus_out(config(corpora, folder))


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
    write_json(run.folder / "metrics.json", metrics)
    no_other_recipe = ("training.progress=true", "training.memory_gb=7")
    again = _leave_one_corpus_out(config(corpora, tmp_path, *no_other_recipe))
    assert run.metrics["validation"] == pytest.approx(validation)
    assert again.split("scores:")[0] == report.split("scores:")[0]


def test_runs_of_another_recipe_are_not_taken(done, corpora):
    folder, _ = done
    with pytest.raises(RunError, match=r"was trained with another (loss\.\w+(, )?)+: choose"):
        _leave_one_corpus_out(config(corpora, folder, "loss=mse_db"))


@pytest.mark.parametrize("override", ["dataset.min_seconds=0.3", "corpus.parts.two.speaker_part='^(d|e)'"])
def test_runs_that_were_trained_on_other_data_are_not_taken(done, corpora, override):
    folder, _ = done
    with pytest.raises(RunError, match="was trained with another data set: choose"):
        _leave_one_corpus_out(config(corpora, folder, override))


def test_runs_that_start_from_one_are_taken_again(done, corpora, tmp_path):
    """Its features count, not those of the configuration; and it may be named by what is in ``run.root``."""
    folder, _ = done
    (tmp_path / "sets").symlink_to(folder / "sets")
    shutil.copytree(folder / "runs" / "loco" / "one", tmp_path / "runs" / "base")
    options = ("init=base", "training.learning_rate=1e-12")
    first = _leave_one_corpus_out(config(corpora, tmp_path, *options))
    kept = tmp_path / "runs" / "loco" / "two" / "model.keras"
    before = kept.stat().st_mtime_ns
    assert _leave_one_corpus_out(config(corpora, tmp_path, *options)) == first
    assert kept.stat().st_mtime_ns == before
    with pytest.raises(RunError, match="was trained with another init: choose"):
        _leave_one_corpus_out(config(corpora, tmp_path, "training.learning_rate=1e-12"))


def test_one_corpus_is_too_few(corpora, tmp_path):
    with pytest.raises(ValueError, match="needs corpus=several with two parts at least, got one"):
        _leave_one_corpus_out(config(corpora, tmp_path, "corpus.parts.two=null"))
