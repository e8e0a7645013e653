"""Tests of the pages of the first day: each command is run, on little speech and for a few steps."""

import re
import shlex
import subprocess
import sys

import programs
import pytest
from pages import blocks
from places import DEMO, REPOSITORY

DOCS = REPOSITORY / "docs"
ONE_WORKER = ("dataset.workers=1", "dataset.limit=4")
LITTLE = {
    "train": (*ONE_WORKER, "training.epochs=1", "training.steps_per_epoch=2", "training.progress=false"),
    "build_dataset": ONE_WORKER,
    "adapt": (
        *("adaptation.epochs=1", "adaptation.steps_per_epoch=2", "adaptation.copies=0"),
        *("adaptation.least_seconds=5", "progress=false"),
    ),
    "evaluate": ("listened=1", "examples=1", "phase.iterations=2", "workers=1", "progress=false"),
    "invert": ("phase=joint", "phase.iterations=2", "progress=false"),
    "leaderboard": (),
}
AS_THEY_ARE = ("--help", "resume=", "rerun=")  # what these allow is little


def run(command, place):
    """Run a line as it stands, but for settings that keep it short."""
    words = shlex.split(command)
    if words[0] == "python":
        subprocess.run([sys.executable, *words[1:]], cwd=place, check=True)
        return
    _, program, *typed = words
    little = () if any(word.startswith(AS_THEY_ARE) for word in typed) else LITTLE[program]
    if any(word.startswith("resume=") for word in typed):
        typed = [word.replace("training.epochs=100", "training.epochs=2") for word in typed]
    ended = programs.call(program, *typed, *little, cwd=place)
    assert ended.code == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("page", sorted(DOCS.glob("first_day_*.md")), ids=lambda page: page.stem)
def test_each_command_runs(page, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo").symlink_to(DEMO)
    (tmp_path / "recordings").mkdir()
    for voice in ("june", "allison", "nsh", "carlo"):
        (tmp_path / "recordings" / voice).mkdir()
        for path in sorted((DEMO / voice).glob("*.flac"))[:4]:
            (tmp_path / "recordings" / voice / path.name).symlink_to(path)
    commands = 0
    for title, code in blocks(page, "python"):
        (tmp_path / re.fullmatch(r'title="(\w+\.py)"', title)[1]).write_text(code, encoding="utf-8")
    for _, code in blocks(page, "sh"):
        for command in code.splitlines():
            run(command, tmp_path)
            commands += 1
    assert commands > 3
