"""The utterance: what every corpus adapter yields."""

from dataclasses import dataclass
from pathlib import Path

SPLITS = ("train", "validation", "test")
LONGEST_NAME = 4096  # characters; a shard gives each of its names as much room as the longest takes


@dataclass(frozen=True)
class Utterance:
    """One stretch of speech in a sound file.

    Parameters
    ----------
    id : str
        Unique within its corpus and the same on every machine, with ``/`` as separator.
    path : Path
        Its sound file.
    speaker : str or None
        Who speaks; None where the corpus does not tell.
    split : {"train", "validation", "test"} or None
        The corpus's official split; None where there is none.
    offset_seconds : float >= 0
        Where in the file it starts.
    duration_seconds : float > 0 or None
        How long it is; None means to the end of the file.
    variant : int >= 0
        0 is the recording; others are made from it, see `mfccinv.audio.augmentation`.

    Raises
    ------
    ValueError
        If id or speaker has more than ``LONGEST_NAME`` characters, or half of one (a lone surrogate).
    """

    id: str
    path: Path
    speaker: str | None
    split: str | None = None
    offset_seconds: float = 0.0
    duration_seconds: float | None = None
    variant: int = 0

    def __post_init__(self):
        for field, name in (("id", self.id), ("speaker", self.speaker or "")):
            if len(name) > LONGEST_NAME:
                raise ValueError(
                    f"{field} must have at most {LONGEST_NAME} characters, got {len(name)}: {name[:40]!r}..."
                )
            try:
                name.encode("utf-8", "surrogateescape")  # file names need not be valid UTF-8
            except UnicodeEncodeError as error:
                raise ValueError(f"{field} must be text, got {name[:80]!r}: {error.reason}") from error
