"""What a network is asked: which frames it is given, which ones it predicts, and what is known of them without it."""

from dataclasses import dataclass, replace

import numpy as np

from mfccinv.analytic import mfcc_to_log_mel
from mfccinv.features import magnitude_to_db
from mfccinv.magnitude import log_mel_to_magnitude
from mfccinv.presets import method_settings
from mfccinv.spec import FeatureSpec

# What is asked for, and the array of a shard that holds it.
SOURCES = {"mfcc": "mfcc", "mel": "log_mel"}
TARGETS = {"mel": "log_mel", "linear": "log_magnitude"}


@dataclass(frozen=True)
class Task:
    """Which frames a network is given, and which ones it predicts.

    Parameters
    ----------
    source : str
        A key of `SOURCES`.
    target : str
        A key of `TARGETS`.

    Raises
    ------
    ValueError
        For another source or target, and for mel from mel.
    """

    source: str = "mfcc"
    target: str = "mel"

    def __post_init__(self):
        for name, choices in (("source", SOURCES), ("target", TARGETS)):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")
        if self.source == self.target:
            raise ValueError("source=mel has mel frames already: it needs target=linear")

    @classmethod
    def of(cls, config: dict) -> "Task":
        """Task of the configuration of a training."""
        return cls(config["source"], config["target"])

    @property
    def given(self) -> str:
        """Name of the frames given, in shards and statistics."""
        return SOURCES[self.source]

    @property
    def asked(self) -> str:
        """Name of the frames predicted, in shards and statistics."""
        return TARGETS[self.target]

    @property
    def baseline(self) -> str:
        """Name of what is known without a network, see `analytic`."""
        return "pseudo_inverse" if self.target == "mel" else "kl"

    def n_given(self, spec: FeatureSpec) -> int:
        """Numbers in a frame given."""
        return spec.n_mfcc if self.source == "mfcc" else spec.n_mels

    def n_asked(self, spec: FeatureSpec) -> int:
        """Numbers in a frame predicted."""
        return spec.n_mels if self.target == "mel" else spec.n_bins

    def analytic(self, frames: np.ndarray, spec: FeatureSpec) -> np.ndarray:
        """Frames that are known without a network: what it has to beat.

        Mel frames by the analytic inverse; linear ones from the mel frames by ``magnitude=kl``.

        (n_frames, n_given), dB → (n_frames, n_asked), float32, dB.
        """
        log_mel = mfcc_to_log_mel(frames, spec) if self.source == "mfcc" else frames
        if self.target == "mel":
            return log_mel
        return magnitude_to_db(log_mel_to_magnitude(log_mel, spec, magnitude=method_settings("magnitude", "kl")), spec)

    def relevant(self, spec: FeatureSpec) -> FeatureSpec:
        """What of a specification matters: to a network that takes mel frames, MFCC don't."""
        return spec if self.source == "mfcc" else replace(spec, n_mfcc=spec.n_mels, lifter=0.0)


MFCC_TO_MEL = Task()
