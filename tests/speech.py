"""Real speech of the demo corpus."""

from functools import lru_cache

import soundfile
import soxr
from places import DEMO

from mfccinv.datasets.shards import UtteranceFeatures
from mfccinv.features.extract import extract_features

SPEECH = DEMO / "carlo" / "conf-getpin.flac"


@lru_cache
def speech(sample_rate, seconds=None):
    """Real speech, (n_samples,), float64, read-only, resampled to the rate; the first seconds of it."""
    y, rate = soundfile.read(SPEECH)
    y = soxr.resample(y, rate, sample_rate, quality="VHQ")[: seconds and round(seconds * sample_rate)]
    y.setflags(write=False)
    return y


def word_folders(folder, words, n):
    """Make a folder for each word, as Speech Commands has them, each with ``n`` stretches of speech of 0.8 s."""
    for place, word in enumerate(words):
        (folder / word).mkdir(parents=True)
        for number in range(n):
            start = 6000 * place + 400 * number
            soundfile.write(folder / word / f"{number}.wav", speech(16000)[start : start + 12800], 16000)
    return folder


def speech_features(spec, seconds=None, **changed):
    """The features of `speech` as an utterance."""
    y = speech(spec.sample_rate, seconds)
    mfcc, log_mel = extract_features(y, spec)
    values = {"id": "speech", "speaker": "carlo", "seconds": len(y) / spec.sample_rate, "source_rate": 16000}
    return UtteranceFeatures(**values | {"mfcc": mfcc, "log_mel": log_mel, "source_channels": 1} | changed)
