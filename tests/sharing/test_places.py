"""Tests of where runs go to and come from."""

from pathlib import Path

import pytest

from mfccinv.sharing.places import HubPlace, is_zip, place_of


@pytest.mark.parametrize(
    ("text", "repository", "revision"),
    [
        ("hf://anna/june", "anna/june", None),
        ("hf://anna-2/june.v1_x@main", "anna-2/june.v1_x", "main"),
        ("hf://a/b@refs/pr/1", "a/b", "refs/pr/1"),
    ],
)
def test_a_repository_is_read_and_shown(text, repository, revision):
    place = place_of("to", text)
    assert place == HubPlace(repository, revision)
    assert str(place) == text
    assert place.name == repository.split("/")[1]


@pytest.mark.parametrize(
    "text", ["hf://", "hf://june", "hf://a/b/c", "hf://a/b@", "hf://a/../b", "hf://a/b--c", "hf://é/b", "hf://a/b?c=d"]
)
def test_what_can_be_no_repository_is_refused(text):
    with pytest.raises(ValueError, match=r"from must be hf://owner/name or hf://owner/name@revision, got 'hf://"):
        place_of("from", text)


@pytest.mark.parametrize("text", ["https://huggingface.co/a/b", "hf:/a/b", "s3://a/b", "file:/a", ""])
def test_other_addresses_are_refused(text):
    with pytest.raises(ValueError, match=r"to must be hf://owner/name, a \.zip file or a folder, got '"):
        place_of("to", text)


def test_the_rest_is_a_path():
    assert place_of("to", "anna/june") == Path("anna/june")
    assert place_of("to", "~/june.zip") == Path.home() / "june.zip"
    assert [is_zip(Path(name)) for name in ("a.zip", "a.ZIP", "a", "zip")] == [True, True, False, False]
