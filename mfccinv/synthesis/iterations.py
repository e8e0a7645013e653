"""The check that all iterative methods share."""

from numbers import Integral


def check_iterations(setting: str, iterations: int) -> None:
    """Refuse with ValueError what is no whole number of at least 0; ``setting`` is its name in the message."""
    if isinstance(iterations, bool) or not isinstance(iterations, Integral) or iterations < 0:
        raise ValueError(f"{setting} must be a whole number of at least 0, got {iterations!r}")
