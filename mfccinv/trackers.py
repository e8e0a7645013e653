"""What a training tells of itself while it goes on, to the programs that show it."""

import io
from collections.abc import Callable
from typing import Protocol

import keras
import numpy as np
from matplotlib.figure import Figure

from mfccinv.figures import frames_figure
from mfccinv.inversion import predict_frames
from mfccinv.presets import method_settings
from mfccinv.records import Record, flattened
from mfccinv.registry import look_up
from mfccinv.shards import UtteranceFeatures
from mfccinv.synthesis import frames_to_audio


class Tracker(Protocol):
    """Takes a training's numbers, pictures and sound, epoch by epoch."""

    def start(self, run: Record) -> None:
        """Begin with a run, or go on with one that is resumed."""

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        """Take an epoch's numbers."""

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        """Take a picture."""

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        """Take sound, (n_samples,), full scale 1, at a rate in Hz."""

    def close(self, *, failed: bool) -> None:
        """Take note that nothing follows, and whether the training failed or was stopped."""


class NoTracker:
    """Tells nobody."""

    def start(self, run: Record) -> None:
        pass

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        pass

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        pass

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        pass

    def close(self, *, failed: bool) -> None:
        pass


class TensorBoard:
    """Writes event files into ``<run>/tensorboard``."""

    def __init__(self):
        _imported("tensorboard")
        tensorflow = _imported("tensorflow")
        self._summary, self._convert = tensorflow.summary, tensorflow.constant

    def start(self, run: Record) -> None:
        self._writer = self._summary.create_file_writer(str(run.folder / "tensorboard"))

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        with self._writer.as_default(step=epoch):
            for name, value in scalars.items():
                self._summary.scalar(name, value)
        self._writer.flush()

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        with self._writer.as_default(step=epoch):
            self._summary.image(name, self._convert(_pixels(figure)[None]))

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        with self._writer.as_default(step=epoch):
            self._summary.audio(name, self._convert(np.clip(y, -1, 1)[None, :, None]), sample_rate)

    def close(self, *, failed: bool) -> None:
        self._writer.close()


class MLflow:
    """Logs a run of the run directory's name to MLflow; one that is resumed goes on."""

    def __init__(self, *, uri: str, artifacts: str | None, experiment: str):
        self._mlflow = _imported("mlflow")
        self._uri, self._artifacts, self._experiment = uri, artifacts, experiment

    def start(self, run: Record) -> None:
        self._client = self._mlflow.MlflowClient(tracking_uri=self._uri)
        known = self._client.get_experiment_by_name(self._experiment)
        place = known.experiment_id if known else self._client.create_experiment(self._experiment, self._artifacts)
        tags = {"id": run.environment["id"], "folder": str(run.folder)}
        found = self._client.search_runs([place], f"tags.id = '{tags['id']}'")
        theirs = found[0] if found else self._client.create_run(place, run_name=run.folder.name, tags=tags)
        self._id = theirs.info.run_id
        if not found:
            for name, value in flattened(run.config):
                self._client.log_param(self._id, name, value)

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        for name, value in scalars.items():
            self._client.log_metric(self._id, name, value, step=epoch)

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        self._client.log_figure(self._id, figure, f"{name}/{epoch:04d}.png")

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        """MLflow plays no sound."""

    def close(self, *, failed: bool) -> None:
        self._client.set_terminated(self._id, "FAILED" if failed else "FINISHED")


class WandB:
    """Logs a run of the run directory's name to Weights & Biases; its files are in ``<run>/wandb``."""

    def __init__(self, *, project: str, mode: str):
        self._wandb = _imported("wandb")
        self._options = {"project": project, "mode": mode, "resume": "allow"}

    def start(self, run: Record) -> None:
        told = {"id": run.environment["id"], "name": run.folder.name, "config": run.config, "dir": str(run.folder)}
        self._run = self._wandb.init(**told, **self._options)

    def log(self, epoch: int, scalars: dict[str, float]) -> None:
        self._run.log(scalars, step=epoch)

    def show(self, epoch: int, name: str, figure: Figure) -> None:
        self._run.log({name: self._wandb.Image(_pixels(figure))}, step=epoch)

    def play(self, epoch: int, name: str, y: np.ndarray, sample_rate: int) -> None:
        self._run.log({name: self._wandb.Audio(np.clip(y, -1, 1), sample_rate=sample_rate)}, step=epoch)

    def close(self, *, failed: bool) -> None:
        self._run.finish(exit_code=int(failed))


TRACKERS: dict[str, Callable[..., Tracker]] = {
    "none": NoTracker,
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
    "wandb": WandB,
}


def make_tracker(settings: dict) -> Tracker:
    """Make the tracker that ``settings["name"]`` names; it is to be started with a run.

    Raises
    ------
    ValueError
        For an unknown name, and if the package isn't installed.
    """
    tracker, others = look_up("tracker", TRACKERS, {key: value for key, value in settings.items() if key != "every"})
    return tracker(**others)


def show_utterance(tracker: Tracker, epoch: int, model: keras.Model, run: Record, utterance: UtteranceFeatures) -> None:
    """Show what is predicted of an utterance of the validation split beside the truth, and play it."""
    true = np.array(getattr(utterance, run.task.asked))
    [predicted] = predict_frames(model, run.context, [getattr(utterance, run.task.given)])
    tracker.show(epoch, "validation", frames_figure({"true": true, "predicted": predicted}, run.spec, utterance.id))
    methods = {"magnitude": method_settings("magnitude", "kl"), "phase": method_settings("phase", "griffin_lim")}
    y = frames_to_audio(predicted, run.spec, target=run.task.target, seed=0, length=None, **methods)
    tracker.play(epoch, "validation", y, run.spec.sample_rate)


def _imported(package: str):
    try:
        return __import__(package)
    except ImportError:
        raise ValueError(f"tracker={package} needs {package}: pip install -e '.[trackers]'") from None


def _pixels(figure: Figure) -> np.ndarray:
    """A figure's pixels, (height, width, 3), uint8."""
    raw = io.BytesIO()
    figure.savefig(raw, format="rgba", dpi=80)
    width, height = (round(inches * 80) for inches in figure.get_size_inches())
    return np.frombuffer(raw.getvalue(), np.uint8).reshape(height, width, 4)[..., :3]
