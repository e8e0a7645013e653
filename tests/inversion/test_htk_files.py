"""Tests of HTK's parameter files, written here by its book's description."""

import struct

import numpy as np
import pytest

from mfccinv.inversion.htk_files import LOUDEST, htk_array, htk_header

E, N, D, A, C, Z, K, C0 = (1 << bit for bit in (6, 7, 8, 9, 10, 11, 12, 13))
FRAMES = np.random.default_rng(0).normal(0, 10, (20, 13)).astype(np.float32)


def write(path, frames, kind=6 | C0, tail=b"", n_frames=None):
    frames = np.asarray(frames)
    header = struct.pack(">iihH", n_frames or len(frames), 100_000, frames.shape[1] * frames.itemsize, kind)
    path.write_bytes(header + frames.astype(frames.dtype.newbyteorder(">")).tobytes() + tail)
    return path


def test_mfcc_with_c0(tmp_path):
    np.testing.assert_array_equal(htk_array(write(tmp_path / "a.mfc", FRAMES)), FRAMES)


def test_a_checksum_is_passed_over(tmp_path):
    np.testing.assert_array_equal(htk_array(write(tmp_path / "a.mfc", FRAMES, 6 | C0 | K, b"ab")), FRAMES)


def test_compressed(tmp_path):
    """x = (X + B) / A; the four frames before the first hold A and B."""
    least, most = FRAMES.min(axis=0), FRAMES.max(axis=0)
    scale, bias = 65534 / (most - least), (most + least) * 32767 / (most - least)
    whole = np.rint(FRAMES * scale - bias).astype(">i2")
    header = struct.pack(">iihH", len(FRAMES) + 4, 100_000, 26, 6 | C0 | C)
    (tmp_path / "a.mfc").write_bytes(header + np.stack([scale, bias]).astype(">f4").tobytes() + whole.tobytes())
    np.testing.assert_allclose(htk_array(tmp_path / "a.mfc"), FRAMES, atol=2e-3)


def test_an_energy_beside_c0_is_left_out(tmp_path):
    """c1 … c12, c0, E, their differences in the same order."""
    columns = np.arange(28, dtype=np.float32)[None].repeat(5, axis=0)
    found = htk_array(write(tmp_path / "a.mfc", columns, 6 | C0 | E | D))
    np.testing.assert_array_equal(found[0], np.delete(np.arange(28), [13, 27]))
    columns = np.arange(27, dtype=np.float32)[None].repeat(5, axis=0)  # without the energy itself
    found = htk_array(write(tmp_path / "a.mfc", columns, 6 | C0 | E | N | D))
    np.testing.assert_array_equal(found[0], np.arange(26))


def test_energies_stay_or_are_brought_back_to_logarithms(tmp_path):
    raw = FRAMES.copy()
    raw[:, 12] = np.linspace(5, 22, 20)
    np.testing.assert_array_equal(htk_array(write(tmp_path / "a.mfc", raw, 6 | E)), raw)
    normalised = raw.copy()
    normalised[:, 12] = 1 - 0.1 * (raw[:, 12].max() - raw[:, 12])
    found = htk_array(write(tmp_path / "b.mfc", normalised, 6 | E))
    np.testing.assert_allclose(found[:, 12] - LOUDEST, raw[:, 12] - 22, atol=1e-4)


@pytest.mark.parametrize("kind", [6 | C0, 6 | C0 | Z])
def test_the_header_tells_whether_the_means_are_there_and_how_far_frames_are_apart(tmp_path, kind):
    path = write(tmp_path / "a.mfc", FRAMES, kind)
    header = htk_header(path)
    assert ("Z" in header.qualifiers) == bool(kind & Z)
    assert header.hop_seconds == pytest.approx(0.01)
    np.testing.assert_array_equal(htk_array(path), FRAMES)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (7, "it holds FBANK, not MFCC"),
        (11 | C0, "it holds PLP_0, not MFCC"),
        (6, "it holds MFCC: without c0"),
        (6 | E | N | D, "it holds MFCC_E_N_D: without c0"),
        (6 | E | Z, "it holds MFCC_E_Z: beside an energy, means that were taken away aren't put back"),
    ],
)
def test_other_kinds(tmp_path, kind, message):
    with pytest.raises(ValueError, match=message):
        htk_array(write(tmp_path / "a.mfc", FRAMES, kind))


def test_damaged_and_hostile(tmp_path):
    whole = write(tmp_path / "a.mfc", FRAMES).read_bytes()
    for content in (b"", whole[:11], whole[:-1], whole + b"x"):
        (tmp_path / "a.mfc").write_bytes(content)
        with pytest.raises(ValueError, match="no parameter file of HTK"):
            htk_array(tmp_path / "a.mfc")
    for n_frames in (2**31 - 1, -1, 21):
        with pytest.raises(ValueError, match=r"no parameter file of HTK, or damaged: -?\d+ bytes are promised"):
            htk_array(write(tmp_path / "a.mfc", FRAMES, n_frames=n_frames))
