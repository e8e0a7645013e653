"""What the tests of the data side share: the shipped specifications, real speech, tiny builds; all seeded."""

from functools import lru_cache

import hypothesis
import numpy as np
import pytest
import soundfile
import soxr

from mfccinv.data.builder import build_dataset
from mfccinv.data.plan import make_plan
from mfccinv.data.settings import BuildSettings
from mfccinv.data.shards import UtteranceFeatures
from mfccinv.features.extract import extract_features
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.native_output import keras_import

# Imports Keras: after mfccinv, as the programs do, since mfccinv sets what TensorFlow reads at its import.
with keras_import():
    from tiny import DEMO, config_names, settings

# The same examples in every run, and no verdict that depends on how busy the machine is.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True, max_examples=60)
hypothesis.settings.load_profile("tests")

PRESETS = config_names("features")
SPEECH = DEMO / "carlo" / "conf-getpin.flac"


def preset(name, **changed):
    """The specification of configs/features/<name>.yaml with some settings changed."""
    return FeatureSpec.from_settings(settings("features", name) | changed)


@lru_cache
def speech(sample_rate, seconds=None):
    """Real speech, (n_samples,), float64, read-only, resampled to the rate; the first seconds of it."""
    y, rate = soundfile.read(SPEECH)
    y = soxr.resample(y, rate, sample_rate, quality="VHQ")[: seconds and round(seconds * sample_rate)]
    y.setflags(write=False)
    return y


def speech_features(spec, seconds=None, **changed):
    """The features of `speech` as an utterance."""
    y = speech(spec.sample_rate, seconds)
    mfcc, log_mel = extract_features(y, spec)
    values = {"id": "speech", "speaker": "carlo", "seconds": len(y) / spec.sample_rate, "source_rate": 16000}
    return UtteranceFeatures(**values | {"mfcc": mfcc, "log_mel": log_mel, "source_channels": 1} | changed)


def build_settings(root, *, corpus=None, split=None, features=None, augment=None, **dataset):
    """What `build` takes, from the shipped configs: a few utterances of the demo corpus, one worker."""
    return {
        "corpus": corpus or settings("corpus", "demo") | {"root": str(DEMO)},
        "split": settings("split", "auto") | (split or {}),
        "features": settings("features", "asr") | (features or {}),
        "augment": settings("augment", "none") | (augment or {}),
        "dataset": settings("dataset", "default")
        | {"root": str(root), "limit": 2, "workers": 1, "progress": False}
        | dataset,
    }


def build(config):
    """Build the data set that plain values describe."""
    return build_dataset(BuildSettings.from_config(config))


def plan_of(config):
    """Plan of the data set that plain values describe."""
    return make_plan(BuildSettings.from_config(config))


@pytest.fixture
def rng():
    return np.random.default_rng(0)
