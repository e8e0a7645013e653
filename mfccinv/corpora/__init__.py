"""The corpora that can be listed: one adapter a layout, looked up by name.

To add one: a module with a keyword-only function without defaults that yields ``Utterance``, its line in ``CORPORA``,
and ``configs/corpus/<name>.yaml`` with the values. Adapters read folder listings and tables, never sound, and import
nothing outside the standard library, so a listing starts fast.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from mfccinv.corpora.common_voice import list_common_voice
from mfccinv.corpora.demo import list_demo
from mfccinv.corpora.folder import list_folder
from mfccinv.corpora.librispeech import list_librispeech
from mfccinv.corpora.ljspeech import list_ljspeech
from mfccinv.corpora.manifest import list_manifest
from mfccinv.corpora.speech_commands import list_speech_commands
from mfccinv.corpora.utterance import SPLITS, Utterance
from mfccinv.corpora.vctk import list_vctk


def list_several(*, root: str | Path, parts: dict[str, dict[str, Any] | None]) -> Iterator[Utterance]:
    """Utterances of several corpora as one, without official splits.

    Parameters
    ----------
    root : str or Path
        Folder that the parts' own roots and paths are relative to; ``~`` is the home folder.
    parts : dict of dict
        By the name of each part, its corpus adapter and settings, as `list_corpus` takes them; None leaves it out.

    Yields
    ------
    utterance : Utterance
        Its id and speaker begin with the name of the part and ``/``: speakers of two parts are never the same.
    """
    for part, settings in parts.items():
        if settings is None:
            continue
        placed = dict(settings)
        for key in ("root", "path"):
            if key in placed:
                placed[key] = Path(root, Path(placed[key]).expanduser())
        for utterance in list_corpus(**placed):
            speaker = utterance.speaker and f"{part}/{utterance.speaker}"
            yield replace(utterance, id=f"{part}/{utterance.id}", speaker=speaker, split=None)


__all__ = ["CORPORA", "SPLITS", "Utterance", "list_corpus"]

CORPORA: dict[str, Callable[..., Iterator[Utterance]]] = {
    "common_voice": list_common_voice,
    "demo": list_demo,
    "folder": list_folder,
    "librispeech": list_librispeech,
    "ljspeech": list_ljspeech,
    "manifest": list_manifest,
    "several": list_several,
    "speech_commands": list_speech_commands,
    "vctk": list_vctk,
}


def list_corpus(name: str, **settings: Any) -> list[Utterance]:
    """Utterances of a corpus, sorted by id.

    Parameters
    ----------
    name : str
        A key of ``CORPORA``.
    settings
        Exactly the keyword parameters of that adapter.

    Returns
    -------
    utterances : list of Utterance, not empty, ids unique

    Raises
    ------
    ValueError
        If the name or the settings are not known, nothing was found, or an id comes twice.
    FileNotFoundError
        If the corpus is not where the settings say.
    """
    if name not in CORPORA:
        raise ValueError(f"corpus.name must be one of {', '.join(sorted(CORPORA))}, got {name!r}")
    expected = set(inspect.signature(CORPORA[name]).parameters)
    if expected != set(settings):
        raise ValueError(
            f"corpus {name!r} takes the settings {', '.join(sorted(expected))}, got {', '.join(sorted(settings))}; "
            f"choose a corpus as a whole with corpus={name}"
        )
    utterances = sorted(CORPORA[name](**settings), key=lambda utterance: utterance.id)
    if not utterances:
        place = Path(settings["root"] if "root" in settings else settings["path"]).expanduser().absolute()
        rest = ", ".join(f"{key}={value}" for key, value in sorted(settings.items()) if key not in ("root", "path"))
        raise ValueError(f"corpus {name!r} has no utterances: looked in {place}" + (f" with {rest}" if rest else ""))
    for earlier, later in pairwise(utterances):
        if earlier.id == later.id:
            raise ValueError(
                f"ids must be unique in corpus {name!r}, {later.id!r} comes twice: {earlier.path}, {later.path}"
            )
    return utterances
