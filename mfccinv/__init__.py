"""Neural MFCC-to-spectrogram regression: build a data set, train a network, score it, listen to it."""

__version__ = "0.1.0"
