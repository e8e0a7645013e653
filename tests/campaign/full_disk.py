"""A disk that is full while something is written: the error says so, and with more room it goes on."""

import random
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from campaign.guard import Ended, call
from campaign.kills import TITLES, differences
from campaign.outcome import FOUND, SILENT, WRONG, Outcome, judge
from campaign.samples import Samples, perform

MADE = {"build": "sets", "train": "runs/new", "start": "runs/started", "evaluate": "runs/run/evaluation"}
MADE |= {"adapt": "voices", "invert": "inverted"}
ROOM = 64 << 20  # bytes, enough for all
PRINTED = 2000  # bytes that a process may print, which go to a file, too
SAYS = ("No space left", "File too large", "disk is full", "disk quota")


def full(action: str, rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Give the disk room for a random part of what is written; then make room, and do it again."""
    whole = samples.copy(place / "whole")
    shutil.rmtree(whole / MADE[action], ignore_errors=True)
    part = rng.random()
    if _may_mount(place):
        with _disk(place / "disk") as disk:
            box = Path(shutil.copytree(whole, disk / "box"))
            _resize(disk, _bytes_of(box) + part * _written(action, place, samples))
            ended = call(perform(action), box)
            _resize(disk, ROOM)
            return [_judge(ended, part, action, box, samples)]
    size = PRINTED + int(part * _largest(action, samples))
    limits = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    ended = call(perform(action), whole, prepare=limits)
    return [_judge(ended, part, action, whole, samples)]


def _judge(ended: Ended, part: float, action: str, box: Path, samples: Samples) -> Outcome:
    """Judge what a full disk did, after doing the same again with more room."""
    told = f"room for {part:.3f}"
    again = call(perform(action), box)
    if again.how != "returned":
        return Outcome(WRONG, f"{told}; with more room it {again.how}: {again.error}")
    if again.value != samples.value(action):
        return Outcome(SILENT, f"{told}; with more room it {differences(samples.value(action), again.value)}")
    first = judge(
        ended, samples.value(action), ("sets/", "runs/", "voices/", "inverted/"), may_raise=("ValueError", "OSError")
    )
    if first.verdict == FOUND and not any(words in first.detail for words in SAYS):
        return Outcome(WRONG, f"{told}: does not say that the disk is full: {first.detail}")
    return Outcome(first.verdict, f"{told}: {first.detail}")


@cache
def _may_mount(place: Path) -> bool:
    try:
        with _disk(place / "tried"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def _disk(folder: Path) -> Iterator[Path]:
    """A small disk in memory."""
    folder.mkdir(exist_ok=True)
    if folder.is_mount():  # a campaign that was killed left it
        subprocess.run(["umount", "--lazy", folder], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _resize(disk: Path, size: float) -> None:
    pages = int(size) // 4096 + 1
    subprocess.run(["mount", "-o", f"remount,size={pages * 4096}", disk], check=True)


def _bytes_of(folder: Path) -> int:
    """Bytes that the files of a folder take on a disk in memory."""
    return sum(-(-path.lstat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file())


def _written(action: str, place: Path, samples: Samples) -> int:
    """Bytes that an action adds; measured once."""
    kept = samples.folder / f"written-{action}"
    if not kept.is_file():
        box = samples.copy(place / "measured")
        shutil.rmtree(box / MADE[action], ignore_errors=True)
        before = _bytes_of(box)
        call(perform(action), box)
        kept.write_text(str(_bytes_of(box) - before))
        shutil.rmtree(box)
    return int(kept.read_text())


def _largest(action: str, samples: Samples) -> int:
    made = {"build": "sets", "invert": "archive", "adapt": "voices"}.get(action, "runs/run")
    return max(path.stat().st_size for path in (samples.folder / "whole" / made).rglob("*") if path.is_file())


TESTS = {f"{TITLES.get(action, 'inversion')} on a full disk": partial(full, action) for action in MADE}
