"""How a trial ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from campaign.guard import Ended

# As it should be.
FOUND = "found"  # an error that names the file
EQUAL = "equal"  # the same result as undisturbed: what was harmed was without effect, or was repaired
READ = "read"  # what is odd, but right, was read
# Nothing can tell, as the format has no checksum.
UNPROTECTED = "no checksum"
# As it must not be.
SILENT = "silent"  # wrong data was used without a word
WRONG = "wrong"  # a traceback, no file named, over the time or the memory, touched what is outside
VERDICTS = (FOUND, EQUAL, READ, UNPROTECTED, SILENT, WRONG)
FAILURES = (SILENT, WRONG)


@dataclass(frozen=True)
class Outcome:
    """The end of a trial: one of `VERDICTS`, and what happened."""

    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class Limits:
    """What a reader may take: seconds of processor time, and memory."""

    seconds: float = 2.0
    megabytes: float = 200.0


def judge(
    ended: Ended,
    undisturbed: object,
    names: Sequence[str],
    *,
    differs: str = SILENT,
    limits: Limits | None = None,
    may_raise: tuple[str, ...] = ("ValueError", "OSError"),
) -> Outcome:
    """Judge what became of a process that read something harmed.

    Parameters
    ----------
    ended : Ended
    undisturbed : object
        What the same process returns without the harm.
    names : sequence of str
        An error must name one of these files.
    differs : str
        The verdict if something else is returned.
    limits : Limits or None
        None: there are none.
    may_raise : tuple of str
        Names of the exceptions that programs report in a line; what derives from one of them is one, too.
    """
    if ended.how in ("hung", "swollen", "died"):
        return Outcome(WRONG, f"{ended.how}: {ended.seconds:.1f} s, {ended.megabytes:.0f} MB; {ended.output[-300:]}")
    if limits and (ended.seconds > limits.seconds or ended.megabytes > limits.megabytes):
        told = f"; then {ended.error.kinds[0]}: {ended.error.message:.80}" if ended.error else ""
        return Outcome(WRONG, f"took {ended.seconds:.1f} s and {ended.megabytes:.0f} MB{told}")
    if ended.error:
        told = f"{ended.error.kinds[0]}: {ended.error.message:.300}"
        if not set(may_raise) & set(ended.error.kinds):
            return Outcome(WRONG, f"uncaught {told} ({ended.error.place})")
        if not any(name in ended.error.message for name in names):
            return Outcome(WRONG, f"names no file: {told} ({ended.error.place})")
        return Outcome(FOUND, told)
    return Outcome(EQUAL) if ended.value == undisturbed else Outcome(differs, "another result, without a word")


def judge_leaderboard(ended: Ended, expected: dict) -> Outcome:
    """Another run's row stays as it is; that of the run that was harmed, too, or else the program tells why not."""
    if ended.how != "returned":
        told = f"{ended.error.kinds[0]}: {ended.error.message}" if ended.error else ended.output[-300:]
        return Outcome(WRONG, f"one run stops the leaderboard: {ended.how} {told}")
    rows = dict(ended.value)
    if rows == expected:
        return Outcome(EQUAL)
    other = rows.get("other", {})
    kept = other and all(other[name] == expected["other"].get(name, "") for name in other)
    if kept and "run" not in rows and "runs/run" in ended.output:
        return Outcome(FOUND, ended.output[-300:])
    return Outcome(SILENT, "another table, without a word")


def names_of(path: Path) -> list[str]:
    """What an error about a file may name: the file, or what it leads to."""
    others = {
        "manifest.json": [".npz", "not the data set"],
        "environment.json": ["complete data set", "not the data set"],
        "history.csv": ["epoch-"],
        "config.yaml": ["no run 'run'"],
    }
    if path.suffix == ".npz":
        return [path.name, path.parent.name]  # the data set that holds a shard
    return [path.name, *others.get(path.name, [])]
