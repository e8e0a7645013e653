"""Tests of the files: whole or not at all, one holder at a time, and JSON that comes back."""

import errno
import json
import os
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfccinv.system import atomic_files as files
from mfccinv.system.atomic_files import (
    exclusive,
    remove_old_temporaries,
    remove_temporaries,
    temporary_beside,
    write_json,
    write_json_lines,
    write_text,
)
from mfccinv.system.checksums import sha256
from mfccinv.system.stored_files import read_json, read_json_lines

HOLDER = """
import sys
from mfccinv.system.atomic_files import exclusive
with exclusive(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestTemporary:
    def test_appears_under_its_name_at_the_end(self, tmp_path):
        with temporary_beside(tmp_path / "new" / "y.npz") as temporary:
            temporary.write_text("new")
            assert names(tmp_path / "new") == [temporary.name]
            assert temporary.suffix == ".npz"
        assert names(tmp_path / "new") == ["y.npz"]
        assert (tmp_path / "new" / "y.npz").read_text() == "new"

    def test_takes_the_place_of_the_old_file(self, tmp_path):
        (tmp_path / "y").write_text("old")
        with temporary_beside(tmp_path / "y") as temporary:
            temporary.write_text("new")
            assert (tmp_path / "y").read_text() == "old"
        assert (tmp_path / "y").read_text() == "new"

    @pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
    def test_a_failure_leaves_the_old_file_and_nothing_else(self, tmp_path, error):
        (tmp_path / "y").write_text("old")
        with pytest.raises(type(error)), temporary_beside(tmp_path / "y") as temporary:  # noqa: PT012
            temporary.write_text("half")
            raise error
        assert names(tmp_path) == ["y"]
        assert (tmp_path / "y").read_text() == "old"

    def test_bytes_are_on_the_disk_before_the_name_is(self, tmp_path, monkeypatch):
        synced = []

        def fsync(handle):
            assert not (tmp_path / "y").exists()
            synced.append(os.fstat(handle).st_ino)

        monkeypatch.setattr(files.os, "fsync", fsync)
        write_text(tmp_path / "y", "text")
        assert synced == [(tmp_path / "y").stat().st_ino]

    def test_two_writers_do_not_meet(self, tmp_path):
        with temporary_beside(tmp_path / "y") as one, temporary_beside(tmp_path / "y") as other:
            assert one != other

    @pytest.mark.skipif(os.name == "nt", reason="no such modes")
    @pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
    def test_who_may_read_it_is_what_the_umask_says(self, tmp_path, umask, mode):
        before = os.umask(umask)
        try:
            write_text(tmp_path / "y", "text")
        finally:
            os.umask(before)
        assert (tmp_path / "y").stat().st_mode & 0o777 == mode

    def test_what_killed_writers_left_is_removed_and_nothing_else(self, tmp_path):
        with pytest.raises(FileNotFoundError), temporary_beside(tmp_path / "y.npz") as temporary:
            temporary.rename(tmp_path / f"{files.TEMPORARY_PREFIX}left.npz")
        for name in ("y.npz", ".lock", "x.tmp-y"):
            (tmp_path / name).touch()
        (tmp_path / f"{files.TEMPORARY_PREFIX}folder").mkdir()
        (tmp_path / f"{files.TEMPORARY_PREFIX}folder" / "file").touch()
        remove_old_temporaries(tmp_path)  # their writers may be at work
        assert len(names(tmp_path)) == 5
        remove_temporaries(tmp_path)
        assert names(tmp_path) == [".lock", "x.tmp-y", "y.npz"]

    def test_what_is_old_is_removed_where_others_are_at_work(self, tmp_path):
        for name in ("old", "new"):
            (tmp_path / f"{files.TEMPORARY_PREFIX}{name}").mkdir()
        os.utime(tmp_path / f"{files.TEMPORARY_PREFIX}old", (1e9, 1e9))
        remove_old_temporaries(tmp_path)
        assert names(tmp_path) == [f"{files.TEMPORARY_PREFIX}new"]

    def test_a_full_disk_is_told_with_the_file_and_what_it_needs(self, tmp_path):
        told = pytest.raises(OSError, match=r"No space left on device: it needs 2\.5 MB: '.*shard\.npz'")
        with told, temporary_beside(tmp_path / "shard.npz", 2_500_000):
            raise OSError(errno.ENOSPC, "No space left on device")
        assert names(tmp_path) == []


class TestExclusive:
    def test_others_wait_and_a_killed_holder_gives_back(self, tmp_path):
        command = [sys.executable, "-c", HOLDER, str(tmp_path / "set")]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        entered = threading.Event()

        def enter():
            with exclusive(tmp_path / "set"):
                entered.set()

        with holder:
            try:
                assert holder.stdout.readline() == "held\n"
                waiter = threading.Thread(target=enter)
                waiter.start()
                assert not entered.wait(0.3)
            finally:
                holder.kill()
        assert entered.wait(10)
        waiter.join()

    def test_can_be_held_again(self, tmp_path):
        for _ in range(2):
            with exclusive(tmp_path / "a" / "b"):
                assert names(tmp_path / "a" / "b") == [".lock"]

    def test_other_folders_are_free(self, tmp_path):
        with exclusive(tmp_path / "a"), exclusive(tmp_path / "b"):
            pass

    def test_an_error_gives_it_back(self, tmp_path):
        with pytest.raises(ValueError, match="mistake"), exclusive(tmp_path):
            raise ValueError("mistake")
        with exclusive(tmp_path):
            pass


# Whatever a file system has for names: also bytes that are not UTF-8, which Python reads as lone surrogates.
TEXT = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(["a\u2028b", "a\x85b", "\udce9.wav", "a\r\nb"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(TEXT, children, max_size=3),
    max_leaves=8,
)


class TestJson:
    @given(st.dictionaries(TEXT, VALUES, max_size=4))
    def test_round_trip(self, tmp_path_factory, value):
        path = tmp_path_factory.getbasetemp() / "value.json"
        write_json(path, value)
        assert read_json(path) == json.loads(json.dumps(value))
        path.read_bytes().decode("utf-8")

    @given(st.lists(st.dictionaries(TEXT, VALUES, max_size=4), max_size=5))
    def test_round_trip_of_lines(self, tmp_path_factory, values):
        path = tmp_path_factory.getbasetemp() / "values.jsonl"
        write_json_lines(path, values)
        assert list(read_json_lines(path)) == json.loads(json.dumps(values))
        assert path.read_bytes().count(b"\n") == len(values)

    def test_is_for_people_too(self, tmp_path):
        write_json(tmp_path / "a.json", {"name": "naïve/é.wav"})
        assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "name": "naïve/é.wav"\n}\n'

    @pytest.mark.parametrize("write", [write_json, lambda path, value: write_json_lines(path, [value])])
    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_what_json_does_not_have_is_refused(self, tmp_path, write, value):
        write(tmp_path / "a", {"old": 1})
        with pytest.raises(ValueError, match="not JSON compliant"):
            write(tmp_path / "a", {"new": value})
        assert read_json(tmp_path / "a") == {"old": 1}
        assert names(tmp_path) == ["a"]


def test_sha256_is_that_of_the_standard(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
