"""Hostile archives of MFCC."""

import random
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from campaign.archives import Executes, archive, npy, npy_of, npy_with_header, pickled
from campaign.hostile import CANARY, EXECUTED, Case, above, attempts, box_of


def _pickled(path: Path) -> np.ndarray:
    return np.array([Executes(box_of(path).parent / EXECUTED)], dtype=object)


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
    Case("a name of 60,000 letters", *INVERT, _members(("a" * 60000 + ".npy", npy(FRAMES))), harmless=True),
    Case("a name with a nought", *INVERT, _members(("one\0.npy", npy(FRAMES))), harmless=True),
    Case("a link", *INVERT, lambda path, rng: archive(path, [(_link(CANARY), above(path, CANARY).encode())])),
    Case("pickled objects", *INVERT, lambda path, rng: archive(path, [("one.npy", npy(_pickled(path)))])),
    Case("a pickle", *INVERT, lambda path, rng: path.write_bytes(pickled(path))),
    *(Case(f"claims {claim}", *INVERT, _members(("one.npy", npy_of(shape)))) for claim, shape in CLAIMS.items()),
    Case("code for a header", *INVERT, _members(("one.npy", npy_with_header(f"open('../{EXECUTED}', 'w')")))),
    Case("a header of 10 MB", *INVERT, _members(("one.npy", npy_of("(8, 2)" + " " * 10_000_000)))),
    Case("a structured type", *INVERT, _members(("one.npy", npy(np.zeros((8, 40), [("a", "f4")]))))),
    Case("strings", *INVERT, _members(("one.npy", npy(np.full((8, 40), "a"))))),
    Case("strings of 2 GB", *INVERT, _members(("one.npy", npy_of("(8, 40)", "'<U536870911'")))),
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


TESTS = {"hostile archives .npz": attempts(ARCHIVES)}
