"""From mel frames to a linear magnitude spectrogram."""
