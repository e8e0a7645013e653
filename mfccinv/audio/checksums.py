"""Cyclic redundancy checks of sound files (Peterson and Brown, Cyclic codes for error detection, 1961)."""

import numpy as np

FOLD = 2**15 - 1  # bytes: x to the power of this many bytes is 1 modulo the polynomial of CRC-16


def crc_8(data: bytes) -> int:
    """CRC-8 with polynomial 0x07, from the highest bit on, beginning with 0, as FLAC has it."""
    crc = 0
    for byte in data:
        crc = CRC_8_TABLE[crc ^ byte]
    return crc


def crc_16(data: bytes) -> int:
    """CRC-16 with polynomial 0x8005, from the lowest bit on, beginning with 0, as LAME has it."""
    head = len(data) % FOLD  # zeros before the data change nothing
    folded = np.bitwise_xor.reduce(np.frombuffer(data, np.uint8, offset=head).reshape(-1, FOLD), axis=0)
    folded[FOLD - head :] ^= np.frombuffer(data, np.uint8, count=head)
    crc = 0
    for byte in folded.tobytes():
        crc = crc >> 8 ^ CRC_16_TABLE[(crc ^ byte) & 0xFF]
    return crc


def _crc_8_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = (byte << 1 ^ (0x107 if byte & 0x80 else 0)) & 0xFF
    return byte


def _crc_16_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


CRC_8_TABLE = tuple(_crc_8_of_byte(byte) for byte in range(256))
CRC_16_TABLE = tuple(_crc_16_of_byte(byte) for byte in range(256))
