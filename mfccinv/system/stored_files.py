"""Reads stored files, which may be damaged or a stranger's: what is too large is refused, and errors name the file.

A size is checked before a file is parsed: a few kilobytes could ask for gigabytes, or for minutes.
"""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

MAX_BYTES = 16 * 2**20
MAX_VALUES = 10**6  # of JSON: about 100 bytes of memory each
MAX_LINE_BYTES = 2**20  # of JSON lines
MAX_YAML_BYTES = 2**16  # which may take a second
MAX_YAML_DEPTH = 32
LARGEST_NUMBER = 1e15  # no score, cost, time, count or size that is stored is larger


class DamagedFile(ValueError):
    """A stored file that can't be what it should be."""


@contextmanager
def errors_named(path: Path) -> Iterator[None]:
    """Have the system's errors name the file: those of reading, as of a bad sector, don't by themselves."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """Read a UTF-8 text file.

    Parameters
    ----------
    path : Path
    max_bytes : int
        A larger file is refused.

    Raises
    ------
    DamagedFile
        If it is larger, no UTF-8, or no regular file, such as a pipe, which would wait for a writer.
    OSError
        If it isn't there or can't be read.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise DamagedFile(f"{path} is no file")
    with errors_named(path), path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise DamagedFile(f"{path} has more than {max_bytes:,} bytes, which is the most that is read")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedFile(f"{path} is damaged: it is no UTF-8 text: {error}") from error


def read_json(path: Path) -> dict:
    """Read the object that a JSON file holds.

    Raises
    ------
    DamagedFile
        If it isn't one, or too large: more than `MAX_BYTES` or `MAX_VALUES`.
    OSError
        If it isn't there or can't be read.
    """
    return parse_json(read_text(path), str(path))


def parse_json(text: str, place: str) -> dict:
    """Parse the text of a JSON object; ``place`` says in messages where it is from. Errors as `read_json`."""
    if sum(map(text.count, ",:[{")) > MAX_VALUES:
        raise DamagedFile(f"{place} has more than {MAX_VALUES:,} values, which is the most that is read")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"{place} is damaged: it is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise DamagedFile(f"{place} is damaged: it must hold an object, got {type(value).__name__}")
    return value


def _distinct(pairs: list[tuple[str, object]]) -> dict:
    values: dict = {}
    for name, value in pairs:
        if name in values:
            raise ValueError(f"{name:.80} comes twice")
        values[name] = value
    return values


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def read_json_lines(path: Path) -> Iterator[dict]:
    """Yield the object of each line of a JSON-lines file; errors as `read_json`, for a line of `MAX_LINE_BYTES`."""
    with errors_named(path), Path(path).open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            place = f"{path}, line {number}"
            if len(line) > MAX_LINE_BYTES:
                raise DamagedFile(f"{place} has more than {MAX_LINE_BYTES:,} bytes, which is the most that is read")
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DamagedFile(f"{place} is damaged: it is no UTF-8 text: {error}") from error
            yield parse_json(text, place)


def is_number(value: object) -> bool:
    """Whether a stored value is a number, finite and of a size that can be."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER


def read_yaml(path: Path) -> dict:
    """Read the mapping that a YAML file holds: plain values, without tags, aliases or deep nesting.

    Raises
    ------
    DamagedFile
        If it isn't one, or has more than `MAX_YAML_BYTES`.
    OSError
        If it isn't there or can't be read.
    """
    try:
        values = yaml.load(read_text(path, MAX_YAML_BYTES), _PlainLoader)
    except DamagedFile:
        raise
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that can't be
        raise DamagedFile(f"{path} is damaged: it is no YAML of plain values: {error}") from error
    if not isinstance(values, dict):
        raise DamagedFile(f"{path} is damaged: it must hold settings by name, got {type(values).__name__}")
    return values


class _PlainLoader(yaml.SafeLoader):
    """Refuses values that take more memory than their text, or a deeper stack than there is.

    libyaml's loader is faster, but can't read the names that aren't UTF-8, which a configuration may hold.
    """

    depth = 0

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise ValueError(f"it has the alias *{self.peek_event().anchor:.80}, which isn't read: it could grow")
        if self.depth == MAX_YAML_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_YAML_DEPTH}, which is the most that is read")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read the rows of a CSV file by the names in its first row.

    Raises
    ------
    DamagedFile
        If it is no such table, or too large: `MAX_BYTES`, or a cell of more than 131,072 characters.
    OSError
        If it isn't there or can't be read.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True))
    except csv.Error as error:
        raise DamagedFile(f"{path} is damaged: it is no table: {error}") from error
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise DamagedFile(f"{path}, line {number} is damaged: it must have the columns of the first line")
    return rows
