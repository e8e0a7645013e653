"""Tests of the quiet start: what native code writes is hidden, and nothing else for good."""

import os

import pytest

from mfccinv.console import native_output_hidden


def test_hides_native_output_and_gives_the_stream_back(capfd):
    os.write(2, b"before ")
    with native_output_hidden():
        os.write(2, b"greeting ")
        print("said by Python", end="")
    os.write(2, b"after")
    captured = capfd.readouterr()
    assert captured.err == "before after"
    assert captured.out == "said by Python"


def test_errors_pass_and_the_stream_is_given_back(capfd):
    def import_that_fails():
        raise ImportError("no such backend")

    with pytest.raises(ImportError, match="no such backend"), native_output_hidden():
        import_that_fails()
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
