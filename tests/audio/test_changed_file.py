"""Tests of files of which some bytes are others."""

import io

from hypothesis import given
from hypothesis import strategies as st

from mfccinv.audio.changed_file import ChangedFile

PLACES = st.integers(0, 40)


@given(
    st.binary(max_size=30),
    st.dictionaries(PLACES, st.binary(min_size=1, max_size=9), max_size=2),
    PLACES,
    st.lists(st.tuples(PLACES, PLACES), max_size=9),
)
def test_any_part_is_that_of_the_changed_bytes(content, changes, size, parts):
    expected = bytearray(content.ljust(100, b"\0"))
    for place, new in changes.items():
        expected[place : place + len(new)] = new
    expected = bytes(expected[:size])
    file = ChangedFile(io.BytesIO(content), changes, size)
    for start, length in parts:
        assert file.seek(start) == file.tell() == start
        assert file.read(length) == expected[start : start + length]
        assert file.tell() == max(start, min(start + length, size))
    assert file.seek(0, io.SEEK_END) == size
    file.seek(-size, io.SEEK_CUR)
    assert file.read() == expected
