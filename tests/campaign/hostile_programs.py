"""The programs, as one types them, with hostile files: what is wrong is said in a line, without a traceback."""

import os
import random
from pathlib import Path

from programs import call

from campaign import (
    hostile_archives,
    hostile_csv,
    hostile_json,
    hostile_networks,
    hostile_sets,
    hostile_shards,
    hostile_yaml,
)
from campaign.actions import command, in_process
from campaign.hostile import read_hostile
from campaign.outcome import FOUND, READ, WRONG, Limits, Outcome, names_of
from campaign.samples import Samples

CASES = [
    *(hostile_archives.ARCHIVES + hostile_shards.SHARDS + hostile_networks.NETWORKS),
    *(hostile_yaml.YAMLS + hostile_json.JSONS + hostile_csv.CSVS + hostile_sets.SETS),
]
HYDRA = Limits(seconds=4.0, megabytes=250.0)  # the program itself takes a part of it


def programs(rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Give a program one of the hostile files of the other tests."""
    case = CASES[rng.randrange(len(CASES))]
    action = rng.choice(case.actions)

    def typed(tell):
        in_process()
        words = command(action)
        if action == "start":  # a run to start from has its own
            words = tuple(word for word in words if not word.startswith(("features.", "model.", "model=", "features=")))
        ended = call(*words, cwd=os.getcwd())
        return [ended.code, ended.stdout, ended.stderr]

    base = samples.limits(action)
    limits = Limits(base.seconds + HYDRA.seconds, base.megabytes + HYDRA.megabytes)
    ended, path, touched = read_hostile(case, typed, rng, place, samples, limits)
    outcome = touched or _judge(ended, path)
    return [Outcome(outcome.verdict, f"{case.name}, {action}: {outcome.detail}")]


def _judge(ended, path: Path) -> Outcome:
    if ended.how != "returned":
        told = f"{ended.error.kinds[0]}: {ended.error.message:.200}" if ended.error else f"{ended.seconds:.1f} s"
        return Outcome(WRONG, f"{ended.how} {told}")
    code, stdout, stderr = ended.value
    if "Traceback" in stdout + stderr:
        return Outcome(WRONG, f"a traceback: {stderr.strip().splitlines()[-3:]}")
    if code == 0:
        return Outcome(READ)
    named = any(name in stdout + stderr for name in names_of(path))
    return Outcome(FOUND if named else WRONG, (stderr or stdout)[-300:])


TESTS = {"programs with hostile files": programs}
