"""What the tests share: small specifications, features, shards, models and configurations, all seeded."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import open_dict

from mfccinv.cli.hydra_program import plain
from mfccinv.configs.presets import preset_settings
from mfccinv.data.shards import Shard, UtteranceFeatures
from mfccinv.data.statistics import Statistics, feature_moments
from mfccinv.evaluation.settings import EvaluateSettings
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion.files import invert
from mfccinv.inversion.settings import InvertSettings
from mfccinv.training.settings import TrainSettings

REPOSITORY = Path(__file__).parent.parent
CONFIGS = REPOSITORY / "configs"
DEMO = REPOSITORY / "data" / "demo"


def config_names(group):
    """Names of the YAML files of a group."""
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


def settings(group, name):
    """Content of a YAML file, with what it inherits."""
    return dict(preset_settings(group, name))


def composed(config_name, *overrides):
    """Plain values of a configuration with overrides, as the scripts see them."""
    with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS)):
        cfg = compose(config_name, overrides=list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(cfg)
    with open_dict(cfg):
        del cfg["hydra"]
    return plain(cfg)


def train_config(config):
    """Train what a configuration says."""
    from mfccinv.training.train import train

    return train(TrainSettings.from_config(config))


def evaluate_config(config):
    """Score what a configuration says."""
    from mfccinv.evaluation.evaluate import evaluate

    return evaluate(EvaluateSettings.from_config(config))


def invert_config(config):
    """Invert what a configuration says."""
    return invert(InvertSettings.from_config(config))


def training_config(folder, *overrides):
    """Configuration of a quick training on a part of the demo corpus; data sets and runs are in ``folder``.

    The model is a very small one if no other is named.
    """
    named = any(override.startswith("model=") for override in overrides)
    return composed(
        "train",
        f"corpus.root={DEMO}",
        f"dataset.root={folder / 'sets'}",
        "dataset.limit=4",
        "dataset.workers=1",
        "dataset.progress=false",
        f"run.root={folder / 'runs'}",
        "run.name=run",
        "name=tiny",
        "training.epochs=3",
        "training.progress=false",
        *(() if named else ("model=dense_small", "model.hidden=[16]")),
        *overrides,
    )


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory):
    """Folder for `training_config` that the tests of a module share; the data sets in it are shared by all."""
    folder = tmp_path_factory.mktemp("shared")
    sets = tmp_path_factory.getbasetemp() / "sets"
    sets.mkdir(exist_ok=True)
    (folder / "sets").symlink_to(sets)
    return folder


@pytest.fixture
def own_folder(tmp_path, shared_folder):
    """Folder for `training_config` of one test, empty but for the data sets."""
    (tmp_path / "sets").symlink_to((shared_folder / "sets").resolve())
    return tmp_path


def small_spec(**changes):
    """A specification of 16 kHz speech with few bands."""
    return FeatureSpec.from_settings(settings("features", "asr") | {"n_mels": 24, "n_mfcc": 8} | changes)


def noise_log_mel(spec, n_frames, seed=0):
    """Frames of plausible level and spread without any structure, (n_frames, n_mels), float32, dB."""
    return np.random.default_rng(seed).normal(-40, 15, size=(n_frames, spec.n_mels)).astype(np.float32)


def noise_mfcc(spec, n_frames, seed=0):
    """MFCC of `noise_log_mel`, (n_frames, n_mfcc), float32, dB."""
    return log_mel_to_mfcc(noise_log_mel(spec, n_frames, seed), spec)


def noise_statistics(spec):
    """Statistics of `noise_log_mel`."""
    log_mel = noise_log_mel(spec, 500)
    return Statistics.from_moments(feature_moments(log_mel_to_mfcc(log_mel, spec), log_mel, spec))


def noise_utterance(spec, n_frames, seed=0, id="a/0", speaker="a"):
    """An utterance of `noise_log_mel`."""
    return UtteranceFeatures(
        id=id,
        speaker=speaker,
        mfcc=noise_mfcc(spec, n_frames, seed),
        log_mel=noise_log_mel(spec, n_frames, seed),
        seconds=n_frames / spec.frames_per_second,
        source_rate=spec.sample_rate,
        source_channels=1,
    )


def numbered_shard(lengths, first_frame=0, first_utterance=0):
    """A shard that tells where each value is from, in memory.

    Frame f of utterance u (both counted over all shards) has the MFCC ``[f, u]`` and the log-mel frame ``[f, u, -f]``.
    """
    starts = np.cumsum([0, *lengths])
    frame = first_frame + np.arange(starts[-1], dtype=np.float32)
    utterance = np.repeat(np.arange(len(lengths), dtype=np.float32) + first_utterance, lengths)
    names = np.array([f"u{first_utterance + n}" for n in range(len(lengths))])
    return Shard(
        path=Path("numbered.npz"),
        frames={
            "mfcc": np.stack([frame, utterance], axis=1),
            "log_mel": np.stack([frame, utterance, -frame], axis=1),
        },
        starts=starts,
        ids=names,
        speakers=names,
        seconds=np.array(lengths) / 100,
        source_rate=np.full(len(lengths), 16000),
        source_channels=np.ones(len(lengths), int),
    )


def windows(mfcc, length):
    """Every window of consecutive frames, (n_frames - length + 1, length, n_mfcc)."""
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(mfcc, length, axis=0).transpose(0, 2, 1))


def randomized(model, seed=0):
    """Give every trained weight of a model a random value: at the start, residual models all give the same.

    Biases and the factors of normalisations move about what they start at, so that no layer is all but silent.
    """
    generator = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        is_matrix = len(weight.shape) > 1
        centre = 0.0 if is_matrix else keras.ops.convert_to_numpy(weight)
        scale = 1 / np.sqrt(np.prod(weight.shape[:-1])) if is_matrix else 0.1
        weight.assign((centre + generator.normal(0, scale, size=weight.shape)).astype(np.float32))
    return model


def target_mfcc(mfcc, context: Context):
    """The MFCC of the frames that windows of consecutive frames predict."""
    return mfcc[context.target_offset : len(mfcc) - (context.length - 1 - context.target_offset)]


def run_python(*arguments, cwd, timeout=120, **environment):
    """Run Python in a fresh process that finds the package, and return what it did; it must succeed."""
    finished = run_python_unchecked(*arguments, cwd=cwd, timeout=timeout, **environment)
    assert finished.returncode == 0, f"{arguments} failed:\n{finished.stdout}\n{finished.stderr}"
    return finished


def run_python_unchecked(*arguments, cwd, timeout=120, **environment):
    """As `run_python`, but it may fail."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
