"""Tests of the recogniser: what is said in a recording, whatever was heard before it."""

import numpy as np
import pytest
import soundfile
from places import DEMO

from mfccinv.audio.speech_recognition import recognise_words, recogniser_is_installed

pytestmark = pytest.mark.skipif(not recogniser_is_installed(), reason="the wer extra is not installed")


@pytest.mark.slow
def test_words_do_not_depend_on_what_was_heard_before():
    y, sample_rate = soundfile.read(DEMO / "allison" / "en_tt-somethingwrong.flac")
    words = recognise_words(y, sample_rate)
    assert words == ["something", "is", "terribly", "wrong"]
    assert recognise_words(np.zeros(sample_rate), sample_rate) == []
    assert recognise_words(y, sample_rate) == words
