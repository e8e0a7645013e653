"""Hostile histories of runs."""

import csv
import random
from collections.abc import Callable
from pathlib import Path

from campaign.hostile import Case, attempts
from campaign.texts import text

HISTORY = ("runs/run/history.csv", ("leaderboard", "resume"))


def _history(change: Callable[[list[list[str]]], object]) -> Callable:
    def write(path: Path, rng: random.Random) -> None:
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        change(rows)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)

    return write


def _cell(value: str) -> Callable:
    return _history(lambda rows: rows[1].__setitem__(2, value))


CSVS = [
    Case("nothing", *HISTORY, text("")),
    Case("a header alone", *HISTORY, _history(lambda rows: rows.__delitem__(slice(1, None)))),
    Case("no header", *HISTORY, _history(lambda rows: rows.pop(0))),
    Case("noughts", *HISTORY, text(bytes(1000))),
    Case("what is no UTF-8", *HISTORY, text(b"epoch,loss\n1,\xff\n")),
    Case("a cell of 5 MB", *HISTORY, _cell("1" * 5_000_000)),
    Case("a quote that isn't closed", *HISTORY, text(lambda: 'epoch,loss\n1,"' + "1\n" * 10_000_000)),
    Case("a cell of text", *HISTORY, _cell("low")),
    Case("an empty cell", *HISTORY, _cell("")),
    Case("NaN", *HISTORY, _cell("nan")),
    Case("an infinite loss", *HISTORY, _cell("-inf")),
    Case("a row that is too short", *HISTORY, _history(lambda rows: rows[1].pop())),
    Case("a row that is too long", *HISTORY, _history(lambda rows: rows[1].append("1"))),
    Case("a column that is missing", *HISTORY, _history(lambda rows: [row.pop() for row in rows])),
    Case("a column twice", *HISTORY, _history(lambda rows: [row.append(row[1]) for row in rows])),
    Case("10⁶ epochs", *HISTORY, _history(lambda rows: rows.extend([rows[-1]] * 10**6))),
    Case("10⁵ columns", *HISTORY, _history(lambda rows: [row.extend(row[1:2] * 10**5) for row in rows])),
]

TESTS = {"hostile CSV of runs": attempts(CSVS)}
