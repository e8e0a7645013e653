"""Loads the network of a run, by NumPy where it can, and predicts with as much detail as is asked for."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mfccinv.features.context import Context
from mfccinv.inference.flow_sampling import draw_frames
from mfccinv.inference.network import Network
from mfccinv.inference.numpy_network import NumpyNetwork
from mfccinv.inference.prediction import predict_frames
from mfccinv.inference.sharp_network import SharpNetwork
from mfccinv.inference.stored_network import NeedsKeras, StoredNetwork
from mfccinv.run_folders.run_folder import SHARPNESS, RunError, RunFolder, weights_refused
from mfccinv.system.native_output import keras_import
from mfccinv.system.npz_files import damage_is_told

DETAILS = ("mean", "sharp", "sample")


def predict_by(
    run: RunFolder,
    network: Network,
    context: Context,
    inputs: Iterable[np.ndarray],
    detail: str,
    *,
    seed: int,
    sample: int = 0,
) -> Iterator[np.ndarray]:
    """Predict frames of utterances by the network of a run: what is asked for is drawn, or predicted.

    Parameters
    ----------
    run : RunFolder
    network, context : Network, Context
        Loaded from it, with the same ``detail``.
    inputs
        See `predict_frames`.
    detail : str
        See `load_network`.
    seed, sample : int
        Of ``detail="sample"``, see `draw_frames`.
    """
    if detail == "sample":
        return draw_frames(network, context, run.flow_path, inputs, seed=seed, sample=sample)
    return predict_frames(network, context, inputs)


def load_once(folder: Path, detail: str = "mean") -> tuple[Network, Context]:
    """Load the network of a run and its context: once, and again only after more training; errors as `load_network`."""
    run = RunFolder(folder.resolve())
    whole = run.open_whole()
    files = [run.weights_file, whole.weights_file, whole.folder / SHARPNESS]
    return _load(run.folder, detail, tuple(file.stat().st_mtime_ns if file.is_file() else 0 for file in files))


@lru_cache(maxsize=8)
def _load(folder: Path, detail: str, changed: tuple[int, ...]) -> tuple[Network, Context]:
    run = RunFolder(folder)
    if check_detail(detail) == "mean":
        return load_network(run), run.context
    if detail == "sample":
        run.require_flow()
        return _load(folder, "mean", changed)  # it is read once for all
    factors = run.sharpness.factors
    network, context = _load(folder, "mean", changed)
    return SharpNetwork(network, run.spec, factors), context


def check_detail(detail: str) -> str:
    """Return how much detail is asked for; ValueError if it isn't one of `DETAILS`."""
    if detail not in DETAILS:
        raise ValueError(f"detail must be one of {', '.join(DETAILS)}, got {detail!r}")
    return detail


def details_of(run: RunFolder) -> tuple[str, ...]:
    """Those of `DETAILS` that a run offers, the mean first."""
    offered = {"mean": True, "sharp": run.has_sharpness, "sample": run.task.flow}
    return tuple(detail for detail in DETAILS if offered[detail])


def load_network(run: RunFolder, detail: str = "mean", by_keras: bool = False) -> Network:
    """Load the network of a run, to be computed by NumPy, or by Keras if NumPy can't or ``by_keras`` is true.

    Parameters
    ----------
    run : RunFolder
    detail : str
        One of `DETAILS`: the mean of what is possible, as the network predicts it; that sharpened, see
        `mfccinv.run_folders.sharpness.Sharpness`; or a sample, for which `predict_by` uses the network.
    by_keras : bool

    Raises
    ------
    ValueError
        For another ``detail``.
    RunError
        If a file is missing, damaged or of a network of another configuration; if only Keras can compute it, and it
        isn't installed; for an adapted run, see also `RunFolder.open_base`.
    """
    if check_detail(detail) == "sample":
        run.require_flow()
    if detail == "sharp":
        factors = run.sharpness.factors  # whoever has none is told before a network is read
        return SharpNetwork(load_network(run, by_keras=by_keras), run.spec, factors)
    if by_keras:
        return _load_by_keras(run)
    try:
        stored, whole = stored_network(run)
        with weights_refused(), damage_is_told(whole.weights_file):
            return NumpyNetwork(stored, whole.spec, whole.task, whole.context)
    except NeedsKeras as reason:
        if find_spec("keras") is None:
            file = run.open_whole().weights_file
            raise RunError(f"{file}: {reason}, and Keras isn't installed: pip install keras tensorflow") from reason
        return _load_by_keras(run)


def stored_network(run: RunFolder) -> tuple[StoredNetwork, RunFolder]:
    """Read the layers of a run's network; errors as `load_network`, and `NeedsKeras`.

    Returns
    -------
    stored : StoredNetwork
    whole : RunFolder
        The run that has the network's features and context, see `RunFolder.open_whole`.
    """
    whole = run.open_whole()
    path = whole.stored_file("model.keras")
    with weights_refused(), damage_is_told(path):
        stored = StoredNetwork.read(path)
    if run.is_adapted:
        stored.add(run.read_difference([weight.shape for weight in stored.weights]))
    return stored, whole


def _load_by_keras(run: RunFolder) -> Network:
    with keras_import():  # it takes seconds: only when it is needed
        from mfccinv.models.keras_network import KerasNetwork
        from mfccinv.run_folders.run import Run
    return KerasNetwork(Run(run.folder).load_model())
