"""The error for sound that can't be used."""

NEEDS_PYAV = "needs PyAV: pip install 'mfccinv[av]'"  # the end of a reason
TOO_LARGE = "too large for the memory"  # the reason of a MemoryError


class UnusableAudio(ValueError):
    """A sound file that can't be used; its text is the reason."""
