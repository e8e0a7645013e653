"""Tests of the pretrained runs: they load, are what their cards say, and invert speech."""

import re

import keras
import numpy as np
import pytest
from configurations import config_names, settings
from places import DEMO
from programs import plan_of

import mfccinv
from mfccinv.audio.sound_files import read_audio
from mfccinv.datasets.sound_print import sound_print
from mfccinv.evaluation.frame_metrics import spectral_snr
from mfccinv.features.extract import extract_features, extract_log_magnitude, stft_magnitude
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.prediction import predict_frames
from mfccinv.run_folders.loading import load_network
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder, pretrained_names
from mfccinv.synthesis.baseline import Baseline
from mfccinv.synthesis.stft import spectral_convergence
from mfccinv.training import train as training
from mfccinv.training.tracker import make_tracker

OF_FEW_VOICES = ("asr_magnitude",)  # which learned from three corpora


def features_of(name):
    name = name.removesuffix("_samples")
    preset, _, number = (name, "", "") if name in config_names("features") else name.rpartition("_")
    changed = {"n_mfcc": int(number)} if number.isdigit() else {}
    return FeatureSpec.from_settings(settings("features", preset) | changed)


@pytest.mark.parametrize("name", pretrained_names())
class TestShipped:
    def test_takes_the_features_it_is_named_after(self, name):
        run = Run.open(str(PRETRAINED / name))
        assert run.spec == features_of(name)

    def test_is_small_and_knows_nothing_of_the_machine(self, name):
        files = [path for path in (PRETRAINED / name).iterdir() if path.is_file() and "epoch" not in path.name]
        assert {path.name for path in files} == {
            "README.md",
            "checksums.json",
            "config.yaml",
            "environment.json",
            "feature_spec.json",
            "history.csv",
            "learned_from.json",
            "metrics.json",
            "model.keras",
            "statistics.json",
            *(["sharpness.json"] if Run(PRETRAINED / name).has_sharpness else []),
        }
        assert sum(path.stat().st_size for path in files) < 12e6
        for path in files:
            if path.suffix != ".keras":
                assert not re.search(r'(^|[\s"])/\w', path.read_text(encoding="utf-8")), path

    def test_was_trained_on_free_speech_alone(self, name):
        parts = Run.open(str(PRETRAINED / name)).config["corpus"]["parts"]
        free = {"librispeech", "asterisk", "festvox_ru"}
        if name not in OF_FEW_VOICES:
            free |= {"common_voice", "speech_commands", "speechocean762"}
        assert {part for part, settings in parts.items() if settings} == free

    def test_is_configured_to_be_trained_again(self, name, monkeypatch):
        """Settings that have come since are not in the file; the demo corpus stands in for the speech."""
        configured = []
        monkeypatch.setattr(training, "train", lambda settings: configured.append(settings.config) or Run.open(name))
        training.rerun(name, PRETRAINED)
        [config] = configured
        make_tracker(config["tracker"])
        parts = config | {"corpus": {"name": "demo", "root": str(DEMO)}}
        assert plan_of(parts).spec == features_of(name)
        assert set(config["training"]) == set(settings("training", "default"))

    def test_tells_what_it_learned_from(self, name):
        """Of docs/training_data.md: 224 voices of LibriSpeech, the five of the demo corpus, perhaps 4,043 others."""
        run = Run(PRETRAINED / name)
        learned = run.learned_from
        assert learned.is_complete
        numbers = {"librispeech": 224, "asterisk": 4, "festvoxru": 1}
        if name not in OF_FEW_VOICES:
            numbers |= {"commonvoice": 2091, "speechcommands": 1723, "speechocean762": 229}
        assert {place: len(voices) for place, voices in learned.voices.items()} == numbers
        for voice in ("allison", "carlo", "ivrvoice_ru", "june", "nsh"):
            for path in sorted((DEMO / voice).glob("*.flac"))[:2]:
                _, log_mel = extract_features(read_audio(path, run.spec.sample_rate).y, run.spec)
                assert sound_print(log_mel) in learned.recordings

    def test_card_names_its_command(self, name):
        card = (PRETRAINED / name / "README.md").read_text(encoding="utf-8")
        others = {"asr_magnitude": "magnitude", "asr_phase": "phase", "asr_20_samples": "flow"}
        experiment = others.get(name, "many_voices")
        assert f"mfccinv train experiment={experiment} run.name={name}" in card
        assert card.count("\n| ") >= 4

    def test_inverts_speech(self, name):
        """A voice from the training: what is tested is that the weights do what they did."""
        run = Run.open(str(PRETRAINED / name))
        if run.task.target == "phase":
            pytest.skip("it inverts nothing alone: see the next test")
        y = read_audio(sorted((DEMO / "june").glob("*.flac"))[0], run.spec.sample_rate).y
        mfcc, log_mel = extract_features(y, run.spec)
        given = mfcc if run.task.source == "mfcc" else log_mel
        true = log_mel if run.task.target == "mel" else extract_log_magnitude(y, run.spec)
        [predicted] = predict_frames(load_network(run), run.context, [given])
        known = Baseline(run.task, run.spec, run.context.sees_target).frames(given)
        snr = [np.mean(spectral_snr(true, frames, 1)) for frames in (known, predicted)]
        assert snr[1] > snr[0] + 1.5


@pytest.mark.parametrize("name", [name for name in pretrained_names() if name.endswith("_phase")])
def test_steps_of_the_phase_are_worth_iterations(name):
    """Without any, as near to the magnitude as Griffin-Lim comes by four of chance's, and nearer by four more."""
    spec = RunFolder(PRETRAINED / name).spec
    y = read_audio(sorted((DEMO / "june").glob("*.flac"))[0], spec.sample_rate).y
    magnitude = stft_magnitude(y, spec)

    def convergence_db(start, iterations):
        phase = {"name": "griffin_lim", "start": start, "iterations": iterations}
        found = mfccinv.magnitude_to_audio(magnitude.T, spec=spec, phase=phase, length=len(y))
        return spectral_convergence(magnitude, stft_magnitude(found, spec))

    assert convergence_db("learned", 0) < convergence_db("random", 4)
    assert convergence_db("learned", 4) < convergence_db("learned", 0) - 1


@pytest.mark.slow
@pytest.mark.parametrize("name", pretrained_names())
def test_older_model_files_are_loaded_by_keras_alone(name):
    """They name a layer of ours, which is Keras's own now."""
    run = Run.open(name)
    given = np.random.default_rng(0).normal(-20, 10, (2, run.context.length + 20, run.task.n_inputs(run.spec)))
    own, keras_own = run.load_model(), keras.saving.load_model(run.folder / "model.keras")
    inputs = [given] if isinstance(keras_own.input, list) else given  # older files have a list of one
    outputs = own(given, training=False), keras_own(inputs, training=False)
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, outputs))
    assert sum(isinstance(layer, keras.layers.Cropping1D) for layer in keras_own.layers) > 1
