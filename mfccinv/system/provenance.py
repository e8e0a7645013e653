"""Provenance of a result: versions, commit, machine."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("mfccinv", "numpy", "scipy", "librosa", "soundfile", "soxr", "keras", "tensorflow", "jax", "hydra-core")


def package_versions() -> dict[str, str | None]:
    """Versions of Python, of this package and of what it builds on; None where a package isn't installed."""
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return versions


def source_commit() -> str | None:
    """Commit of the checkout this code runs from, with ``-dirty`` if files differ from it; None outside a checkout.

    A package that is installed inside another repository's folder is no part of that repository.
    """
    if _git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None
    return _git("describe", "--always", "--abbrev=40", "--dirty", "--exclude=*")


def _git(*arguments: str) -> str | None:
    """What git prints in this file's folder; None if it fails or isn't there."""
    try:
        finished = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout.strip()


def describe_environment() -> dict:
    """Versions, commit and kind of machine, for ``environment.json``."""
    return {
        "versions": package_versions(),
        "commit": source_commit(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
    }
