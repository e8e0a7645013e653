"""Tests of the comparison: what each way makes, its scores against the original, and one line for what fails."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from configurations import composed, preset
from speech import speech

import mfccinv
from mfccinv.app import comparison
from mfccinv.app.comparison import Request, compare
from mfccinv.app.methods import methods
from mfccinv.app.settings import AppSettings
from mfccinv.audio.f0 import track_f0
from mfccinv.evaluation.frame_metrics import FrameSums
from mfccinv.evaluation.sound_metrics import F0Sums
from mfccinv.features.decibels import log_mel_to_mel
from mfccinv.features.extract import extract_features
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder

SPEC = preset("asr")
ASKED = {
    "writing": "features=asr",
    "n_mfcc": None,
    "key": None,
    "is_first": False,
    "normalised": None,
    "force": False,
    "checkpoints": ["asr_20"],
    "begin_seconds": 0.0,
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    changed = ("phase=joint", "phase.iterations=2", f"root={tmp_path_factory.mktemp('runs')}", "longest_seconds=3")
    return AppSettings.from_config(composed("app", *changed))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A second of speech as sound, and as MFCC in a column and in a row a frame."""
    folder = tmp_path_factory.mktemp("files")
    soundfile.write(folder / "y.wav", speech(16000, 1.0), 16000)
    mfcc = extract_features(soundfile.read(folder / "y.wav", dtype="float32")[0], SPEC)[0]
    np.save(folder / "y.npy", mfcc.T)
    np.save(folder / "rows.npy", mfcc)
    np.save(folder / "without_mean.npy", (mfcc - mfcc.mean(axis=0)).T)
    np.save(folder / "long.npy", np.tile(mfcc.T, 4))
    np.savez(folder / "two.npz", one=mfcc.T[:13], two=mfcc.T)
    return folder


@pytest.fixture(scope="module")
def of_sound(settings, folder):
    return compare(Request(path=folder / "y.wav", **ASKED), settings)


@pytest.fixture(scope="module")
def of_mfcc(settings, folder):
    return compare(Request(path=folder / "y.npy", **ASKED), settings)


def test_the_original_comes_first(of_sound, folder):
    y = soundfile.read(folder / "y.wav", dtype="float32")[0]
    assert (
        list(of_sound.log_mels) == list(of_sound.sounds) == ["original", "analytic inverse", "asr_20", "asr_20, sharp"]
    )
    np.testing.assert_array_equal(of_sound.sounds["original"], y)
    np.testing.assert_array_equal(of_sound.log_mels["original"], extract_features(y, SPEC)[1])
    assert {one.shape for one in of_sound.sounds.values()} == {y.shape}
    assert (of_sound.title, of_sound.spec, of_sound.told) == ("y.wav", SPEC, [])


def test_each_way_makes_what_the_library_makes(of_sound, folder, settings):
    mfcc = np.load(folder / "y.npy")
    ways = {"analytic inverse": {"checkpoint": None}, "asr_20": {}, "asr_20, sharp": {"detail": "sharp"}}
    for name, way in ways.items():
        made = log_mel_to_mel(of_sound.log_mels[name].astype(np.float64), SPEC).T
        np.testing.assert_allclose(made, mfccinv.mfcc_to_mel(mfcc, **way), rtol=1e-4, atol=1e-9)
        sound = mfccinv.mfcc_to_audio(mfcc, **way, phase=settings.methods.phase, length=16000)
        np.testing.assert_allclose(of_sound.sounds[name], sound, atol=1e-5)


def test_samples_are_shown_beside_the_mean():
    names = list(methods({"asr_20_samples": RunFolder(PRETRAINED / "asr_20_samples")}, samples=2))
    assert names == ["analytic inverse", "asr_20_samples", "asr_20_samples, sample 1", "asr_20_samples, sample 2"]


def test_mfcc_alone_have_no_original_and_no_scores(of_mfcc, of_sound):
    assert list(of_mfcc.log_mels) == ["analytic inverse", "asr_20", "asr_20, sharp"]
    assert of_mfcc.scores == {}
    np.testing.assert_allclose(of_mfcc.log_mels["asr_20"], of_sound.log_mels["asr_20"], atol=1e-3)


def test_scores_are_those_of_an_evaluation(of_sound):
    assert list(of_sound.scores) == ["analytic inverse", "asr_20", "asr_20, sharp"]
    for name, scores in of_sound.scores.items():
        expected = FrameSums.of(of_sound.log_mels["original"], of_sound.log_mels[name]).summary()
        assert (scores["snr_active"], scores["lsd"]) == (expected["snr_active"], expected["lsd"])
    assert of_sound.scores["asr_20"]["snr_active"] > of_sound.scores["analytic inverse"]["snr_active"] + 3
    assert of_sound.scores["asr_20"]["mcd"] < of_sound.scores["analytic inverse"]["mcd"]


def test_f0_and_its_errors_are_there_with_the_extra(of_sound):
    pytest.importorskip("swift_f0")
    true, made = (track_f0(of_sound.sounds[name], 16000) for name in ("original", "asr_20"))
    np.testing.assert_array_equal(of_sound.f0_hz["asr_20"], made)
    errors = F0Sums.of(true, made).summary()
    assert of_sound.scores["asr_20"]["vde"] == errors["vde"]
    assert of_sound.scores["asr_20"]["ffe"] == errors["ffe"]


def test_perceptual_scores_are_there_with_the_extra(of_sound):
    pytest.importorskip("pesq")
    pytest.importorskip("pystoi")
    assert of_sound.scores["asr_20"]["estoi"] > of_sound.scores["analytic inverse"]["estoi"] > 0
    assert {"pesq", "estoi"} <= of_sound.scores["asr_20"].keys()


def test_without_the_extras_the_other_scores_are_there(settings, folder, monkeypatch):
    for name in ("f0_is_installed", "quality_is_installed"):
        monkeypatch.setattr(comparison, name, lambda: False)
    found = compare(Request(path=folder / "y.wav", **ASKED | {"checkpoints": []}), settings)
    assert found.scores.keys() == {"analytic inverse"}
    assert found.scores["analytic inverse"].keys() == {"snr_active", "lsd", "mcd"}
    assert found.f0_hz == {}


def test_frames_in_rows(settings, folder, of_mfcc):
    found = compare(Request(path=folder / "rows.npy", **ASKED | {"is_first": True, "checkpoints": []}), settings)
    np.testing.assert_array_equal(found.log_mels["analytic inverse"], of_mfcc.log_mels["analytic inverse"])


def test_an_array_of_an_archive(settings, folder, of_mfcc):
    found = compare(Request(path=folder / "two.npz", **ASKED | {"key": "two", "checkpoints": []}), settings)
    assert found.title == "two.npz, two"
    np.testing.assert_array_equal(found.log_mels["analytic inverse"], of_mfcc.log_mels["analytic inverse"])


def test_sound_gives_another_number_of_mfcc(settings, folder):
    found = compare(Request(path=folder / "y.wav", **ASKED | {"n_mfcc": 13, "checkpoints": ["asr_13"]}), settings)
    assert found.spec.n_mfcc == 13
    assert list(found.scores) == ["analytic inverse", "asr_13", "asr_13, sharp"]


def test_what_is_put_back_is_told_once(settings, folder):
    request = Request(path=folder / "without_mean.npy", **ASKED | {"normalised": "mean", "checkpoints": []})
    told = "statistics=null: what was taken from each coefficient is put back as speech has it on average"
    assert compare(request, settings).told == [f"analytic inverse: {told}"]


@pytest.mark.parametrize(("begin", "expected"), [(-1.0, 0.0), (0.5, 0.5), (99.0, 0.98)])
def test_what_is_drawn_begins_within_the_sound(settings, folder, begin, expected):
    request = Request(path=folder / "y.npy", **ASKED | {"checkpoints": [], "begin_seconds": begin})
    assert compare(request, settings).begin_seconds == pytest.approx(expected, abs=0.021)


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("y.npy", {"checkpoints": ["asr_13"]}, r"asr_13 doesn't take these MFCC: choose from asr_20"),
        ("y.npy", {"checkpoints": ["/etc"]}, r"/etc doesn't take these MFCC"),
        ("y.npy", {"is_first": True}, r"n_mfcc must be in \[1, n_mels=80\], got 101"),
        ("without_mean.npy", {}, r"mfcc can't be what they are said to be: each coefficient's mean was normalised"),
        ("long.npy", {}, r"long\.npy has 4 s, at most longest_seconds=3 are shown: drop a part of it, or take mfccinv"),
        ("none.npy", {}, "No such file"),
    ],
)
def test_mistakes_are_told_in_a_line(settings, folder, name, changed, message):
    with pytest.raises((ValueError, OSError), match=message):
        compare(Request(path=folder / name, **ASKED | changed), settings)


def test_what_is_refused_as_implausible_can_be_forced(settings, folder):
    request = Request(path=folder / "without_mean.npy", **ASKED | {"force": True, "checkpoints": []})
    assert list(compare(request, settings).sounds) == ["analytic inverse"]


def test_a_run_may_be_called_as_the_original(settings, folder, tmp_path):
    shutil.copytree(PRETRAINED / "asr_20", tmp_path / "original")
    request = Request(path=folder / "y.wav", **ASKED | {"checkpoints": ["original"]})
    found = compare(request, replace(settings, root=tmp_path))
    assert list(found.sounds) == ["original", "analytic inverse", "run original", "run original, sharp"]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("port=70000", r"port must be in \[0, 65535\], got 70000"),
        ("longest_seconds=0", "longest_seconds must be above 0, got 0"),
        ("largest_mb=0", "largest_mb must be above 0, got 0"),
        ("samples=0", "samples must be at least 1, got 0"),
        ("seed=-1", "seed must be at least 0, got -1"),
    ],
)
def test_settings_out_of_range_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        AppSettings.from_config(composed("app", setting))
