"""Tests of what native code writes, which is hidden, but not for good, of its import, and of TensorFlow's variables."""

import gc
import os
import platform
import re
import sys
import threading
import time

import pytest
from processes import run_python

from mfccinv.system.native_output import keras_import, native_messages_removed, native_output_hidden


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


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="oneDNN is for x86-64 here")
@pytest.mark.parametrize(("said", "taken"), [({}, "1"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "0")])
def test_tensorflow_takes_fast_kernels_unless_told(said, taken, tmp_path, monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    script = (
        "import os; from mfccinv.system.native_output import keras_import\n"
        "with keras_import(): print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    )
    assert run_python("-c", script, cwd=tmp_path, **said).stdout.strip() == taken


@pytest.mark.parametrize("collecting", [True, False])
def test_no_garbage_is_collected_during_the_import_alone(collecting, monkeypatch):
    def import_that_fails():
        assert not gc.isenabled()
        raise ImportError("no such backend")

    monkeypatch.delitem(sys.modules, "keras", raising=False)
    try:
        (gc.enable if collecting else gc.disable)()
        with pytest.raises(ImportError, match="no such backend"), keras_import():
            import_that_fails()
        assert gc.isenabled() == collecting
    finally:
        gc.enable()


def test_threads_that_import_at_once_give_the_stream_back(capfd, monkeypatch):
    """The second one must not take the hidden stream of the first for the real one."""
    entered = threading.Barrier(2, timeout=10)

    def import_keras():
        entered.wait()
        with keras_import():
            time.sleep(0.05)

    monkeypatch.delitem(sys.modules, "keras", raising=False)
    threads = [threading.Thread(target=import_keras) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_unwanted_messages_are_removed_and_others_appear(capfd):
    with native_messages_removed(re.compile(rb"Note: [^\n]*\n")):
        os.write(2, b"Note: an odd frame\n")
        print("said by Python", file=sys.stderr)
        os.write(2, b"Note: another\nsaid by a library\n")
    os.write(2, b"after")
    assert capfd.readouterr().err == "said by Python\nsaid by a library\nafter"


def test_messages_before_an_error_appear(capfd):
    def fail():
        os.write(2, b"Note, before")
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"), native_messages_removed(re.compile(b"Note")):
        fail()
    assert capfd.readouterr().err == ", before"


def test_threads_that_remove_messages_at_once_lose_none(capfd):
    def decode():
        for _ in range(50):
            with native_messages_removed(re.compile(b"no")):
                os.write(2, b"yes no ")

    threads = [threading.Thread(target=decode) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capfd.readouterr().err.split() == ["yes"] * 150
