"""Names of corpora and of voices by which two corpora are told apart, or recognised."""

from pathlib import Path

from mfccinv.corpora.adapters.several import placed
from mfccinv.system.path_settings import path_setting


def corpus_name(corpus: dict) -> str:
    """Name a corpus after its adapter and its folder or list, so that two corpora of one adapter have two names.

    For instance, ``librispeech-<folder>``, or ``manifest-<list>`` without the list's extension. It is the adapter's
    name alone if the folder has the same name but for case and punctuation (``LibriSpeech``). For ``folder``, it is the
    folder's name alone.

    Parameters
    ----------
    corpus : dict
        ``name`` of a corpus adapter and its settings.
    """
    adapter, place = corpus["name"], place_of(corpus)
    own = place.stem if "path" in corpus else place.name
    if adapter == "folder":
        return own
    return adapter if alphanumeric(own) == alphanumeric(adapter) else f"{adapter}-{own}"


def place_of(corpus: dict) -> Path:
    """Find the folder of a corpus, or its list, with all links resolved."""
    return path_setting("corpus", corpus["path"] if "path" in corpus else corpus["root"]).resolve()


def part_of(speaker: str) -> str:
    """Name the part of ``several`` that a speaker is of."""
    return speaker.partition("/")[0]


def voice_of(corpus: dict, speaker: str) -> tuple[str, str]:
    """Name of the corpus that a speaker is of, and the speaker's name there: of ``several``, those of the part.

    Parameters
    ----------
    corpus : dict
        ``name`` of a corpus adapter and its settings.
    speaker : str
        As listed from it.
    """
    part, _, name = speaker.partition("/")
    settings = corpus["parts"].get(part) if corpus["name"] == "several" else None
    if settings is None:
        return corpus_name(corpus), speaker
    return voice_of(placed(corpus["root"], part, settings), name)


def alphanumeric(name: str) -> str:
    """Letters and digits of a name, without case."""
    return "".join(character for character in name.casefold() if character.isalnum())
