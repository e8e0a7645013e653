"""Tests of the evaluation: the same scores as in training, baselines of known value, what is written and refused."""

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from configurations import composed, training_config
from damage import without_checksums
from places import DEMO
from programs import evaluate, train
from speech import speech

from mfccinv.corpora.splits import stable_fraction
from mfccinv.datasets.manifest import DatasetError
from mfccinv.evaluation import sound_scores
from mfccinv.evaluation.frame_metrics import FrameSums
from mfccinv.reporting.terminal import describe_scores
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED, RunError, RunFolder
from mfccinv.system.checksums import sha256
from mfccinv.system.file_names import file_stem

pytestmark = pytest.mark.usefixtures("untraced_file")


@pytest.fixture(scope="module")
def run(finished, shared_folder):
    """A run that was trained a little."""
    return Run(shutil.copytree(finished.folder, shared_folder / "runs" / "trained"))


@pytest.fixture(scope="module")
def analytic(shared_folder):
    """A run whose model is the baseline."""
    return train(training_config(shared_folder, "model=pseudo_inverse", "run.name=analytic"))


@pytest.fixture(autouse=True)
def without_extras(monkeypatch):
    for name in ("quality", "f0", "recogniser"):
        monkeypatch.setattr(sound_scores, f"{name}_is_installed", lambda: False)


def evaluated(run, *overrides):
    quick = ("examples=1", "listened=2", "phase.iterations=2", "workers=1", "progress=false")
    return evaluate(composed("evaluate", f"run={run.folder}", *quick, *overrides))


@pytest.mark.slow
class TestSplit:
    def test_scores_are_those_of_the_training(self, run):
        """Validation in training and evaluation are one path."""
        folder, scores = evaluated(run, "scored_split=validation")
        assert folder == run.folder / "evaluation" / "demo-validation"
        metrics = json.loads((run.folder / "metrics.json").read_text())
        expected = {name: value for name, value in metrics["validation"].items() if name != "loss"}
        heard = {"mcd": scores["audio"]["methods"]["model"]["mcd"]["value"]}
        assert metrics["demo-validation"] == pytest.approx(expected | heard)
        assert scores["gain"]["snr"]["value"] == pytest.approx(expected.pop("snr_gain"))
        assert {name: score["value"] for name, score in scores["total"]["model"].items()} == pytest.approx(expected)
        assert scores["frames"] == sum(
            json.loads(line)["frames"] for line in open_lines(run, "utterances.jsonl") if '"validation"' in line
        )

    def test_writes_scores_audio_and_figures(self, run):
        folder, scores = evaluated(run)
        assert json.loads((folder / "scores.json").read_text()) == scores
        assert scores["run"] == "trained"
        assert scores["name"] == "tiny"
        assert scores["source"] == "demo-test"
        assert scores["utterances"] == 4
        assert scores["audio"]["utterances"] == 2
        assert scores["settings"]["listened"] == 2
        assert scores["settings"]["phase"]["name"] == "joint"
        assert scores["model_sha256"] == sha256(run.folder / "model.keras")
        assert set(scores["speakers"]) == {"june"}
        heard = sorted(path.name.split(".flac.")[1] for path in (folder / "audio").iterdir())
        assert heard == ["model.wav", "original.wav", "pseudo_inverse.wav", "true_mel.wav"]
        figures = {path.name for path in (folder / "figures").iterdir()}
        assert {"band_error.png", "levels.png", "training.png"} < figures
        assert len(figures) == 4
        assert f"<td>seed<td>{run.config['training']['seed']}" in (folder / "report.html").read_text()
        assert run.spec.n_mels == len(scores["band_error"]["model"])
        assert scores["split"] == {"rule": "official", "speaker_disjoint": True}
        assert (scores["learned_from"]["voices"], scores["learned_from"]["corpora"]) == ([], ["demo"])
        assert "split by official: no voice in two splits" in (folder / "report.html").read_text()

    def test_baselines_have_known_scores(self, analytic):
        """The analytic inverse gains nothing over itself, an empty spectrum has 0 dB, and order is as expected."""
        _, scores = evaluated(analytic)
        for name, gain in scores["gain"].items():
            assert [gain["value"], *gain["interval"]] == pytest.approx([0, 0, 0], abs=1e-4), name
        total = {
            method: {name: score["value"] for name, score in one.items()} for method, one in scores["total"].items()
        }
        assert set(total) == {"model", "pseudo_inverse", "mean_frame", "zero"}
        ratios = [value for name, value in total["zero"].items() if name not in ("lsd", "msd")]
        assert ratios == pytest.approx([0] * 6, abs=0.02)
        assert total["zero"]["lsd"] > total["mean_frame"]["lsd"] > total["pseudo_inverse"]["lsd"]
        assert total["zero"]["msd"] == pytest.approx(30), "nothing varies"

    def test_the_seed_gives_the_same_again(self, run):
        first, again, other = (evaluated(run, f"seed={seed}", "listened=0", "examples=0")[1] for seed in (0, 0, 1))
        assert first == again
        assert first["total"]["model"]["snr"]["value"] == other["total"]["model"]["snr"]["value"]
        assert first["total"]["model"]["snr"]["interval"] != other["total"]["model"]["snr"]["interval"]


def open_lines(run, name):
    """Lines of a file of a run's data set."""
    environment = json.loads((run.folder / "environment.json").read_text())
    return (run.folder.parent / environment["dataset"] / name).read_text().splitlines()


@pytest.mark.parametrize(("split", "recordings", "voices"), [("train", 4, 2), ("validation", 0, 0)])
def test_tells_what_of_it_was_trained_on(run, split, recordings, voices):
    folder, _ = evaluated(run, f"scored_split={split}", "examples=0", "listened=0")
    known = json.loads((folder / "scores.json").read_text())["learned_from"]
    assert (known["recordings"], len(known["voices"])) == (recordings, voices)
    warned = "TRAINED ON all 4 recordings and all 2 voices here" in (folder / "report.html").read_text()
    assert warned == (split == "train")


def test_of_an_older_run_it_is_not_known(run, own_folder):
    copy = Run(shutil.copytree(run.folder, own_folder / "older"))
    without_checksums(copy.folder)
    (copy.folder / "learned_from.json").unlink()
    with (copy.folder / "config.yaml").open("a") as config:
        config.write("notes: a <diary>\n")
    folder, scores = evaluated(copy, "scored_split=train", "examples=0", "listened=0")
    assert "<tr><td>notes<td>a &lt;diary&gt;\n" in (folder / "report.html").read_text()
    assert scores["learned_from"]["is_known"] is False
    assert "what the run was trained on is not known" in describe_scores(folder, scores, 100)


def test_a_forecast_is_compared_with_the_last_frame_repeated(own_folder):
    """From all MFCC the frame itself would be exact, which a forecast doesn't see."""
    options = ("model.position=next", "model.output=log_mel", "model.projection=false", "features.n_mfcc=80")
    run = train(training_config(own_folder, *options, "training.epochs=1", "dataset.limit=2"))
    folder, scores = evaluated(run, "examples=0", "listened=0")
    assert scores["baseline"] == "repeat_the_last_frame"
    assert set(scores["total"]) == {"model", "repeat_the_last_frame", "mean_frame", "zero"}
    true = [utterance.log_mel for utterance in run.open_dataset().features("test")]
    sums = [FrameSums.of(one, one[np.maximum(np.arange(len(one)) - 1, 0)]) for one in true]
    expected = FrameSums.stack(sums).total().summary()["snr"]
    assert scores["total"]["repeat_the_last_frame"]["snr"]["value"] == pytest.approx(expected, abs=1e-3)
    validation = run.metrics["validation"]
    assert 0 < validation["snr"] - validation["snr_gain"] < 20
    assert "repeat the last frame" in describe_scores(folder, scores, 100)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["mel", "mfcc"])
def test_linear_spectra_are_scored_on_their_bins(source, linear_run, own_folder):
    run = Run(shutil.copytree(linear_run(source).folder, own_folder / "linear"))
    folder, scores = evaluated(run)
    assert set(scores["total"]) == {"model", "kl", "mean_frame", "zero"}
    assert scores["baseline"] == "kl"
    assert len(scores["band_error"]["model"]) == run.spec.n_bins - 2  # the first and the last are in no band
    heard = sorted(path.name.split(".flac.")[1] for path in (folder / "audio").iterdir())
    assert heard == ["kl.wav", "model.wav", "original.wav", "true_magnitude.wav"]
    assert "kl" in (folder / "report.html").read_text()
    assert "kl" in describe_scores(folder, scores, 100)


@pytest.mark.slow
class TestCorpus:
    @pytest.fixture
    def others(self, tmp_path):
        """Recordings of two voices, at another rate, one unusable."""
        folder = tmp_path / "others"
        for speaker in ("nsh", "carlo"):
            y, sample_rate = soundfile.read(sorted((DEMO / speaker).glob("*.flac"))[0])
            (folder / speaker).mkdir(parents=True)
            soundfile.write(folder / speaker / "a b.wav", np.stack([y, y], axis=1)[: 2 * sample_rate], sample_rate)
        (folder / "nsh" / "broken.wav").write_text("no sound")
        return folder

    def test_is_scored_without_a_data_set(self, run, others, own_folder):
        folder = own_folder / "moved"
        shutil.copytree(run.folder, folder)
        environment = json.loads((without_checksums(folder) / "environment.json").read_text())
        (folder / "environment.json").write_text(json.dumps(environment | {"dataset": "gone"}))
        copy = type(run)(folder)
        place, scores = evaluated(copy, "corpus=folder", f"corpus.root={others}")
        assert place == folder / "evaluation" / "others-all"
        assert scores["rejected"] == 1
        assert scores["utterances"] == 2
        assert list(scores["speakers"]) == ["carlo", "nsh"]
        assert (place / "audio").is_dir()
        assert len(list((place / "audio").glob(f"{file_stem('nsh/a b.wav')}.*"))) in (0, 4)
        with pytest.raises(DatasetError, match="gone is not a complete data set"):
            evaluated(copy)

    def test_corpora_of_one_name_keep_their_scores(self, run, own_folder):
        copy = type(run)(shutil.copytree(run.folder, own_folder / "copy"))
        places = []
        for number in (1, 2, 1):
            folder = own_folder / str(number) / "wavs" / "june"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(sorted((DEMO / "june").glob("*.flac"))[number], folder / "a.flac")
            root = f"corpus.root={folder.parent}"
            places.append(evaluated(copy, "corpus=folder", root, "examples=0", "listened=0")[0].name)
        assert places == ["wavs-all", "wavs-all-2", "wavs-all"]

    def test_utterances_that_can_be_used_are_heard(self, run, own_folder):
        copy = type(run)(shutil.copytree(run.folder, own_folder / "copy"))
        folder = own_folder / "voices" / "june"
        folder.mkdir(parents=True)
        names = sorted((f"{number}.flac" for number in range(12)), key=lambda name: stable_fraction(f"june/{name}"))
        for name in names[:-2]:
            (folder / name).write_text("no sound")
        for name, source in zip(names[-2:], sorted((DEMO / "june").glob("*.flac")), strict=False):
            shutil.copy(source, folder / name)
        root = f"corpus.root={folder.parent}"
        _, scores = evaluated(copy, "corpus=folder", root, "examples=1", "listened=2", "phase.iterations=1")
        assert scores["audio"]["utterances"] == 2
        assert scores["audio"]["written"] == [file_stem(f"june/{names[-2]}")]

    @pytest.mark.parametrize("name", ["examples", "listened"])
    def test_numbers_below_zero_are_refused(self, run, name):
        with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
            evaluated(run, f"{name}=-1")

    def test_nothing_usable_is_an_error(self, run, tmp_path):
        (tmp_path / "x").mkdir()
        (tmp_path / "x" / "broken.wav").write_text("no sound")
        with pytest.raises(ValueError, match=r"none of the 1 utterances of .*-all can be used: x/broken.wav: not"):
            evaluated(run, "corpus=folder", f"corpus.root={tmp_path}")


def test_a_pretrained_run_is_scored_below_the_working_directory(tmp_path, monkeypatch):
    """Nothing is written into the package."""
    before = {path: path.stat().st_mtime_ns for path in PRETRAINED.rglob("*")}
    (tmp_path / "voices" / "june").mkdir(parents=True)
    shutil.copy(sorted((DEMO / "june").glob("*.flac"))[0], tmp_path / "voices" / "june")
    monkeypatch.chdir(tmp_path)
    corpus = ("corpus=folder", "corpus.root=voices", "workers=1", "progress=false")
    folder, scores = evaluate(composed("evaluate", "run=asr_20", *corpus, "examples=0", "listened=0"))
    assert folder == Path("evaluation") / "asr_20" / "voices-all"
    assert json.loads((folder / "scores.json").read_text()) == scores
    assert scores["gain"]["snr"]["value"] > 0
    assert (scores["learned_from"]["recordings"], scores["learned_from"]["voices"]) == (1, ["june"])
    assert "*** TRAINED ON 1 of 1 recording and 1 of 1 voice here" in describe_scores(folder, scores, 100)
    assert scores["total"]["model"]["snr"]["interval"] is None
    assert before == {path: path.stat().st_mtime_ns for path in PRETRAINED.rglob("*")}


def test_utterances_of_nearly_the_same_name_keep_their_own_sound(run, tmp_path):
    """``anna/1.wav`` and ``anna_1.wav``: a name of a file has no slash."""
    (tmp_path / "voices" / "anna").mkdir(parents=True)
    heard = {"anna/1.wav": speech(16000)[:8000], "anna_1.wav": speech(16000)[8000:18000]}
    for id, y in heard.items():
        soundfile.write(tmp_path / "voices" / id, y, 16000)
    corpus = ("corpus=folder", f"corpus.root={tmp_path / 'voices'}", "corpus.speaker_part=null")
    folder, scores = evaluated(run, *corpus, "examples=2", "listened=0")
    stems = scores["audio"]["written"]
    lengths = [soundfile.info(folder / "audio" / f"{stem}.original.wav").frames for stem in stems]
    assert sorted(lengths) == [8000, 10000]
    one, other = ((folder / "figures" / f"{stem}.png").read_bytes() for stem in stems)
    assert one != other
    assert (folder / "report.html").read_text().count("data:audio/flac") == 2 * 4


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="file names are not bytes there")
def test_utterances_of_any_name_are_heard_and_seen(run, tmp_path):
    """What matplotlib would set as a formula, what isn't UTF-8, what HTML would obey, and the longest name there is."""
    folder = tmp_path / "odd" / "a"
    folder.mkdir(parents=True)
    for number, name in enumerate([b"$x^2_{$", b"caf\xe9", b"<b>|", b"two\nlines", b"x" * 251]):
        soundfile.write(tmp_path / "sound.wav", speech(16000)[1000 * number : 1000 * number + 8000], 16000)
        (tmp_path / "sound.wav").rename(os.fsdecode(os.fsencode(folder) + b"/" + name + b".wav"))
    corpus = ("corpus=folder", f"corpus.root={tmp_path / 'odd'}")
    place, scores = evaluated(run, *corpus, "examples=5", "listened=0")
    assert (scores["utterances"], len(scores["audio"]["written"]), scores["audio"]["unreadable"]) == (5, 5, [])
    assert len(list((place / "figures").glob("*.png"))) == 8
    assert json.loads((place / "scores.json").read_text(encoding="utf-8")) == scores
    page = (place / "report.html").read_text(encoding="utf-8")
    assert page.count("data:audio/flac") == 5 * 4
    assert "<b>" not in page
    assert describe_scores(place, scores, 100)


def test_digital_silence_is_scored(run, own_folder, tmp_path):
    """As far as it can be: nothing that is not finite reaches a file."""
    (tmp_path / "voices" / "a").mkdir(parents=True)
    for name in ("one", "two"):
        soundfile.write(tmp_path / "voices" / "a" / f"{name}.wav", np.zeros(8000), 16000)
    copy = Run(without_checksums(shutil.copytree(run.folder, own_folder / "silent")))
    text = (copy.folder / "config.yaml").read_text()
    (copy.folder / "config.yaml").write_text(re.sub("silence_dbfs: .*", "silence_dbfs: -1000.0", text))
    place, scores = evaluated(copy, "corpus=folder", f"corpus.root={tmp_path / 'voices'}", "listened=2", "examples=1")
    assert scores["utterances"] == 2
    assert (scores["frames"], scores["silent_frames"]) == (0, 2 * 51)
    json.dumps(scores, allow_nan=False)
    assert describe_scores(place, scores, 100)
    assert (place / "report.html").is_file()


class TestErrors:
    @pytest.mark.parametrize("name", ["evaluation", "evaluation/demo-test", "evaluation/demo-test/audio"])
    def test_a_link_that_leads_out_of_the_run_is_not_followed(self, copied, tmp_path, name):
        """A stranger may have made the run."""
        (tmp_path / "elsewhere").mkdir()
        (copied.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (copied.folder / name).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(RunError, match=r"leads out of the run, to .*elsewhere.*: nothing is written there"):
            evaluate(composed("evaluate", f"run={copied.folder}", "progress=false"))
        assert not list((tmp_path / "elsewhere").iterdir())

    def test_a_network_that_went_wrong(self, run, own_folder):
        ignored = shutil.ignore_patterns("evaluation", "checksums.json")
        copy = Run(shutil.copytree(run.folder, own_folder / "wrong", ignore=ignored))
        model = copy.load_model()
        for weight in model.trainable_weights:
            weight.assign(np.full(weight.shape, 1e38))
        model.save(copy.folder / "model.keras")
        with pytest.raises(RunError, match=r"wrong/model\.keras predicts frames of .* that are not finite"):
            evaluated(copy)
        assert not (copy.folder / "evaluation").exists()

    def test_words_need_their_packages(self, run):
        with pytest.raises(
            ValueError,
            match=r"^wer=true needs PocketSphinx and jiwer: pip install 'mfccinv\[wer\]', or leave wer=false$",
        ):
            evaluated(run, "wer=true")

    def test_opinions_need_their_packages(self, run, monkeypatch):
        monkeypatch.setattr("mfccinv.evaluation.sound_scores.mos_is_installed", lambda: False)
        with pytest.raises(
            ValueError,
            match=r"^mos=true needs DistillMOS and PyTorch: pip install 'mfccinv\[mos\]', or leave mos=false$",
        ):
            evaluated(run, "mos=true")

    def test_frames_without_overlap_have_no_sound(self, run, monkeypatch):
        spec = replace(run.spec, hop_length=run.spec.win_length)
        monkeypatch.setattr(RunFolder, "spec", spec)
        monkeypatch.setattr(RunFolder, "require_spec", lambda *_: None)
        with pytest.raises(
            ValueError, match=r"^no sound can be made .*; examples=0 listened=0 scores the frames alone$"
        ):
            evaluated(run)

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("history.csv", "epoch,loss\n1,2\n", r"history\.csv is damaged: the row of epoch 1 can't be"),
            ("history.csv", "epoch,loss\n1,x\n", "could not convert"),
        ],
    )
    def test_a_damaged_run_is_found_before_it_is_scored(self, run, own_folder, monkeypatch, name, content, message):
        copy = Run(without_checksums(shutil.copytree(run.folder, own_folder / "damaged")))
        (copy.folder / name).write_text(content)
        monkeypatch.setattr("mfccinv.evaluation.evaluate.load_network", None)
        with pytest.raises(ValueError, match=message):
            evaluated(copy)

    def test_an_unknown_run(self, run):
        with pytest.raises(RunError, match=r"no run 'nobody': .* \(there: "):
            evaluate(composed("evaluate", "run=nobody", f"root={run.folder.parent}"))

    def test_an_unknown_split(self, run):
        with pytest.raises(DatasetError, match="has the splits train, validation, test, got 'dev'"):
            evaluated(run, "scored_split=dev")
