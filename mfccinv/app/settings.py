"""Typed settings of the page; ``configs/app.yaml`` has their defaults."""

from dataclasses import dataclass
from pathlib import Path

from mfccinv.configs.typed import typed
from mfccinv.synthesis.methods import Methods

LARGEST_PORT = 2**16 - 1


@dataclass(frozen=True, kw_only=True)
class AppSettings:
    """Settings of the page.

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int in [0, 65535]
        0: one that is free.
    root : Path
        Folder of a person's own runs.
    longest_seconds : float > 0
        Of what is dropped on the page.
    largest_mb : int >= 1
        Of a file that is dropped on the page, MB of 2**20 bytes.
    methods : Methods
        What makes sound of frames.
    samples : int >= 1
        Drawn from each network that samples can be drawn from.
    seed : int >= 0
        Seed of the starting phase and of the first sample; the next number is that of the second.

    Raises
    ------
    ValueError
        For a value outside its range.
    """

    host: str
    port: int
    root: Path
    longest_seconds: float
    largest_mb: int
    methods: Methods
    samples: int
    seed: int

    def __post_init__(self):
        if not 0 <= self.port <= LARGEST_PORT:
            raise ValueError(f"port must be in [0, {LARGEST_PORT}], got {self.port}")
        for name in ("longest_seconds", "largest_mb"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name):g}")
        if self.samples < 1:
            raise ValueError(f"samples must be at least 1, got {self.samples}")
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, got {self.seed}")

    @classmethod
    def from_config(cls, config: dict) -> "AppSettings":
        """Make the settings from a configuration.

        Parameters
        ----------
        config : dict
            Plain values: these settings, with ``magnitude`` and ``phase`` in the place of ``methods``.

        Raises
        ------
        ValueError
            For an unknown, missing or wrong setting.
        """
        values = {key: value for key, value in config.items() if key not in ("magnitude", "phase")}
        methods = Methods.resolve(magnitude=config["magnitude"], phase=config["phase"], vocoder=None)
        return typed(cls, values | {"methods": methods})
