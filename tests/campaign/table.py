"""The table of a campaign."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from places import REPOSITORY

from campaign.outcome import EQUAL, FAILURES, FOUND, READ, SILENT, UNPROTECTED, WRONG
from mfccinv.reporting.tables import markdown_table
from mfccinv.system.atomic_files import write_text

RESULT = REPOSITORY / "benchmarks" / "results" / "campaign.md"
TOLD = 400  # characters of a failure
COLUMNS = {
    "found": (FOUND,),
    "equal or without effect": (EQUAL, READ),
    "no checksum": (UNPROTECTED,),
    "silent": (SILENT,),
    "wrong": (WRONG,),
}


def render(tests: list[str], lines: list[dict]) -> str:
    """A table in Markdown: a row a test that was tried, and one of all."""
    counts = {test: Counter[str]() for test in tests}
    for line in lines:
        if line["test"] in counts:
            counts[line["test"]].update(line["counts"])
    rows = [_row(test, count) for test, count in counts.items() if count]
    total = sum(counts.values(), Counter())
    return markdown_table(["test", "trials", *COLUMNS], [*rows, _row("all", total)])


def _row(title: str, count: Counter) -> list[str]:
    numbers = [sum(count[verdict] for verdict in verdicts) for verdicts in COLUMNS.values()]
    return [title, *(f"{number:,}" if number else "" for number in (count.total(), *numbers))]


def failures(tests: list[str], lines: list[dict], *, of_each: int) -> Iterator[str]:
    """Tell the first failures of each test, alike ones once, with the command that repeats them."""
    for test in tests:
        seen: dict[str, tuple[int, int, str]] = {}
        for line in lines:
            if line["test"] == test:
                for verdict, detail in line["failures"]:
                    kind = f"{verdict}: {''.join('0' if c.isdigit() else c for c in detail)[:60]}"
                    times = seen[kind][0] if kind in seen else 0
                    seen[kind] = (times + 1, line["number"], f"{verdict}: {detail}")
        for times, number, told in sorted(seen.values(), key=lambda one: -one[0])[:of_each]:
            shown = " ".join(told.split())[:TOLD]
            yield f'{test}, {times} times, such as --only "{test}" --trial {number}:\n    {shown}'


def has_failures(lines: list[dict]) -> bool:
    """Whether a trial ended as it must not."""
    return any(line["counts"].get(verdict) for line in lines for verdict in FAILURES)


def write(text: str, seed: int, minutes: float, processes: int, path: Path = RESULT) -> None:
    """Write the table for the documentation, with its date, commit and seed."""
    describe = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(describe, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()
    date = datetime.now(UTC).date().isoformat()
    head = f"{date}, commit {commit}, seed {seed}, {minutes:.0f} minutes of {processes} processes:"
    write_text(path, f"{head}\n\n{text}")
