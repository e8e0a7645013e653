"""Tests of what a run knows of a test set: voices by name and corpus, recordings by their sound."""

from mfccinv.evaluation.known_speech import Heard, known_speech
from mfccinv.run_folders.learned_from import LearnedFrom, hashed

LEARNED = LearnedFrom(
    voices={"voices": frozenset(map(hashed, ["anna", "bert"])), "librispeech": frozenset([hashed("19")])},
    recordings=frozenset(["aa", "bb"]),
    is_complete=True,
    split={"rule": "speaker", "speaker_disjoint": True},
    validation="",
)


def known(corpus, *utterances):
    return known_speech(LEARNED, corpus, [Heard(*one) for one in utterances])


def test_voices_of_the_same_corpus_are_known_by_name():
    found = known({"name": "folder", "root": "elsewhere/Voices"}, ("anna", "x"), ("anna", "y"), ("carl", "z"))
    assert (found["voices"], found["recordings"]) == (["anna"], 0)
    assert (found["namesakes"], found["corpora"]) == ([], ["Voices"])


def test_names_in_another_corpus_may_be_of_others():
    found = known({"name": "folder", "root": "numbers"}, ("19", "x"), ("20", "y"))
    assert (found["voices"], found["namesakes"], found["corpora"]) == ([], ["19"], [])


def test_a_recording_is_known_by_its_sound_and_so_is_who_speaks():
    found = known({"name": "folder", "root": "copies"}, ("somebody", "aa"), ("", "bb"), ("other", "cc"))
    assert (found["recordings"], found["voices"], found["namesakes"]) == (2, ["somebody"], [])


def test_silence_is_nobodys():
    assert known({"name": "folder", "root": "copies"}, ("somebody", ""))["recordings"] == 0


def test_a_part_of_several_is_the_corpus_that_it_is():
    parts = {"a": {"name": "folder", "root": "voices"}, "b": {"name": "folder", "root": "numbers"}}
    found = known({"name": "several", "root": "/data", "parts": parts}, ("a/anna", "x"), ("b/anna", "y"))
    assert (found["voices"], found["namesakes"]) == (["a/anna"], ["b/anna"])


def test_nothing_is_said_of_what_is_not_known():
    found = known_speech(None, {"name": "folder", "root": "voices"}, [Heard("anna", "aa")])
    assert found == {
        "is_known": False,
        "is_complete": False,
        "recordings": 0,
        "voices": [],
        "namesakes": [],
        "corpora": [],
    }
