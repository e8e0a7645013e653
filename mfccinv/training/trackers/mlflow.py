"""MLflow."""

import numpy as np
from matplotlib.figure import Figure

from mfccinv.run_folders.comparison import flattened
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.training.tracker import Tracker, import_extra


class _MLflow:
    """Logs a run to MLflow under its folder's name; a resumed run goes on there."""

    def __init__(self, *, uri: str, artifacts: str | None, experiment: str):
        self._mlflow = import_extra("mlflow", "mlflow")
        self._uri, self._artifacts, self._experiment = uri, artifacts, experiment

    def start(self, run: RunFolder) -> None:
        self._client = self._mlflow.MlflowClient(tracking_uri=self._uri)
        known = self._client.get_experiment_by_name(self._experiment)
        place = known.experiment_id if known else self._client.create_experiment(self._experiment, self._artifacts)
        tags = {"id": run.environment["id"], "folder": str(run.folder)}
        found = self._client.search_runs([place], f"tags.id = '{tags['id']}'")
        theirs = found[0] if found else self._client.create_run(place, run_name=run.folder.name, tags=tags)
        self._id = theirs.info.run_id
        if found:
            self._client.update_run(self._id, status="RUNNING")
        else:
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


def mlflow(*, uri: str, artifacts: str | None, experiment: str) -> Tracker:
    """Make the tracker."""
    return _MLflow(uri=uri, artifacts=artifacts, experiment=experiment)
