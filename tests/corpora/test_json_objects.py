"""Tests of objects in JSON files."""

import gzip
import json
import tracemalloc

import pytest

from mfccinv.corpora import json_objects, table
from mfccinv.corpora.json_objects import read_list, read_objects

ROWS = [{"id": "a", "deep": [{"x": 1}]}, {"id": "李明"}, {}]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["list.json", "list.json.gz"])
def test_the_items_of_a_list_and_the_lines_that_they_begin_in(tmp_path, indent, name):
    text = "\n" + json.dumps(ROWS, indent=indent, ensure_ascii=False) + "\n"
    content = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    lines = [2, 2, 2] if indent is None else [3, 11, 14]
    assert list(read_list(tmp_path / name)) == list(zip(lines, ROWS, strict=True))


def test_gzipped_lines(tmp_path):
    (tmp_path / "list.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in ROWS).encode()))
    assert [row for _, row in read_objects(tmp_path / "list.jsonl.gz")] == ROWS


@pytest.mark.parametrize("damage", [lambda content: content[:-9], lambda content: b"{}" + content])
def test_what_is_not_gzipped_is_refused(tmp_path, damage):
    path = tmp_path / "list.jsonl.gz"
    path.write_bytes(damage(gzip.compress(b'{"id": "a"}\n' * 100)))
    with pytest.raises(ValueError, match=r"list.jsonl.gz is damaged or not gzipped: "):
        list(read_objects(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "a"}', r"line 1: expected a JSON list, got '\{\"id\": \"a\"\}'$"),
        ("", "line 1: expected a JSON list, got ''$"),
        ('[\n{"id": "a"},\n3]', "line 3: expected an object of a JSON list, got int$"),
        ('[\n{"id": "a"},\n{"id": ', "line 3: expected an object of a JSON list, got Expecting value"),
        ('[{"id": "a"}]\n [oops', r"line 1: expected nothing behind the JSON list, got '\[oops'$"),
        ('[{"id": "a"}', "line 1: expected an object of a JSON list, got Expecting value"),
        ("[" * 100000, "line 1: expected an object of a JSON list, got "),
    ],
)
def test_what_is_no_list_of_objects_is_refused(tmp_path, text, message):
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(ValueError, match=f"list.json, {message}"):
        list(read_list(tmp_path / "list.json"))


def test_a_list_that_is_too_long_takes_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(json_objects, "LONGEST_LIST", 2**20)
    (tmp_path / "list.json").write_bytes(b" " * 2**26)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"has more than 1048576 characters: write it as JSON lines, .jsonl$"):
            list(read_list(tmp_path / "list.json"))
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("name", "read"), [("list.json.gz", read_list), ("list.jsonl.gz", read_objects)])
def test_what_inflates_a_thousandfold_is_refused(tmp_path, monkeypatch, name, read):
    monkeypatch.setattr(table, "LARGEST_INFLATED", 2**16)
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"\n" * 2**22))
    most = 50 * path.stat().st_size
    with pytest.raises(ValueError, match=rf"{name} inflates to more than {most:,} bytes, which is the most that is"):
        list(read(path))


def test_what_is_small_may_inflate_as_it_likes(tmp_path):
    (tmp_path / "list.jsonl.gz").write_bytes(gzip.compress(b'{"id": "a"}\n' + b"\n" * 10**6))
    assert [row for _, row in read_objects(tmp_path / "list.jsonl.gz")] == [{"id": "a"}]
