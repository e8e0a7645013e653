"""Tests of what is written down about versions, commit and machine."""

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess

import numpy as np
import pytest

from mfccinv.system import provenance
from mfccinv.system.provenance import describe_environment, package_versions, source_commit

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A git repository with one commit, whose ``package`` is where the code is thought to be."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "code.py").write_text("x = 1\n")
    for command in (["init", "-q"], ["add", "."], [*IDENTITY, "commit", "-q", "--no-verify", "-m", "Add code"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "package" / "code.py"))
    return tmp_path


def test_versions_of_what_is_installed_and_none_of_what_is_not(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("mfccinv", "numpy", "no-such-package"))
    assert package_versions() == {
        "python": platform.python_version(),
        "mfccinv": importlib.metadata.version("mfccinv"),
        "numpy": np.__version__,
        "no-such-package": None,
    }


def test_versions_are_known_without_loading_the_packages():
    assert {"numpy", "scipy", "librosa", "soundfile", "soxr", "keras", "tensorflow"} <= set(package_versions())
    assert all(package_versions()[name] for name in ("numpy", "scipy", "librosa", "soundfile", "soxr"))


def test_commit_of_a_checkout(checkout):
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True)
    assert re.fullmatch("[0-9a-f]{40}", source_commit())
    assert source_commit() == head.stdout.strip()


def test_a_tag_does_not_hide_the_commit(checkout):
    commit = source_commit()
    subprocess.run(
        ["git", *IDENTITY, "tag", "--annotate", "--no-sign", "-m", "First", "v1.0"], cwd=checkout, check=True
    )
    assert source_commit() == commit


def test_changed_files_are_told(checkout):
    commit = source_commit()
    (checkout / "package" / "code.py").write_text("x = 2\n")
    assert source_commit() == f"{commit}-dirty"


def test_no_commit_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "code.py"))
    assert source_commit() is None


def test_no_commit_of_another_repository_that_the_package_lies_in(checkout, monkeypatch):
    """As an environment does in a person's project: its files are there, but not the project's."""
    (checkout / "environment").mkdir()
    (checkout / "environment" / "code.py").write_text("x = 1\n")
    monkeypatch.setattr(provenance, "__file__", str(checkout / "environment" / "code.py"))
    assert source_commit() is None


def test_no_commit_without_git(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert source_commit() is None


def test_environment_can_be_written_as_json():
    environment = describe_environment()
    assert json.loads(json.dumps(environment)) == environment
    assert environment["versions"] == package_versions()
    assert environment["processors"] == os.cpu_count()
    assert environment["platform"]
