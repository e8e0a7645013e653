"""The checks that all iterative methods share."""

from mfccinv.system.kinds import is_real, is_whole


def check_iterations(setting: str, iterations: int) -> None:
    """Refuse with ValueError what is no whole number of at least 0; ``setting`` is its name in the message."""
    if not is_whole(iterations) or iterations < 0:
        raise ValueError(f"{setting} must be a whole number of at least 0, got {iterations!r}")


def check_until(until_db: float | None) -> None:
    """Refuse with ValueError what is neither a number nor None for ``phase.until_db``."""
    if until_db is not None and not is_real(until_db):
        raise ValueError(f"phase.until_db must be a number or null, got {until_db!r}")
