"""Tests of the names of corpora and voices: two corpora have two names, and a part of several has its own."""

import pytest
from configurations import settings
from places import DEMO

from mfccinv.corpora.listing import CORPORA
from mfccinv.corpora.names import corpus_name, voice_of


@pytest.mark.parametrize(
    ("corpus", "name"),
    [
        ({"name": "demo", "root": str(DEMO)}, "demo"),
        ({"name": "folder", "root": "/data/folder"}, "folder"),
        ({"name": "folder", "root": "/data/wavs.16k/"}, "wavs.16k"),
        ({"name": "librispeech", "root": "/data/LibriSpeech"}, "librispeech"),
        ({"name": "librispeech", "root": "/data/libri-noisy"}, "librispeech-libri-noisy"),
        ({"name": "common_voice", "root": "~/CommonVoice", "language": "cy"}, "common_voice"),
        ({"name": "ljspeech", "root": "/data/LJSpeech-1.1"}, "ljspeech-LJSpeech-1.1"),
        ({"name": "manifest", "path": "/data/a.b/test.v2.jsonl"}, "manifest-test.v2"),
    ],
)
def test_a_corpus_is_named_after_its_adapter_and_its_place(corpus, name):
    assert corpus_name(corpus) == name


@pytest.mark.parametrize("adapter", CORPORA)
def test_every_corpus_has_a_name(adapter):
    assert corpus_name(settings("corpus", adapter))


def test_a_voice_of_a_part_is_that_of_its_corpus():
    """So that a run that was trained on several knows one of them again."""
    one = {"name": "folder", "root": "voices", "extensions": [".wav"], "speaker_part": 0}
    libri = {"name": "librispeech", "root": "LibriSpeech", "subsets": None}
    several = {"name": "several", "root": "/data", "parts": {"a": one, "b": libri, "c": None}}
    assert voice_of(several, "a/anna") == ("voices", "anna") == voice_of(one, "anna")
    assert voice_of(several, "b/19") == ("librispeech", "19")
    assert voice_of(several, "c/x") == ("several-data", "c/x")
    assert voice_of(one, "anna/x") == ("voices", "anna/x")
    assert voice_of({"name": "several", "root": "/", "parts": {"all": several}}, "all/a/anna") == ("voices", "anna")
