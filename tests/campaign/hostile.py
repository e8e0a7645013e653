"""Hostile files: each case writes one in the place of a proper one, and a program reads it.

Nothing that it names may be touched outside the folder that the programs work in, and nothing that it holds may run:
files of the folder around it tell.
"""

import math
import random
import resource
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from campaign.checksums import agree
from campaign.guard import Ended, call
from campaign.outcome import READ, SILENT, WRONG, Limits, Outcome, judge, judge_leaderboard, names_of
from campaign.samples import Samples, perform

CANARY = "canary.txt"
EXECUTED = "executed"


@dataclass(frozen=True)
class Case:
    """A hostile file.

    Parameters
    ----------
    name : str
    pattern : str
        Of the file that it takes the place of.
    actions : tuple of str
        What reads it, see `campaign.actions.ACTIONS`.
    write : callable
        Called with the path and a random generator.
    harmless : bool
        Whether it may as well be read: it is odd, but says something that can be.
    names : tuple of str
        What an error may name instead of the file.
    """

    name: str
    pattern: str
    actions: tuple[str, ...]
    write: Callable[[Path, random.Random], object]
    harmless: bool = False
    names: tuple[str, ...] = ()


def attempts(cases: list[Case]) -> Callable:
    """The test of these cases: the trial's number chooses one, and what reads it."""

    def attempt(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
        case = cases[number % len(cases)]
        action = case.actions[number // len(cases) % len(case.actions)]
        outcome = _read(case, action, rng, place, samples)
        return [Outcome(outcome.verdict, f"{case.name}, {action}: {outcome.detail}")]

    return attempt


def _read(case: Case, action: str, rng: random.Random, place: Path, samples: Samples) -> Outcome:
    limits = samples.limits(action)
    ended, path, touched = read_hostile(case, perform(action), rng, place, samples, limits)
    if touched:
        return touched
    expected = samples.value(action)
    if action == "leaderboard":
        outcome = judge_leaderboard(ended, expected)
        over = judge(ended, ended.value, [], limits=limits)
        outcome = over if over.detail.startswith(("took", "hung", "swollen", "died")) else outcome
    else:
        outcome = judge(ended, expected, [*names_of(path), *case.names], limits=limits)
    if case.harmless and outcome.verdict == SILENT:
        return Outcome(READ)
    return outcome


def read_hostile(
    case: Case, function: Callable, rng: random.Random, place: Path, samples: Samples, limits: Limits
) -> tuple[Ended, Path, Outcome | None]:
    """Call a function in a folder with a hostile file, and see whether it keeps to the folder.

    Returns
    -------
    ended : Ended
    path : Path
        The hostile file.
    touched : Outcome or None
        The failure if something outside was touched, or executed.
    """
    box = samples.copy(place / "box")
    (place / CANARY).write_text("alive")
    path = rng.choice(sorted(box.glob(case.pattern)))
    case.write(path, rng)
    agree(path)
    before = _outside(place)
    ended = call(function, box, prepare=partial(_end_at, math.ceil(limits.seconds) + 4))
    touched = None
    if (place / EXECUTED).exists():
        touched = Outcome(WRONG, "what the file holds was executed")
    elif _outside(place) != before:
        touched = Outcome(WRONG, f"touched what is outside: {_outside(place) ^ before}")
    return ended, path, touched


def _end_at(seconds: int) -> None:
    """Have this process end after so much processor time: what takes longer needn't be waited for."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _outside(place: Path) -> set[tuple[str, bytes]]:
    """What lies around the folder that the programs work in."""
    around = (path for path in place.rglob("*") if not path.is_relative_to(place / "box"))
    return {(str(path.relative_to(place)), path.read_bytes()) for path in around if path.is_file()}


def above(path: Path, name: str) -> str:
    """The relative path of a file around the box, from the folder of a file in it."""
    return "../" * len(path.parent.relative_to(box_of(path).parent).parts) + name


def box_of(path: Path) -> Path:
    """The folder that the programs work in."""
    return next(parent for parent in path.parents if parent.name == "box")
