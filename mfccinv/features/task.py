"""What a network is asked: which frames it takes, and which ones it predicts."""

from dataclasses import dataclass, replace

from mfccinv.features.spec import FeatureSpec

# What a task names, and the array of a shard that holds it.
SOURCES = {"mfcc": "mfcc", "mel": "log_mel"}
TARGETS = {"mel": "log_mel", "linear": "log_magnitude"}


@dataclass(frozen=True)
class Task:
    """Which frames a network takes, and which ones it predicts.

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

    @property
    def inputs(self) -> str:
        """Name of the frames that go in, in shards and statistics."""
        return SOURCES[self.source]

    @property
    def outputs(self) -> str:
        """Name of the frames that come out, in shards and statistics."""
        return TARGETS[self.target]

    def n_inputs(self, spec: FeatureSpec) -> int:
        """Count the numbers in a frame that goes in."""
        return spec.n_mfcc if self.source == "mfcc" else spec.n_mels

    def n_outputs(self, spec: FeatureSpec) -> int:
        """Count the numbers in a frame that comes out."""
        return spec.n_mels if self.target == "mel" else spec.n_bins

    def relevant(self, spec: FeatureSpec) -> FeatureSpec:
        """Return what of a specification matters: to a network that takes mel frames, MFCC don't."""
        return spec if self.source == "mfcc" else replace(spec, n_mfcc=spec.n_mels, lifter=0.0)


MFCC_TO_MEL = Task()
