"""Tests of the page in docs/browser: its modules, run by Node, compute what the package computes.

The page as a whole is tried in Chromium, where `make browser` was.
"""

import importlib
import shutil

import numpy as np
import pytest
import soundfile
import soxr
from configurations import PRESETS, preset
from node import node_runner
from noise import noise_log_mel, small_spec
from places import REPOSITORY
from speech import SPEECH, speech

from mfccinv.configs.presets import method_settings
from mfccinv.evaluation.frame_metrics import spectral_snr
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.extract import extract_features
from mfccinv.run_folders.run_folder import RunFolder, pretrained_names
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.phase.retrieval import retrieve_phase

PAGE = REPOSITORY / "docs" / "browser"
SECONDS = 1.0
SPECS = {name: preset(name) for name in PRESETS} | {
    "liftered": preset("asr", n_mfcc=13, lifter=22.0),
    "htk's scale": preset("asr", mel_scale="htk", mel_norm="none", mel_shape="mel", window="hamming", f_min_hz=50.0),
    "not centred": preset("asr", center=False),
}
COMPUTED = ("asr", "librosa", "librosa_16k", "notebook", "liftered", "htk's scale", "not centred")
FEATURES = """
import * as mfcc from "./mfcc.js";
import { readSpec } from "./spec.js";

function features({ spec: json, y }) {
  try {
    const spec = readSpec(json);
    const log_mel = mfcc.soundToLogMel(Float64Array.from(y), spec);
    const coefficients = mfcc.logMelToMfcc(log_mel, spec);
    return { log_mel, mfcc: coefficients, analytic: mfcc.mfccToLogMel(coefficients, spec) };
  } catch (error) {
    return { refused: error.message };
  }
}
done = Object.fromEntries(Object.entries(given).map(([name, one]) => [name, features(one)]));
"""
SOUND = """
import { magnitudeToSound } from "./griffin_lim.js";
import { logMelToMagnitude } from "./magnitude.js";
import { spectralSnr } from "./score.js";
import { wavFile } from "./sound.js";
import { readSpec } from "./spec.js";

const spec = readSpec(given.spec);
const magnitude = logMelToMagnitude(given.log_mel, spec);
const bytes = (y) => [...new Uint8Array(wavFile(Float32Array.from(y), spec.sample_rate))];
done = {
  magnitude,
  sound: magnitudeToSound(magnitude.map((frame) => Float64Array.from(frame)), spec),
  snr: spectralSnr(given.log_mel, given.other),
  wav: bytes(given.y),
  loud_wav: bytes(given.y.map((value) => 10 * value)),
};
"""
RESAMPLED = """
import { resample } from "./resample.js";
done = given.rates.map((rate, i) => resample(Float32Array.from(given.y[i]), rate, given.sample_rate));
"""
METADATA = """
import { readMetadata } from "./onnx_metadata.js";
done = readMetadata(Uint8Array.from(given));
"""


@pytest.fixture(scope="module")
def run_in_node(tmp_path_factory):
    """Run a script beside the page's modules: ``given`` is a value as JSON, ``done`` is returned likewise."""
    folder = tmp_path_factory.mktemp("browser")
    for path in PAGE.glob("*.js"):
        shutil.copy(path, folder)
    return node_runner(folder)


@pytest.fixture(scope="module")
def features(run_in_node):
    """Features that the page computes of speech by each specification, or why it doesn't."""
    return run_in_node(
        FEATURES,
        {
            name: {"spec": spec.to_json(), "y": speech(spec.sample_rate, SECONDS).tolist()}
            for name, spec in SPECS.items()
        },
    )


@pytest.mark.parametrize("name", COMPUTED)
def test_real_speech_has_the_same_features(features, name):
    spec = SPECS[name]
    mfcc, log_mel = extract_features(speech(spec.sample_rate, SECONDS), spec)
    np.testing.assert_allclose(features[name]["log_mel"], log_mel, atol=1e-3)
    np.testing.assert_allclose(features[name]["mfcc"], mfcc, atol=1e-3)
    np.testing.assert_allclose(features[name]["analytic"], mfcc_to_log_mel(mfcc, spec), atol=1e-3)


def test_other_features_are_refused(features):
    refused = {name: one["refused"] for name, one in features.items() if "refused" in one}
    assert set(refused) == set(SPECS) - set(COMPUTED)
    assert refused["waveglow"] == "the page computes features with pad_mode constant alone, got reflect"


def test_the_features_of_the_pretrained_networks_for_mel_frames_are_computed():
    """But for those with a transform of another length than a power of two, which docs/browser.md says."""
    computed = [SPECS[name] for name in COMPUTED]
    for name in pretrained_names():
        run = RunFolder.open(name)
        if (run.task.source, run.task.target) != ("mfcc", "mel"):
            continue
        spec = run.spec
        if spec.n_fft & (spec.n_fft - 1):
            assert name == "torchaudio"
            continue
        assert any(not spec.with_n_mfcc(one.n_mfcc).differences(one) for one in computed), name


def analytic_inverse():
    """Mel frames to make sound of, (n_frames, n_mels), dB."""
    mfcc, _ = extract_features(speech(16000, SECONDS), SPECS["asr"])
    return mfcc_to_log_mel(mfcc, SPECS["asr"])


@pytest.fixture(scope="module")
def sound(run_in_node):
    """What the page makes of `analytic_inverse`, its score against noise, and WAV files of speech."""
    log_mel = analytic_inverse()
    given = {
        "spec": SPECS["asr"].to_json(),
        "log_mel": log_mel.tolist(),
        "other": noise_log_mel(SPECS["asr"], len(log_mel)).tolist(),
        "y": speech(16000, SECONDS).tolist(),
    }
    return run_in_node(SOUND, given)


class TestSound:
    def test_the_magnitude_is_that_of_kl(self, sound):
        magnitude = log_mel_to_magnitude(analytic_inverse(), SPECS["asr"], magnitude=method_settings("magnitude", "kl"))
        np.testing.assert_allclose(sound["magnitude"], magnitude, rtol=1e-3, atol=1e-6)

    def test_the_sound_is_that_of_griffin_lim(self, sound):
        """Its iterations magnify how numbers are rounded: to 40 dB below the sound after 32 of them."""
        magnitude = np.array(sound["magnitude"], np.float32)
        y = retrieve_phase(magnitude, SPECS["asr"], phase=method_settings("phase", "griffin_lim"), seed=0)
        assert np.shape(sound["sound"]) == y.shape
        assert 20 * np.log10(np.linalg.norm(y) / np.linalg.norm(sound["sound"] - y)) > 35

    def test_the_score_is_the_packages(self, sound):
        log_mel = analytic_inverse()
        other = noise_log_mel(SPECS["asr"], len(log_mel))
        assert sound["snr"] == pytest.approx(spectral_snr(log_mel, other, power=1).mean(), abs=1e-4)

    def test_wav_files_hold_the_sound_and_loud_ones_are_turned_down(self, sound, tmp_path):
        y = speech(16000, SECONDS)
        for name, expected in (("wav", y), ("loud_wav", y / np.abs(y).max())):
            path = tmp_path / f"{name}.wav"
            path.write_bytes(bytes(sound[name]))
            read, sample_rate = soundfile.read(path)
            assert sample_rate == 16000
            np.testing.assert_allclose(read, expected, atol=1e-4)


def test_sound_of_other_rates_has_the_same_mel_frames(run_in_node, rng):
    """White noise, up to 7 of 8 kHz: nearer to half the rate, the filters differ."""
    rates = [8000, 16000, 22050, 44100, 48000]
    given = [rng.normal(scale=0.1, size=rate // 2) for rate in rates]
    made = run_in_node(RESAMPLED, {"y": [y.tolist() for y in given], "rates": rates, "sample_rate": 16000})
    for y, rate, resampled in zip(given, rates, made, strict=True):
        own = soxr.resample(y, rate, 16000, quality="VHQ")
        assert len(resampled) == len(own)
        frames, own_frames = (extract_features(one, SPECS["asr"])[1][5:-5] for one in (np.array(resampled), own))
        bands = slice(0, 55 if rate == 8000 else 73)
        np.testing.assert_allclose(frames[:, bands], own_frames[:, bands], atol=0.1)


def test_an_onnx_files_metadata_are_read(run_in_node):
    onnx = pytest.importorskip("onnx")
    weights = onnx.numpy_helper.from_array(np.arange(300, dtype=np.float32), "weights")
    graph = onnx.helper.make_graph([], "network", [], [], [weights])
    model = onnx.helper.make_model(graph, producer_name="mfccinv")
    texts = {"feature_spec": small_spec().to_json(), "task": '{"name": "größer"}'}
    onnx.helper.set_model_props(model, texts)
    assert run_in_node(METADATA, list(model.SerializeToString())) == texts


@pytest.mark.slow
def test_the_page_in_chromium(monkeypatch):
    """Its frames and its sound are the package's, by a network that `make browser` put beside it."""
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    monkeypatch.chdir(REPOSITORY)
    browser = importlib.import_module("browser")
    if missing := browser.missing():
        pytest.skip(missing)
    with browser.opened_page() as page:
        made = browser.invert(page, soundfile.read(SPEECH)[0][:32000])
    own = browser.invert_by_package(soundfile.read(SPEECH)[0][:32000])
    for name in ("analytic", "network"):
        np.testing.assert_allclose(made[name].log_mel, own[name].log_mel, atol=1e-3)
        assert browser.ratio_db(own[name].y, made[name].y) > 30
