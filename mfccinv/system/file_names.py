"""File names made from the ids of utterances."""

import re
from collections.abc import Iterable

LONGEST = 200  # bytes; file systems take 255, with what is appended


def file_stem(id: str) -> str:
    """Turn an utterance id into a file name: what isn't a letter, digit, ``.``, ``-`` or ``_`` becomes ``_``.

    A long one is cut at `LONGEST` bytes.
    """
    return re.sub(r"[^\w.-]", "_", id).encode()[:LONGEST].decode(errors="ignore")


def file_stems(ids: Iterable[str]) -> dict[str, str]:
    """Turn ids into distinct file names, see `file_stem`: a name that is taken gets a number."""
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for id in ids:
        stem = wanted = file_stem(id)
        number = 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{wanted}-{number}"
        taken.add(stem.casefold())
        stems[id] = stem
    return stems
