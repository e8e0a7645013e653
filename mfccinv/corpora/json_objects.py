"""Objects of JSON files: one a line, or the items of one list."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mfccinv.corpora.table import opened_text, read_lines

LONGEST_LIST = 2**28  # characters
BETWEEN = re.compile(r"[\s,]*")


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of each line that is not blank; ValueError if one is not a JSON object."""
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: expected one JSON object a line, got {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"{path}, line {number}: expected one JSON object a line, got {type(row).__name__}")
        yield number, row


def read_list(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects of a JSON list, each with the line that it begins in.

    Raises
    ------
    ValueError
        If it is no list of objects, or has more than ``LONGEST_LIST`` characters.
    """
    with opened_text(path) as file:
        text = file.read(LONGEST_LIST + 1)
    if len(text) > LONGEST_LIST:
        raise ValueError(f"{path} has more than {LONGEST_LIST} characters: write it as JSON lines, .jsonl")
    decoder = json.JSONDecoder()
    place = len(text) - len(text.lstrip())
    line = 1 + text.count("\n", 0, place)
    if text[place : place + 1] != "[":
        raise ValueError(f"{path}, line {line}: expected a JSON list, got {text[place : place + 40]!r}")
    place += 1
    while True:
        begin = BETWEEN.match(text, place).end()  # type: ignore[union-attr]
        line += text.count("\n", place, begin)
        if text[begin : begin + 1] == "]":
            if rest := text[begin + 1 :].strip():
                raise ValueError(f"{path}, line {line}: expected nothing behind the JSON list, got {rest[:40]!r}")
            return
        try:
            row, place = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {line}: expected an object of a JSON list, got {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"{path}, line {line}: expected an object of a JSON list, got {type(row).__name__}")
        yield line, row
        line += text.count("\n", begin, place)
