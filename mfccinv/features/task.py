"""The task of a network: which frames it takes, and which ones it predicts."""

from dataclasses import dataclass, replace

from mfccinv.features.spec import FeatureSpec

# The arrays of a shard by the names that a task uses.
SOURCES = {"mfcc": "mfcc", "mel": "log_mel"}
TARGETS = {"mel": "log_mel", "linear": "log_magnitude"}


@dataclass(frozen=True)
class Task:
    """Frames that a network takes, and frames that it predicts.

    Parameters
    ----------
    source : str
        A key of `SOURCES`.
    target : str
        A key of `TARGETS`.

    Raises
    ------
    ValueError
        For an unknown source or target, and for mel frames from mel frames.
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
        """Name of the input frames in shards and statistics."""
        return SOURCES[self.source]

    @property
    def outputs(self) -> str:
        """Name of the predicted frames in shards and statistics."""
        return TARGETS[self.target]

    def n_inputs(self, spec: FeatureSpec) -> int:
        """Count the values in an input frame."""
        return spec.n_mfcc if self.source == "mfcc" else spec.n_mels

    def n_outputs(self, spec: FeatureSpec) -> int:
        """Count the values in a predicted frame."""
        return spec.n_mels if self.target == "mel" else spec.n_bins

    def relevant(self, spec: FeatureSpec) -> FeatureSpec:
        """Return a specification in which only what matters to the task can differ.

        The settings of the MFCC don't matter to a network that takes mel frames: they get fixed values.
        """
        return spec if self.source == "mfcc" else replace(spec, n_mfcc=spec.n_mels, lifter=0.0)


MFCC_TO_MEL = Task()
