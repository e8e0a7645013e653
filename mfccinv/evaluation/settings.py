"""What an evaluation is made of, as typed settings; ``configs/evaluate.yaml`` has their defaults."""

from dataclasses import dataclass

from mfccinv.configs.presets import method_settings
from mfccinv.configs.typed import typed
from mfccinv.synthesis.phase_retrieval import require_own_start


@dataclass(frozen=True, kw_only=True)
class EvaluateSettings:
    """What is scored, and how.

    Parameters
    ----------
    run, root : str
        See `RunFolder.open`.
    scored_split : str or None
        Of the run's own data set; not used with ``corpus``.
    corpus : dict or None
        ``name`` and settings of another corpus to take whole instead.
    examples : int >= 0
        Utterances to write audio and figures of.
    listened : int >= 0
        Utterances whose audio is scored.
    magnitude, phase, vocoder : dict (vocoder: or None)
        See `mfccinv.synthesis.frames_to_audio.frames_to_audio`.
    seed : int
        Of the starting phase and of the intervals.
    workers : int or None
        Processes that analyse another corpus; None is one a core.
    progress : bool
    """

    run: str
    root: str
    scored_split: str | None
    corpus: dict | None
    examples: int
    listened: int
    magnitude: dict
    phase: dict
    vocoder: dict | None
    seed: int
    workers: int | None
    progress: bool

    @classmethod
    def from_config(cls, config: dict) -> "EvaluateSettings":
        """Take a configuration; ValueError for a wrong setting."""
        values = {key: value for key, value in config.items() if key != "backend"}
        for group in ("magnitude", "phase", "vocoder"):
            values[group] = method_settings(group, values[group]) if values.get(group) else None
        require_own_start(values["phase"])
        return typed(cls, values)

    @property
    def scored(self) -> dict:
        """What scores depend on besides the run: for ``scores.json``."""
        names = ("scored_split", "corpus", "listened", "magnitude", "phase", "vocoder", "seed")
        return {name: getattr(self, name) for name in names}
