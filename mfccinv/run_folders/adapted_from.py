"""What an adapted run is the difference to: ``adaptation.json`` of its folder names the run, and knows its weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mfccinv.system.atomic_files import json_text
from mfccinv.system.stored_files import DamagedFile, read_json


@dataclass(frozen=True)
class AdaptedFrom:
    """A run that another one is the difference to.

    Parameters
    ----------
    run : str
        Name of a pretrained run, or a run's folder.
    model : str
        Checksum of its ``model.keras``, see `mfccinv.system.checksums.quick_checksum`.
    """

    run: str
    model: str

    def to_json(self) -> str:
        """Lay out as the text of a JSON file."""
        return json_text(vars(self))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read such a file; DamagedFile if it is none."""
        values = read_json(path)
        if set(values) != set(cls.__annotations__) or not all(isinstance(value, str) for value in values.values()):
            raise DamagedFile(f"{path} is damaged: it can't be what a run was adapted from")
        return cls(**values)
