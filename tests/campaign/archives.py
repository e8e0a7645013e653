"""Writes arrays and ZIP files that say whatever one wants."""

import io
import pickle
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np

from campaign.hostile import EXECUTED, box_of


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
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression, compresslevel=1) as file:
        warnings.simplefilter("ignore", UserWarning)  # of names that come twice
        for name, data in members:
            file.writestr(name, data)


class Executes:
    """An object whose pickle makes a file."""

    def __init__(self, path: Path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def pickled(place: Path) -> bytes:
    """A pickle that makes the file which tells that it was executed."""
    return pickle.dumps(Executes(box_of(place).parent / EXECUTED))
