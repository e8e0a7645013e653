"""Tests of the page of the lecture's notebook: its commands run, on little, and scores are what they are said to be."""

import importlib
import shlex
import sys
from dataclasses import replace

import numpy as np
import programs
import pytest
from pages import blocks
from places import REPOSITORY
from speech import word_folders

from mfccinv.datasets import extraction

LITTLE = {
    "train": ("training.epochs=1", "training.steps_per_epoch=2", "training.progress=false", "dataset.workers=1"),
    "evaluate": ("listened=1", "examples=1", "phase.iterations=2", "workers=1", "progress=false"),
}


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    return importlib.import_module("notebook")


@pytest.fixture
def forecast(notebook):
    """Frames of three levels, each forecast with the same error."""
    true = np.array([[100.0, 0.0], [10.0, 0.0], [0.0, 1.0]])
    return notebook.Forecast("whole", "power", "a method", true, true + np.array([0.0, 1.0]))


class TestForecast:
    def test_snr_is_twice_the_level_of_a_power_spectrum(self, forecast):
        np.testing.assert_allclose(forecast.snr, [40, 20, 0], atol=1e-12)
        np.testing.assert_allclose(forecast.level_db, [0, -10, -20], atol=1e-12)

    def test_of_a_magnitude_it_is_the_level(self, forecast):
        np.testing.assert_allclose(replace(forecast, target="magnitude").level_db, [0, -20, -40], atol=1e-12)

    def test_pooled_it_is_that_of_what_is_loud(self, forecast):
        assert forecast.pooled_snr == pytest.approx(10 * np.log10(10101 / 3))

    def test_is_limited_where_there_is_no_error(self, forecast):
        np.testing.assert_array_equal(replace(forecast, predicted=forecast.true).snr, 120)

    def test_by_level(self, notebook, forecast):
        assert notebook.snr_by_level(forecast) == ((-25, -15, -5), (0, 20, 40))


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
@pytest.mark.filterwarnings("ignore:Even though the .tf.config")
def test_each_command_runs(notebook, tmp_path, monkeypatch):
    """With two words, an epoch and no ReLU."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notebook, "WORDS", ("bed", "no"))
    monkeypatch.setattr(notebook, "OUTPUTS", {"linear": None})
    monkeypatch.setattr(notebook, "EPOCHS", 1)
    monkeypatch.setattr(notebook, "SEEN", dict(list(notebook.SEEN.items())[:2]))
    monkeypatch.setattr(extraction, "ordered_map", lambda function, tasks, workers, executor: map(function, tasks))
    monkeypatch.setattr(notebook, "FIGURE", tmp_path / "figure.png")
    monkeypatch.setattr(importlib.import_module("commands"), "RESULTS", tmp_path)
    word_folders(tmp_path / "release", notebook.WORDS, 5)
    page = REPOSITORY / "docs" / "lecture_notebook.md"
    code = "".join(text for _, text in blocks(page, "sh")).replace("\\\n", "")
    script, *commands = map(shlex.split, code.splitlines())
    assert script[:2] == ["python", "benchmarks/notebook.py"]
    monkeypatch.setattr(sys, "argv", [script[1], "release"])
    notebook.main()
    rows = (tmp_path / "notebook.md").read_text().splitlines()[2:]
    assert len(rows) == 2 * 2 * 4
    assert (tmp_path / "figure.png").read_bytes()[:4] == b"\x89PNG"
    assert [command[1] for command in commands] == ["train", "evaluate"]
    for _, program, *typed in commands:
        ended = programs.call(program, *typed, *LITTLE[program], cwd=tmp_path)
        assert ended.code == 0, ended.stderr
    assert "SNR" in ended.stdout
