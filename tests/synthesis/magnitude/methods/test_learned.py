"""Tests of linear magnitude that a network predicts."""

import numpy as np
import pytest
from configurations import preset, settings
from networks import randomized
from noise import noise_log_mel
from speech import speech

from mfccinv.datasets.statistics import Statistics, feature_moments
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.extract import extract_log_mel
from mfccinv.features.mel import mel_filters
from mfccinv.features.mel_spreading import spread_log_mel
from mfccinv.features.spec import SpecMismatch
from mfccinv.features.task import Task
from mfccinv.models.assembly import build_model
from mfccinv.run_folders.run import Run
from mfccinv.synthesis.frames_to_audio import log_mel_to_audio
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.methods import Methods

PHASE = settings("phase", "griffin_lim")


def level(y):
    return np.sqrt(np.mean(y.astype(np.float64) ** 2))


@pytest.fixture(scope="module")
def mel_run(tmp_path_factory):
    """A run whose network takes mel frames of the asr preset; it was trained on nothing."""
    spec, model = preset("asr"), settings("model", "dense_small") | {"hidden": [16]}
    log_mel = noise_log_mel(spec, 300)
    spectra = spread_log_mel(log_mel, spec)
    statistics = Statistics.from_moments(feature_moments(log_mel_to_mfcc(log_mel, spec), log_mel, spec, spectra))
    config = {"source": "mel", "target": "linear", "model": model}
    run = Run.create(tmp_path_factory.mktemp("runs"), "magnitude", config, spec, statistics, {})
    run.save_model(randomized(build_model(model, spec, statistics, Task("mel", "linear"))))
    return run


class TestLearned:
    def test_is_what_the_network_predicts_whatever_mfcc_there_are(self, mel_run):
        y, method = speech(16000, 0.5), settings("magnitude", "learned") | {"checkpoint": str(mel_run.folder)}
        for spec in (preset("asr"), preset("asr", n_mfcc=13)):
            log_mel = extract_log_mel(y, spec)
            found = log_mel_to_magnitude(log_mel, spec, magnitude=method)
            assert (found.shape, found.dtype) == ((len(log_mel), spec.n_bins), np.float32)
            again = 10 * np.log10(np.maximum(found.astype(float) ** 2 @ mel_filters(spec).T, spec.log_floor))
            assert np.sqrt(np.mean((again - log_mel) ** 2)) < 0.1
            waveform = log_mel_to_audio(log_mel, spec, Methods(magnitude=method, phase=PHASE), seed=0, length=len(y))
            assert level(waveform) == pytest.approx(level(y), rel=0.2)

    def test_other_features_are_refused(self, mel_run):
        spec, method = preset("asr", n_mels=40), {"name": "learned", "checkpoint": str(mel_run.folder)}
        with pytest.raises(SpecMismatch, match="n_mels: 40 here, 80 there"):
            log_mel_to_magnitude(noise_log_mel(spec, 5), spec, magnitude=method)
        with pytest.raises(
            ValueError, match=r"no pretrained run takes these features .* take another magnitude, or name"
        ):
            log_mel_to_magnitude(noise_log_mel(spec, 5), spec, magnitude={"name": "learned", "checkpoint": "auto"})

    def test_a_run_that_takes_mfcc_is_refused(self):
        spec, method = preset("asr"), {"name": "learned", "checkpoint": "asr_20"}
        with pytest.raises(ValueError, match="asr_20 was trained with source=mfcc, source=mel is needed here"):
            log_mel_to_magnitude(noise_log_mel(spec, 5), spec, magnitude=method)
