"""Tests of stored files that are damaged or a stranger's: refused in little time and memory, with their names."""

import os
import time
import tracemalloc

import pytest

from mfccinv.system.stored_files import (
    MAX_BYTES,
    MAX_LINE_BYTES,
    MAX_YAML_BYTES,
    DamagedFile,
    errors_named,
    read_csv,
    read_json,
    read_json_lines,
    read_text,
    read_yaml,
)

MOST_SECONDS = 2.0
MOST_BYTES = 200e6


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stored"


@pytest.fixture(autouse=True)
def within_bounds():
    """Every test here takes less than the bounds on memory and time."""
    tracemalloc.start()
    started = time.perf_counter()
    yield
    seconds, (_, most) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_BYTES
    assert seconds < 10 * MOST_SECONDS  # tracing takes time, too


def laughs(levels=9, each=9):
    """Few lines of YAML whose values, written out, would be each ** levels texts."""
    lines = ["l0: &l0 [" + ", ".join(["ha"] * each) + "]"]
    lines += [f"l{n}: &l{n} [" + ", ".join([f"*l{n - 1}"] * each) + "]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (laughs(), r"it has the alias \*l0, which isn't read: it could grow"),
        ("a: " + "[" * 40 + "]" * 40, "is nested deeper than 32"),
        ("[" * 60_000, "is nested deeper than 32"),
        ("a: " + "x" * MAX_YAML_BYTES, "has more than 65,536 bytes, which is the most that is read"),
        ("a: !!python/object/apply:os.getcwd []", "is no YAML of plain values: could not determine a constructor"),
        ("a: 2024-99-99", "is no YAML of plain values: month must be in 1..12"),
        ("a: [1", "is no YAML of plain values: while parsing"),
        ("- 1", "must hold settings by name, got list"),
        ("", "must hold settings by name, got NoneType"),
    ],
    ids=["aliases", "deep", "deeper", "long", "tag", "date", "open", "list", "empty"],
)
def test_yaml_that_is_refused(path, text, what):
    path.write_text(text)
    with pytest.raises(DamagedFile, match=rf"^{path} .*{what}"):
        read_yaml(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 1_000_000, "it is no JSON: maximum recursion depth"),
        ("[" + "0," * 1_000_001 + "0]", "has more than 1,000,000 values, which is the most that is read"),
        ('{"a": ' + "9" * 5000 + "}", r"it is no JSON: Exceeds the limit \(4300"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": -Infinity}', "-Infinity is no JSON"),
        ('"' + "x" * MAX_BYTES + '"', "has more than 16,777,216 bytes, which is the most that is read"),
        ("[]", "must hold an object, got list"),
        ("{", "it is no JSON: Expecting property name"),
    ],
    ids=["deep", "values", "digits", "nan", "infinity", "long", "list", "open"],
)
def test_json_that_is_refused(path, text, what):
    path.write_text(text)
    with pytest.raises(DamagedFile, match=rf"^{path} .*{what}"):
        read_json(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'{"a": 1}\n' + b"x" * (MAX_LINE_BYTES + 1), "has more than 1,048,576 bytes, which is the most"),
        (b'{"a": 1}\n{"a": "\xff"}\n', "it is no UTF-8 text"),
        (b'{"a": 1}\n[]\n', "must hold an object, got list"),
    ],
    ids=["long", "bytes", "list"],
)
def test_a_line_of_json_that_is_refused(path, content, what):
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=rf"^{path}, line 2 .*{what}"):
        list(read_json_lines(path))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a,b\n1," + "2" * 200_000, r"it is no table: field larger than field limit \(131072\)"),
        ("a,b\n1,2\n1\n", ", line 3 is damaged: it must have the columns of the first line"),
        ("a,b\n1,2,3\n", ", line 2 is damaged: it must have the columns of the first line"),
        ('a,b\n1,"2"x\n', "it is no table"),
    ],
    ids=["cell", "short", "long", "quotes"],
)
def test_csv_that_is_refused(path, text, what):
    path.write_text(text)
    with pytest.raises(DamagedFile, match=rf"^{path}.*{what}"):
        read_csv(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_refused_and_not_waited_for(path):
    os.mkfifo(path)
    with pytest.raises(DamagedFile, match=f"^{path} is no file"):
        read_text(path)


def test_bytes_that_are_no_text_are_refused(path):
    path.write_bytes(b"\x80\x81")
    with pytest.raises(DamagedFile, match=f"^{path} is damaged: it is no UTF-8 text: "):
        read_text(path)


def test_an_error_of_reading_names_its_file(path):
    """That of a bad sector doesn't by itself."""
    with pytest.raises(OSError, match=rf"^\[Errno 5\] Input/output error: '{path}'$"), errors_named(path):
        raise OSError(5, "Input/output error")
