"""Hostile archives, shards and networks."""

import io
import json
import pickle
import random
import stat
import struct
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import h5py
import numpy as np

from campaign.hostile import CANARY, EXECUTED, Case, above, attempts


def npy(array: np.ndarray) -> bytes:
    """Bytes of an array in NumPy's format; objects are pickled."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npy_with_header(header: str, data: bytes = b"") -> bytes:
    """An array in NumPy's format, version 2, whose header says what one wants."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text + data


def npy_of(shape: str, descr: str = "'<f4'", data: bytes = bytes(64)) -> bytes:
    """An array whose header claims a shape and a type."""
    return npy_with_header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}", data)


def archive(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]], compression: int = zipfile.ZIP_STORED):
    """Write a ZIP file of these members."""
    with zipfile.ZipFile(path, "w", compression, compresslevel=1) as file:
        for name, data in members:
            file.writestr(name, data)


class Executes:
    """An object whose pickle makes a file."""

    def __init__(self, path: Path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def _box(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.name == "box")


def _pickled(path: Path) -> np.ndarray:
    return np.array([Executes(_box(path).parent / EXECUTED)], dtype=object)


def _link(target: str) -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("one.npy")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    link.comment = target.encode()
    return link


FRAMES = np.zeros((8, 40), np.float32)


def _inflated(path: Path, rng: random.Random) -> None:
    """Noughts that inflate a thousandfold, to 400 MB."""
    archive(path, [("one.npy", npy_of("(8, 12500000)", data=bytes(400_000_000)))], zipfile.ZIP_DEFLATED)


def _wrong_length(path: Path, rng: random.Random) -> None:
    """The archive's directory claims a member of 4 GB."""
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\x01\x02")
    data[place + 20 : place + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    path.write_bytes(data)


def _members(*members: tuple[str, bytes]) -> Callable:
    return lambda path, rng: archive(path, list(members))


CLAIMS = {
    "10¹² elements": "(8, 125000000000)",
    "2¹²⁴ elements": f"({2**62}, {2**62})",
    "a shape below nought": "(-8, 40)",
    "a shape of 5,000 digits": f"({'9' * 5000}, 40)",
    "a shape of 10⁵ numbers": f"({'1, ' * 100000})",
    "a nested shape": f"{'(' * 3000}{')' * 3000}",
}
INVERT = ("archive/two.npz", ("invert",))
ARCHIVES = [
    Case("a member called ../../…", *INVERT, _members(("../../escaped.npy", npy(FRAMES))), harmless=True),
    Case("an absolute name", *INVERT, _members(("/tmp/escaped.npy", npy(FRAMES))), harmless=True),
    Case("a name with a backslash", *INVERT, _members(("..\\..\\escaped.npy", npy(FRAMES))), harmless=True),
    Case("a name of 60,000 letters", *INVERT, _members(("a" * 60000 + ".npy", npy(FRAMES)))),
    Case("a name with a nought", *INVERT, _members(("one\0.npy", npy(FRAMES))), harmless=True),
    Case("a link", *INVERT, lambda path, rng: archive(path, [(_link(CANARY), above(path, CANARY).encode())])),
    Case("pickled objects", *INVERT, lambda path, rng: archive(path, [("one.npy", npy(_pickled(path)))])),
    Case("a pickle", *INVERT, lambda path, rng: path.write_bytes(pickle.dumps(Executes(_box(path).parent / EXECUTED)))),
    *(Case(f"claims {claim}", *INVERT, _members(("one.npy", npy_of(shape)))) for claim, shape in CLAIMS.items()),
    Case("code for a header", *INVERT, _members(("one.npy", npy_with_header(f"open('{EXECUTED}', 'w')")))),
    Case("a header of 10 MB", *INVERT, _members(("one.npy", npy_of("(8, 2)" + " " * 10_000_000)))),
    Case("a structured type", *INVERT, _members(("one.npy", npy(np.zeros((8, 40), [("a", "f4")]))))),
    Case("strings", *INVERT, _members(("one.npy", npy(np.full((8, 40), "a"))))),
    Case("strings of 2 GB", *INVERT, _members(("one.npy", npy_of("(8, 40)", "'<U536870912'")))),
    Case("an object's type", *INVERT, _members(("one.npy", npy_of("(8, 40)", "'|O'")))),
    Case("dates", *INVERT, _members(("one.npy", npy(np.zeros((8, 40), "M8[s]"))))),
    Case("NaN", *INVERT, _members(("one.npy", npy(FRAMES + np.nan)))),
    Case("infinite values", *INVERT, _members(("one.npy", npy(FRAMES + np.inf)))),
    Case("huge values", *INVERT, _members(("one.npy", npy(FRAMES + 3e38)))),
    Case("no frames", *INVERT, _members(("one.npy", npy(FRAMES[:, :0])))),
    Case("no coefficients", *INVERT, _members(("one.npy", npy(FRAMES[:0])))),
    Case("a single number", *INVERT, _members(("one.npy", npy(np.float32(1))))),
    Case("seven dimensions", *INVERT, _members(("one.npy", npy(np.zeros([2] * 7))))),
    Case("no member", *INVERT, _members()),
    Case("5,000 members", *INVERT, _members(*((f"{n}.npy", b"") for n in range(5000)))),
    Case("the same member twice", *INVERT, _members(("one.npy", npy(FRAMES)), ("one.npy", npy(FRAMES))), harmless=True),
    Case("a thousandfold inflation", *INVERT, _inflated),
    Case("a directory that claims 4 GB", *INVERT, _wrong_length),
]


def _shard(change: Callable[[dict, random.Random], object], compressed: bool = False) -> Callable:
    """Write a shard anew with other arrays, and have the manifest agree."""

    def write(path: Path, rng: random.Random) -> None:
        with np.load(path) as file:
            arrays: dict = dict(file)
        change(arrays, rng)
        members = [(f"{name}.npy", array if isinstance(array, bytes) else npy(array)) for name, array in arrays.items()]
        archive(path, members, zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED)
        _agree(path)

    return write


def _agree(path: Path) -> None:
    """Write what the manifest says of a shard anew."""
    place = path.with_name("manifest.json")
    manifest = json.loads(place.read_text())
    for entry in manifest["shards"]:
        if entry["name"] == path.name:
            entry |= {"bytes": path.stat().st_size, "sha256": sha256(path.read_bytes()).hexdigest()}
    place.write_text(json.dumps(manifest))


def _set(name: str, change: Callable[[np.ndarray], object]) -> Callable:
    return lambda arrays, rng: arrays.update({name: change(arrays[name])})


def _with(array: np.ndarray, place: int, value: float) -> np.ndarray:
    changed = np.array(array)
    changed.reshape(-1)[place] = value
    return changed


TEST = ("sets/*/test-*.npz", ("evaluate",))
TRAINING = ("sets/*/train-*.npz", ("resume",))
SHARD_CHANGES: dict[str, Callable] = {
    "decreasing starts": _set("starts", lambda starts: starts[::-1]),
    "starts below nought": _set("starts", lambda starts: starts - 5),
    "a first start that isn't nought": _set("starts", lambda starts: _with(starts, 0, 3)),
    "huge starts": _set("starts", lambda starts: _with(starts, 0, -(2**62))),
    "starts of fractions": _set("starts", lambda starts: starts.astype(float)),
    "no starts": _set("starts", lambda starts: starts[:0]),
    "starts in a table": _set("starts", lambda starts: starts[None]),
    "starts of text": _set("starts", lambda starts: starts.astype(str)),
    "too few ids": _set("ids", lambda ids: ids[:-1]),
    "too many ids": _set("ids", lambda ids: np.append(ids, "another")),
    "ids that are numbers": _set("ids", lambda ids: np.arange(len(ids))),
    "ids of 2 GB": _set("ids", lambda ids: npy_of(f"({len(ids)},)", "'<U500000000'")),
    "10¹² ids": _set("ids", lambda ids: npy_of("(1000000000000,)", "'<U8'")),
    "pickled ids": _set("ids", lambda ids: npy(np.array([Executes(Path(EXECUTED))], dtype=object))),
    "too few speakers": _set("speakers", lambda speakers: speakers[:-1]),
    "NaN frames": _set("mfcc", lambda mfcc: _with(mfcc, 5, np.nan)),
    "NaN targets": _set("log_mel", lambda log_mel: _with(log_mel, 5, np.nan)),
    "infinite frames": _set("mfcc", lambda mfcc: _with(mfcc, 5, np.inf)),
    "frames of huge values": _set("mfcc", lambda mfcc: _with(mfcc, 5, 3e38)),
    "frames in double precision": _set("mfcc", lambda mfcc: mfcc.astype(float)),
    "too few coefficients": _set("mfcc", lambda mfcc: mfcc[:, :-1]),
    "too many bands": _set("log_mel", lambda log_mel: np.hstack([log_mel, log_mel])),
    "frames that claim 10¹² rows": _set("mfcc", lambda mfcc: npy_of("(1000000000000, 8)", data=mfcc.tobytes())),
    "durations that are NaN": _set("seconds", lambda seconds: seconds * np.nan),
    "no durations": lambda arrays, rng: arrays.pop("seconds"),
}
SHARDS = [
    Case(name, *used, _shard(change), harmless="duration" in name or "speaker" in name)
    for name, change in SHARD_CHANGES.items()
    for used in (TEST, TRAINING)
]
SHARDS += [Case("a compressed shard", *used, _shard(lambda arrays, rng: None, compressed=True)) for used in (TEST, TRAINING)]


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
    outside = [(str(_box(path).parent / CANARY), 0, h5py.h5f.UNLIMITED)]
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
    other = {"module": "os", "class_name": "system", "config": {"command": f"touch {_box(path).parent / EXECUTED}"}}
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer, other]}}
    members["config.json"] = json.dumps(config).encode()


NETWORK = ("runs/run/model.keras", ("evaluate", "adapt"))
NETWORKS = [
    Case("code in the configuration", *NETWORK, _keras(_lambda), harmless=True),
    Case("no configuration", *NETWORK, _keras(lambda members, path: members.pop("config.json")), harmless=True),
    Case("a deep configuration", *NETWORK, _keras(lambda m, p: m.update({"config.json": b"[" * 10**6})), harmless=True),
    Case("no weights", *NETWORK, _keras(lambda members, path: members.pop("model.weights.h5"))),
    Case("a member called ../../…", *NETWORK, _keras(lambda m, p: m.update({above(p, "escaped"): b"a"})), harmless=True),
    Case("weights in another file", *NETWORK, _weights(_external)),
    Case("weights behind a link", *NETWORK, _weights(_linked)),
    Case("weights that claim 400 GB", *NETWORK, _weights(_claimed((10**6, 10**5), chunks=(1000, 1000)))),
    Case("weights that claim 400 MB", *NETWORK, _weights(_claimed((10**4, 10**4), chunks=(1000, 1000)))),
    Case("weights that inflate to 400 MB", *NETWORK, _weights(_inflated_weights)),
    Case("weights that are NaN", *NETWORK, _weights(_nan)),
    Case("weights that are no HDF5", *NETWORK, _keras(lambda m, p: m.update({"model.weights.h5": b"a" * 1000}))),
    Case("a pickle", *NETWORK, lambda path, rng: path.write_bytes(pickle.dumps(Executes(_box(path).parent / EXECUTED)))),
]

TESTS = {
    "hostile archives .npz": attempts(ARCHIVES),
    "hostile shards": attempts(SHARDS),
    "hostile networks .keras": attempts(NETWORKS),
}
