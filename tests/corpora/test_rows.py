"""Tests of what rows of lists say."""

import pytest

from mfccinv.corpora.rows import speaker_name, split_of_name


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("train-clean-100", "train"),
        ("train_si284", "train"),
        ("dev_clean", "validation"),
        ("val", "validation"),
        ("test_eval92", "test"),
        ("eval2000", "test"),
        ("testing", "test"),
        ("my.test.set", "test"),
        ("train_dev", "validation"),
        ("test_dev93", "validation"),
        ("train_nodev", "train"),
        ("trainer", None),
        ("anna", None),
        ("contest", None),
        ("", None),
    ],
)
def test_splits_in_names(name, split):
    assert split_of_name(name) == split


@pytest.mark.parametrize(
    ("value", "name"), [("nan", "nan"), ("2024_12_01", "2024_12_01"), (7, "7"), (None, None), (float("nan"), None)]
)
def test_names_of_speakers(value, name):
    """NaN is what tables have where nothing is known; a text of these letters is a name."""
    assert speaker_name(value) == name


@pytest.mark.parametrize("value", [True, ["anna"], {}])
def test_what_is_no_name_is_refused(value):
    with pytest.raises(ValueError, match=r"^speaker must be a name, got "):
        speaker_name(value)
