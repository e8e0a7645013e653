"""Names of files that are made of other names."""

import re
from collections.abc import Iterable


def file_stem(id: str) -> str:
    """Turn an utterance id into a file name: what isn't a letter, digit, ``.``, ``-`` or ``_`` becomes ``_``."""
    return re.sub(r"[^\w.-]", "_", id)


def file_stems(ids: Iterable[str]) -> dict[str, str]:
    """Turn ids into file names, see `file_stem`, of which no two are the same: a number tells later ones apart."""
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
