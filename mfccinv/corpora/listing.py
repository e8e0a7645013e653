"""Lists the utterances of a corpus; each layout of corpora is a module in ``adapters/``.

An adapter is a keyword-only function without defaults that yields `Utterance`. Adapters read folder listings and
tables, never sound, and import nothing outside the standard library, so a listing starts fast.
"""

import inspect
from dataclasses import replace
from itertools import pairwise
from typing import Any

from mfccinv.corpora.utterance import Utterance
from mfccinv.system.path_settings import path_setting
from mfccinv.system.registry import Registry

CORPORA = Registry("corpus.name", "mfccinv.corpora.adapters")


def list_corpus(name: str, **settings: Any) -> list[Utterance]:
    """Utterances of a corpus, sorted by id; speakers without the white space around their names.

    Parameters
    ----------
    name : str
        Name of a module in ``adapters/``.
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
    adapter, _ = CORPORA.resolve({"name": name})
    expected = set(inspect.signature(adapter).parameters)
    if expected != set(settings):
        raise ValueError(
            f"corpus {name!r} takes the settings {', '.join(sorted(expected))}, got {', '.join(sorted(settings))}; "
            f"choose a corpus as a whole with corpus={name}"
        )
    utterances = sorted(map(_with_plain_speaker, adapter(**settings)), key=lambda utterance: utterance.id)
    if not utterances:
        place = path_setting("corpus", settings["root"] if "root" in settings else settings["path"]).absolute()
        rest = ", ".join(f"{key}={value}" for key, value in sorted(settings.items()) if key not in ("root", "path"))
        raise ValueError(f"corpus {name!r} has no utterances: looked in {place}" + (f" with {rest}" if rest else ""))
    for earlier, later in pairwise(utterances):
        if earlier.id == later.id:
            raise ValueError(
                f"ids must be unique in corpus {name!r}, {later.id!r} comes twice: {earlier.path}, {later.path}"
            )
    return utterances


def _with_plain_speaker(utterance: Utterance) -> Utterance:
    """Strip a speaker's name: with a blank behind it, one voice would be two, and in two splits."""
    speaker = (utterance.speaker or "").strip() or None
    return utterance if speaker == utterance.speaker else replace(utterance, speaker=speaker)
