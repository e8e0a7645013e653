"""The checks of the arguments that every synthesis has."""

from reprlib import repr as brief

from mfccinv.system.kinds import is_whole

LONGEST = 2**31 - 1  # samples: at 16 kHz, a day and a half


def check_length(length: int | None) -> int | None:
    """Return a whole number of samples, Python's or NumPy's, as Python's, or None.

    Raises
    ------
    ValueError
        If it is neither, or not in [1, `LONGEST`].
    """
    if length is None:
        return None
    if not is_whole(length):
        raise ValueError(f"length must be a whole number of samples or None, got {brief(length)}")
    if length < 1:
        raise ValueError(f"length must be at least 1 sample or None, got {length}")
    if length > LONGEST:
        raise ValueError(f"length must be at most {LONGEST} samples, got {brief(length)}")
    return int(length)  # a NumPy number of eight bits would overflow


def check_seed(seed: int) -> None:
    """Refuse with ValueError what is no whole number of at least 0."""
    if not is_whole(seed) or seed < 0:
        raise ValueError(f"seed must be a whole number of at least 0, got {brief(seed)}")
