"""Tests of the checksums of sound files against a catalogue and against themselves."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mfccinv.audio.checksums import FOLD, crc_8, crc_16


def test_checksums_of_the_catalogue():
    """CRC-8/SMBUS and CRC-16/ARC, Cook, Catalogue of parametrised CRC algorithms."""
    assert crc_8(b"123456789") == 0xF4
    assert crc_16(b"123456789") == 0xBB3D


@given(st.integers(0, 2 * FOLD + 3), st.integers(0, 99))
def test_crc_16_of_long_data_is_that_of_its_bytes_one_by_one(length, seed):
    data = np.random.default_rng(seed).bytes(length)
    # A CRC is 0 for data that is followed by its CRC.
    assert crc_16(data + crc_16(data).to_bytes(2, "little")) == 0
    assert crc_16(bytes(FOLD) + data) == crc_16(data)
