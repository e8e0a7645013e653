"""Tests of a run as the version before wrote it: it loads, goes on and is scored."""

import json

import numpy as np
import pytest
import yaml
from configurations import composed
from damage import without_checksums
from programs import evaluate

from mfccinv.run_folders.run import Run
from mfccinv.training.train import resume

pytestmark = pytest.mark.usefixtures("untraced_file")


def renamed(values, old, new):
    """Settings with one under another name, at its place."""
    return {new if key == old else key: value for key, value in values.items()}


@pytest.fixture
def earlier(copied):
    """A finished run with its settings and statistics under the names that they had."""
    config = yaml.safe_load(copied.config_text)
    config["training"] = renamed(config["training"], "segment_frames", "run_frames")
    for group in ("model", "dataset"):
        config[group] = renamed(config[group], "position", "target")
    without_checksums(copied.folder)  # there was none
    (copied.folder / "config.yaml").write_text(yaml.safe_dump(config))
    path = copied.folder / "statistics.json"
    path.write_text(path.read_text().replace("_std", "_deviation"))
    assert {"mfcc_mean", "mfcc_deviation", "residual_deviation"} <= set(json.loads(path.read_text()))
    return Run(copied.folder)


def test_has_the_same_settings_statistics_and_network(earlier, finished):
    assert earlier.config == finished.config
    for name, values in vars(finished.statistics).items():
        np.testing.assert_array_equal(getattr(earlier.statistics, name), values)
    for one, other in zip(earlier.load_model().get_weights(), finished.load_model().get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_goes_on_under_the_present_names(earlier):
    resumed = resume(str(earlier.folder), earlier.folder.parent, {"epochs": 2})
    assert len(resumed.read_history()) == 2
    written = yaml.safe_load(resumed.config_text)
    assert "segment_frames" in written["training"]
    assert "run_frames" not in written["training"]
    assert "position" in written["model"]


def test_is_scored(earlier):
    few = ("examples=0", "listened=0", "workers=1", "progress=false")
    _, scores = evaluate(composed("evaluate", f"run={earlier.folder}", "scored_split=validation", *few))
    expected = earlier.metrics["validation"]
    assert scores["total"]["model"]["snr"]["value"] == pytest.approx(expected["snr"])


def test_a_pretrained_run_that_it_started_from_is_found_in_the_package(earlier, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    config = yaml.safe_load(earlier.config_text)
    (earlier.folder / "config.yaml").write_text(yaml.safe_dump(config | {"init": "checkpoints/asr_20"}))
    assert Run(earlier.folder).config["init"] == "asr_20"
