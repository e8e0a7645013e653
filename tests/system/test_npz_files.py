"""The headers of arrays are read by many threads at once."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np

from mfccinv.system.npz_files import read_header


def _header_from_deep(raw: bytes, depth: int):
    """Read a header `depth` calls further down."""
    return _header_from_deep(raw, depth - 1) if depth else read_header(BytesIO(raw))


def test_headers_are_read_side_by_side():
    file = BytesIO()
    np.lib.format.write_array(file, np.zeros((164, 20), np.float32))
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(1)  # a collection lets other threads in, in the middle of Python's parser
    gc.callbacks.append(lambda *_: None)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            headers = list(threads.map(lambda k: _header_from_deep(file.getvalue(), 10 * (k % 4)), range(200)))
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.pop()
        sys.setswitchinterval(interval)
    assert {header[:3] for header in headers} == {((164, 20), False, np.dtype(np.float32))}
