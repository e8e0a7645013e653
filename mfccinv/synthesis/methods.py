"""Methods that turn frames into sound."""

from dataclasses import dataclass, replace

from mfccinv.configs.presets import method_settings
from mfccinv.features.spec import FeatureSpec
from mfccinv.run_folders.lookup import predicts_phase, takes_pretrained
from mfccinv.synthesis.phase.problem import GIVEN, LEARNED, learned_by

AUTO = "auto"
COST_OF_JOINT = 1.5  # of an iteration, in iterations of `griffin_lim`


@dataclass(frozen=True, kw_only=True)
class Methods:
    """Methods that turn frames into sound, each by its ``name`` and its settings.

    Parameters
    ----------
    magnitude : dict
        See `mfccinv.synthesis.magnitude.mel_to_linear.log_mel_to_magnitude`. ``auto``: see `chosen`.
    phase : dict
        See `mfccinv.synthesis.phase.retrieval.retrieve_phase`. ``auto``: see `chosen`.
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

    def chosen(self, spec: FeatureSpec) -> "Methods":
        """Return the methods to use for mel frames: ``auto`` is replaced.

        A network's phase needs a magnitude that has harmonics, which a network finds. So ``auto`` is both networks
        where both are shipped for the features, or else ``kl`` and ``joint``. Where one of the two is chosen already,
        the other is the one that fits it.
        """
        learns_phase = predicts_phase(spec) if self.phase["name"] == AUTO else learned_by(self.phase.get("start"))
        magnitude = self.magnitude
        if magnitude["name"] == AUTO:
            learns = learns_phase and takes_pretrained(spec, source="mel")
            magnitude = method_settings("magnitude", LEARNED if learns else "kl")
        if magnitude["name"] == LEARNED:
            return replace(self, magnitude=magnitude, phase=choose_phase(self.phase, spec))
        phase = method_settings("phase", "joint") if self.phase["name"] == AUTO else self.phase
        return replace(self, magnitude=magnitude, phase=phase)


def choose_phase(phase: dict, spec: FeatureSpec, *, has_start: bool = False) -> dict:
    """Return the phase method to use for a magnitude of which more is known than the mel frames.

    ``auto`` is a network where one is shipped, unless there is a phase to start from, or else ``griffin_lim``. The
    magnitude of ``joint`` moves, so that ``griffin_lim`` takes its place, for as many iterations as take the same time.
    """
    if phase["name"] == AUTO:
        phase = method_settings("phase", LEARNED if predicts_phase(spec) and not has_start else "griffin_lim")
    if phase["name"] != "joint":
        return phase
    kept = {name: phase[name] for name in ("start", "momentum")}
    return {"name": "griffin_lim", "iterations": round(COST_OF_JOINT * phase["iterations"]), "until_db": None, **kept}


def require_own_start(phase: dict) -> None:
    """Refuse with ValueError a phase method that needs a given phase to start from."""
    if phase.get("start") == GIVEN:
        raise ValueError(
            "phase=warm (phase.start=given) starts from a phase that is known: only a complex spectrogram has one, or "
            "init of magnitude_to_audio"
        )
