"""Writes texts that say whatever one wants, in the place of JSON, YAML and CSV."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import yaml

DIGITS = "9" * 10**5  # of a number; Python refuses to read as many


def text(content: str | bytes | Callable[[], str]) -> Callable:
    """Write this; what is long is made when it is written, as every process of the campaign imports this."""

    def write(path: Path, rng: random.Random) -> None:
        made = content() if callable(content) else content
        path.write_bytes(made.encode() if isinstance(made, str) else made)

    return write


def changed(load: Callable, dump: Callable, change: Callable[[dict, Path], object]) -> Callable:
    """Change what a file says."""

    def write(path: Path, rng: random.Random) -> None:
        values = load(path.read_text())
        change(values, path)
        path.write_text(dump(values))

    return write


def in_json(change: Callable[[dict, Path], object]) -> Callable:
    return changed(json.loads, json.dumps, change)


def in_yaml(change: Callable[[dict, Path], object]) -> Callable:
    return changed(yaml.safe_load, yaml.safe_dump, change)


def put(place: str, value: object) -> Callable:
    """Put a value at ``group.setting`` or ``list.0.name``."""

    def change(values: dict, path: Path) -> None:
        *groups, last = place.split(".")
        for group in groups:
            values = values[int(group)] if isinstance(values, list) else values[group]
        values[last] = value(path) if callable(value) else value

    return change


ANY_TEXT: dict[str, str | bytes | Callable[[], str]] = {
    "nothing": "",
    "a number": "7",
    "a list": "[1, 2]",
    "null": "null",
    "a byte order mark of UTF-16": b"\xff\xfe{\x00}\x00",
    "noughts": bytes(1000),
    "what is no UTF-8": b'{"a": "\xe9\xff"}',
    "deep lists": "[" * 200_000,
    "deep objects": '{"a":' * 100_000,
    "deep and whole": "[" * 50_000 + "]" * 50_000,
    "a number of 10⁵ digits": f'{{"a": {DIGITS}}}',
    "50 MB of text": lambda: f'{{"a": "{"x" * 50_000_000}"}}',
    "50 MB of short values": lambda: "[" + "1," * 25_000_000 + "1]",
}
