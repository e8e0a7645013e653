"""Tests of Kaldi's archives: what kaldiio wrote, pointers, and what is hostile or damaged."""

import kaldiio
import numpy as np
import pytest

from mfccinv.inversion.kaldi_archives import ark_arrays, scp_arrays

MATRICES = {
    "a-1": np.random.default_rng(0).normal(0, 20, (30, 13)).astype(np.float32),
    "ü/2": np.random.default_rng(1).normal(-40, 9, (7, 20)).astype(np.float32),
}


def read(arrays):
    return {name: load() for name, load in arrays}


def written(folder, **options):
    kaldiio.save_ark(str(folder / "a.ark"), MATRICES, scp=str(folder / "a.scp"), **options)
    return folder / "a.ark"


@pytest.mark.parametrize("reader", ["ark", "scp"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_binary(tmp_path, reader, kind):
    matrices = {key: matrix.astype(kind) for key, matrix in MATRICES.items()}
    kaldiio.save_ark(str(tmp_path / "a.ark"), matrices, scp=str(tmp_path / "a.scp"))
    found = read(ark_arrays(tmp_path / "a.ark") if reader == "ark" else scp_arrays(tmp_path / "a.scp"))
    assert list(found) == list(MATRICES)
    for key, matrix in matrices.items():
        np.testing.assert_array_equal(found[key], matrix)


def test_text(tmp_path):
    found = read(ark_arrays(written(tmp_path, text=True)))
    for key, matrix in MATRICES.items():
        np.testing.assert_allclose(found[key], matrix, rtol=1e-6)


@pytest.mark.parametrize("method", sorted({2, 3, 4, 5, 6, 7}))
def test_compressed(tmp_path, method):
    """As kaldiio reads it, by its numbers of methods."""
    ark = written(tmp_path, compression_method=method)
    found = read(ark_arrays(ark))
    for key, matrix in list(kaldiio.load_ark(str(ark))):
        np.testing.assert_allclose(found[key], matrix, rtol=0, atol=5e-3)
        assert np.abs(matrix - MATRICES[key]).max() > 0


def test_an_empty_matrix_of_text_stops_no_other(tmp_path):
    (tmp_path / "a.ark").write_text("a  [ ]\nb  [\n 1 2\n 3 4 ]\n")
    found = read(ark_arrays(tmp_path / "a.ark"))
    assert found["a"].shape == (0, 0)
    np.testing.assert_array_equal(found["b"], [[1, 2], [3, 4]])


def test_an_archive_beside_its_pointers_is_found(tmp_path):
    written(tmp_path)
    text = (tmp_path / "a.scp").read_text()
    (tmp_path / "b.scp").write_text(text.replace(f"{tmp_path}/", ""))
    np.testing.assert_array_equal(read(scp_arrays(tmp_path / "b.scp"))["a-1"], MATRICES["a-1"])


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("touch {folder}/touched |", "would come from a command, which is not run"),
        ("| touch {folder}/touched", "would come from a command, which is not run"),
        ("{folder}/a.ark:4[0:3]", "a part of a matrix is not read"),
        ("{folder}/b.ark:4", "its archive .*b.ark is not there"),
        ("{folder}/a.ark:3", "its matrix is damaged|it holds no matrix"),
        ("{folder}/a.ark:999999999999", "its matrix is damaged"),
    ],
)
def test_bad_pointers_stop_no_other(tmp_path, place, message):
    written(tmp_path)
    good = (tmp_path / "a.scp").read_text().splitlines()[1]
    (tmp_path / "b.scp").write_text(f"x {place.format(folder=tmp_path)}\n{good}\n")
    arrays = dict(scp_arrays(tmp_path / "b.scp"))
    with pytest.raises(ValueError, match=message):
        arrays["x"]()
    np.testing.assert_array_equal(arrays["ü/2"](), MATRICES["ü/2"])
    assert not (tmp_path / "touched").exists()


def test_a_line_that_points_nowhere(tmp_path):
    (tmp_path / "a.scp").write_text("a b.ark:2\nc\n")
    with pytest.raises(ValueError, match="a line must hold a key and the place of its matrix, got 'c'"):
        read(scp_arrays(tmp_path / "a.scp"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a \0BFM \4\xff\xff\xff\x7f\4\xff\xff\xff\x7f", "is to have 2147483647 rows"),
        (b"a \0BFM \4\xff\xff\xff\xff\4\1\0\0\0", "is to have -1 rows"),
        (b"a \0BFM \4\2\0\0\0\4\2\0\0\0" + bytes(15), "is to have 2 rows of 2 numbers"),
        (b"a \0BFM \5\2\0\0\0", "its matrix is damaged"),
        (b"a \0BFV \4\2\0\0\0", "it holds no matrix, but b'FV'"),
        (b"a \0BCM " + bytes(8), "its matrix is damaged"),
        (b"a \0BCM " + bytes(8) + b"\xff\xff\xff\x7f" * 2, "is to have 2147483647 rows"),
        (b"a \0BPKL \x80\4K\1.", "it holds no matrix, but b'PKL'"),
        (b"a [ 1 2\n 3 ]\n", "its rows differ in length"),
        (b"a [ 1 2\n 3 x ]\n", "it must hold numbers"),
        (b"a [ 1 2\n", r"must stand between \[ and \]"),
        (b"a 1 2", r"must stand between \[ and \]"),
        (b"\xff\xfe [ 1 ]", "a key isn't in UTF-8"),
        (b"x" * 5000, "it doesn't begin with a key"),
    ],
)
def test_damaged_and_hostile(tmp_path, content, message):
    (tmp_path / "a.ark").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read(ark_arrays(tmp_path / "a.ark"))


def test_empty(tmp_path):
    (tmp_path / "a.ark").write_bytes(b"")
    assert read(ark_arrays(tmp_path / "a.ark")) == {}
