"""Tests of the built wheel, installed where there is no checkout: what a person gets who installs the package."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from functools import partial
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
import soundfile
from places import DEMO, REPOSITORY

pytestmark = pytest.mark.slow
FEW = ("dataset.limit=4", "dataset.workers=1", "dataset.progress=false")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the repository."""
    for needed in ("pip", "hatchling"):
        pytest.importorskip(needed)
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", folder, REPOSITORY], check=True)
    [path] = folder.glob("*.whl")
    return path


def make_environment(wheel, folder):
    """Make an environment that has the wheel alone, without what it depends on; return its folder."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True)
    return folder


def site_packages(folder):
    """Where the packages of an environment lie."""
    return Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))


@pytest.fixture(scope="module")
def programs(wheel, tmp_path_factory):
    """Folder of the programs of an environment that has the wheel; what it depends on comes from this one."""
    folder = make_environment(wheel, tmp_path_factory.mktemp("environment"))
    (site_packages(folder) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.fixture(scope="module")
def light_programs(wheel, tmp_path_factory):
    """Folder of the programs of an environment that has the wheel and what docs/inversion.md says it needs, no more."""
    text = (REPOSITORY / "docs" / "inversion.md").read_text(encoding="utf-8")
    commands = re.findall(r"^pip install (?!--no-deps)(.*?) *#", text, re.MULTILINE)
    folder = make_environment(wheel, tmp_path_factory.mktemp("light"))
    waiting, seen = [name for command in commands for name in command.split()], set()
    while waiting:
        found = distribution(waiting.pop())
        if found.name not in seen:
            for top in {path.parts[0] for path in found.files if ".." not in path.parts}:
                target = site_packages(folder) / top
                if not target.exists():
                    target.symlink_to(found.locate_file(top))
            waiting += [re.match(r"[\w.-]+", one)[0] for one in found.requires or () if ";" not in one]
            seen.add(found.name)
    return folder / "bin"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An empty folder but for some speech."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for speaker in ("allison", "carlo", "june"):
        (folder / "recordings" / speaker).mkdir(parents=True)
        for path in sorted((DEMO / speaker).glob("*.flac"))[:5]:
            shutil.copy(path, folder / "recordings" / speaker)
    return folder


@pytest.fixture
def call(programs, place):
    """Call a program of the environment in the folder, and return what it printed."""
    return partial(call_of, programs, place)


def call_of(programs, place, *command):
    """Call a program of an environment in a folder, and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    finished = subprocess.run(
        [programs / command[0], *map(str, command[1:])], cwd=place, env=environment, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_one_import_is_enough_and_is_not_the_checkout(call):
    sound = "mfccinv.mfcc_to_audio(np.zeros((20, 50)), checkpoint=None)"
    script = f"import mfccinv, numpy as np; print(mfccinv.__file__, {sound}.shape)"
    printed = call("python", "-c", script)
    assert str(REPOSITORY) not in printed
    assert printed.endswith(" (7840,)\n")


def test_help_and_version(call):
    assert "mfccinv train" in call("mfccinv", "--help")
    assert call("mfccinv", "--version") == call("python", "-m", "mfccinv", "--version")


def test_a_file_is_inverted(call, place):
    np.save(place / "mfcc.npy", np.random.default_rng(0).normal(-20, 5, (20, 50)))
    assert "mfcc.npy → inverted/mfcc.wav" in call("mfccinv", "invert", "input=mfcc.npy", "progress=false")
    assert soundfile.info(place / "inverted" / "mfcc.wav").samplerate == 16000


def test_few_packages_are_enough_to_invert(light_programs, place):
    """A sound is analysed, its MFCC are inverted by a network, and the sound is written: without TensorFlow."""
    assert (
        call_of(light_programs, place, "python", "-c", "import importlib.util as u; print(u.find_spec('keras'))")
        == "None\n"
    )
    [sound] = list((place / "recordings" / "june").glob("*.flac"))[:1]
    told = call_of(light_programs, place, "mfccinv", "invert", f"input={sound}", "output=light", "progress=false")
    assert f"{sound.stem}.wav" in told
    assert soundfile.info(place / "light" / f"{sound.stem}.wav").samplerate == 16000


def test_an_own_corpus_is_trained_on_and_scored(call, place):
    corpus = ("corpus=folder", "corpus.root=recordings", "split.validation_speakers=[carlo]")
    split = ("split.test_speakers=[june]", "split.validation=0", "split.test=0")
    quick = ("model=linear", "training.epochs=1", "training.progress=false")
    assert "validation loss" in call("mfccinv", "train", *corpus, *split, *FEW, *quick)
    assert len(list(place.glob("checkpoints/*/model.keras"))) == 1
    scored = call("mfccinv", "evaluate", "run=latest", "examples=0", "listened=0", "progress=false")
    assert "folder-test: 4 utterances" in scored


def test_a_pretrained_run_is_scored_below_the_working_directory(call, place, programs):
    before = sorted(programs.parent.rglob("*.json"))
    corpus = ("corpus=folder", "corpus.root=recordings", "workers=1")
    told = call("mfccinv", "evaluate", "run=asr_20", *corpus, "examples=1", "listened=0", "progress=false")
    assert "recordings-all: 15 utterances" in told
    assert (place / "evaluation" / "asr_20" / "recordings-all" / "report.html").is_file()
    assert sorted(programs.parent.rglob("*.json")) == before
