"""Writes the weights of a ``.keras`` file in half precision, for a file of half the size."""

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np

from mfccinv.inference.stored_network import SPARE_BYTES, WEIGHTS, weight_arrays
from mfccinv.system.atomic_files import temporary_beside
from mfccinv.system.npz_files import damage_is_told

FEWEST_PACKED = 1024  # numbers in an array; of fewer, the index would be larger than what is won
PACKED = {"shuffle": True, "compression": "gzip", "compression_opts": 9}  # first bytes together: they are much alike


def halve(path: Path) -> None:
    """Write a ``.keras`` file anew, its single-precision weights as float16; reading makes float32 of them again.

    Raises
    ------
    FloatingPointError
        If a weight is too large for float16, which ends at 65,504.
    ValueError
        If the file is damaged.
    """
    with (
        damage_is_told(path),
        temporary_beside(path) as temporary,
        zipfile.ZipFile(path) as source,
        zipfile.ZipFile(temporary, "w") as target,
    ):
        for member in source.infolist():
            content = source.read(member)
            target.writestr(member, _halved(content) if member.filename == WEIGHTS else content)


def _halved(content: bytes) -> bytes:
    """The HDF5 file of a ``.keras`` file, likewise: its space isn't freed when arrays are replaced, so it is copied."""
    target_bytes = io.BytesIO()
    with h5py.File(io.BytesIO(content), "r") as source, h5py.File(target_bytes, "w") as target:
        groups: list[h5py.Group] = [source]
        source.visititems(lambda _, item: groups.append(item) if isinstance(item, h5py.Group) else None)
        for group in groups:
            target.require_group(group.name).attrs.update(group.attrs)
        may_pack = len(content) <= SPARE_BYTES  # whoever reads it refuses arrays that unpack to much more than that
        for array in weight_arrays(source):
            packed = PACKED | {"chunks": array.shape} if may_pack and array.size >= FEWEST_PACKED else {}
            target.create_dataset(array.name, data=_half(array[()]), **packed).attrs.update(array.attrs)
    return target_bytes.getvalue()


def _half(weights: np.ndarray) -> np.ndarray:
    with np.errstate(over="raise"):
        return weights.astype(np.float16) if weights.dtype == np.float32 else weights
