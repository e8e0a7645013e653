"""Tests of the names of writings: they are the command line's, and mean what it means by them."""

import numpy as np
import pytest
from configurations import config_names, preset
from speech import speech

from mfccinv.app.writings import FIRST, Writing, name_of_match, writing_names
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.features.dialect import extract_dialect
from mfccinv.features.extract import extract_features
from mfccinv.inversion.identify import matches_of_mfcc


def test_there_are_all_dialects_and_presets_ours_first():
    names = writing_names()
    assert names[0] == FIRST
    assert len(names) == len(set(names))
    assert set(names) == {f"dialect={name}" for name in config_names("dialect")} | {
        f"features={name}" for name in config_names("features")
    }


@pytest.mark.parametrize("name", writing_names())
def test_every_name_is_a_writing_that_speech_is_analysed_by(name):
    writing = Writing.of(name)
    y = speech(writing.spec.sample_rate, 0.3).astype(np.float32)
    mfcc, log_mel = writing.analyse(y)
    expected, expected_log_mel = extract_features(y, writing.spec)
    np.testing.assert_array_equal(log_mel, expected_log_mel)
    if writing.dialect:
        expected = extract_dialect(y, writing.dialect)
        assert writing.arguments == {"dialect": resolve_dialect(name.removeprefix("dialect="))}
    else:
        assert writing.arguments == {"spec": preset(name.removeprefix("features="))}
    np.testing.assert_array_equal(mfcc, expected.T)


def test_sound_gives_as_many_mfcc_as_one_asks_for():
    assert Writing.of_sound("dialect=kaldi", None).spec.n_mfcc == 13
    writing = Writing.of_sound("dialect=kaldi", 20)
    assert (writing.spec.n_mfcc, writing.dialect.spec.n_mfcc) == (20, 20)
    assert Writing.of_sound("features=vocos", 12).spec.n_mfcc == 12


def test_columns_of_arrays_may_be_deltas():
    assert Writing.of("dialect=kaldi", 39).spec.n_mfcc == 13
    assert Writing.of("dialect=kaldi", 20).spec.n_mfcc == 20
    assert Writing.of("dialect=asr", 40).spec.n_mfcc == 40  # that many bands has it
    assert Writing.of("features=asr", 40).spec.n_mfcc == 40


def test_what_was_recognised_has_a_name():
    dialect = resolve_dialect("asr").of_columns(13)
    mfcc = extract_dialect(speech(16000), dialect) * np.log(10) / 10  # natural logarithms
    match = matches_of_mfcc([mfcc])[0]
    name = name_of_match(match)
    assert name == "dialect=asr dialect.log=ln"
    assert Writing.of(name, 13).dialect == match.dialect


@pytest.mark.parametrize(
    ("name", "n", "message"),
    [
        ("kaldi", None, "MFCC must be written as one of features=asr, .*, got 'kaldi'"),
        ("features=none", None, "spec must be .*, got 'none'"),
        ("features=asr dialect.log=ln", None, "MFCC must be written as one of"),
        ("dialect=none", None, "dialect must be .*, got 'none'"),
        ("dialect=asr dialect.log=db", 13, "asr is not known with dialect.log=db and 13 columns"),
        ("dialect=kaldi", 24, "up to 23, got 24"),
    ],
)
def test_another_name_is_refused(name, n, message):
    with pytest.raises(ValueError, match=message):
        Writing.of(name, n)


def test_more_mfcc_than_bands_are_refused():
    with pytest.raises(ValueError, match=r"n_mfcc must be in \[1, n_mels=23\], got 24"):
        Writing.of_sound("dialect=kaldi", 24)
