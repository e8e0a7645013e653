"""Configurations as the programs take them, from the YAML files; composed once and copied."""

from copy import deepcopy
from functools import cache

from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import open_dict
from places import CONFIGS, DEMO

from mfccinv.cli.hydra_program import plain
from mfccinv.configs.presets import preset_settings
from mfccinv.features.spec import FeatureSpec

# A training that takes a second or two.
QUICK = (
    f"corpus.root={DEMO}",
    "dataset.limit=4",
    "dataset.workers=1",
    "dataset.progress=false",
    "name=tiny",
    "training.epochs=3",
    "training.progress=false",
)
SMALL_MODEL = ("model=dense_small", "model.hidden=[16]")


def config_names(group):
    """Names of the YAML files of a group."""
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


PRESETS = config_names("features")


def settings(group, name):
    """Content of a YAML file, with what it inherits."""
    return dict(preset_settings(group, name))


def preset(name, **changed):
    """The specification of configs/features/<name>.yaml with some settings changed."""
    return FeatureSpec.from_settings(settings("features", name) | changed)


def composed(config_name, *overrides):
    """Plain values of a configuration with overrides, as the programs see them."""
    return deepcopy(_composed(config_name, *overrides))


@cache
def _composed(config_name, *overrides):
    with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS)):
        cfg = compose(config_name, overrides=list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(cfg)
    with open_dict(cfg):
        del cfg["hydra"]
    return plain(cfg)


def training_config(folder, *overrides):
    """Configuration of a quick training on a part of the demo corpus; data sets and runs are in ``folder``.

    The model is a very small one if no other is named; the run is called ``run``.
    """
    named = any(override.startswith("model=") for override in overrides)
    config = composed("train", "run.name=run", *QUICK, *(() if named else SMALL_MODEL), *overrides)
    config["dataset"]["root"] = str(folder / "sets")
    config["run"]["root"] = str(folder / "runs")
    return config


def build_config(root, *, corpus=None, split=None, features=None, augment=None, **dataset):
    """Configuration of a build: a few utterances of the demo corpus, one worker; the data set is below ``root``."""
    return {
        "corpus": corpus or settings("corpus", "demo") | {"root": str(DEMO)},
        "split": settings("split", "auto") | (split or {}),
        "features": settings("features", "asr") | (features or {}),
        "augment": settings("augment", "none") | (augment or {}),
        "dataset": settings("dataset", "default")
        | {"root": str(root), "limit": 2, "workers": 1, "progress": False}
        | dataset,
    }
