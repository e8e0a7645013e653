"""What is read of an array, and the most of it."""

LARGEST_ARRAY = 2**29  # numbers: 37 hours of 40 MFCC at 100 Hz, and 4 GiB in double precision


class NoMatrix(ValueError):
    """What is stored is no matrix of numbers, and so no frames, whatever else it may be good for."""
