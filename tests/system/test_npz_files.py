"""The headers of arrays are read by many threads at once."""

import gc
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from damage import flip_a_bit

from mfccinv.system.npz_files import array_places, load_arrays, read_header


def _from_deep(read: Callable, depth: int):
    """Read `depth` calls further down."""
    return _from_deep(read, depth - 1) if depth else read()


def _read_side_by_side(read: Callable) -> list:
    """Read 200 times in four threads, at four depths."""
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(1)  # a collection lets other threads in, in the middle of Python's parser
    gc.callbacks.append(lambda *_: None)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(lambda k: _from_deep(read, 10 * (k % 4)), range(200)))
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.pop()
        sys.setswitchinterval(interval)


def test_headers_are_read_side_by_side():
    file = BytesIO()
    np.lib.format.write_array(file, np.zeros((164, 20), np.float32))
    headers = _read_side_by_side(lambda: read_header(BytesIO(file.getvalue())))
    assert {header[:3] for header in headers} == {((164, 20), False, np.dtype(np.float32))}


def test_arrays_are_loaded_side_by_side(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez(path, frames=np.arange(6, dtype=np.float32).reshape(2, 3), columns=np.asfortranarray(np.eye(3)), none=[])
    loaded = _read_side_by_side(lambda: load_arrays(path, list(array_places(path).values()), 2**20))
    for frames, columns, none in loaded:
        assert (frames == [[0, 1, 2], [3, 4, 5]]).all()
        assert (columns == np.eye(3)).all()
        assert none.shape == (0,)


def test_arrays_that_differ_from_their_checksum_are_refused(tmp_path):
    path = tmp_path / "arrays.npz"
    np.savez(path, values=np.zeros(1000))
    place = array_places(path)["values"]
    flip_a_bit(path, place.offset + 4000)
    with pytest.raises(zipfile.BadZipFile, match="CRC"):
        load_arrays(path, [place], 2**20)
