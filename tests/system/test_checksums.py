"""Tests of checksums: by other programs' values, and records that are right at every moment."""

import hashlib
from contextlib import suppress

import pytest
import xxhash
from damage import flip_a_bit

from mfccinv.system.atomic_files import write_json
from mfccinv.system.checksums import (
    BLOCK_BYTES,
    RECORD,
    Checksums,
    checksum_of_json,
    checksums,
    quick_checksum,
    recorded,
    remove_recorded,
    require_recorded,
    write_recorded,
)
from mfccinv.system.stored_files import DamagedFile, read_json


@pytest.mark.parametrize("n_bytes", [0, 1, BLOCK_BYTES, 2 * BLOCK_BYTES + 7])
def test_of_a_file_and_of_pieces_are_those_of_its_bytes(tmp_path, n_bytes):
    content = bytes(index % 251 for index in range(n_bytes))
    path = tmp_path / "file"
    path.write_bytes(content)
    expected = {
        "bytes": n_bytes,
        "xxh3_128": xxhash.xxh3_128_hexdigest(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert checksums(path) == expected
    assert quick_checksum(path) == expected["xxh3_128"]
    pieces = Checksums()
    for first in range(0, n_bytes, 1000):
        pieces.update(content[first : first + 1000])
    assert pieces.entry == expected


def test_quick_one_is_xxh3_as_published():
    """The empty input's value in the specification of XXH3, 128 bits."""
    assert xxhash.xxh3_128_hexdigest(b"") == "99aa06d3014798d86001c324468d497f"


def test_of_json_is_of_its_contents():
    assert checksum_of_json({"a": 1, "b": [2.5]}) == checksum_of_json({"b": [2.5], "a": 1})
    assert checksum_of_json({"a": 1}) != checksum_of_json({"a": 2})


class TestRecord:
    def test_a_flipped_bit_is_found(self, tmp_path):
        path = tmp_path / "history.csv"
        write_recorded(path, "epoch\n1\n")
        write_recorded(path, "epoch\n1\n2\n")
        assert require_recorded(path) == path
        flip_a_bit(path)
        with pytest.raises(
            DamagedFile, match=rf"^{path} is damaged, or was changed by hand, by git or by an older version: .*{RECORD}"
        ):
            require_recorded(path)

    def test_a_writer_that_is_killed_leaves_a_file_that_the_record_knows(self, tmp_path):
        """Before it has its name, the file is the former one, and the record names both."""
        path = tmp_path / "history.csv"
        write_recorded(path, "before")
        with suppress(KeyboardInterrupt), recorded(path) as temporary:
            temporary.write_text("after")
            raise KeyboardInterrupt
        assert require_recorded(path).read_text() == "before"
        write_recorded(path, "after")
        assert len(read_json(tmp_path / RECORD)["history.csv"]) == 2
        path.write_text("before")  # killed after the record was written
        assert require_recorded(path)

    def test_files_without_a_record_are_taken_as_they_are(self, tmp_path):
        (tmp_path / "old.json").write_text("{}")
        assert require_recorded(tmp_path / "old.json")
        write_recorded(tmp_path / "new.json", "{}")
        flip_a_bit(tmp_path / "old.json")
        assert require_recorded(tmp_path / "old.json")

    def test_what_is_removed_is_forgotten(self, tmp_path):
        for name in ("epoch-0001.keras", "epoch-0002.keras"):
            write_recorded(tmp_path / name, name)
        remove_recorded(tmp_path / "epoch-0001.keras")
        remove_recorded(tmp_path / "epoch-0001.keras")
        assert set(read_json(tmp_path / RECORD)) == {"epoch-0002.keras"}
        assert not (tmp_path / "epoch-0001.keras").exists()

    def test_a_file_that_is_lost_is_missed(self, tmp_path):
        """A run whose history is gone must not begin anew."""
        path = tmp_path / "history.csv"
        write_recorded(path, "1")
        path.unlink()
        assert require_recorded(path)  # its first writer may have been killed
        path.write_text("1")
        write_recorded(path, "2")
        path.unlink()
        with pytest.raises(DamagedFile, match=rf"^{path} is damaged, or was changed by hand"):
            require_recorded(path)

    @pytest.mark.parametrize("known", [5, "0123", [], [1], ["a", "b", "c"]])
    def test_a_record_of_other_values_is_named(self, tmp_path, known):
        write_json(tmp_path / RECORD, {"a.json": known})
        for use in (require_recorded, lambda path: write_recorded(path, "{}"), remove_recorded):
            with pytest.raises(DamagedFile, match=rf"{RECORD} is damaged: a\.json can't have the checksums"):
                use(tmp_path / "a.json")

    def test_a_damaged_record_is_named(self, tmp_path):
        write_recorded(tmp_path / "a.json", "{}")
        (tmp_path / RECORD).write_text("{")
        with pytest.raises(DamagedFile, match=rf"{RECORD} is damaged: it is no JSON"):
            require_recorded(tmp_path / "a.json")
