"""Keras layers between sound, log-mel frames, MFCC, spectra and sound again, to be trained through, by any backend.

They compute what the functions of this package do, and have gradients. Arrays are as Keras's layers have them: (batch,
n_samples) of sound, full scale 1, and (batch, frames, n) of frames.

- `LogMel`: sound → log-mel frames
- `Mfcc`: log-mel frames → MFCC
- `AnalyticInverse`, `network_inverse`: MFCC → log-mel frames
- `MelToMagnitude`: log-mel frames → linear magnitude
- `GriffinLim`: linear magnitude → sound
"""

from mfccinv.layers.analysis import LogMel, Mfcc
from mfccinv.layers.network import network_inverse
from mfccinv.layers.synthesis import GriffinLim, MelToMagnitude
from mfccinv.models.mel_layers import AnalyticInverse

__all__ = ["AnalyticInverse", "GriffinLim", "LogMel", "MelToMagnitude", "Mfcc", "network_inverse"]
