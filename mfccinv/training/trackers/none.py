"""No tracker."""

import numpy as np
from matplotlib.figure import Figure

from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.training.tracker import Tracker


class _NoTracker:
    """Does nothing."""

    def start(self, run: RunFolder) -> None:
        pass

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        pass

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        pass

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        pass

    def close(self, *, failed: bool) -> None:
        pass


def none() -> Tracker:
    """Make a tracker that does nothing."""
    return _NoTracker()
