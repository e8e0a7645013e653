"""Tests of the functions that people call: librosa's axes and results, leading axes, specs, checkpoints and errors."""

import re
import shutil
from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.signal
from configurations import config_names, preset, settings
from damage import flip_a_bit
from noise import noise_statistics
from places import CONFIGS
from processes import run_python
from speech import speech

import mfccinv
from mfccinv.configs.presets import resolve_spec
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.decibels import db_to_magnitude
from mfccinv.features.extract import extract_features, stft_magnitude
from mfccinv.features.spec import SpecMismatch
from mfccinv.inference.prediction import predict_frames
from mfccinv.models.assembly import build_model
from mfccinv.run_folders import loading
from mfccinv.run_folders.loading import load_network
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED, RunError

FRAMING = {"sr": 16000, "n_fft": 512, "hop_length": 160, "win_length": 400, "pad_mode": "constant"}


@pytest.fixture(scope="module")
def y():
    return speech(16000, 1.0).astype(np.float32)


@pytest.fixture(scope="module")
def mfcc(y):
    """As librosa makes them, (20, n_frames)."""
    mel = librosa.feature.melspectrogram(y=y, n_mels=80, **FRAMING)
    return librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=20)


class TestMfccToMel:
    @pytest.mark.parametrize("n_mfcc", [13, 20, 80])
    def test_the_analytic_inverse_is_librosas(self, y, n_mfcc):
        mel = librosa.feature.melspectrogram(y=y, n_mels=80, **FRAMING)
        mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=n_mfcc)
        theirs = librosa.feature.inverse.mfcc_to_mel(mfcc, n_mels=80)
        ours = mfccinv.mfcc_to_mel(mfcc, checkpoint=None)
        assert (ours.shape, ours.dtype) == (theirs.shape, np.float32)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)

    def test_auto_takes_the_checkpoint_of_the_spec(self, y, mfcc):
        found = mfccinv.mfcc_to_mel(mfcc)
        np.testing.assert_array_equal(found, mfccinv.mfcc_to_mel(mfcc, checkpoint="asr_20", spec=preset("asr")))
        truth, log_mel = extract_features(y, preset("asr"))
        errors = [
            np.mean((10 * np.log10(one.T) - log_mel) ** 2)
            for one in (found, mfccinv.mfcc_to_mel(mfcc, checkpoint=None))
        ]
        assert errors[0] < 0.9 * errors[1]
        assert truth.shape[1] == 20

    def test_auto_without_a_checkpoint_lists_those_there_are(self):
        with pytest.raises(
            ValueError,
            match=r"no pretrained run takes these features \(the nearest, asr_\d\d, differs in n_mfcc: 17 here",
        ):
            mfccinv.mfcc_to_mel(np.zeros((17, 5)))

    def test_a_run_of_another_spec_is_refused(self):
        with pytest.raises(SpecMismatch, match="n_mfcc"):
            mfccinv.mfcc_to_mel(np.zeros((13, 5)), checkpoint="asr_20")
        with pytest.raises(RunError, match="no run 'nobody'"):
            mfccinv.mfcc_to_mel(np.zeros((13, 5)), checkpoint="nobody")

    @pytest.mark.parametrize("checkpoint", ["auto", None])
    def test_leading_axes(self, mfcc, checkpoint):
        many = np.stack([mfcc, 0.9 * mfcc, mfcc[:, ::-1]]).reshape(3, 1, *mfcc.shape)
        found = mfccinv.mfcc_to_mel(many, checkpoint=checkpoint)
        assert found.shape == (3, 1, 80, mfcc.shape[1])
        for one, mel in zip(many[:, 0], found[:, 0], strict=True):
            np.testing.assert_allclose(mel, mfccinv.mfcc_to_mel(one, checkpoint=checkpoint), rtol=1e-3)

    @pytest.mark.parametrize(
        ("array", "spec", "message"),
        [
            (np.zeros(20), None, r"mfcc must be \(..., rows, frames\) and not empty, got shape \(20,\)"),
            (np.zeros((20, 0)), None, "not empty"),
            (np.full((20, 4), np.nan), None, "mfcc must be finite"),
            (np.zeros((30, 20)), preset("asr"), r"n_mfcc=20, frames\), got shape \(30, 20\), is it transposed\?"),
            (np.zeros((20, 4)), "mel", "spec must be .* one of asr, .*, waveglow, got 'mel'"),
            (np.zeros((20, 4)), "x" * 3000, "spec must be .* got 'x{1,20}[.]{3}x{1,20}'$"),
            (np.zeros((90, 99)), None, r"n_mfcc must be in \[1, n_mels=80\], got 90$"),
            (np.zeros((300, 20)), None, r"n_mfcc must be in \[1, n_mels=80\], got 300: is it transposed\?"),
            (np.zeros((20, 4), complex), None, "mfcc must be real: of a complex spectrogram, take np.abs"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, array, spec, message):
        with pytest.raises(ValueError, match=message):
            mfccinv.mfcc_to_mel(array, spec=spec, checkpoint=None)


class TestSpec:
    def test_is_the_asr_preset(self):
        assert resolve_spec(None) == preset("asr")

    def test_a_preset_a_file_or_itself(self, tmp_path):
        spec = preset("librosa", n_mfcc=40)
        (tmp_path / "spec.json").write_text(spec.to_json())
        assert resolve_spec(str(tmp_path / "spec.json")) == resolve_spec(tmp_path / "spec.json") == spec
        assert resolve_spec(spec) is spec
        assert resolve_spec(Path("librosa")) == preset("librosa")

    def test_the_folder_of_a_run(self):
        folder = PRETRAINED / "asr_13"
        assert resolve_spec(folder) == resolve_spec(str(folder)) == preset("asr", n_mfcc=13)

    @pytest.mark.usefixtures("at_first_sight")
    def test_a_run_whose_specification_was_changed_is_refused(self, tmp_path):
        shutil.copytree(PRETRAINED / "asr_13", tmp_path / "run")
        flip_a_bit(tmp_path / "run" / "feature_spec.json")
        with pytest.raises(ValueError, match=r"feature_spec\.json is damaged, or was changed by hand"):
            resolve_spec(tmp_path / "run")

    def test_a_yaml_file_is_a_preset_of_ones_own(self, tmp_path):
        """It may inherit: from files beside it, which come first as with --config-dir, and from presets."""
        (tmp_path / "asr.yaml").write_text("defaults: [asr, _self_]\nn_mels: 64\n")
        (tmp_path / "mine.yml").write_text("# 40 bands.\ndefaults: [asr, _self_]\nlifter: 22\n")
        (tmp_path / "whole.yaml").write_text((CONFIGS / "features" / "librosa.yaml").read_text())
        assert resolve_spec(tmp_path / "asr.yaml") == preset("asr", n_mels=64)
        assert resolve_spec(str(tmp_path / "mine.yml")) == preset("asr", n_mels=64, lifter=22)
        assert resolve_spec(tmp_path / "whole.yaml") == preset("librosa")
        assert mfccinv.mfcc_to_mel(np.zeros((13, 5)), spec=tmp_path / "mine.yml", checkpoint=None).shape == (64, 5)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("n_mels: 40", r"mine\.yaml is no feature specification: sample_rate must be a whole number .*, got None"),
            ("defaults: [asr]\nn_mel: 40", r"mine\.yaml is no feature specification: unknown feature setting: n_mel "),
            (
                "defaults: [asr]\nsample_rate: null",
                r"mine\.yaml is no .*: sample_rate=null stands for the corpus",
            ),
            (
                "defaults: [nobody]",
                r"mine\.yaml is no .*: its defaults must be files beside it or presets, got 'n",
            ),
            ("defaults: [mine]", r"mine\.yaml is no .*: its defaults must be files beside it or presets, got 'mine'"),
            ("- 40", r"mine\.yaml is damaged: it must hold settings by name, got list"),
            ("a: [", r"mine\.yaml is damaged: it is no YAML of plain values"),
        ],
    )
    def test_a_wrong_yaml_file_is_named(self, tmp_path, text, message):
        (tmp_path / "mine.yaml").write_text(text)
        with pytest.raises(ValueError, match=message):
            resolve_spec(tmp_path / "mine.yaml")

    @pytest.mark.parametrize("spec", [3, True, {"n_mels": 40}, b"asr", "nowhere.yaml", Path("nowhere"), "."])
    def test_what_is_none_is_told_what_may_be(self, spec, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        known = (
            "spec must be a FeatureSpec, a run's folder, the path of a feature_spec.json or of a YAML file, or one of"
        )
        shown = repr(str(spec) if isinstance(spec, Path) else spec)
        with pytest.raises(ValueError, match=f"^{known} asr, .*, got {re.escape(shown)}$"):
            resolve_spec(spec)


class TestMelToMagnitude:
    def test_has_the_mel_spectrum(self, y):
        mel = librosa.feature.melspectrogram(y=y, n_mels=80, **FRAMING)
        linear = mfccinv.mel_to_magnitude(mel)
        assert (linear.shape, linear.dtype) == ((257, mel.shape[1]), np.float32)
        again = librosa.filters.mel(sr=16000, n_fft=512, n_mels=80) @ linear**2
        assert np.linalg.norm(again - mel) < 0.01 * np.linalg.norm(mel)

    def test_leading_axes_and_settings(self, y):
        mel = librosa.feature.melspectrogram(y=y, n_mels=80, **FRAMING)
        many = mfccinv.mel_to_magnitude(np.stack([mel, 4 * mel]), magnitude=settings("magnitude", "pinv"))
        np.testing.assert_allclose(many[1], 2 * many[0], rtol=1e-4, atol=1e-5)

    def test_many_short_recordings_become_what_each_would_alone(self, y):
        """As many as are computed in several parts, of several together."""
        mel = librosa.feature.melspectrogram(y=y, n_mels=80, **FRAMING)[:, :100].reshape(80, 10, 10).transpose(1, 0, 2)
        many = np.concatenate([mel, 2 * mel, 3 * mel, 4 * mel, 5 * mel, 6 * mel, 7 * mel]).reshape(7, 10, 80, 10)
        magnitude, sound = mfccinv.mel_to_magnitude(many), mfccinv.mel_to_audio(many)
        for place in [(0, 0), (3, 4), (6, 9)]:
            for found, call in ((magnitude, mfccinv.mel_to_magnitude), (sound, mfccinv.mel_to_audio)):
                alone = call(many[place])
                np.testing.assert_allclose(found[place], alone, rtol=1e-4, atol=1e-3 * np.abs(alone).max())

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match=r"mel must not be negative: is it in dB\?"):
            mfccinv.mel_to_magnitude(np.full((80, 4), -30.0))
        known = ", ".join(config_names("magnitude"))
        with pytest.raises(ValueError, match=f"magnitude must be one of {known}, or settings .* got 'nmf'"):
            mfccinv.mel_to_magnitude(np.ones((80, 4)), magnitude="nmf")
        with pytest.raises(ValueError, match=r"mel must be \(..., n_mels=80, frames\), got shape \(40, 4\)"):
            mfccinv.mel_to_magnitude(np.ones((40, 4)))


class TestMagnitudeToAudio:
    def test_is_sound_with_that_magnitude(self, y):
        magnitude = stft_magnitude(y, preset("asr")).T
        made = mfccinv.magnitude_to_audio(np.stack([magnitude, magnitude]), length=len(y))
        assert (made.shape, made.dtype) == ((2, 16000), np.float32)
        error = np.linalg.norm(stft_magnitude(made[0], preset("asr")).T - magnitude) / np.linalg.norm(magnitude)
        assert error < 0.1
        np.testing.assert_array_equal(made[0], made[1])

    def test_starts_from_the_phase_given(self, y):
        magnitude = stft_magnitude(y, preset("asr")).T
        made = mfccinv.magnitude_to_audio(magnitude, phase="pghi", init=np.zeros_like(magnitude))
        assert np.abs(made - mfccinv.magnitude_to_audio(magnitude, phase="pghi")).max() > 1e-2

    def test_settings_replace_those_of_the_method(self, y):
        magnitude = stft_magnitude(y, preset("asr")).T
        few, many = (
            mfccinv.magnitude_to_audio(magnitude, phase={"name": "griffin_lim", "iterations": n}) for n in (1, 32)
        )
        np.testing.assert_array_equal(many, mfccinv.magnitude_to_audio(magnitude, phase="griffin_lim"))
        assert np.abs(few - many).max() > 1e-2

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"phase": {"iterations": 3}}, r"phase must be one of .*, got \{'iterations': 3\}"),
            ({"phase": {"name": "pghi", "iterations": 3}}, r"phase=pghi takes name, got iterations"),
            ({"phase": "onnx"}, "phase=onnx is called vocoder=onnx now"),
            ({"phase": "warm"}, r"phase=warm \(phase.start=given\) starts from a phase that is known"),
            ({"phase": {"name": "griffin_lim", "iterations": 1.5}}, "phase.iterations must be a whole number, got 1.5"),
            ({"phase": {"name": "griffin_lim", "momentum": "x"}}, "phase.momentum must be a finite number, got 'x'"),
            ({"phase": {"name": "griffin_lim", "momentum": np.nan}}, "phase.momentum must be a finite number, got nan"),
            ({"phase": {"name": "griffin_lim", "until_db": "x"}}, "phase.until_db must be a number or null, got 'x'"),
            ({"init": np.zeros((4, 257))}, r"init must have the shape of magnitude, \(257, 4\), got \(4, 257\)"),
            ({"init": np.full((257, 4), np.nan)}, "init must be finite, got NaN"),
            ({"init": [[0.0], [0.0, 1.0]]}, "init must be an array of numbers: "),
            ({"init": np.zeros((257, 4), complex)}, "init must be real"),
            ({"init": 0.0}, r"init must be \(..., rows, frames\) and not empty, got shape \(\)"),
            ({"length": 0}, "length must be at least 1 sample or None, got 0"),
            ({"length": -5}, "length must be at least 1 sample or None, got -5"),
            ({"length": 8000.0}, "length must be a whole number of samples or None, got 8000.0"),
            ({"length": 100.5}, "length must be a whole number of samples or None, got 100.5"),
            ({"length": True}, "length must be a whole number of samples or None, got True"),
            ({"length": np.bool_(True)}, "length must be a whole number of samples or None, got np.True_"),
            ({"length": 10**12}, "length must be at most 2147483647 samples, got 1000000000000"),
            ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
            ({"seed": 0.5}, "seed must be a whole number of at least 0, got 0.5"),
            ({"seed": None}, "seed must be a whole number of at least 0, got None"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, changed, message):
        with pytest.raises(ValueError, match=message):
            mfccinv.magnitude_to_audio(np.ones((257, 4)), **changed)

    @pytest.mark.parametrize("length", [np.int8(100), np.int64(100), np.uint16(100)])
    def test_numpys_whole_numbers_are_lengths(self, length):
        assert mfccinv.magnitude_to_audio(np.ones((257, 4)), length=length).shape == (100,)

    def test_an_unknown_method_is_refused(self):
        with pytest.raises(ValueError, match=r"phase must be one of admm.*, or settings .*, got 'nobody'"):
            mfccinv.magnitude_to_audio(np.ones((257, 4)), phase="nobody")


class TestMfccToAudio:
    @pytest.mark.parametrize("checkpoint", ["auto", None])
    def test_sounds_like_the_original(self, y, mfcc, checkpoint):
        made = mfccinv.mfcc_to_audio(mfcc, checkpoint=checkpoint, length=len(y))
        assert (made.shape, made.dtype) == ((16000,), np.float32)
        true, heard = (np.maximum(extract_features(x, preset("asr"))[1], -50).ravel() for x in (y, made))
        assert np.corrcoef(true, heard)[0, 1] > 0.9
        assert np.sqrt(np.mean(made**2)) == pytest.approx(np.sqrt(np.mean(y**2)), rel=0.3)

    def test_other_features(self):
        spec = preset("librosa")
        y = speech(22050, 1.0)
        mfcc = extract_features(y, spec)[0].T
        made = mfccinv.mfcc_to_audio(mfcc[None], spec="librosa", checkpoint=None, length=len(y))
        assert made.shape == (1, 22050)


CALLS = {
    "mfcc": lambda array: mfccinv.mfcc_to_audio(array, checkpoint=None),
    "mfcc ": lambda array: mfccinv.mfcc_to_mel(array, checkpoint=None),
    "mel": lambda array: mfccinv.mel_to_audio(array),
    "mel ": lambda array: mfccinv.mel_to_magnitude(array),
    "magnitude": lambda array: mfccinv.magnitude_to_audio(array),
}


@pytest.mark.parametrize("argument", CALLS)
class TestEveryFunction:
    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.ma.masked_less(np.arange(9.0).reshape(3, 3), 4), "must have no masked values: fill them first"),
            ([np.ma.masked_less(np.arange(9.0).reshape(3, 3), 4)], "must have no masked values: fill them first"),
            (np.zeros((20, 4), [("a", "f4"), ("b", "f4")]), "must be an array of numbers, got .* of type"),
            (np.full((20, 4), "1"), "must be an array of numbers, got .* of type <U1"),
            (np.full((20, 4), b"1"), "must be an array of numbers, got .* of type .S1"),
            (np.full((20, 4), 1.0, object), "must be an array of numbers, got .* of type object"),
            (np.full((20, 4), True), "must be an array of numbers, got .* of type bool"),
            (np.zeros((20, 4), "datetime64[s]"), r"must be an array of numbers, got .* of type datetime64\[s\]"),
            (np.zeros((20, 4), "timedelta64[s]"), "must be an array of numbers, got .* of type timedelta64"),
            ([[1.0, 2.0], [3.0]], "must be an array of numbers: .*inhomogeneous"),
            (None, "must be an array of numbers, got None of type object"),
            ("mfcc.npy", "must be an array of numbers, got 'mfcc.npy' of type"),
            (1.0, r"must be \(..., rows, frames\) and not empty, got shape \(\)"),
            ([], r"must be \(..., rows, frames\) and not empty, got shape \(0,\)"),
            (np.full((20, 4), 1e300), r"must fit single precision, up to 3.4e\+38, got 1e\+300"),
            (np.full((20, 4), np.inf), "must be finite, got NaN or infinite values"),
        ],
        ids=str,
    )
    def test_what_is_no_array_of_numbers_is_refused_by_name(self, argument, array, message):
        with pytest.raises(ValueError, match=f"^{argument.strip()} {message}[^\n]*$"):
            CALLS[argument](array)

    def test_what_single_precision_cannot_hold_on_the_way_is_refused(self, argument):
        rows = {"mfcc": 20, "mel": 80, "magnitude": 257}[argument.strip()]
        with pytest.raises(ValueError, match=rf"^{argument.strip()} must be .* dB"):
            CALLS[argument](np.full((rows, 4), 3e38))

    def test_a_mask_that_hides_nothing_does_not_matter(self, argument):
        rows = {"mfcc": 20, "mel": 80, "magnitude": 257}[argument.strip()]
        array = np.full((rows, 4), 1e-3)
        np.testing.assert_array_equal(CALLS[argument](np.ma.array(array, mask=False)), CALLS[argument](array))

    def test_whole_numbers_are_numbers(self, argument):
        rows = {"mfcc": 20, "mel": 80, "magnitude": 257}[argument.strip()]
        assert np.isfinite(CALLS[argument](np.ones((rows, 4), np.uint8))).all()


def test_levels_that_no_sound_has_are_refused():
    with pytest.raises(ValueError, match=r"^mfcc must be of levels from -10000 to 300 dB, got .*: is it in dB\?$"):
        mfccinv.mfcc_to_audio(np.full((20, 4), -1e30))
    with pytest.raises(ValueError, match=r"^mel must be at most 1e\+30 \(300 dB\), got 1e\+31$"):
        mfccinv.mel_to_audio(np.full((80, 4), 1e31))
    with pytest.raises(ValueError, match=r"^magnitude must be at most 1e\+15 \(300 dB\), got 1e\+16$"):
        mfccinv.magnitude_to_audio(np.full((257, 4), 1e16))


def test_the_loudest_gives_finite_sound():
    assert np.isfinite(mfccinv.mel_to_audio(np.full((80, 20), 1e30, np.float32))).all()
    assert np.isfinite(mfccinv.magnitude_to_audio(np.full((257, 20), 1e15))).all()


@pytest.mark.parametrize("phase", config_names("phase"))
def test_one_frame_gives_the_longest_sound_that_has_one(y, phase):
    """Sound of 159 samples at a hop of 160 is one frame; its magnitude with its phase gives it back."""
    true = y[8000:8159]
    spectrum = np.fft.rfft(np.pad(true, (200, 41)) * scipy.signal.get_window("hann", 400), 512)[:, None]
    spectrum *= np.exp(-2j * np.pi * 56 * np.arange(257) / 512)[:, None]  # the window is in the middle of the FFT
    start = {"init": np.angle(spectrum)} if phase in ("warm", "griffin_lim", "joint") else {}
    made = mfccinv.magnitude_to_audio(np.abs(spectrum), phase=phase, **start)
    assert made.shape == (159,)
    if start:
        window = np.cos(np.pi / 2 * np.arange(159) / 200) ** 2  # at its end, the sound is hardly in the frame
        np.testing.assert_allclose(made * window, true * window, atol=0.02 * np.abs(true).max())


@pytest.mark.parametrize(("spec", "samples"), [("asr", 159), ("librosa", 511), ("hifigan", 256)])
def test_every_function_takes_one_frame(spec, samples):
    found = preset(spec)
    assert mfccinv.mfcc_to_audio(np.zeros((2, 13, 1)), spec=spec, checkpoint=None).shape == (2, samples)
    assert mfccinv.mfcc_to_mel(np.zeros((13, 1)), spec=spec, checkpoint=None).shape == (found.n_mels, 1)
    assert mfccinv.mel_to_audio(np.ones((found.n_mels, 1)), spec=spec).shape == (samples,)
    assert mfccinv.mel_to_magnitude(np.ones((found.n_mels, 1)), spec=spec).shape == (found.n_bins, 1)
    assert mfccinv.mfcc_to_audio(np.zeros((13, 1)), spec=spec, checkpoint=None, length=7).shape == (7,)


def test_a_network_takes_one_frame(mfcc):
    assert mfccinv.mfcc_to_audio(mfcc[:, :1]).shape == (159,)


def test_frames_that_are_all_padding_are_refused():
    padded = preset("asr", padding=400)
    with pytest.raises(ValueError, match=r"^no sound is in the frames, all 1 are padding: give length, or more"):
        mfccinv.mfcc_to_audio(np.zeros((20, 1)), spec=padded, checkpoint=None)
    assert mfccinv.mfcc_to_audio(np.zeros((20, 1)), spec=padded, checkpoint=None, length=7).shape == (7,)


def test_what_needs_no_network_works_without_keras(tmp_path):
    code = """
import sys, mfccinv, mfccinv.inversion.files, mfccinv.inversion.streams, numpy as np
y = mfccinv.mfcc_to_audio(np.zeros((20, 9)), checkpoint=None)
print(y.shape, {"keras", "tensorflow"} & set(sys.modules))
"""
    done = run_python("-c", code, cwd=tmp_path)
    assert done.stdout.strip() == "(1280,) set()"


def test_the_package_tells_what_it_has():
    assert {"mfcc_to_audio", "mfcc_to_mel", "mel_to_magnitude", "magnitude_to_audio", "Dataset"} <= set(dir(mfccinv))
    with pytest.raises(AttributeError, match="attribute nothing"):
        mfccinv.nothing  # noqa: B018


def test_models_are_loaded_once(mfcc, monkeypatch):
    mfccinv.mfcc_to_mel(mfcc)
    monkeypatch.setattr(loading, "load_network", None)
    mfccinv.mfcc_to_mel(mfcc)
    assert mfcc_to_log_mel(mfcc.T, preset("asr")).shape[1] == 80


@pytest.fixture(scope="module")
def linear_run(tmp_path_factory):
    """A run from MFCC to linear spectra whose network adds nothing."""
    spec, model = preset("asr"), settings("model", "pseudo_inverse") | {"projection": True}
    config = {"source": "mfcc", "target": "linear", "model": model}
    run = Run.create(tmp_path_factory.mktemp("runs"), "direct", config, spec, noise_statistics(spec), {})
    run.save_model(build_model(model, spec, None, run.task))
    return run


class TestLinearRuns:
    """Runs that were trained with target=linear."""

    def test_sound_comes_from_the_spectra_that_they_predict(self, linear_run, y, mfcc):
        made = mfccinv.mfcc_to_audio(mfcc[None], checkpoint=linear_run.folder, length=len(y))
        [predicted] = predict_frames(load_network(linear_run), linear_run.context, [mfcc.T])
        expected = mfccinv.magnitude_to_audio(db_to_magnitude(predicted.T), length=len(y))
        np.testing.assert_allclose(made[0], expected, atol=1e-4)

    def test_mel_frames_are_those_of_the_spectra(self, linear_run, mfcc):
        """Which have the MFCC that were given, as the mel frames of the analytic inverse do, or nearly."""
        found = 10 * np.log10(mfccinv.mfcc_to_mel(mfcc, checkpoint=linear_run.folder))
        analytic = 10 * np.log10(mfccinv.mfcc_to_mel(mfcc, checkpoint=None))
        assert np.sqrt(np.mean((found - analytic) ** 2)) < 1
