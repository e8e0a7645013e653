"""TensorBoard."""

import numpy as np
from matplotlib.figure import Figure

from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.training.tracker import Tracker, import_extra, pixels_of


class _TensorBoard:
    """Writes event files into ``<run>/tensorboard``."""

    def __init__(self):
        import_extra("tensorboard", "tensorboard")
        tensorflow = import_extra("tensorflow", "tensorboard")
        self._summary, self._convert = tensorflow.summary, tensorflow.constant

    def start(self, run: RunFolder) -> None:
        self._writer = self._summary.create_file_writer(str(run.folder / "tensorboard"))

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        with self._writer.as_default(step=epoch):
            for name, value in scalars.items():
                self._summary.scalar(name, value)
        self._writer.flush()

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        with self._writer.as_default(step=epoch):
            self._summary.image(name, self._convert(pixels_of(figure)[None]))

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        with self._writer.as_default(step=epoch):
            self._summary.audio(name, self._convert(np.clip(y, -1, 1)[None, :, None]), sample_rate)

    def close(self, *, failed: bool) -> None:
        self._writer.close()


def tensorboard() -> Tracker:
    """Make the tracker."""
    return _TensorBoard()
