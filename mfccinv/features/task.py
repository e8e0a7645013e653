"""The task of a network: which frames it takes, and which ones it predicts."""

from dataclasses import dataclass, replace

import numpy as np

from mfccinv.features.context import Context
from mfccinv.features.flow_path import STATE_FRAMES
from mfccinv.features.mel import covered_bins
from mfccinv.features.phase_steps import n_steps
from mfccinv.features.spec import FeatureSpec
from mfccinv.system.kinds import is_whole

# The arrays of a shard by the names that a task uses.
SOURCES = {"mfcc": "mfcc", "mel": "log_mel"}
TARGETS = {"mel": "log_mel", "linear": "log_magnitude", "phase": "phase_steps"}


@dataclass(frozen=True)
class Task:
    """Frames that a network takes, and frames that it predicts.

    Parameters
    ----------
    source : str
        A key of `SOURCES`.
    target : str
        A key of `TARGETS`.
    min_mfcc : int >= 1 or None
        Fewest MFCC that a network takes; the most are the specification's ``n_mfcc``. None: it takes those alone.
    flow : bool
        Whether samples can be drawn from the network, by flow matching: it is given a state and a time, too, behind the
        MFCC, see `mfccinv.features.flow_path`.

    Raises
    ------
    ValueError
        For an unknown source or target, for mel frames from mel frames, for phases from anything else, for a fewest
        number of MFCC that is none or isn't of MFCC, and for a flow from or to other frames or with several numbers of
        MFCC.
    """

    source: str = "mfcc"
    target: str = "mel"
    min_mfcc: int | None = None
    flow: bool = False

    def __post_init__(self):
        for name, choices in (("source", SOURCES), ("target", TARGETS)):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")
        if self.source == self.target:
            raise ValueError("source=mel has mel frames already: it needs target=linear or phase")
        if self.target == "phase" and self.source != "mel":
            raise ValueError(f"target=phase needs source=mel, got source={self.source}")
        if self.min_mfcc is not None:
            if self.source != "mfcc":
                raise ValueError(f"min_mfcc={self.min_mfcc} needs source=mfcc, got source={self.source}")
            if not is_whole(self.min_mfcc) or self.min_mfcc < 1:
                raise ValueError(f"min_mfcc must be a whole number of at least 1 or null, got {self.min_mfcc!r}")
        if not isinstance(self.flow, bool):
            raise ValueError(f"flow must be true or false, got {self.flow!r}")
        if self.flow and (self.source, self.target, self.min_mfcc) != ("mfcc", "mel", None):
            raise ValueError("flow=true needs source=mfcc, target=mel and min_mfcc=null")

    @classmethod
    def of(cls, config: dict) -> "Task":
        """Make the task from the configuration of a training."""
        return cls(config["source"], config["target"], config["min_mfcc"], config["flow"])

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
        if self.flow:
            return spec.n_mels + 1  # MFCC, the coefficients that follow them, and the time
        return spec.n_mfcc if self.source == "mfcc" else spec.n_mels

    def fewest_inputs(self, spec: FeatureSpec) -> int:
        """Count the values in an input frame that must be known; those behind them may be NaN."""
        if self.flow:
            return spec.n_mfcc
        return self.min_mfcc or self.n_inputs(spec)

    def context(self, model: dict) -> Context:
        """Context of a network by the settings of its model; ValueError if they lack it.

        A flow sees the state of frames around the one to predict, and what the model makes of the MFCC of each.
        """
        context = Context.of(model)
        return replace(context, length=context.length + STATE_FRAMES - 1) if self.flow else context

    def n_outputs(self, spec: FeatureSpec) -> int:
        """Count the values in a predicted frame."""
        return {"mel": spec.n_mels, "linear": spec.n_bins, "phase": n_steps(spec)}[self.target]

    def scored(self, frames: np.ndarray, spec: FeatureSpec) -> np.ndarray:
        """Of predicted frames (n_frames, n_outputs), return what is scored: mel bands, or bins that are in one.

        Of bins beyond the bands MFCC tell nothing, and an inverse without a network leaves them empty.
        """
        return frames if self.target == "mel" else frames[:, covered_bins(spec)]

    def relevant(self, spec: FeatureSpec) -> FeatureSpec:
        """Return a specification in which only what matters to the task can differ.

        The settings of the MFCC don't matter to a network that takes mel frames: they get fixed values.
        """
        return spec if self.source == "mfcc" else replace(spec, n_mfcc=spec.n_mels, lifter=0.0)

    def takes(self, n_mfcc: int, spec: FeatureSpec) -> bool:
        """Whether a network of a specification takes so many MFCC."""
        return (self.min_mfcc or spec.n_mfcc) <= n_mfcc <= spec.n_mfcc

    def taken(self, spec: FeatureSpec) -> str:
        """Tell how many MFCC a network of a specification takes."""
        return f"{spec.n_mfcc} MFCC" if self.min_mfcc is None else f"{self.min_mfcc} to {spec.n_mfcc} MFCC"

    def check_spec(self, spec: FeatureSpec) -> None:
        """Refuse with ValueError a specification of too few MFCC for the task or, for a flow, of too many."""
        if self.flow and spec.n_mfcc == spec.n_mels:
            raise ValueError(f"flow=true needs fewer MFCC than the {spec.n_mels} mel bands: nothing is left to draw")
        if self.min_mfcc is not None and self.min_mfcc > spec.n_mfcc:
            raise ValueError(f"min_mfcc must be in [1, features.n_mfcc={spec.n_mfcc}], got {self.min_mfcc}")


MFCC_TO_MEL = Task()
