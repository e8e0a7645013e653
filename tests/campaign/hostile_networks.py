"""Hostile networks, and differences to a network."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from campaign.archives import Executes, archive, npy, npy_of, pickled
from campaign.hostile import CANARY, EXECUTED, Case, above, attempts, box_of


def _keras(change: Callable[[dict[str, bytes], Path], object]) -> Callable:
    """Write a network's file anew with other members."""

    def write(path: Path, rng: random.Random) -> None:
        with zipfile.ZipFile(path) as file:
            members = {name: file.read(name) for name in file.namelist()}
        change(members, path)
        archive(path, list(members.items()))

    return write


def _weights(change: Callable[[h5py.File, Path], object]) -> Callable:
    """Change the arrays of a network's file."""

    def changed(members: dict[str, bytes], path: Path) -> None:
        file = io.BytesIO(members["model.weights.h5"])
        with h5py.File(file, "r+") as weights:
            change(weights, path)
        members["model.weights.h5"] = file.getvalue()

    return _keras(changed)


def _dataset(weights: h5py.File) -> str:
    """Name of the first array."""
    names: list[str] = []
    weights.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) and item.size else None)
    return names[0]


def _external(weights: h5py.File, path: Path) -> None:
    """The first array's numbers are the bytes of a file outside."""
    name = _dataset(weights)
    shape = weights[name].shape
    del weights[name]
    outside = [(str(box_of(path).parent / CANARY), 0, h5py.h5f.UNLIMITED)]
    weights.create_dataset(name, shape, "f4", external=outside)


def _linked(weights: h5py.File, path: Path) -> None:
    name = _dataset(weights)
    shape = weights[name].shape
    with h5py.File(path.with_name("elsewhere.h5"), "w") as file:
        file["there"] = np.ones(shape, "f4")
    del weights[name]
    weights[name] = h5py.ExternalLink(str(path.with_name("elsewhere.h5")), "/there")


def _claimed(shape: tuple[int, ...], **options) -> Callable:
    def change(weights: h5py.File, path: Path) -> None:
        name = _dataset(weights)
        del weights[name]
        weights.create_dataset(name, shape, "f4", **options)

    return change


def _inflated_weights(weights: h5py.File, path: Path) -> None:
    name = _dataset(weights)
    del weights[name]
    weights.create_dataset(name, data=np.zeros((10000, 10000), "f4"), compression="gzip", chunks=(1000, 10000))


def _nan(weights: h5py.File, path: Path) -> None:
    weights[_dataset(weights)][...] = np.nan


def _lambda(members: dict[str, bytes], path: Path) -> None:
    """The configuration holds code, and the name of a class to import."""
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAA==", "defaults": None, "closure": None}}
    layer = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "a", "function": code}}
    other = {"module": "os", "class_name": "system", "config": {"command": f"touch {box_of(path).parent / EXECUTED}"}}
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer, other]}}
    members["config.json"] = json.dumps(config).encode()


def _escaping(members: dict[str, bytes], path: Path) -> None:
    members[above(path, "escaped")] = b"a"


NETWORK = ("runs/run/model.keras", ("evaluate", "start", "adapt"))
NETWORKS = [
    Case("code in the configuration", *NETWORK, _keras(_lambda), harmless=True),
    Case("no configuration", *NETWORK, _keras(lambda members, path: members.pop("config.json")), harmless=True),
    Case("a deep configuration", *NETWORK, _keras(lambda m, p: m.update({"config.json": b"[" * 10**6})), harmless=True),
    Case("no weights", *NETWORK, _keras(lambda members, path: members.pop("model.weights.h5"))),
    Case("a member called ../../…", *NETWORK, _keras(_escaping), harmless=True),
    Case("weights in another file", *NETWORK, _weights(_external)),
    Case("weights behind a link", *NETWORK, _weights(_linked)),
    Case("weights that claim 400 GB", *NETWORK, _weights(_claimed((10**6, 10**5), chunks=(1000, 1000)))),
    Case("weights that claim 400 MB", *NETWORK, _weights(_claimed((10**4, 10**4), chunks=(1000, 1000)))),
    Case("weights that inflate to 400 MB", *NETWORK, _weights(_inflated_weights)),
    Case("weights that are NaN", *NETWORK, _weights(_nan)),
    Case("weights that are no HDF5", *NETWORK, _keras(lambda m, p: m.update({"model.weights.h5": b"a" * 1000}))),
    Case("a pickle", *NETWORK, lambda path, rng: path.write_bytes(pickled(path))),
]


def _difference(change: Callable[[dict, Path], object], compression: int = zipfile.ZIP_STORED) -> Callable:
    """Write the difference of an adapted run anew with other arrays."""

    def write(path: Path, rng: random.Random) -> None:
        with np.load(path) as file:
            arrays: dict = dict(file)
        change(arrays, path)
        members = [(f"{name}.npy", array if isinstance(array, bytes) else npy(array)) for name, array in arrays.items()]
        archive(path, members, compression)

    return write


FEW = np.ones(2, np.float16)


def _pickle(path: Path) -> bytes:
    return npy(np.array([Executes(box_of(path).parent / EXECUTED)], dtype=object))


def _put(array: Callable[[np.ndarray], object]) -> Callable[[dict, Path], object]:
    """Put another array in the place of the first one of two axes."""

    def change(arrays: dict, path: Path) -> None:
        name = next(name for name, own in arrays.items() if own.ndim > 1)
        arrays[name] = array(arrays[name])

    return change


ADAPTED = ("voices/anna/difference.npz", ("speak",))
NETWORKS += [
    Case("a change that is NaN", *ADAPTED, _difference(_put(lambda own: own * np.float16(np.nan)))),
    Case("a change in double precision", *ADAPTED, _difference(_put(lambda own: own.astype(float)))),
    Case("a change of another shape", *ADAPTED, _difference(_put(lambda own: own[:-1]))),
    Case("a change that is no matrix", *ADAPTED, _difference(_put(lambda own: own[0]))),
    Case("a change that is pickled", *ADAPTED, _difference(lambda arrays, path: arrays.update({"0": _pickle(path)}))),
    Case("a change of 10¹² numbers", *ADAPTED, _difference(_put(lambda own: npy_of("(1000000000000, 2)", "'<f2'")))),
    Case("a change whose rank is 10⁶", *ADAPTED, _difference(_put(lambda own: np.ones((len(own), 10**6), np.float16)))),
    Case("a change of a weight that isn't there", *ADAPTED, _difference(lambda arrays, p: arrays.update({"999": FEW}))),
    Case("a change without a number", *ADAPTED, _difference(lambda arrays, p: arrays.update({"../x": FEW}))),
    Case("half of a change", *ADAPTED, _difference(lambda arrays, p: arrays.pop(next(n for n in arrays if "." in n)))),
    Case("no change", *ADAPTED, _difference(lambda arrays, path: arrays.clear())),
    Case("a compressed change", *ADAPTED, _difference(lambda arrays, path: None, zipfile.ZIP_DEFLATED)),
    Case("a pickle for a change", *ADAPTED, lambda path, rng: path.write_bytes(pickled(path))),
]

TESTS = {"hostile networks .keras": attempts(NETWORKS)}
