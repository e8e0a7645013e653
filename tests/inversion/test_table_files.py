"""Tests of tables of text and Matlab's files."""

import numpy as np
import pytest
from scipy.io import savemat

from mfccinv.inversion.table_files import matlab_arrays, text_array

NUMBERS = [[1.5, -2.0, 3.0], [4.0, 5.0, 6e-3]]


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", ", "])
@pytest.mark.parametrize("head", ["", "c0{0}c1{0}c2\n", "# made by hand\n"])
def test_text(tmp_path, separator, head):
    rows = "".join(separator.join(map(str, row)) + "\n" for row in NUMBERS)
    (tmp_path / "a.csv").write_text(head.format(separator) + rows)
    np.testing.assert_array_equal(text_array(tmp_path / "a.csv"), NUMBERS)


@pytest.mark.parametrize(
    "content",
    [
        "0,1,2\n1.5,-2,3\n4,5,0.006\n",  # pandas without an index
        "1;2;3\n1.5;-2;3\n4;5;0.006\n",
        ",0,1,2\n0,1.5,-2,3\n1,4,5,0.006\n",  # with one
        ",c0,c1,c2\n0,1.5,-2,3\n1,4,5,0.006\n",
        '"","V1","V2","V3"\n"1",1.5,-2,3\n"2",4,5,0.006\n',  # R
        "name;frameTime;mfcc[0];mfcc[1];mfcc[2]\n'unknown';0.0;1.5;-2;3\n'unknown';0.01;4;5;0.006\n",  # openSMILE
        "Time,mfcc0,mfcc1,mfcc2\n0.0,1.5,-2,3\n0.01,4,5,0.006\n",
    ],
)
def test_what_numbers_columns_and_rows_is_passed_over(tmp_path, content):
    (tmp_path / "a.csv").write_text(content)
    np.testing.assert_array_equal(text_array(tmp_path / "a.csv"), NUMBERS)


def test_a_single_row_is_one(tmp_path):
    (tmp_path / "a.csv").write_text("1 2 3\n")
    assert text_array(tmp_path / "a.csv").shape == (1, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it holds none"),
        (b"a,b\n", "it holds none"),
        (b"1,2\n3\n", "no table of numbers"),
        (b"1,2\nx,4\n", "no table of numbers"),
        (b"1,,3\n4,5,6\n", "its first line has some and others: '1,,3'"),
        (b"n/a,2,3\n4,5,6\n", "its first line has some and others"),
        (b"\xff\xfe\0", "it isn't text in UTF-8"),
    ],
)
def test_no_table(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        text_array(tmp_path / "a.csv")


def test_matlab(tmp_path):
    for compressed in (False, True):
        savemat(
            tmp_path / "a.mat",
            {"mfcc": np.array(NUMBERS), "fs": 16000, "text": "speech", "cube": np.zeros((2, 2, 2))},
            do_compression=compressed,
        )
        arrays = dict(matlab_arrays(tmp_path / "a.mat"))
        np.testing.assert_array_equal(arrays["mfcc"](), NUMBERS)
        for name in ("fs", "text", "cube"):
            with pytest.raises(ValueError, match="it must be a matrix of numbers, got"):
                arrays[name]()


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"MATLAB 5.0 MAT-file" + bytes(200)])
def test_no_file_of_matlabs(tmp_path, content):
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(ValueError, match=r"no file of Matlab's, damaged, or of version 7.3|it holds no array"):
        list(matlab_arrays(tmp_path / "a.mat"))
