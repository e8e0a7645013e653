"""Ctrl-C that isn't lost: where Python drops the exception, it is raised again by what takes long.

Python drops what is raised in a callback of its garbage collector, such as JAX has one, and in ``__del__``.
"""

import signal
from threading import current_thread, main_thread
from types import FrameType


class _Pressed:
    """Whether Ctrl-C was pressed, and nothing has ended since."""

    is_waiting = False


_pressed = _Pressed()


def remember_interrupts() -> None:
    """Have Ctrl-C be remembered, besides raising KeyboardInterrupt; not where others handle it."""
    if current_thread() is main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if one was dropped."""
    if _pressed.is_waiting:
        _pressed.is_waiting = False
        raise KeyboardInterrupt


def _remember(number: int, frame: FrameType | None) -> None:
    _pressed.is_waiting = True
    raise KeyboardInterrupt
