"""Hostile shards, whose data set agrees with them."""

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from campaign.archives import Executes, archive, npy, npy_of
from campaign.hostile import EXECUTED, Case, attempts


def _shard(change: Callable[[dict, random.Random], object], compressed: bool = False) -> Callable:
    """Write a shard anew with other arrays, and have the manifest agree."""

    def write(path: Path, rng: random.Random) -> None:
        with np.load(path) as file:
            arrays: dict = dict(file)
        change(arrays, rng)
        members = [(f"{name}.npy", array if isinstance(array, bytes) else npy(array)) for name, array in arrays.items()]
        archive(path, members, zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED)

    return write


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
    "pickled ids": _set("ids", lambda ids: npy(np.array([Executes(Path("..", EXECUTED))], dtype=object))),
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
SHARDS += [
    Case("a compressed shard", *used, _shard(lambda arrays, rng: None, compressed=True)) for used in (TEST, TRAINING)
]


TESTS = {"hostile shards": attempts(SHARDS)}
