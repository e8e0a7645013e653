"""Which voices and recordings of a test set a run was trained on: on them, it scores better than on any others."""

from collections.abc import Collection
from dataclasses import dataclass

from mfccinv.corpora.names import alphanumeric, voice_of
from mfccinv.run_folders.learned_from import LearnedFrom, hashed


@dataclass(frozen=True)
class Heard:
    """An utterance of a test set: who speaks it ("": not known), and the print of its sound."""

    speaker: str
    sound_print: str


def known_speech(learned: LearnedFrom | None, corpus: dict, utterances: Collection[Heard]) -> dict:
    """Tell what a run knows of a test set from its training.

    Parameters
    ----------
    learned : LearnedFrom or None
        None: it isn't known.
    corpus : dict
        ``name`` and settings of the test set's corpus.
    utterances : collection of Heard

    Returns
    -------
    known : dict
        ``is_known``: whether it is known at all; ``is_complete``: whether all of it is, see `LearnedFrom`.
        ``recordings``: number of recordings that were in the training. ``voices``: the speakers who were, sorted: they
        are speakers of the same corpus, or one of their recordings was. ``namesakes``: speakers of no such kind whose
        names are those of voices of other corpora. ``corpora``: the corpora that others of the training's voices are
        of, sorted.
    """
    known = {"is_known": learned is not None, "is_complete": bool(learned and learned.is_complete)}
    if learned is None:
        return known | {"recordings": 0, "voices": [], "namesakes": [], "corpora": []}
    names = {hash_ for place in learned.voices.values() for hash_ in place}
    recordings = [one for one in utterances if one.sound_print in learned.recordings]
    voices = {one.speaker for one in recordings if one.speaker}
    namesakes, corpora = set(), set()
    for speaker in {one.speaker for one in utterances if one.speaker}:
        place, name = voice_of(corpus, speaker)
        own = learned.voices.get(alphanumeric(place), frozenset())
        if own:
            corpora.add(place)
        if hashed(name) in own:
            voices.add(speaker)
        elif hashed(name) in names:
            namesakes.add(speaker)
    return known | {
        "recordings": len(recordings),
        "voices": sorted(voices),
        "namesakes": sorted(namesakes - voices),
        "corpora": sorted(corpora),
    }
