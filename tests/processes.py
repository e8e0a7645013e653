"""Python in processes of its own."""

import os
import subprocess
import sys

from places import REPOSITORY

# Value of XLA_FLAGS for a process with JAX: what runs a few times is compiled sooner if it isn't made fast.
COMPILED_SOON = "--xla_backend_optimization_level=0"


def run_python(*arguments, cwd, timeout=120, **environment):
    """Run Python in a fresh process that finds the package, and return what it did; it must succeed."""
    finished = run_python_unchecked(*arguments, cwd=cwd, timeout=timeout, **environment)
    assert finished.returncode == 0, f"{arguments} failed:\n{finished.stdout}\n{finished.stderr}"
    return finished


def run_python_unchecked(*arguments, cwd, timeout=120, **environment):
    """As `run_python`, but it may fail."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
