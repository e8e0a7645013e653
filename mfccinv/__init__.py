"""Neural MFCC-to-spectrogram regression: build a data set, train a network, score it, listen to it."""

import os

__version__ = "0.1.0"

# TensorFlow's native code greets with a page of notes at every start; its errors still reach Python as exceptions.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
