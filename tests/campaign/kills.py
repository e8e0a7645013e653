"""Builds, trainings, adaptations and evaluations that are killed, and then done again to the end."""

import builtins
import io
import os
import random
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from campaign.guard import Ended, call
from campaign.outcome import EQUAL, SILENT, WRONG, Outcome
from campaign.samples import Samples, perform

# What a person does again after it was killed, and what it makes, which isn't there before.
KILLED = {
    "build": "sets",
    "train": "runs/new",
    "start": "runs/started",
    "adapt": "voices",
    "evaluate": "runs/run/evaluation",
}
EVENTS = ("open", "replace", "rename", "unlink", "remove", "mkdir", "rmdir", "fsync", "truncate", "link", "symlink")


class Events:
    """Counts what a process does to files, and kills it right before or after one of these events.

    Parameters
    ----------
    fatal : int or None
        Twice the number of the event, and one more for the moment after it; None only counts.
    """

    def __init__(self, fatal: int | None = None):
        self.count, self._fatal = 0, fatal

    def watch(self) -> None:
        """Wrap the functions that change files."""
        for name in EVENTS:
            setattr(os, name, self._watched(getattr(os, name), lambda *arguments: True))
        opened = self._watched(builtins.open, lambda name, mode="r", *_: bool(set(mode) & set("wax+")))
        builtins.open = io.open = opened

    def _watched(self, function: Callable, changes_files: Callable) -> Callable:
        def watched(*arguments, **options):
            if not changes_files(*arguments):
                return function(*arguments, **options)
            number, self.count = self.count, self.count + 1
            self._die_at(2 * number)
            result = function(*arguments, **options)
            self._die_at(2 * number + 1)
            return result

        return watched

    def _die_at(self, moment: int) -> None:
        if moment == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_at_an_event(action: str, rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Kill at the event of the trial's number; every third time, kill what goes on, too."""
    _prepare(action, place, samples)
    moments = 2 * _count(action, place, samples)
    told = []
    for fatal in [number % moments] + [rng.randrange(moments)] * (number % 3 == 2):
        ended = call(perform(action), place, prepare=Events(fatal).watch)
        told.append(f"at event {fatal // 2} of {moments // 2}: {ended.how}")
        if ended.how not in ("killed", "returned"):
            return [Outcome(WRONG, f"{told}: {ended.error}")]
    return [_go_on(action, place, samples, told)]


def killed_at_any_time(
    action: str, real: bool, rng: random.Random, place: Path, samples: Samples, number: int
) -> list[Outcome]:
    """Kill after a random part of the time that it takes; ``real`` with the processes that extract features."""
    _prepare(action, place, samples)
    part = rng.random()
    seconds = part * (4.0 if real else samples.seconds(action))
    function = (lambda tell: _really(action)) if real else perform(action)
    ended = call(function, place, kill_after=seconds)
    told = [f"after {part:.3f} of the time: {ended.how}"]
    if ended.how not in ("killed", "returned"):
        return [Outcome(WRONG, f"{told}: {ended.error}")]
    return [_go_on(action, place, samples, told)]


def _really(action: str) -> object:
    from campaign.actions import ACTIONS

    return ACTIONS[action]()


def _prepare(action: str, place: Path, samples: Samples) -> None:
    samples.copy(place)
    shutil.rmtree(place / KILLED[action], ignore_errors=True)


def _count(action: str, place: Path, samples: Samples) -> int:
    """Number of events of an action undisturbed; counted once."""
    kept = samples.folder / f"events-{action}"
    if not kept.is_file():
        counted = place / "counted"
        samples.copy(counted)
        shutil.rmtree(counted / KILLED[action], ignore_errors=True)
        events = Events()

        def performed(tell):
            events.watch()
            perform(action)(tell)
            return events.count

        ended = call(performed, counted)
        kept.write_text(str(ended.value))
        shutil.rmtree(counted)
    return int(kept.read_text())


def _go_on(action: str, place: Path, samples: Samples, told: list[str]) -> Outcome:
    """Do it again to the end, and compare the result and what is left with an undisturbed one."""
    ended: Ended = call(perform(action), place)
    if ended.how != "returned":
        return Outcome(WRONG, f"{told}; then it {ended.how}: {ended.error}")
    expected = samples.value(action)
    if ended.value != expected:
        return Outcome(SILENT, f"{told}; {differences(expected, ended.value)}")
    left = sorted(path.relative_to(place).as_posix() for path in place.rglob(".tmp-*"))
    if left:
        shown = ", ".join(Path(name).parent.as_posix() + "/.tmp-…" for name in left[:3])
        return Outcome(WRONG, f"{told}; temporary files stay: {shown}")
    return Outcome(EQUAL)


def differences(expected, value) -> str:
    """Names in which two results differ."""
    if not isinstance(expected, dict) or not isinstance(value, dict):
        return "another result"
    return "differs in " + ", ".join(
        name for name in sorted(expected.keys() | value.keys()) if expected.get(name) != value.get(name)
    )


TITLES = {
    "build": "build",
    "train": "training",
    "start": "training from a run",
    "adapt": "adaptation",
    "evaluate": "evaluation",
}
TESTS = {f"{title} killed at every file event": partial(killed_at_an_event, action) for action, title in TITLES.items()}
TESTS |= {f"{title} killed at any time": partial(killed_at_any_time, action, False) for action, title in TITLES.items()}
TESTS["build with worker processes killed at any time"] = partial(killed_at_any_time, "build", True)
