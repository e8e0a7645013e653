"""What one has to know of a test set before one believes the scores on it, in sentences."""

from typing import NamedTuple


class Caveat(NamedTuple):
    """A sentence on a test set; ``is_grave``: the scores are likely better than they would be on new voices."""

    text: str
    is_grave: bool = False


def split_title(split: dict) -> str:
    """How a data set is split, and whether voices are shared; ``split`` as in its manifest."""
    disjoint = "no voice in two splits" if split["speaker_disjoint"] else "VOICES SHARED BETWEEN SPLITS"
    return f"split by {split['rule']}: {disjoint}"


def caveats(scores: dict) -> list[Caveat]:
    """Sentences on the test set of an evaluation, above all on what of it the run was trained on.

    Parameters
    ----------
    scores : dict
        Contents of ``scores.json``.
    """
    known, split = scores["learned_from"], scores["split"]
    found = [Caveat(split_title(split), not split["speaker_disjoint"])] if split else []
    if not known["is_known"]:
        return [*found, Caveat("what the run was trained on is not known: it doesn't say, as older runs don't")]
    speakers = [speaker for speaker in scores["speakers"] if speaker]
    parts = _counted(known["recordings"], scores["utterances"], "recording")
    parts += _counted(len(known["voices"]), len(speakers), "voice")
    if parts:
        found.append(Caveat(f"TRAINED ON {' and '.join(parts)} here: on new ones it would score less", True))
    elif known["corpora"]:
        corpora = ", ".join(known["corpora"])
        found.append(Caveat(f"trained on other voices of {corpora}: its rooms and microphones are known"))
    if namesakes := _counted(len(known["namesakes"]), len(speakers), "voice"):
        text = f"{namesakes[0]} here have names of voices of other corpora that it was trained on: are they the same?"
        found.append(Caveat(text))
    if not known["is_complete"]:
        found.append(Caveat("not all is known that the run, or the one that it started from, was trained on"))
    elif not (parts or known["namesakes"] or known["corpora"]):
        found.append(Caveat(f"trained on no {'voice and no ' if speakers else ''}recording here"))
    if not speakers:
        found.append(Caveat("who speaks is not known"))
    return found


def _counted(n: int, of: int, what: str) -> list[str]:
    """``n`` of ``of`` things in words; nothing if there are none."""
    plural = what if of == 1 else f"{what}s"
    return [f"{f'all {of:,}' if n == of > 1 else f'{n:,} of {of:,}'} {plural}"] if n else []
