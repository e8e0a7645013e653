"""Several corpora as one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.utterance import Utterance
from mfccinv.system.path_settings import path_setting

PATHS = ("root", "path", "supervisions", "base")  # settings of adapters


def several(*, root: str | Path, parts: dict[str, dict[str, Any] | None]) -> Iterator[Utterance]:
    """Utterances of several corpora as one, without official splits.

    Parameters
    ----------
    root : str or Path
        Folder that the parts' own folders and files are relative to; ``~`` is the home folder.
    parts : dict of dict
        Corpus adapter and settings of each part by its name, as `list_corpus` takes them. None leaves the part out.

    Yields
    ------
    utterance : Utterance
        Its id and speaker begin with the name of the part and ``/``: speakers of two parts are never the same.
    """
    for part, settings in parts.items():
        if settings is None:
            continue
        for utterance in list_corpus(**placed(root, part, settings)):
            speaker = utterance.speaker and f"{part}/{utterance.speaker}"
            yield replace(utterance, id=f"{part}/{utterance.id}", speaker=speaker, split=None)


def placed(root: str | Path, part: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of a part whose paths are relative to another folder."""
    folder = path_setting("corpus.root", root)
    places = {
        key: folder / path_setting(f"corpus.parts.{part}.{key}", settings[key])
        for key in PATHS
        if settings.get(key) is not None
    }
    return settings | places
