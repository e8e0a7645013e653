"""Tests that Ctrl-C is obeyed, wherever it is pressed."""

import gc
import os
import signal
import sys

import pytest

from mfccinv.system.interrupts import raise_if_interrupted, remember_interrupts


@pytest.fixture
def remembered():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    remember_interrupts()
    yield
    signal.signal(signal.SIGINT, before)


def test_it_is_raised_at_once(remembered):
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):  # nothing has ended by it
        raise_if_interrupted()
    raise_if_interrupted()


def test_it_is_raised_again_where_python_dropped_it(remembered, monkeypatch):
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: dropped.append(told.exc_type))

    def press(phase, facts):
        if phase == "stop":
            gc.callbacks.remove(press)
            os.kill(os.getpid(), signal.SIGINT)

    gc.callbacks.append(press)
    gc.collect()
    assert dropped == [KeyboardInterrupt]
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()


def test_another_handler_stays():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    remember_interrupts()
    assert signal.signal(signal.SIGINT, before) is signal.SIG_IGN
