"""The checks that all iterative methods share."""

from numbers import Integral, Real


def check_iterations(setting: str, iterations: int) -> None:
    """Refuse with ValueError what is no whole number of at least 0; ``setting`` is its name in the message."""
    if isinstance(iterations, bool) or not isinstance(iterations, Integral) or iterations < 0:
        raise ValueError(f"{setting} must be a whole number of at least 0, got {iterations!r}")


def check_until(until_db: float | None) -> None:
    """Refuse with ValueError what is neither a number nor None for ``phase.until_db``."""
    if until_db is not None and (isinstance(until_db, bool) or not isinstance(until_db, Real)):
        raise ValueError(f"phase.until_db must be a number or null, got {until_db!r}")
