"""Baselines: the frames that are found without a network, which every network has to beat."""

import numpy as np

from mfccinv.configs.presets import method_settings
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.decibels import magnitude_to_db
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude

NAMES = {"mel": "pseudo_inverse", "linear": "kl"}  # by the task's target


def baseline_name(task: Task) -> str:
    """Return the baseline's name in scores."""
    return NAMES[task.target]


def baseline_title(task: Task) -> str:
    """Return the baseline's name in a sentence."""
    steps = {"the analytic inverse": task.source == "mfcc", "magnitude=kl": task.target == "linear"}
    return " with ".join(step for step, is_needed in steps.items() if is_needed)


def baseline_frames(inputs: np.ndarray, task: Task, spec: FeatureSpec) -> np.ndarray:
    """Find frames without a network: mel frames by the analytic inverse, linear ones from these by ``magnitude=kl``.

    (n_frames, n_inputs), dB → (n_frames, n_outputs), float32, dB.
    """
    log_mel = mfcc_to_log_mel(inputs, spec) if task.source == "mfcc" else inputs
    if task.target == "mel":
        return log_mel
    return magnitude_to_db(log_mel_to_magnitude(log_mel, spec, magnitude=method_settings("magnitude", "kl")), spec)
