"""Tests of what can be listened to: files of the first utterances, scores of all, sound files that are gone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from configurations import settings
from noise import small_spec
from places import DEMO

from mfccinv.audio.loudest import loudest_segment
from mfccinv.audio.sound_files import read_audio
from mfccinv.corpora.listing import list_corpus
from mfccinv.evaluation import sound_scores
from mfccinv.evaluation.examples import listen
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.extract import extract_features
from mfccinv.synthesis.frames_to_audio import log_mel_to_audio
from mfccinv.synthesis.methods import Methods
from mfccinv.system.file_names import file_stem

SPEC = small_spec(n_mels=40)


@pytest.fixture(scope="module")
def utterances():
    """The three first utterances of a voice."""
    found = [one for one in list_corpus("demo", root=str(DEMO)) if one.speaker == "june"][:3]
    return {utterance.id: replace(utterance, duration_seconds=1.5) for utterance in found}


@pytest.fixture(scope="module")
def log_mels(utterances):
    found = {}
    for id, utterance in utterances.items():
        mfcc, log_mel = extract_features(read_audio(utterance.path, SPEC.sample_rate, duration_seconds=1.5).y, SPEC)
        found[id] = {"true_mel": log_mel, "model": mfcc_to_log_mel(mfcc, SPEC)}
    return found


def hear(log_mels, utterances, folder, **changes):
    options = {
        "segment_seconds": None,
        "written": 2,
        "scored": 3,
        "wer": False,
        "mos": False,
        "compared": ("model", "true_mel"),
        "seed": 0,
        "progress": False,
        "further": lambda frames: {},
    } | changes
    magnitude, phase = settings("magnitude", "pinv"), settings("phase", "griffin_lim") | {"iterations": 4}

    def synthesise(log_mel, length):
        return log_mel_to_audio(log_mel, SPEC, Methods(magnitude=magnitude, phase=phase), seed=0, length=length)

    return listen(log_mels, utterances, SPEC, folder, synthesise=synthesise, **options)


def names(folder):
    return sorted(path.name for path in folder.glob("*"))


@pytest.fixture
def without_extras(monkeypatch):
    """Scores of the sound that need no further package."""
    for name in ("quality", "f0"):
        monkeypatch.setattr(sound_scores, f"{name}_is_installed", lambda: False)


def test_examples_of_before_are_removed(log_mels, utterances, tmp_path, without_extras):
    hear(log_mels, utterances, tmp_path, scored=0)
    for place in ("audio/mine.wav", "figures/mel_snr.png"):
        (tmp_path / place).touch()
    hear(log_mels, utterances, tmp_path, written=1, scored=0)
    stem = "june_agent-alreadyon.flac"
    assert names(tmp_path / "audio") == [f"{stem}.{name}.wav" for name in ("model", "original", "true_mel")] + [
        "mine.wav"
    ]
    assert names(tmp_path / "figures") == [f"{stem}.png", "mel_snr.png"]


def test_the_first_utterances_are_written(log_mels, utterances, tmp_path, without_extras):
    scores = hear(log_mels, utterances, tmp_path)
    written = ["june_agent-alreadyon.flac", "june_auth-incorrect.flac"]
    assert {name: scores[name] for name in ("utterances", "written", "unreadable")} == {
        "utterances": 3,
        "written": written,
        "unreadable": [],
    }
    assert {method: set(values) for method, values in scores["methods"].items()} == {
        "true_mel": {"mcd"},
        "model": {"mcd"},
    }
    stems = [file_stem(id) for id in list(log_mels)[:2]]
    methods = ("original", "true_mel", "model")
    assert names(tmp_path / "audio") == sorted(f"{stem}.{method}.wav" for stem in stems for method in methods)
    assert names(tmp_path / "figures") == sorted(f"{stem}.png" for stem in stems)
    for path in (tmp_path / "audio").glob("*.wav"):
        y, sample_rate = soundfile.read(path)
        assert (len(y), sample_rate) == (24000, 16000)
        assert 0.01 < np.abs(y).max() <= 1


def test_further_samples_are_written_and_not_scored(log_mels, utterances, tmp_path, without_extras):
    def further(frames):
        return {f"sample_{number}": frames["model"] + number for number in (2, 3)}

    scores = hear(log_mels, utterances, tmp_path, written=1, further=further)
    stem = file_stem(next(iter(log_mels)))
    methods = ["model", "original", "sample_2", "sample_3", "true_mel"]
    assert names(tmp_path / "audio") == [f"{stem}.{method}.wav" for method in methods]
    assert set(scores["methods"]) == {"true_mel", "model"}
    hear(log_mels, utterances, tmp_path, written=1)
    assert names(tmp_path / "audio") == [f"{stem}.{method}.wav" for method in methods if "sample" not in method]
    assert names(tmp_path / "figures") == [f"{stem}.png"]


def test_the_original_is_the_stretch_of_the_file(log_mels, utterances, tmp_path, without_extras):
    id = next(iter(utterances))
    part = {id: replace(utterances[id], offset_seconds=0.5, duration_seconds=1.0)}
    frames = {method: log_mel[: SPEC.n_frames(16000)] for method, log_mel in log_mels[id].items()}
    hear({id: frames}, part, tmp_path)
    written, _ = soundfile.read(tmp_path / "audio" / f"{file_stem(id)}.original.wav")
    expected, _ = soundfile.read(utterances[id].path, start=8000, stop=24000)
    np.testing.assert_allclose(written, expected, atol=1e-4)


def test_the_original_is_the_segment_that_was_analysed(log_mels, utterances, tmp_path, without_extras):
    id = next(iter(utterances))
    cut = loudest_segment(read_audio(utterances[id].path, SPEC.sample_rate, duration_seconds=1.5), 0.5)
    frames = {method: log_mel[: SPEC.n_frames(8000)] for method, log_mel in log_mels[id].items()}
    hear({id: frames}, utterances, tmp_path, segment_seconds=0.5)
    written, _ = soundfile.read(tmp_path / "audio" / f"{file_stem(id)}.original.wav")
    np.testing.assert_allclose(written, cut.y, atol=1e-4)


def test_a_sound_file_that_is_gone_is_named_and_not_counted(log_mels, utterances, tmp_path, without_extras):
    first, second, _ = utterances
    gone = utterances | {first: replace(utterances[first], path=Path("gone.flac"))}
    scores = hear(log_mels, gone, tmp_path, written=1)
    assert scores["unreadable"] == [first]
    assert scores["utterances"] == 2
    assert names(tmp_path / "figures") == [f"{file_stem(second)}.png"]


def test_a_sound_file_that_is_no_longer_as_long_is_named(log_mels, utterances, tmp_path, without_extras):
    first = next(iter(utterances))
    changed = utterances | {first: replace(utterances[first], duration_seconds=0.7)}
    assert hear(log_mels, changed, tmp_path)["unreadable"] == [first]


def test_nothing_to_hear_is_no_error(tmp_path, without_extras):
    assert hear({}, {}, tmp_path) == {"utterances": 0, "written": [], "unreadable": [], "methods": {}, "gain": {}}


def test_as_many_are_scored_as_are_asked_for(log_mels, utterances, tmp_path, monkeypatch):
    """However many are written."""
    rated = []
    monkeypatch.setattr(sound_scores, "quality_is_installed", lambda: True)
    monkeypatch.setattr(sound_scores, "audio_quality", lambda *given: rated.append(given) or {"pesq": 2.0})
    for scored, methods in ((0, set()), (1, {"true_mel", "model"})):
        scores = hear(log_mels, utterances, tmp_path, written=2, scored=scored)
        assert len(scores["written"]) == 2
        assert scores["utterances"] == scored
        assert len(rated) == 2 * scored
        assert set(scores["methods"]) == methods


def test_every_method_is_scored_against_the_original(log_mels, utterances, tmp_path, without_extras):
    scored = hear(log_mels, utterances, tmp_path, written=0)
    methods = scored["methods"]
    assert not (tmp_path / "audio").exists()
    true, model, gain = methods["true_mel"]["mcd"], methods["model"]["mcd"], scored["gain"]["mcd"]
    assert 0 < true["value"] < model["value"] - 0.2
    assert gain["value"] == pytest.approx(model["value"] - true["value"])
    for score in (true, model, gain):
        assert 0 < score["interval"][0] <= score["value"] <= score["interval"][1]
