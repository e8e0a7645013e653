"""Tests of the architecture: imports point one way, and only what needs Keras imports it."""

import ast
import json
from collections import Counter

import pytest
from tiny import REPOSITORY, run_python

# Every module may import those before it, none after it. A package's name stands for all of its modules.
ORDER = (
    "mfccinv",
    # From sound to a data set, and whatever needs no network.
    "files registry spec presets context audio augmentation corpora splits analytic features metrics threads stft "
    "magnitude phase vocoders task statistics shards windows draws workers extraction provenance plan dataset manifest "
    "builder figures quality scoring listening sources records report page leaderboard config console cli",
    # Networks.
    "losses models batches runs inversion shipped synthesis api invert streaming validation schedules engine epochs "
    "trackers training evaluation crosscorpus",
)
LIGHT, HEAVY = (tuple(f"mfccinv.{name}" for name in names.split()) for names in ORDER[1:])
PLACES = {name: place for place, name in enumerate((ORDER[0], *LIGHT, *HEAVY))}
SLOW_PACKAGES = ("keras", "tensorflow", "jax", "torch")


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


def public_names(path):
    """Names of the functions, classes and constants that a module defines for others."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def unit(module):
    """The module or subpackage right below the package."""
    return ".".join(module.split(".")[:2])


MODULES = source_files()
REPEATED = {"FRAMES_AT_ONCE", "SMALLEST", "WHERE"}  # numbers and hints of a module's own that no other one imports


def test_every_module_has_its_place():
    assert {unit(module) for module in MODULES} == set(PLACES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module):
    for name in imported_names(MODULES[module]):
        if name.split(".")[0] == "mfccinv" and unit(name) != unit(module):
            assert PLACES[unit(name)] < PLACES[unit(module)], f"{module} imports {name}"


@pytest.mark.parametrize("package", ["corpora", "models"])
def test_modules_of_a_package_import_in_one_direction(package):
    """A package's modules import each other without a circle, and never the package itself."""
    waiting = {
        name: {one for one in imported_names(path) if one.startswith(f"mfccinv.{package}")}
        for name, path in MODULES.items()
        if name.startswith(f"mfccinv.{package}.")
    }
    while waiting:
        ready = {name for name, needed in waiting.items() if not needed & set(waiting)}
        assert ready, f"these import each other: {waiting}"
        assert not any(f"mfccinv.{package}" in waiting[name] for name in ready)
        waiting = {name: needed for name, needed in waiting.items() if name not in ready}


def test_a_public_name_is_defined_once():
    counts = Counter(name for path in MODULES.values() for name in public_names(path))
    assert {name for name, count in counts.items() if count > 1} <= REPEATED


def test_what_needs_no_network_imports_none(tmp_path):
    """In a fresh process for all, as what a module imports may import more."""
    script = f"""
import importlib, json, sys
guilty = {{}}
for name in {list(LIGHT)}:
    importlib.import_module(name)
    found = [package for package in {SLOW_PACKAGES} if package in sys.modules]
    if found:
        guilty[name] = found
        break
print(json.dumps(guilty))
"""
    assert json.loads(run_python("-c", script, cwd=tmp_path).stdout) == {}


def test_hydra_stops_at_the_scripts():
    for module, path in MODULES.items():
        packages = {name.split(".")[0] for name in imported_names(path)}
        assert module == "mfccinv.config" or not packages & {"hydra", "omegaconf"}, module


@pytest.mark.parametrize("name", ["build_dataset", "train", "evaluate", "invert", "leaderboard"])
def test_scripts_start_with_hydra_alone(name):
    """Help and the completion of a command line shouldn't wait for the rest of the package."""
    body = ast.parse((REPOSITORY / "scripts" / f"{name}.py").read_text()).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [node.module for node in imports if isinstance(node, ast.ImportFrom)] == ["mfccinv.config"]
    assert not any(isinstance(node, ast.Import) for node in imports)
