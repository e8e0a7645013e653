"""From MFCC and spectrograms to sound: arrays, files, streams."""
