"""Weights & Biases."""

import numpy as np
from matplotlib.figure import Figure

from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.training.tracker import Tracker, import_extra, pixels_of


class _WandB:
    """Logs a run to Weights & Biases under its folder's name; files are in ``<run>/wandb``."""

    def __init__(self, *, project: str, mode: str):
        self._wandb = import_extra("wandb", "wandb")
        self._options = {"project": project, "mode": mode, "resume": "allow"}

    def start(self, run: RunFolder) -> None:
        told = {"id": run.environment["id"], "name": run.folder.name, "config": run.config, "dir": str(run.folder)}
        self._run = self._wandb.init(**told, **self._options)

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        self._run.log(scalars, step=epoch)

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        self._run.log({name: self._wandb.Image(pixels_of(figure))}, step=epoch)

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        self._run.log({name: self._wandb.Audio(np.clip(y, -1, 1), sample_rate=sample_rate)}, step=epoch)

    def close(self, *, failed: bool) -> None:
        self._run.finish(exit_code=int(failed))


def wandb(*, project: str, mode: str) -> Tracker:
    """Make the tracker."""
    return _WandB(project=project, mode=mode)
