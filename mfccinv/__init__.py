"""Neural MFCC-to-spectrogram regression: build a data set, train a network, score it, listen to it."""

import lazy_loader

__version__ = "0.2.0.dev0"

# These are imported at their first use: their imports take a second, and the programs start without them.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "datasets.dataset": ["Dataset"],
        "inversion.arrays": ["magnitude_to_audio", "mel_to_audio", "mel_to_magnitude", "mfcc_to_audio", "mfcc_to_mel"],
        "inversion.identify": ["identify"],
        "training.adapt": ["adapt"],
    },
)
