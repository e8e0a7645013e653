"""Tests of reading arrays: what is too large costs no memory, and what is long and real is read."""

import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from mfccinv.inversion.array_files import LONGEST_LISTING, MOST_MEMBERS, stored_arrays

MB = 1_000_000


def header(shape, dtype="<f8", version=1):
    """Beginning of a file of an array that may not be there."""
    text = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text


def archive(path, *members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression, compresslevel=1) as file:
        for name, content in members:
            file.writestr(name, content)


def read(path):
    """Every array of a file by its name."""
    return {name: load() for name, load in stored_arrays(path)}


def read_measured(path):
    """Read a file to its end; return its arrays or the error, and the peak of memory in MB."""
    tracemalloc.start()
    try:
        found = read(path)
    except ValueError as error:
        found = error
    peak = tracemalloc.get_traced_memory()[1] / MB
    tracemalloc.stop()
    return found, peak


def many_members(path):
    archive(path, *((f"{number}.npy", b"") for number in range(MOST_MEMBERS + 1)), compression=zipfile.ZIP_STORED)


def sparse(path):
    path.write_bytes(header((2, 2**29), "|i1"))
    with path.open("ab") as file:
        file.truncate(2**30 + 200)


HOSTILE = {
    "claims": (lambda path: path.write_bytes(header((10**6, 10**6))), "has 1000000000000 numbers, at most 536870912"),
    "claims much": (
        lambda path: path.write_bytes(header((10**3000, 2))),
        r"has 2000+\.\.\.0+ numbers, at most 536870912",
    ),
    "claims inside": (
        lambda path: archive(path, ("x.npy", header((10**6, 10**6)))),
        "it has 1000000000000 numbers",
    ),
    "cut": (lambda path: path.write_bytes(header((1000, 1000)) + bytes(80)), "promises 8000000 bytes, 80 are there"),
    "cut inside": (
        lambda path: archive(path, ("x.npy", header((1000, 1000)) + bytes(80))),
        "promises 8000000 bytes, 80 are there",
    ),
    "sparse": (sparse, "has 1073741824 numbers, at most 536870912 are read"),
    "bomb": (
        lambda path: archive(path, ("x.npy", bytes(2**27 + 1))),
        "at most 100 times as many or 134217728 are read",
    ),
    "bombs": (
        lambda path: archive(path, *((f"{n}.npy", bytes(2**24)) for n in range(9))),
        "inflate to 150994944: at most 100 times as many or 134217728",
    ),
    "members": (many_members, "it has 10001 arrays, at most 10000 are read"),
    "listing": (
        lambda path: archive(path, *((f"{n:02d}{'x' * 65_000}", b"") for n in range(65))),
        f"its list of members has 42.* bytes, at most {LONGEST_LISTING} are read",
    ),
    "bzip2": (
        lambda path: archive(path, ("x.npy", bytes(2**20)), compression=zipfile.ZIP_BZIP2),
        "it is compressed in a way that NumPy doesn't use",
    ),
    "long header": (
        lambda path: archive(path, ("x.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + bytes(2**26))),
        "damaged: EOF: reading array header, expected 2147483647 bytes",
    ),
    "brackets": (lambda path: path.write_bytes(header(f"{'-' * 9000}1")), "not an array of numbers or damaged"),
    "negative": (lambda path: path.write_bytes(header((-(10**6), -(10**6)))), "a shape can't be negative"),
    "three axes": (lambda path: path.write_bytes(header((9, 9, 9))), "must be two-dimensional, got shape"),
    "objects": (
        lambda path: path.write_bytes(header((9, 9), "|O") + b"cos\nsystem\n"),
        "must hold numbers, got object",
    ),
    "type": (lambda path: path.write_bytes(header((9, 9), "i4,(")), "not an array of numbers or damaged"),
    "version": (lambda path: path.write_bytes(b"\x93NUMPY\x03\x00" + bytes(9)), "version 1.0 or 2.0, got 3.0"),
    "no array": (lambda path: archive(path, ("x.txt", b"text")), "not an array of numbers or damaged: .*magic"),
    "no file": (lambda path: path.write_bytes(b""), "not an array of numbers or damaged"),
    "zip": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(99)), "damaged: File is not a zip file"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_wrong_or_too_large_is_refused_before_it_costs_memory(kind, tmp_path):
    make, message = HOSTILE[kind]
    make(tmp_path / "a.npz")
    error, peak = read_measured(tmp_path / "a.npz")
    assert isinstance(error, ValueError)
    with pytest.raises(ValueError, match=message):
        raise error
    assert len(str(error)) < 400
    assert peak < 60


def test_members_are_read_one_at_a_time(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", **{str(number): np.zeros((20, 50_000)) for number in range(10)})
    tracemalloc.start()
    sizes = [load().shape for _, load in stored_arrays(tmp_path / "a.npz")]
    peak = tracemalloc.get_traced_memory()[1] / MB
    tracemalloc.stop()
    assert sizes == [(20, 50_000)] * 10
    assert peak < 30  # an array has 8 MB


def test_an_hour_of_silence_is_read(tmp_path):
    """It inflates a thousandfold: 40 MFCC at 100 Hz in double precision."""
    np.savez_compressed(tmp_path / "a.npz", mfcc=np.zeros((40, 360_000)))
    [(name, array)] = read(tmp_path / "a.npz").items()
    assert (name, array.shape, array.dtype) == ("mfcc", (40, 360_000), np.float64)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i2", "<f2", "<c8"])
def test_arrays_of_any_numbers_and_order_are_read(tmp_path, rng, save, dtype):
    array = (100 * rng.standard_normal((5, 7))).astype(dtype)
    save(tmp_path / "a.npz", rows=array, columns=np.asfortranarray(array))
    np.save(tmp_path / "b.npy", array)
    found = read(tmp_path / "a.npz") | read(tmp_path / "b.npy")
    assert set(found) == {"rows", "columns", ""}
    for one in found.values():
        np.testing.assert_array_equal(one, array)
        assert one.dtype in (np.float64, np.complex128)


def test_any_wrong_byte_is_told_or_read(tmp_path, rng):
    """No wrong byte ends in another exception than ValueError."""
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", mfcc=rng.standard_normal((2, 3)))
        whole = (tmp_path / "a.npz").read_bytes()
        for place in range(len(whole)):
            wrong = bytearray(whole)
            wrong[place] ^= 1 << int(rng.integers(8))
            (tmp_path / "b.npz").write_bytes(wrong)
            found, _ = read_measured(tmp_path / "b.npz")
            assert isinstance(found, dict | ValueError)
