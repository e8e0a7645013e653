"""The most that is read of an array."""

LARGEST_ARRAY = 2**29  # numbers: 37 hours of 40 MFCC at 100 Hz, and 4 GiB in double precision
