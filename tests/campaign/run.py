"""Runs trials and keeps what became of them: a line of JSON a trial, which a later call goes on after."""

import gc
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from mfccinv.system.native_output import keras_import

with keras_import():
    import keras  # noqa: F401  (processes that are forked need not import it)

from campaign.guard import Child
from campaign.outcome import FAILURES, WRONG, Outcome
from campaign.samples import Samples, new_place, sources

MODULES = (
    *("kills", "full_disk", "races", "flips", "bad_audio"),
    *("hostile_archives", "hostile_shards", "hostile_networks", "hostile_yaml", "hostile_json", "hostile_csv"),
    *("hostile_sets", "hostile_links", "hostile_programs", "fuzz_readers"),
)
SHARES = {"kills": 4, "full_disk": 2, "races": 2, "flips": 2, "bad_audio": 1, "fuzz_readers": 1}  # of the time
HOSTILE_SHARE = 3
KEPT_DETAILS = 3  # failures of a trial that are written down


def all_tests() -> dict:
    """The tests of every module, by name, in order."""
    return {name: test for module in MODULES for name, test in import_module(f"campaign.{module}").TESTS.items()}


def chosen_tests(only: Iterable[str]) -> list[str]:
    """Names of the tests of these modules, or with one of these words in their names; all if there is no word.

    A whole name stands for that test alone.
    """
    words = set(only)
    tests = all_tests()
    whole, parts = words & set(tests), words - set(tests)
    return [
        name
        for module in MODULES
        for name in import_module(f"campaign.{module}").TESTS
        if not words or name in whole or any(word == module or word in name for word in parts)
    ]


def run_trial(test: str, seed: int, number: int, place: Path, samples: Samples) -> dict:
    """Do one trial; return its line: what became of it, and how long it took."""
    began = time.monotonic()
    with new_place(place.parent, place.name) as folder:
        try:
            outcomes = all_tests()[test](random.Random(f"{test}/{seed}/{number}"), folder, samples, number)
        except Exception as error:  # a fault of the campaign itself must be seen, and not end it
            outcomes = [Outcome(WRONG, f"the trial itself failed: {type(error).__name__}: {error}")]
    counts = Counter(outcome.verdict for outcome in outcomes)
    failures = [[outcome.verdict, outcome.detail] for outcome in outcomes if outcome.verdict in FAILURES]
    return {
        "test": test,
        "sources": sources(),
        "seed": seed,
        "number": number,
        "counts": dict(counts),
        "failures": failures[:KEPT_DETAILS],
        "seconds": round(time.monotonic() - began, 3),
    }


def read_lines(results: Path, seed: int) -> list[dict]:
    """Lines of all trials so far with this seed, of the code as it is."""
    path = results / "trials.jsonl"
    if not path.is_file():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]  # the last line may have been cut off
    lines = [json.loads(line) for line in whole.splitlines()]
    return [line for line in lines if (line["seed"], line["sources"]) == (seed, sources())]


def run(
    tests: list[str], results: Path, *, seed: int, minutes: float | None, trials: int | None, processes: int
) -> list[dict]:
    """Run trials until the time is over or each test has so many; return all lines, with those of earlier calls.

    Parameters
    ----------
    tests : list of str
    results : Path
        Folder of the lines, and of what is harmed.
    seed : int
    minutes : float or None
        With those of earlier calls.
    trials : int or None
        Of each test.
    processes : int
        Each takes every so many-th trial of a test.
    """
    results.mkdir(parents=True, exist_ok=True)
    results = results.resolve()
    samples = Samples(results / "samples")
    earlier = [line for line in read_lines(results, seed) if line["test"] in tests]
    spent = sum(line["seconds"] for line in earlier) / processes
    end = None if minutes is None else time.monotonic() + 60 * minutes - spent
    _end_cut_line(results)
    gc.collect()
    gc.freeze()  # a collection in a forked process would copy all memory that it looks through
    children = [
        Child(lambda tell, part=part: _work(tests, results, samples, earlier, seed, end, trials, part), results)
        for part in ((k, processes) for k in range(processes))
    ]
    for child in children:
        ended = child.wait(hang=float("inf"))
        if ended.how != "returned":
            sys.exit(f"the campaign itself {ended.how}:\n{ended.output}")
    return read_lines(results, seed)


def _work(
    tests: list[str],
    results: Path,
    samples: Samples,
    earlier: list[dict],
    seed: int,
    end: float | None,
    trials: int | None,
    part: tuple[int, int],
) -> None:
    """Do this process's part of the trials, always one of the test that is furthest behind its share of the time."""
    first, step = part
    parent = os.getppid()
    share = {
        name: SHARES.get(module, HOSTILE_SHARE)
        for module in MODULES
        for name in import_module(f"campaign.{module}").TESTS
    }
    spent = {test: sum(line["seconds"] for line in earlier if line["test"] == test) / step for test in tests}
    done = {(line["test"], line["number"]) for line in earlier}
    waiting = {test: numbers_to_try(test, done, first, step, trials) for test in tests}
    while waiting and (end is None or time.monotonic() < end) and os.getppid() == parent:
        if not (samples.folder / "whole").is_dir():
            raise FileNotFoundError(f"{samples.folder} was removed while the campaign ran: start it again")
        test = min(waiting, key=lambda name: spent[name] / share[name])
        number = next(waiting[test], None)
        if number is None:
            del waiting[test]
            continue
        line = run_trial(test, seed, number, results / f"work-{first}" / "place", samples)
        spent[test] += line["seconds"]
        _add_line(results, line)


def numbers_to_try(test: str, done: set, first: int, step: int, trials: int | None) -> Iterator[int]:
    """Numbers of the trials of a test that one of several processes still has to do, without end if there is none."""
    number = first
    while trials is None or number < trials:
        if (test, number) not in done:
            yield number
        number += step


def _add_line(results: Path, line: dict) -> None:
    file = os.open(results / "trials.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(file, json.dumps(line, ensure_ascii=True).encode() + b"\n")
    finally:
        os.close(file)


def _end_cut_line(results: Path) -> None:
    """End a last line that a process didn't write to its end."""
    path = results / "trials.jsonl"
    if path.is_file() and not (text := path.read_bytes()).endswith(b"\n"):
        path.write_bytes(text[: text.rfind(b"\n") + 1])
