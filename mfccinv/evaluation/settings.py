"""Typed settings of an evaluation; ``configs/evaluate.yaml`` has their defaults."""

from dataclasses import asdict, dataclass
from pathlib import Path

from mfccinv.configs.typed import typed
from mfccinv.run_folders.loading import check_detail
from mfccinv.synthesis.methods import Methods

# Settings that scores depend on, besides the methods.
SCORED = ("scored_split", "n_mfcc", "detail", "corpus", "listened", "wer", "mos", "seed")


@dataclass(frozen=True, kw_only=True)
class EvaluateSettings:
    """Settings of an evaluation.

    Parameters
    ----------
    run, root : str, Path
        Name of the run, and folder of runs, see `mfccinv.run_folders.run_folder.RunFolder.open`.
    scored_split : str or None
        Split of the run's own data set; not used with ``corpus``.
    n_mfcc : int or None
        Number of MFCC that the run is given, if it takes several; None: the only one.
    detail : str
        See `mfccinv.run_folders.loading.load_network`.
    samples : int >= 1
        With ``detail="sample"``, how many samples of each example are to be heard; the first is scored.
    corpus : dict or None
        ``name`` and settings of another corpus, which is scored as a whole instead.
    examples : int >= 0
        Utterances to write audio and figures of.
    listened : int >= 0
        Utterances whose audio is scored.
    wer : bool
        Whether the scores of the audio count wrong words, as a recogniser of English hears them.
    mos : bool
        Whether they have the opinion of listeners, as DistillMOS predicts it.
    methods : Methods
        Methods that make the sound.
    seed : int
        Seed of the starting phase and of the intervals.
    workers : int >= 1 or None
        Number of processes that analyse another corpus; None: one per core.
    backend : str or None
        Backend of Keras; None: NumPy computes the network, if it can.
    progress : bool
        Whether to show progress bars.
    """

    run: str
    root: Path
    scored_split: str | None
    n_mfcc: int | None
    detail: str
    samples: int
    corpus: dict | None
    examples: int
    listened: int
    wer: bool
    mos: bool
    methods: Methods
    seed: int
    workers: int | None
    backend: str | None
    progress: bool

    def __post_init__(self):
        check_detail(self.detail)
        for name in ("examples", "listened"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if self.samples < 1 or (self.samples > 1 and self.detail != "sample"):
            raise ValueError(f"samples must be at least 1, and 1 unless detail=sample, got {self.samples}")

    @classmethod
    def from_config(cls, config: dict) -> "EvaluateSettings":
        """Make the settings from a configuration.

        Parameters
        ----------
        config : dict
            Plain values: these settings, with ``magnitude``, ``phase`` and ``vocoder`` in the place of ``methods``.

        Raises
        ------
        ValueError
            For an unknown or missing setting, and for a wrong method. The run, the split and the corpus are checked
            when they are opened.
        """
        values = dict(config)
        methods = {group: values.pop(group) for group in ("magnitude", "phase", "vocoder")}
        return typed(cls, values | {"methods": Methods.resolve(**methods)})

    @property
    def scored(self) -> dict:
        """The settings that scores depend on, besides the run, for ``scores.json``."""
        return {name: getattr(self, name) for name in SCORED} | asdict(self.methods)
