"""Tests of the way from Hydra's configuration to plain values, and of what a resumed run may change."""

import re

import pytest
from configurations import composed
from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue

from mfccinv.cli.hydra_program import (
    plain,
    refuse_other_overrides,
    refuse_overrides,
    started_as,
    training_overrides,
)


class TestPlain:
    def test_is_resolved(self):
        cfg = OmegaConf.create({"name": "x", "run": {"name": "${name}-1"}, "hidden": [1, 2]})
        values = plain(cfg)
        assert values == {"name": "x", "run": {"name": "x-1"}, "hidden": [1, 2]}
        assert type(values["run"]) is dict
        assert type(values["hidden"]) is list

    def test_a_missing_value_is_named(self):
        with pytest.raises(MissingMandatoryValue, match=r"corpus\.root"):
            plain(OmegaConf.create({"corpus": {"root": "???"}}))


class TestTrainingOverrides:
    def test_are_read_as_hydra_reads_them(self):
        typed = [
            "resume=dense_500-20260101-120000",
            "run.root='my runs'",
            "training.epochs=100",
            "training.learning_rate=1e-4",
            "training.steps_per_epoch=null",
            "training.progress=false",
            "training.schedule='cosine'",
        ]
        changes = training_overrides(typed)
        assert changes == {
            "epochs": 100,
            "learning_rate": 1e-4,
            "steps_per_epoch": None,
            "progress": False,
            "schedule": "cosine",
        }
        assert {name: type(value) for name, value in changes.items()} == {
            "epochs": int,
            "learning_rate": float,
            "steps_per_epoch": type(None),
            "progress": bool,
            "schedule": str,
        }

    def test_none_change_nothing(self):
        assert training_overrides(["resume=latest", "run.root=runs", "backend=jax"]) == {}

    @pytest.mark.parametrize(
        "override",
        ["model=conv", "model.context=15", "training=fast", "+training.speed=2", "~training.seed", "corpus.root=x"],
    )
    def test_anything_else_is_refused(self, override):
        with pytest.raises(ValueError, match=r"only training.\* can change, got ") as refused:
            training_overrides(["resume=run", override, "training.epochs=3"])
        assert str(refused.value).endswith(f"got {override}")


def test_nothing_but_some_keys_may_change():
    refuse_other_overrides(["rerun=x", "run.root=here"], ("rerun", "run.root"), "no")
    for wrong in ("training.epochs=3", "run.name=x", "+more=1", "model=conv"):
        with pytest.raises(ValueError, match=re.escape(f"no, got {wrong}")):
            refuse_other_overrides(["rerun=x", wrong], ("rerun", "run.root"), "no")


def test_groups_that_must_not_change():
    overrides = ["corpus=folder", "training.epochs=3", "+run.model=x"]
    refuse_overrides(overrides, ("model", "features"), "no")
    for wrong in ("model=conv", "model.context=3", "features.n_mfcc=13", "+model.extra=1"):
        with pytest.raises(ValueError, match=re.escape(f"no, got {wrong}")):
            refuse_overrides([*overrides, wrong], ("model", "features"), "no")


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ((), "dense_500"),
        (("model=conv",), "conv"),
        (("experiment=ladder_4_db",), "ladder_4_db"),
        (("name=mine",), "mine"),
    ],
)
def test_a_run_is_called_after_its_experiment_or_its_model(chosen, name):
    assert re.fullmatch(rf"{name}-\d{{8}}-\d{{6}}", composed("train", *chosen)["run"]["name"])


def test_a_folder_of_experiments_is_none_of_runs():
    assert started_as("mine/first", "dense_500") == "mine_first"
