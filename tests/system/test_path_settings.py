"""Tests of settings that are paths: odd names, the home folder, and what is no path."""

from pathlib import Path

import pytest

from mfccinv.system.path_settings import check_new_name, path_setting


@pytest.mark.parametrize("name", ["2024", "nan", "null", "on", "1e5", "a=b #1, 2", "李明", "a~b"])
def test_a_name_is_a_name(name):
    assert path_setting("root", name) == path_setting("root", Path(name)) == Path(name)


def test_a_number_of_yaml_is_a_name():
    assert path_setting("root", 2024) == Path("2024")


def test_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert path_setting("root", "~/speech") == path_setting("root", Path("~/speech")) == Path("/home/me/speech")


@pytest.mark.parametrize("name", ["./~", "./~me", "~nobody-here"])
def test_a_name_that_begins_like_a_home_folder(name):
    path = path_setting("root", name)
    assert path_setting("root", path) == path == Path.cwd() / name


@pytest.mark.parametrize("value", [None, True, 1e5, ["a"]])
def test_what_is_no_path_is_refused_by_name(value):
    with pytest.raises(ValueError, match=r"^run\.root must be a path, got .*; put a name .* in quotes$"):
        path_setting("run.root", value)


@pytest.mark.parametrize("name", ["", ".", "..", "a/..", "/", "a\0b", "x" * 201, "ö" * 101])
def test_a_name_that_no_new_folder_can_have(name):
    with pytest.raises(ValueError, match=r"^run\.name must be a name for a folder, of at most 200 bytes, got '"):
        check_new_name("run.name", name)


def test_the_name_that_stands_for_the_last_run_is_none():
    with pytest.raises(
        ValueError, match=r"^run\.name can't be latest, which stands for the run that was trained last$"
    ):
        check_new_name("run.name", "latest")


@pytest.mark.parametrize("name", ["a", "a/b", "../a", "...", " ", "x" * 200, "\udcff"])
def test_a_name_that_a_new_folder_can_have(name):
    check_new_name("run.name", name)
