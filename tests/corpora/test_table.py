"""Tests of text tables that would fill the memory, or are no tables."""

import json
import os
import tracemalloc

import pytest
from trees import write

from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.table import LONGEST_LINE, read_lines, read_table

FIELD = 131072  # csv.field_size_limit()


def rows(path):
    return list(read_table(path, ["audio_filepath"], delimiter=",", quoted=True))


def test_lines_end_where_they_end(tmp_path):
    (tmp_path / "list.txt").write_bytes(b"\xef\xbb\xbfa\r\nb\n\nc")
    assert list(read_lines(tmp_path / "list.txt")) == ["a\n", "b\n", "\n", "c"]
    assert list(read_lines(tmp_path / "list.txt", newline="")) == ["a\r\n", "b\n", "\n", "c"]


def test_longest_line(tmp_path):
    path = write(tmp_path / "list.txt", "a" * (LONGEST_LINE - 1), "a" * LONGEST_LINE)
    with pytest.raises(ValueError, match=r"list.txt, line 2: a line may have at most 4194304 characters$"):
        list(read_lines(path))


def test_a_cell_of_megabytes_is_refused(tmp_path):
    fits = write(tmp_path / "list.csv", "audio_filepath,text", f"1.wav,{'a' * FIELD}")
    assert [row["audio_filepath"] for _, row in rows(fits)] == ["1.wav"]
    for cell in ("a" * 2**21, '"' + "a\n" * 2**20):
        path = write(tmp_path / "list.csv", "audio_filepath,text", f"1.wav,{cell}")
        with pytest.raises(ValueError, match=rf"list.csv, line \d+: field larger than field limit \({FIELD}\)$"):
            rows(path)


@pytest.mark.parametrize("name", ["list.csv", "list.tsv", "list.jsonl", "list.json"])
def test_gigabytes_without_a_line_end_are_refused_in_little_memory(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        os.truncate(file.fileno(), 2**32)  # a file with a hole takes no room
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=rf"{name}, line 1: a line may have at most 4194304 characters$"):
            list_corpus("manifest", path=tmp_path / name)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("line", ["[" * 2**21, '{"a":' * 2**19, '{"offset": ' + "9" * 5000 + "}", '{"a": 1e5, }'])
def test_json_that_is_deep_or_wrong_is_refused(tmp_path, line):
    path = write(tmp_path / "list.jsonl", json.dumps({"audio_filepath": "1.wav"}), line)
    with pytest.raises(ValueError, match=r"list.jsonl, line 2: expected one JSON object a line, got"):
        list_corpus("manifest", path=path)


def test_a_row_of_very_many_fields_is_told_shortly(tmp_path):
    path = write(tmp_path / "list.csv", "audio_filepath", "a," * 10**6)
    with pytest.raises(ValueError, match=r"list.csv, line 2: more fields than the header has columns") as raised:
        list_corpus("manifest", path=path)
    assert len(str(raised.value)) < 400


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"line 1: the column split is there twice$"):
        rows(write(tmp_path / "list.csv", "audio_filepath,split,split", "1.wav,train,test"))
