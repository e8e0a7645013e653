"""Tests of the architecture: rooms import one way, and only what needs Keras imports it."""

import ast
import json

import pytest
from places import REPOSITORY
from processes import run_python

from mfccinv.cli.main import PROGRAMS

# A room may import the rooms in earlier lines, never one in its own line or a later one.
ROOMS = (
    ("system", "corpora", "features"),
    ("audio", "configs"),
    ("datasets",),
    ("inference",),
    ("models", "reporting", "run_folders", "batches"),
    ("synthesis", "sharing"),
    ("inversion", "evaluation"),
    ("training", "layers"),
    ("experiments", "app"),
    ("cli",),
)
# Besides, within a line: what stands first is imported by what stands second.
ALSO = {("system", "corpora"), ("system", "features"), ("models", "run_folders")}
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
NEEDS_KERAS = (
    "models",
    "batches.live_batches",
    "batches.segment_batches",
    "training",
    "layers",
    "experiments.leave_one_corpus_out",
    "run_folders.run",
)
NEEDS_TORCH = ("inference.torch_file",)  # which isn't among the package's extras
SLOW_PACKAGES = ("keras", "tensorflow", "jax", "torch", "scipy.signal")


def source_files():
    """Path of every module by its name."""
    paths = sorted((REPOSITORY / "mfccinv").rglob("*.py"))
    return {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__"): path for path in paths
    }


def imported_names(path):
    """Names of the modules that a file imports anywhere, in functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names.add(node.module)
    return names


def room_of(module):
    """The folder right below the package."""
    return module.split(".")[1]


MODULES = source_files()
IN_ROOMS = {name: path for name, path in MODULES.items() if name not in ("mfccinv", "mfccinv.__main__")}


def test_every_room_has_its_place():
    assert {room_of(module) for module in IN_ROOMS} == set(FLOOR)
    assert {path.name for path in (REPOSITORY / "mfccinv").glob("*.py")} == {"__init__.py", "__main__.py"}


def test_rooms_import_one_way():
    wrong = []
    for module, path in IN_ROOMS.items():
        for name in imported_names(path):
            if name.startswith("mfccinv."):
                here, there = room_of(module), room_of(name)
                if here != there and FLOOR[there] >= FLOOR[here] and (there, here) not in ALSO:
                    wrong.append(f"{module} imports {name}")
    assert not wrong


def test_modules_of_a_room_import_without_a_circle():
    waiting = {
        module: {name for name in imported_names(path) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    while waiting:
        ready = {module for module, needed in waiting.items() if not needed & set(waiting)}
        assert ready, f"these import each other: {waiting}"
        waiting = {module: needed for module, needed in waiting.items() if module not in ready}


def test_what_needs_no_network_imports_none(tmp_path):
    """In a fresh process for all, as what a module imports may import more."""
    light = [name for name in MODULES if not name.removeprefix("mfccinv.").startswith(NEEDS_KERAS + NEEDS_TORCH)]
    light.remove("mfccinv.__main__")
    script = f"""
import importlib, json, sys
guilty = {{}}
for name in {light}:
    importlib.import_module(name)
    found = [package for package in {SLOW_PACKAGES} if package in sys.modules]
    if found:
        guilty[name] = found
        break
print(json.dumps(guilty))
"""
    assert json.loads(run_python("-c", script, cwd=tmp_path).stdout) == {}


def test_hydra_stops_at_the_programs():
    for module, path in MODULES.items():
        packages = {name.split(".")[0] for name in imported_names(path)}
        assert module.startswith("mfccinv.cli.") or not packages & {"hydra", "omegaconf"}, module


@pytest.mark.parametrize("name", PROGRAMS)
def test_scripts_hold_no_logic(name):
    lines = (REPOSITORY / "scripts" / f"{name}.py").read_text().splitlines()
    assert lines == [f"from mfccinv.cli.{name} import main", "", 'if __name__ == "__main__":', "    main()"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_start_with_hydra_alone(name):
    """Help and the completion of a command line shouldn't wait for the rest of the package."""
    body = ast.parse(MODULES[f"mfccinv.cli.{name}"].read_text()).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [node.module for node in imports if isinstance(node, ast.ImportFrom)] == ["mfccinv.cli.hydra_program"]
    assert not any(isinstance(node, ast.Import) for node in imports)


def test_the_package_leaves_tensorflow_alone(tmp_path):
    """Importing it changes nothing of how TensorFlow logs or computes for others."""
    script = (
        "import os; before = dict(os.environ); import mfccinv; mfccinv.mfcc_to_mel; print(dict(os.environ) == before)"
    )
    assert run_python("-c", script, cwd=tmp_path).stdout == "True\n"
