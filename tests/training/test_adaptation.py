"""Tests of adaptations to a voice: what is saved, that it is a run like others, and what is refused."""

import json
import shutil
from dataclasses import asdict

import keras
import numpy as np
import pytest
import soundfile
from configurations import settings
from damage import without_checksums
from networks import SMALL, make_run
from noise import small_spec
from programs import call
from speech import speech

import mfccinv
from mfccinv.audio.sound_files import Recording
from mfccinv.configs.typed import typed
from mfccinv.inference.prediction import predict_frames
from mfccinv.models.assembly import build_model
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.run_folders.loading import load_once
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED, RunError, RunFolder
from mfccinv.training import adapt_files, adaptation
from mfccinv.training.adapt_files import sound_files
from mfccinv.training.adaptation import AdaptationSettings, adapt_run
from mfccinv.training.train import rerun, resume

SPEC = small_spec()
QUICK = {"epochs": 3, "least_seconds": 1.0, "learning_rate": 0.003, "weight_average": 0.5, "copies": 1, "rank": 2}


def quick(**changes):
    return typed(AdaptationSettings, settings("adaptation", "default") | QUICK | changes, "adaptation")


def recordings():
    return [Recording(speech(SPEC.sample_rate).astype(np.float32), SPEC.sample_rate, SPEC.sample_rate, 1)]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A network that has learned nothing."""
    keras.utils.set_random_seed(0)
    run = make_run(tmp_path_factory.mktemp("runs"), "base", SMALL["dense"])
    run.save_model(build_model(SMALL["dense"], SPEC, run.statistics))
    return run


@pytest.fixture(scope="module")
def adapted(base, tmp_path_factory):
    place = tmp_path_factory.mktemp("adapted")
    return adapt_run(base, recordings(), quick(), output=place, name="voice", progress=False)


class TestAdapted:
    def test_the_voice_gains(self, adapted):
        scores = adapted.scores
        assert adapted.gain == scores["adapted"]["snr"] - scores["base"]["snr"] > 0.02
        history = adapted.run.read_history()
        assert scores["adapted"]["snr"] == pytest.approx(max(row["val_snr"] for row in history), abs=0.01)

    def test_it_is_a_run_without_a_model_of_its_own(self, adapted, base):
        run = RunFolder.open("voice", adapted.run.folder.parent)
        assert not (run.folder / "model.keras").exists()
        assert run.is_finished
        assert run.open_base().folder == base.folder.resolve()
        assert run.config["init"] == str(base.folder.resolve())
        assert len(run.learned_from.recordings) == 1
        model, context = load_once(run.folder)
        own, theirs = (KerasNetwork(Run(one.folder).load_model()) for one in (run, base))
        mfcc = np.random.default_rng(0).normal(0, 20, (30, SPEC.n_mfcc)).astype(np.float32)
        loaded, again, before = (next(predict_frames(one, context, [mfcc])) for one in (model, own, theirs))
        np.testing.assert_allclose(loaded, again, atol=1e-4)
        assert np.abs(loaded - before).max() > 0.01

    def test_another_base_is_refused(self, adapted, base):
        path = adapted.run.folder / "adaptation.json"
        text = path.read_text()
        record = adapted.run.folder / "checksums.json"
        sums = record.read_text()
        try:
            path.write_text(text.replace(json.loads(text)["model"], "0" * 32))
            record.write_text("{}")
            with pytest.raises(RunError, match=r"is a difference to the run .*base, whose model\.keras is another now"):
                Run(adapted.run.folder).load_model()
            for gone in ("gone", "d" * 10**5):
                path.write_text(text.replace("/base", f"/{gone}"))
                with pytest.raises(RunError, match=rf"/{gone[:5]}.*, which isn't there: .{{,400}}$"):
                    Run(adapted.run.folder).load_model()
        finally:
            path.write_text(text)
            record.write_text(sums)

    def test_a_pretrained_base_is_not_a_run_of_its_name(self, adapted, base, tmp_path, monkeypatch):
        """A user's own run of that name may be the one that is a difference to it."""
        shutil.copytree(base.folder, tmp_path / "checkpoints" / "asr_13")
        shutil.copytree(adapted.run.folder, tmp_path / "voice")
        known = RunFolder(PRETRAINED / "asr_13").reference()
        (tmp_path / "voice" / "adaptation.json").write_text(json.dumps(asdict(known)))
        without_checksums(tmp_path / "voice")
        monkeypatch.chdir(tmp_path)
        assert RunFolder(tmp_path / "voice").open_base().folder == PRETRAINED / "asr_13"

    def test_it_is_no_training_to_go_on_with(self, adapted):
        root = adapted.run.folder.parent
        for again in (lambda: resume("voice", root, {}), lambda: rerun("voice", root)):
            with pytest.raises(RunError, match="voice was made by mfccinv adapt: adapt its base again"):
                again()

    def test_it_is_not_adapted_again(self, adapted, tmp_path):
        with pytest.raises(RunError, match="was made by mfccinv adapt: adapt base with all speech of the voice"):
            adapt_run(adapted.run, recordings(), quick(), output=tmp_path, name="x", progress=False)

    def test_a_network_of_several_numbers_of_mfcc_is_refused(self, base, tmp_path):
        several = Run.create(
            tmp_path, "several", base.config | {"min_mfcc": 2}, SPEC, base.statistics, {"commit": None}
        )
        with pytest.raises(
            RunError, match="several takes several numbers of MFCC, and only networks of one number can"
        ):
            adapt_run(several, recordings(), quick(), output=tmp_path, name="x", progress=False)

    def test_it_needs_a_corpus_to_be_scored_on(self, adapted):
        with pytest.raises(RunError, match="keeps no test split of the voice it was adapted to: name speech with corp"):
            adapted.run.open_dataset()


def test_nothing_is_saved_where_nothing_is_gained(base, tmp_path, monkeypatch):
    monkeypatch.setattr(adaptation, "train_epoch", lambda *arguments, **options: 0.0)
    result = adapt_run(base, recordings(), quick(), output=tmp_path / "adapted", name="voice", progress=False)
    assert result.run is None
    assert result.gain == pytest.approx(0, abs=1e-4)
    assert not (tmp_path / "adapted").exists()


def test_an_interrupt_keeps_the_best_so_far(base, tmp_path, monkeypatch):
    train_epoch = adaptation.train_epoch

    def interrupted(*arguments, epoch, **options):
        if epoch == 3:
            raise KeyboardInterrupt
        return train_epoch(*arguments, epoch=epoch, **options)

    monkeypatch.setattr(adaptation, "train_epoch", interrupted)
    result = adapt_run(base, recordings(), quick(), output=tmp_path, name="voice", progress=False)
    assert result.was_interrupted
    assert len(result.run.read_history()) == 2


def test_a_run_without_weights_is_refused(tmp_path):
    model = settings("model", "pseudo_inverse")
    run = make_run(tmp_path, "plain", model)
    run.save_model(build_model(model, SPEC, run.statistics))
    with pytest.raises(RunError, match="plain can't be adapted: it has no weights that are trained"):
        adapt_run(run, recordings(), quick(), output=tmp_path, name="x", progress=False)


def test_a_name_that_no_run_can_have_is_told_before_the_training(base, tmp_path):
    with pytest.raises(ValueError, match=r"^name must be a name for a folder, of at most 200 bytes, got '\.\.'$"):
        adapt_run(base, recordings(), quick(), output=tmp_path, name="..", progress=False)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        *(
            ({name: 0}, f"{name} must be at least 1, got 0")
            for name in ("rank", "epochs", "patience", "steps_per_epoch")
        ),
        ({"copies": -1}, "copies must be at least 0, got -1"),
        ({"held_out": 1}, "held_out must be at least 2, got 1"),
        ({"segment_frames": 64, "batch_frames": 8}, "batch_frames must be at least 64, got 8"),
        ({"piece_seconds": 0.0}, r"piece_seconds must be above 0, got 0\.0"),
        ({"speed": []}, r"speed must be \[slowest, fastest\], got \[\]"),
    ],
)
def test_settings_out_of_range_are_refused(changed, message):
    with pytest.raises(ValueError, match=rf"adaptation\.{message}"):
        quick(**changed)


class TestFiles:
    def test_folders_and_patterns_name_sound(self, tmp_path, monkeypatch):
        (tmp_path / "voice" / "below").mkdir(parents=True)
        for name in ("b.wav", "a.FLAC", "below/c.ogg", "notes.txt"):
            (tmp_path / "voice" / name).touch()
        monkeypatch.chdir(tmp_path)
        assert [path.name for path in sound_files(["voice"])] == ["a.FLAC", "b.wav", "c.ogg"]
        assert [path.name for path in sound_files(["voice/*.wav", "voice"])] == ["b.wav", "a.FLAC", "c.ogg"]
        assert [path.name for path in sound_files(["voic*"])] == ["a.FLAC", "b.wav", "c.ogg"]
        with pytest.raises(FileNotFoundError, match=r"voice/d\.wav is not there: name sound files, or folders"):
            sound_files(["voice/d.wav"])

    def test_the_program_tells_what_is_wrong(self, tmp_path):
        soundfile.write(tmp_path / "a.wav", speech(16000)[:16000], 16000)
        (tmp_path / "b.wav").write_text("no sound")
        assert call("adapt", cwd=tmp_path).stderr.startswith("error: nothing to adapt to: say which sound files")
        short = call("adapt", "a.wav", "b.wav", cwd=tmp_path)
        assert (short.code, short.stderr) == (
            2,
            "error: too little speech: at least 10 s of the voice are needed, got 1.0 s\n",
        )
        none = call("adapt", "b.wav", cwd=tmp_path)
        assert "error: none of the 1 recordings can be used: b.wav: " in none.stderr
        assert "error: no run 'june'" in call("adapt", "a.wav", "run=june", cwd=tmp_path).stderr

    def test_a_file_beyond_the_memory_is_left_out(self, tmp_path, monkeypatch):
        def read(path, sample_rate):
            raise MemoryError

        monkeypatch.setattr(adapt_files, "read_audio", read)
        (tmp_path / "a.wav").touch()
        ended = call("adapt", "a.wav", cwd=tmp_path)
        assert ended.stderr == "error: none of the 1 recordings can be used: a.wav: too large for the memory\n"


Y = np.ones(8000)


@pytest.mark.parametrize(
    ("sounds", "message"),
    [
        (np.zeros(100, np.int16), r"sounds\[0\] must be \(n_samples,\), of floating-point numbers .* got int16"),
        ([Y, np.ones((2, 2, 9))], r"sounds\[1\] must be .* got float64 \(2, 2, 9\)$"),
        (np.stack([Y, Y]), r"sounds\[0\] must be .* got float64 \(2, 8000\)$"),
        ([Y, np.ma.masked_array(Y, mask=Y > 0)], r"sounds\[1\] must have no masked values"),
        (np.zeros(100, [("a", "f4")]), r"sounds\[0\] must be an array of numbers, got "),
        ([Y, Y * np.nan], r"sounds\[1\] must be finite, got NaN"),
        ([1e300 * Y], r"sounds\[0\] must fit single precision"),
        ([Y, 20000 * Y], r"sounds\[1\] can't be used: too loud: .* they seem to be 16-bit integers stored as float"),
        ([Y, 0 * Y], r"sounds\[1\] can't be used: silent: "),
        ([Y[:9]], r"sounds\[0\] can't be used: too short: "),
        ("voice.wav", r"sounds\[0\] must be an array of numbers, got 'v' of type <U1"),
        (None, r"sounds must be an array \(n_samples,\) or a list of such, got None$"),
    ],
)
def test_what_is_no_sound_is_refused_by_name(sounds, message):
    with pytest.raises(ValueError, match=message):
        mfccinv.adapt(sounds, sample_rate=16000)


@pytest.mark.parametrize("rate", [0, 1, 10**6, float("nan"), "16000"])
def test_rates_that_no_sound_has_are_refused(rate):
    with pytest.raises(ValueError, match=r"sample_rate must be (a whole number of at least 1000|at most 768000), got "):
        mfccinv.adapt(Y, sample_rate=rate)


def test_arrays_are_sound_at_their_rate():
    with pytest.raises(ValueError, match=r"too little speech: .* got 1\.0 s"):
        mfccinv.adapt(Y, sample_rate=8000)
