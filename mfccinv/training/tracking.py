"""Chooses a tracker, a module in ``trackers/``, and shows it an utterance."""

import keras
import numpy as np

from mfccinv.data.shards import UtteranceFeatures
from mfccinv.reporting.figures import frames_figure
from mfccinv.runs.prediction import predict_frames
from mfccinv.runs.run_folder import RunFolder
from mfccinv.synthesis.frames_to_audio import frames_to_audio
from mfccinv.synthesis.methods import Methods
from mfccinv.system.registry import Registry
from mfccinv.training.tracker import Tracker

TRACKERS = Registry("tracker", "mfccinv.training.trackers")


def make_tracker(settings: dict) -> Tracker:
    """Make the tracker that ``settings["name"]`` names; `Tracker.start` starts it with a run.

    Raises
    ------
    ValueError
        For an unknown name, and if the package isn't installed.
    """
    tracker, others = TRACKERS.resolve({key: value for key, value in settings.items() if key != "every"})
    return tracker(**others)


def show_utterance(
    tracker: Tracker, epoch: int, model: keras.Model, run: RunFolder, utterance: UtteranceFeatures
) -> None:
    """Show the prediction for an utterance of the validation split beside the truth, and play its sound."""
    true = np.array(getattr(utterance, run.task.outputs))
    [predicted] = predict_frames(model, run.context, [getattr(utterance, run.task.inputs)])
    tracker.show(epoch, "validation", frames_figure({"true": true, "predicted": predicted}, run.spec, utterance.id))
    methods = Methods.resolve(magnitude="kl", phase="griffin_lim", vocoder=None)
    y = frames_to_audio(predicted, run.spec, methods, target=run.task.target, seed=0)
    tracker.play(epoch, "validation", y, run.spec.sample_rate)
