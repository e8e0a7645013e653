"""Baselines: the frames that are found without a network, which every network has to beat."""

from dataclasses import dataclass

import numpy as np

from mfccinv.configs.presets import method_settings
from mfccinv.features.cepstrum import mfcc_to_whole_log_mel
from mfccinv.features.decibels import magnitude_to_db
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude

NAMES = {"mel": "pseudo_inverse", "linear": "kl", "phase": "nothing"}  # by the task's target
FORECAST = "repeat_the_last_frame"


@dataclass(frozen=True)
class Baseline:
    """What is known without a network of what a network sees.

    Parameters
    ----------
    task : Task
    spec : FeatureSpec
    sees_target : bool
        Whether the input of the predicted frame itself is seen, see `Context.sees_target`. If it isn't, the last frame
        that is seen is repeated, as a forecast.
    """

    task: Task
    spec: FeatureSpec
    sees_target: bool

    @property
    def name(self) -> str:
        """Name in scores."""
        return NAMES[self.task.target] if self.sees_target else FORECAST

    @property
    def title(self) -> str:
        """Name in a sentence."""
        if self.task.target == "phase":
            return "nothing known of the phase"
        steps = {"the analytic inverse": self.task.source == "mfcc", "magnitude=kl": self.task.target == "linear"}
        title = " with ".join(step for step, is_needed in steps.items() if is_needed)
        return title if self.sees_target else f"the last frame seen, repeated ({title})"

    def frames(self, inputs: np.ndarray) -> np.ndarray:
        """Find frames without a network: mel frames by the analytic inverse, linear ones from them by ``magnitude=kl``.

        Of phase steps nothing is known: they are 0.

        (n_frames, n_inputs), dB → (n_frames, n_outputs), float32, dB. The first frame of a forecast is that of its own
        inputs, which a network sees there, too: see `mfccinv.inference.prediction.predict_frames`.
        """
        if self.task.target == "phase":
            return np.zeros((len(inputs), self.task.n_outputs(self.spec)), np.float32)
        if not self.sees_target:
            inputs = inputs[np.maximum(np.arange(len(inputs)) - 1, 0)]
        log_mel = mfcc_to_whole_log_mel(inputs, self.spec) if self.task.source == "mfcc" else inputs
        if self.task.target == "mel":
            return log_mel
        magnitude = log_mel_to_magnitude(log_mel, self.spec, magnitude=method_settings("magnitude", "kl"))
        return magnitude_to_db(magnitude, self.spec)
