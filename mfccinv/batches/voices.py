"""Some of the voices of a corpus, for a training on fewer of them."""

from collections import defaultdict
from collections.abc import Iterable

from mfccinv.corpora.names import part_of
from mfccinv.corpora.splits import stable_fraction


def draw_voices(speakers: Iterable[str], n: int) -> frozenset[str]:
    """Draw ``n`` of the speakers by the hashes of their names: the fewer are among the more.

    Of ``corpus=several``, as large a share of each part is drawn, and one voice of each before a second of any.

    Raises
    ------
    ValueError
        If a speaker is unknown, or there are fewer than ``n``.
    """
    known = frozenset(speakers)
    if "" in known:
        raise ValueError(f"training.voices={n} needs a corpus whose speakers are all known: leave it null")
    if not 1 <= n <= len(known):
        raise ValueError(f"training.voices must be in [1, {len(known)}], the speakers to train on, or null, got {n}")
    parts: dict[str, list[str]] = defaultdict(list)
    for speaker in sorted(known, key=stable_fraction):
        parts[part_of(speaker)].append(speaker)
    share = {speaker: place / len(part) for part in parts.values() for place, speaker in enumerate(part)}
    return frozenset(sorted(known, key=lambda speaker: (share[speaker], stable_fraction(speaker)))[:n])
