"""Tests of the console command: it is the scripts."""

import numpy as np
from tiny import REPOSITORY, run_python, run_python_unchecked

from mfccinv.cli.main import COMMANDS, SCRIPTS

MAIN = ("-c", "from mfccinv.cli import main; main()")


def test_every_command_is_a_script():
    assert all((SCRIPTS / f"{name}.py").is_file() for name in COMMANDS)
    assert SCRIPTS == REPOSITORY / "scripts"


def test_runs_the_script(tmp_path):
    mfcc = np.zeros((20, 50))
    mfcc[0] = -400  # quiet
    np.save(tmp_path / "a.npy", mfcc)
    done = run_python(*MAIN, "invert", "input=a.npy", "checkpoint=null", "progress=false", cwd=tmp_path)
    assert done.stdout == "a.npy → inverted/a.wav: 0.49 s at 16000 Hz\n"


def test_tells_the_commands(tmp_path):
    for arguments in ((), ("inverse",)):
        done = run_python_unchecked(*MAIN, *arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith("usage: mfccinv {invert,evaluate,train,build_dataset,leaderboard}")
