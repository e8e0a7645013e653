"""The interface of trackers, which show a training while it goes on."""

import io
from importlib import import_module
from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from mfccinv.runs.run_folder import RunFolder


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
