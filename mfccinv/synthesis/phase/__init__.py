"""From a linear magnitude spectrogram to a waveform."""
