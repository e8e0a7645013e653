"""Where a run goes to or comes from: a repository of Hugging Face, a zip file or a folder."""

import re
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as brief
from typing import Self

from mfccinv.system.path_settings import path_setting

HUB = "hf://"
FORMS = f"{HUB}owner/name, a .zip file or a folder"
REPOSITORY = re.compile(r"hf://(?P<repository>(?!.*(--|\.\.))\w[\w.-]*/\w[\w.-]*)(@(?P<revision>[\w./-]+))?", re.ASCII)
REMOTE = re.compile(r"\w{2,}:/")  # an address, perhaps with a slash that was lost


@dataclass(frozen=True)
class HubPlace:
    """A repository of models, ``hf://owner/name`` or ``hf://owner/name@revision``.

    Parameters
    ----------
    repository : str
        ``owner/name``.
    revision : str or None
        Branch, tag or commit; None: the main branch.
    """

    repository: str
    revision: str | None

    @classmethod
    def parse(cls, setting: str, text: str) -> Self:
        """Read what a setting says; ValueError if it has another form."""
        match = REPOSITORY.fullmatch(text)
        if match is None:
            raise ValueError(f"{setting} must be {HUB}owner/name or {HUB}owner/name@revision, got {brief(text)}")
        return cls(match["repository"], match["revision"])

    @property
    def name(self) -> str:
        """Name of the repository without its owner."""
        return self.repository.partition("/")[2]

    def __str__(self) -> str:
        return f"{HUB}{self.repository}" + (f"@{self.revision}" if self.revision else "")


def place_of(setting: str, text: str) -> HubPlace | Path:
    """Return the place that the value of a setting names.

    Raises
    ------
    ValueError
        If it is an address of another kind, or no path.
    """
    if text.startswith(HUB):
        return HubPlace.parse(setting, text)
    if not text or REMOTE.match(text):
        raise ValueError(f"{setting} must be {FORMS}, got {brief(text)}")
    return path_setting(setting, text)


def is_zip(path: Path) -> bool:
    """Whether a path is that of a zip file, by its ending."""
    return path.suffix.lower() == ".zip"
