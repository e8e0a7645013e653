"""What an evaluation is made of, as typed settings; ``configs/evaluate.yaml`` has their defaults."""

from dataclasses import asdict, dataclass

from mfccinv.configs.typed import typed
from mfccinv.synthesis.methods import Methods


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
    methods : Methods
        Of the sound.
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
    methods: Methods
    seed: int
    workers: int | None
    progress: bool

    @classmethod
    def from_config(cls, config: dict) -> "EvaluateSettings":
        """Take a configuration; ValueError for a wrong setting."""
        values = {key: value for key, value in config.items() if key != "backend"}
        methods = {group: values.pop(group) for group in ("magnitude", "phase", "vocoder")}
        return typed(cls, values | {"methods": Methods.resolve(**methods)})

    @property
    def scored(self) -> dict:
        """What scores depend on besides the run: for ``scores.json``."""
        names = ("scored_split", "corpus", "listened", "seed")
        return {name: getattr(self, name) for name in names} | asdict(self.methods)
