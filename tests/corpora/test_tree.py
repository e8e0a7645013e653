"""Tests of folder listings: what can't be read is told, and stops nobody."""

import inspect
import os
import sys

import pytest
from trees import touch

from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.tree import MOST_VISITS, files_below, subfolders


def names_below(root):
    return sorted(path.relative_to(root).as_posix() for path in files_below(root, {".wav"}))


def test_links_that_lead_nowhere_are_files(tmp_path):
    touch(tmp_path, "a/1.wav")
    try:
        (tmp_path / "a/circle.wav").symlink_to("circle.wav")
        (tmp_path / "a/circle").symlink_to("circle")
        (tmp_path / "a/broken.wav").symlink_to("nowhere.wav")
    except OSError:
        pytest.skip("no links here")
    assert names_below(tmp_path) == ["a/1.wav", "a/broken.wav", "a/circle.wav"]
    assert subfolders(tmp_path / "a") == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_a_file(tmp_path):
    """It has a name, under which it is rejected when it is to be read."""
    os.mkfifo(tmp_path / "pipe.wav")
    assert names_below(tmp_path) == ["pipe.wav"]


def test_a_folder_that_cannot_be_read_is_told_and_the_others_are_listed(tmp_path, monkeypatch):
    touch(tmp_path, "anna/1.wav", "bert/2.wav", "carl/3.wav")
    scandir = os.scandir

    def refuse(folder):
        if os.fspath(folder).endswith("bert"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.warns(UserWarning, match=r"recordings in '.*bert' are left out: Permission denied"):
        listed = list_corpus("folder", root=tmp_path, extensions=["wav"], speaker_part=0)
    assert [utterance.id for utterance in listed] == ["anna/1.wav", "carl/3.wav"]


def test_folders_may_lie_deep(tmp_path):
    deep = "/".join("a" * 300)
    touch(tmp_path, f"{deep}/1.wav")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        assert names_below(tmp_path) == [f"{deep}/1.wav"]
    finally:
        sys.setrecursionlimit(limit)


def test_links_in_each_of_many_folders_are_followed_within_bounds(tmp_path):
    """Two links a level beside the folder itself are 3 ** 30 ways to the file."""
    folder = tmp_path
    for _ in range(30):
        (folder / "n").mkdir()
        for name in ("a", "b"):
            (folder / name).symlink_to("n")
        folder = folder / "n"
    (folder / "a.wav").touch()
    assert 0 < len(list(files_below(tmp_path, {".wav"}))) <= MOST_VISITS
