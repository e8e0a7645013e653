"""Methods that turn frames into sound."""

from dataclasses import dataclass

from mfccinv.configs.presets import method_settings
from mfccinv.synthesis.phase.problem import GIVEN


@dataclass(frozen=True, kw_only=True)
class Methods:
    """Methods that turn frames into sound, each by its ``name`` and its settings.

    Parameters
    ----------
    magnitude : dict
        See `mfccinv.synthesis.magnitude.mel_to_linear.log_mel_to_magnitude`.
    phase : dict
        See `mfccinv.synthesis.phase.retrieval.retrieve_phase`.
    vocoder : dict or None
        See `mfccinv.synthesis.frames_to_audio.log_mel_to_audio`; with one, the others aren't used.

    Raises
    ------
    ValueError
        For a phase method that needs a given phase to start from (``phase.start=given``): frames have none.
    """

    magnitude: dict
    phase: dict
    vocoder: dict | None = None

    def __post_init__(self):
        require_own_start(self.phase)

    @classmethod
    def resolve(cls, *, magnitude: str | dict, phase: str | dict, vocoder: str | dict | None) -> "Methods":
        """Make the methods from names, or from settings that may be incomplete.

        Parameters
        ----------
        magnitude, phase : str or dict
        vocoder : str, dict or None
            See `mfccinv.configs.presets.method_settings`.

        Raises
        ------
        ValueError
            For unknown methods and settings, for values of another type, and as `Methods` itself.
        """
        return cls(
            magnitude=method_settings("magnitude", magnitude),
            phase=method_settings("phase", phase),
            vocoder=None if vocoder is None else method_settings("vocoder", vocoder),
        )


def require_own_start(phase: dict) -> None:
    """Refuse with ValueError a phase method that needs a given phase to start from."""
    if phase.get("start") == GIVEN:
        raise ValueError(
            "phase=warm (phase.start=given) starts from a phase that is known: only a complex spectrogram has one, or "
            "init of magnitude_to_audio"
        )
