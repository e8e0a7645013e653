"""A small part of the campaign: a few trials of each test, none of which may end silently or wrong."""

import json
import sys

import pytest
from campaign.run import MODULES, chosen_tests, numbers_to_try, read_lines
from campaign.samples import sources
from places import REPOSITORY
from processes import run_python_unchecked

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the campaign reads /proc and forks")

QUICK_MODULES = ("bad_audio", "hostile_archives", "fuzz_readers")
QUICK_BEGINNINGS = ("build killed", "build on", "inversion on", "two builds", "flipped bit: sound", "flipped bit: ar")
TRIALS = 1


def is_quick(test):
    """Whether a test neither trains nor loads a network."""
    return test.startswith(QUICK_BEGINNINGS) or (test in chosen_tests(QUICK_MODULES) and "load_model" not in test)


# Of those that train or load a network, one of each kind; `make campaign` has them all.
SLOW = [
    "training killed at every file event",
    "two resumes of a run at once",
    "flipped bit: shards of training",
    "hostile networks .keras",
    "fuzz Run.load_model",
]
QUICK = [test for test in chosen_tests([]) if is_quick(test)]


@pytest.fixture(scope="module")
def failures(request, tmp_path_factory):
    """Failures of each test's trials. One process does those of all tests that were chosen: it imports Keras once."""
    results = tmp_path_factory.mktemp("campaign")
    chosen = [item.callspec.params["test"] for item in request.session.items if "failures" in item.fixturenames]
    command = ("-m", "campaign", "--trials", TRIALS, "--results", results, "--only", *chosen)
    path = f"{REPOSITORY}:{REPOSITORY / 'tests'}"
    finished = run_python_unchecked(*command, cwd=results, timeout=600, PYTHONPATH=path)
    assert finished.returncode in (0, 1), finished.stderr
    lines = [json.loads(line) for line in (results / "trials.jsonl").read_text().splitlines()]
    assert {line["test"] for line in lines} >= set(chosen)
    return {
        test: [(line["number"], failure) for line in lines if line["test"] == test for failure in line["failures"]]
        for test in chosen
    }


def test_every_module_has_tests():
    assert all(chosen_tests([module]) for module in MODULES)


def test_a_whole_name_stands_for_that_test_alone():
    assert chosen_tests(["fuzz Run.load_model"]) == ["fuzz Run.load_model"]
    assert len(chosen_tests(["Run.load_model"])) == 2
    assert chosen_tests(["flips"]) == [name for name in chosen_tests([]) if name.startswith("flipped bit")]


def test_goes_on_after_the_trials_that_were_done(tmp_path):
    done = {"test": "a", "seed": 0, "sources": sources(), "number": 2}
    others = [done | {"seed": 1, "number": 4}, done | {"sources": "earlier", "number": 6}]
    lines = "".join(json.dumps(line) + "\n" for line in (done, *others))
    (tmp_path / "trials.jsonl").write_text(lines + '{"test": "a", "see')
    assert read_lines(tmp_path, seed=0) == [done]
    assert list(numbers_to_try("a", {("a", 2), ("b", 4)}, first=0, step=2, trials=9)) == [0, 4, 6, 8]


@pytest.mark.parametrize("test", QUICK)
def test_quick(failures, test):
    assert failures[test] == []


@pytest.mark.slow
@pytest.mark.parametrize("test", SLOW)
def test_slow(failures, test):
    assert failures[test] == []
