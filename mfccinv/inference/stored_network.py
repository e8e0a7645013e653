"""Reads the layers of a network from its ``.keras`` file, without Keras; nothing in the file is executed or imported.

The file is a ZIP archive: ``config.json`` describes the layers and what each takes, and ``model.weights.h5`` has their
weights, by the names of their classes (Keras 3, ``keras.saving``).
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from mfccinv.system.stored_files import MAX_BYTES, parse_json

WEIGHTS = "model.weights.h5"  # within the file
MAX_LAYERS = 10_000
SPARE_BYTES = 2**24  # for what a file holds besides the weights


class NeedsKeras(Exception):
    """A network that only Keras can compute; the message says why."""


@dataclass(frozen=True)
class StoredLayer:
    """A layer, or what Keras calls an operation.

    Parameters
    ----------
    kind : str
        Name of its class.
    settings : dict
    inputs : tuple of str
        Names of the layers whose outputs it takes.
    weights : dict of array
        By their names in the file, which are numbers if Keras named them; float32.
    parts : tuple of StoredLayer
        Layers inside it: those of the setting ``affine``.
    """

    kind: str
    settings: dict
    inputs: tuple[str, ...]
    weights: dict[str, np.ndarray]
    parts: tuple["StoredLayer", ...] = ()

    def numbered(self, number: int) -> list[np.ndarray]:
        """So many weights as Keras numbered them, from 0; KeyError if there are fewer."""
        return [self.weights[str(place)] for place in range(number)]

    @property
    def all_weights(self) -> list[np.ndarray]:
        """Weights of the layer and of its parts, in the order of Keras's ``Layer.weights``."""
        return [*self.weights.values(), *(weight for part in self.parts for weight in part.all_weights)]


@dataclass(frozen=True)
class StoredNetwork:
    """Layers by name, in an order in which they can be computed; the first takes the network's input.

    Parameters
    ----------
    layers : dict of StoredLayer
    input, output : str
        Names of the layers that take the network's input and give its output.
    """

    layers: dict[str, StoredLayer]
    input: str
    output: str

    @classmethod
    def read(cls, path: Path) -> "StoredNetwork":
        """Read a ``.keras`` file.

        Raises
        ------
        NeedsKeras
            If the network has several inputs or outputs, or a layer is used twice.
        one of `mfccinv.system.npz_files.DAMAGE`
            If the file is damaged, holds weights that aren't finite, or its arrays claim more memory than it has bytes.
        OSError
            If it can't be read.
        """
        most = path.stat().st_size + SPARE_BYTES
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > most:
                raise ValueError(f"it holds more than {most:,} bytes, too much for its size")
            if archive.getinfo("config.json").file_size > MAX_BYTES:
                raise ValueError(f"config.json has more than {MAX_BYTES:,} bytes, which is the most that is read")
            text = archive.read("config.json").decode("utf-8")
            weights = _read_weights(archive.read(WEIGHTS), most)
        try:
            return cls._of(parse_json(text, "config.json")["config"], weights)
        except (AttributeError, IndexError) as error:  # of what stands in the place of something else
            raise ValueError(f"config.json doesn't describe a network: {error}") from error

    @classmethod
    def _of(cls, described: dict, weights: dict[str, dict[str, np.ndarray]]) -> "StoredNetwork":
        if len(described["layers"]) > MAX_LAYERS:
            raise ValueError(f"it has {len(described['layers'])} layers, {MAX_LAYERS} is the most that is read")
        [first], [last] = (_as_list(described[name]) for name in ("input_layers", "output_layers"))
        layers = dict(_layers(described["layers"], weights, "layers"))
        return cls(layers, _name_of(first), _name_of(last))

    @property
    def weights(self) -> list[np.ndarray]:
        """All weights, in the order of Keras's ``Model.weights``."""
        return [weight for layer in self.layers.values() for weight in layer.all_weights]

    def add(self, changes: Mapping[int, np.ndarray]) -> None:
        """Add to weights, by their numbers in `weights`, arrays of their shapes."""
        weights = self.weights
        for number, change in changes.items():
            weights[number] += change


def weight_arrays(file: h5py.File) -> list[h5py.Dataset]:
    """Find the arrays of an HDF5 file; links are not followed, and nothing is read."""
    found: list[h5py.Dataset] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    return found


def _read_weights(content: bytes, most: int) -> dict[str, dict[str, np.ndarray]]:
    """Read weights by the path of their layer and their name; external files and links aren't followed."""
    found: dict[str, dict[str, np.ndarray]] = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        arrays = weight_arrays(file)
        if sum(array.nbytes for array in arrays) > most:
            raise ValueError(f"its arrays claim more than {most:,} bytes, too much for its size")
        for array in arrays:
            if array.external or array.is_virtual:
                raise ValueError(f"{array.name} lies in another file")
            layer, _, name = array.name.strip("/").rpartition("/vars/")
            values = np.array(array[()], np.float32)  # one's own, which a difference may change
            if not np.isfinite(values).all():
                raise ValueError("it holds weights that aren't finite")
            found.setdefault(layer, {})[name] = values
    return found


def _layers(
    described: Iterable[dict], weights: dict[str, dict[str, np.ndarray]], place: str
) -> Iterator[tuple[str, StoredLayer]]:
    """Yield layers with their names; weights lie under their classes' names, numbered, at the place."""
    counts: dict[str, int] = {}
    for one in described:
        kind = _text(one["class_name"])
        where = f"{place}/{_snake_case(kind)}"
        if one["module"] != "keras.src.ops.numpy":  # operations have no weights, and aren't counted
            counts[where] = counts.get(where, -1) + 1
            where += f"_{counts[where]}" if counts[where] else ""
        parts = (part for _, part in _layers(one["config"].get("affine", ()), weights, f"{where}/affine"))
        inputs = tuple(_inputs(one)) if "inbound_nodes" in one else ()
        own = _in_order(weights.get(where, {}))
        yield one["config"]["name"], StoredLayer(kind, one["config"], inputs, own, tuple(parts))


def _in_order(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Put weights that Keras numbered first, by their numbers, and then those of a name, ``gamma`` before ``beta``."""
    names = sorted(weights, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else name != "gamma"))
    return {name: weights[name] for name in names}


def _inputs(described: dict) -> Iterator[str]:
    """Yield the names of the layers whose outputs this one takes."""
    nodes = described["inbound_nodes"]
    if len(nodes) > 1:
        raise NeedsKeras(f"layer {described['config']['name']} is used {len(nodes)} times")
    for node in nodes:
        for argument in node["args"]:
            for one in argument if isinstance(argument, list) else [argument]:
                if not isinstance(one, dict) or one.get("class_name") != "__keras_tensor__":
                    raise NeedsKeras(f"layer {described['config']['name']} takes what is no output of a layer")
                yield _name_of(one["config"]["keras_history"])
        if any(value not in (None, False) for value in node["kwargs"].values()):
            raise NeedsKeras(f"layer {described['config']['name']} has arguments of its call")


def _name_of(history: Any) -> str:
    name, node, tensor = history
    if (node, tensor) != (0, 0):
        raise NeedsKeras(f"layer {name} is used more than once, or has more than one output")
    return _text(name)


def _as_list(places: list) -> list:
    """Return the places of inputs or outputs as a list: of one, Keras writes the place itself."""
    if len(places) == 3 and isinstance(places[0], str):
        return [places]
    if len(places) != 1:
        raise NeedsKeras(f"it has {len(places)} inputs or outputs")
    return places


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.80} is no name")
    return value


def _snake_case(name: str) -> str:
    """Write a class's name as Keras names its weights: ``LayerNormalization`` → ``layer_normalization``."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
