"""The interface of trackers, which show a training while it goes on."""

import io
from importlib import import_module
from typing import Protocol

import keras
import numpy as np
from matplotlib.figure import Figure

from mfccinv.datasets.shards import UtteranceFeatures
from mfccinv.inference.prediction import predict_frames
from mfccinv.models.keras_network import KerasNetwork
from mfccinv.reporting.figures import frames_figure
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.synthesis.frames_to_audio import frames_to_audio
from mfccinv.synthesis.methods import Methods
from mfccinv.system.registry import Registry

TRACKERS = Registry("tracker", "mfccinv.training.trackers")


class Tracker(Protocol):
    """Takes a training's numbers, pictures and sound, epoch by epoch."""

    def start(self, run: RunFolder) -> None:
        """Begin with a run, or go on with one that is resumed."""

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        """Take an epoch's numbers."""

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        """Take a picture."""

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        """Take sound, (n_samples,), full scale 1, at a rate in Hz."""

    def close(self, *, failed: bool) -> None:
        """End the tracking; ``failed`` says whether the training failed or was stopped."""


def import_extra(package: str, tracker: str):
    """Import a package that a tracker needs; ValueError says how it is installed."""
    try:
        return import_module(package)
    except ImportError:
        raise ValueError(f"tracker={tracker} needs {package}: pip install 'mfccinv[{tracker}]'") from None


def pixels_of(figure: Figure) -> np.ndarray:
    """A figure's pixels, (height, width, 3), uint8."""
    raw = io.BytesIO()
    figure.savefig(raw, format="rgba", dpi=80)
    width, height = (round(inches * 80) for inches in figure.get_size_inches())
    return np.frombuffer(raw.getvalue(), np.uint8).reshape(height, width, 4)[..., :3]


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
    tracker: Tracker,
    epoch: int,
    model: keras.Model,
    run: RunFolder,
    utterance: UtteranceFeatures,
    n_mfcc: int | None = None,
) -> None:
    """Show the prediction for an utterance of the validation split beside the truth, and play its sound.

    With ``n_mfcc``, it is predicted from so many MFCC, otherwise from all.
    """
    true = np.array(getattr(utterance, run.task.outputs))
    [predicted] = predict_frames(KerasNetwork(model), run.context, [getattr(utterance, run.task.inputs)[:, :n_mfcc]])
    tracker.show(epoch, "validation", frames_figure({"true": true, "predicted": predicted}, run.spec, utterance.id))
    methods = Methods.resolve(magnitude="kl", phase="joint", vocoder=None)
    y = frames_to_audio(predicted, run.spec, methods, target=run.task.target, seed=0)
    tracker.play(epoch, "validation", y, run.spec.sample_rate)
