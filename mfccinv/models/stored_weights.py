"""Loads the weights of a ``.keras`` file into a network; nothing in the file is executed or imported."""

import io
import math
import zipfile
from itertools import pairwise
from pathlib import Path
from reprlib import repr as brief

import h5py
import keras
import numpy as np

from mfccinv.inference.stored_network import SPARE_BYTES, WEIGHTS, weight_arrays
from mfccinv.system.npz_files import damage_is_told


def load_weights(model: keras.Model, path: Path) -> None:
    """Load the weights of a file into a model, and the state of its optimizer if the model is compiled.

    Parameters
    ----------
    model : keras.Model
    path : Path
        What ``model.save`` wrote of the same network.

    Raises
    ------
    ValueError
        If the file is damaged, of another network, or larger than this network's could be, or holds weights that aren't
        finite.
    OSError
        If it can't be read.
    """
    with damage_is_told(path):
        _refuse_growth(model, path)
        model.load_weights(path)
        if not all(np.isfinite(weight).all() for weight in model.get_weights()):
            raise ValueError("it holds weights that aren't finite")


def require_room(settings: dict, path: Path) -> None:
    """Refuse with ValueError settings of a network that has more weights than its file can hold.

    It is found before the network is built, which may take all memory. A layer of n units has at least n weights, and
    n times m if m units follow. If there is no file, nothing is refused.
    """
    most = max(path.stat().st_size, SPARE_BYTES) if path.is_file() else math.inf  # weights take at least a byte
    for name in ("hidden", "channels"):
        units = settings.get(name, [])
        units = [one for one in (units if isinstance(units, list) else [units]) if isinstance(one, int)]
        if sum(units) > most or any(one * other > most for one, other in pairwise(units)):
            raise ValueError(f"model.{name} can't be {brief(units)}: {path.name} has {path.stat().st_size:,} bytes")


def _refuse_growth(model: keras.Model, path: Path) -> None:
    """Refuse a file that asks for more memory than the network has weights: arrays may be compressed, or left out."""
    optimizer = getattr(model, "optimizer", None)
    variables = [*model.variables, *(optimizer.variables if optimizer else [])]
    most = 2 * sum(8 * math.prod(variable.shape) for variable in variables) + SPARE_BYTES
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > most:
            raise ValueError(f"it holds more than {most:,} bytes, too much for this network")
        with h5py.File(io.BytesIO(archive.read(WEIGHTS)), "r") as weights:
            claimed = sum(array.nbytes for array in weight_arrays(weights))
    if claimed > most:
        raise ValueError(f"its arrays claim {claimed:,} bytes, too much for this network")
