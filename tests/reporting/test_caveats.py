"""Tests of what is said of a test set: what was trained on, above all, and nothing that isn't known."""

import pytest

from mfccinv.reporting.caveats import caveats, split_title

KNOWN = {"is_known": True, "is_complete": True, "recordings": 0, "voices": [], "namesakes": [], "corpora": []}


def said(*, split=None, speakers=("anna", "bert", ""), **known):
    scores = {"learned_from": KNOWN | known, "split": split, "utterances": 10, "speakers": dict.fromkeys(speakers)}
    return [caveat.text for caveat in caveats(scores)], any(caveat.is_grave for caveat in caveats(scores))


@pytest.mark.parametrize(
    ("known", "sentences", "is_grave"),
    [
        ({}, ["trained on no voice and no recording here"], False),
        ({"speakers": [""]}, ["trained on no recording here", "who speaks is not known"], False),
        (
            {"recordings": 3, "voices": ["anna"], "corpora": ["demo"]},
            ["TRAINED ON 3 of 10 recordings and 1 of 2 voices here: on new ones it would score less"],
            True,
        ),
        ({"voices": ["anna", "bert"]}, ["TRAINED ON all 2 voices here: on new ones it would score less"], True),
        ({"recordings": 10}, ["TRAINED ON all 10 recordings here: on new ones it would score less"], True),
        ({"corpora": ["demo"]}, ["trained on other voices of demo: its rooms and microphones are known"], False),
        (
            {"namesakes": ["bert"]},
            ["1 of 2 voices here have names of voices of other corpora that it was trained on: are they the same?"],
            False,
        ),
        (
            {"is_complete": False},
            ["not all is known that the run, or the one that it started from, was trained on"],
            False,
        ),
        (
            {"is_known": False},
            ["what the run was trained on is not known: it doesn't say, as older runs don't"],
            False,
        ),
    ],
)
def test_says_what_of_it_was_trained_on(known, sentences, is_grave):
    assert said(**known) == (sentences, is_grave)


@pytest.mark.parametrize("rule", ["position", "utterance"])
def test_shared_voices_are_told_again(rule):
    split = {"rule": rule, "speaker_disjoint": False}
    sentences, is_grave = said(split=split)
    assert sentences[0] == split_title(split) == f"split by {rule}: VOICES SHARED BETWEEN SPLITS"
    assert is_grave
    assert said(split=split, is_known=False)[1]
