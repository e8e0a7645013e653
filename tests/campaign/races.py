"""Two processes that do the same at once, or one that repairs what the other reads."""

import json
import os
import random
import shutil
import time
from pathlib import Path

from campaign.actions import ACTIONS, contents, in_process, train_anew
from campaign.guard import Child, Ended
from campaign.kills import differences
from campaign.outcome import EQUAL, FAILURES, FOUND, SILENT, WRONG, Outcome, judge
from campaign.samples import Samples, perform


def _both(first, second, place: Path, delay: float) -> tuple[Ended, Ended]:
    """Start one function in a folder, and another so many seconds later; wait for both."""

    def later(tell):
        time.sleep(delay)
        return second(tell)

    children = [Child(first, place), Child(later, place)]
    one, two = (child.wait() for child in children)
    return one, two


def two_builds(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Build one data set twice at once."""
    delay = rng.random() * samples.seconds("build")
    ended = _both(perform("build"), perform("build"), place, delay)
    outcomes = [judge(one, samples.value("build"), ["sets/"]) for one in ended]
    return [_worst(outcomes, f"second build {delay:.3f} s later")]


def two_resumes(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Go on with one run twice at once: the second is refused while the first trains."""
    samples.copy(place)
    delay = rng.random() * samples.seconds("resume")
    ended = _both(perform("resume"), perform("resume"), place, delay)
    outcomes = [judge(one, samples.value("resume"), ["runs/run"]) for one in ended]
    if all(one.error for one in ended):
        outcomes.append(Outcome(WRONG, "both were refused"))
    if all("epoch 3/3" in one.output for one in ended):
        outcomes.append(Outcome(WRONG, "both trained the epoch"))
    left = contents(place / "runs" / "run", "evaluation")
    if left != samples.value("resume"):
        outcomes.append(Outcome(SILENT, f"the run {differences(samples.value('resume'), left)}"))
    return [_worst(outcomes, f"second {delay:.3f} s later")]


def two_trainings(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Train twice at once under one name: the second gets a number."""
    samples.copy(place)
    delay = rng.random() * samples.seconds("train") * 0.5

    def anew(tell):
        in_process()
        return train_anew()

    ended = _both(anew, anew, place, delay)
    names = [one.value.pop("name") if one.how == "returned" else None for one in ended]
    expected = {name: digest for name, digest in samples.value("train").items() if name != "name"}
    outcomes = [judge(one, expected, ["runs/new"]) for one in ended]
    if sorted(map(str, names)) != ["new", "new-2"]:
        outcomes.append(Outcome(WRONG, f"the runs are called {names}"))
    return [_worst(outcomes, f"second {delay:.3f} s later")]


def repair_while_training(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Repair a data set while another process trains on it."""
    samples.copy(place)
    action = ("resume", "train")[number % 2]
    delay = rng.random() * samples.seconds(action)
    harm = rng.choice(list(HARMS))
    shard = rng.randrange(9)

    def harm_and_repair(tell):
        in_process()
        (folder,) = Path("sets").iterdir()
        HARMS[harm](folder, sorted(folder.glob("*.npz"))[shard])
        return ACTIONS["build"]()

    trained, repaired = _both(perform(action), harm_and_repair, place, delay)
    outcomes = [
        judge(trained, samples.value(action), ["sets/"]),
        judge(repaired, samples.value("build"), ["sets/"]),
    ]
    if repaired.error:
        outcomes.append(Outcome(WRONG, f"the repair was refused: {repaired.error.message:.200}"))
    return [_worst(outcomes, f"{action}, and {delay:.3f} s later {harm}")]


def _rewrite_all(folder: Path, shard: Path) -> None:
    path = folder / "manifest.json"
    changed = path.with_name("changed")
    changed.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 1}))
    os.replace(changed, path)


HARMS = {
    "a shard is lost": lambda folder, shard: shard.unlink(),
    "the manifest is lost": lambda folder, shard: (folder / "manifest.json").unlink(),
    "the statistics are lost": lambda folder, shard: (folder / "statistics.json").unlink(),
    "it is of another format": _rewrite_all,
    "it is removed": lambda folder, shard: shutil.rmtree(folder),
}


def _worst(outcomes: list[Outcome], told: str) -> Outcome:
    """One outcome for all: a failure if there is one, else an error if there is one."""
    for verdict in (*FAILURES, FOUND):
        for outcome in outcomes:
            if outcome.verdict == verdict:
                return Outcome(verdict, f"{told}: {outcome.detail}")
    return Outcome(EQUAL)


TESTS = {
    "two builds of a data set at once": two_builds,
    "two resumes of a run at once": two_resumes,
    "two trainings of one name at once": two_trainings,
    "a data set is repaired during a training": repair_while_training,
}
