"""Tests of the names of files that are made of other names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfccinv.system.file_names import file_stem, file_stems


@pytest.mark.parametrize(
    ("id", "stem"),
    [
        ("june/a b.flac", "june_a_b.flac"),
        ("../x?.wav", ".._x_.wav"),
        ("žába-1_2", "žába-1_2"),
        ("not\udcffUTF-8\n\0", "not_UTF-8__"),
        ("a" * 300, "a" * 200),
        ("ž" * 150, "ž" * 100),
        ("a" + "ž" * 150, "a" + "ž" * 99),
    ],
)
def test_ids_become_file_names(id, stem):
    assert file_stem(id) == stem


def test_names_that_would_be_the_same_are_numbered():
    """Also where only a file system that doesn't tell A from a takes them for the same."""
    ids = ["anna/1.wav", "anna_1.wav", "Anna/1.wav", "anna_1.wav-2"]
    assert list(file_stems(ids).items()) == list(
        zip(ids, ["anna_1.wav", "anna_1.wav-2", "Anna_1.wav-3", "anna_1.wav-2-2"], strict=True)
    )


def test_long_names_are_numbered_where_they_were_cut():
    assert list(file_stems(["a" * 300, "a" * 301]).values()) == ["a" * 200, "a" * 200 + "-2"]


@given(st.lists(st.text(st.sampled_from("aA/_-2 "), max_size=4), unique=True, max_size=12))
def test_no_two_ids_have_the_same_name(ids):
    stems = file_stems(ids)
    assert list(stems) == ids
    assert len({stem.casefold() for stem in stems.values()}) == len(ids)
