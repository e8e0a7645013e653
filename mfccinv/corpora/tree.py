"""Sorted folder listings without hidden entries, so that every machine sees the same corpus."""

import os
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

MOST_VISITS = 8


def visible_entries(folder: str | Path) -> list[os.DirEntry]:
    """Entries of a folder sorted by name, without those whose name begins with a dot.

    A folder that can't be read has none; a warning says so.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        warnings.warn(f"recordings in {str(folder)!r} are left out: {error.strerror}", stacklevel=1)
        return []


def subfolders(folder: Path) -> list[Path]:
    """Visible folders in a folder, links to folders included."""
    return [Path(entry.path) for entry in visible_entries(folder) if _is_folder(entry)]


def files(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Visible files in a folder whose lower-case suffix, such as ``.wav``, is among those given."""
    paths = (Path(entry.path) for entry in visible_entries(folder) if not _is_folder(entry))
    return [path for path in paths if path.suffix.lower() in suffixes]


def suffixes_of(extensions: Sequence[str]) -> set[str]:
    """Lower-case suffixes with their dot of the setting ``corpus.extensions``; ValueError if it isn't a list."""
    if isinstance(extensions, str) or not extensions:
        raise ValueError(f"corpus.extensions must be a list such as [.wav, .flac], got {extensions!r}")
    return {"." + extension.lower().removeprefix(".") for extension in extensions}


def files_below(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """Visible files at any depth below a folder, links followed: a folder by at most `MOST_VISITS` ways.

    Parameters
    ----------
    folder : Path
        Where to begin.
    suffixes : collection of str
        Lower-case suffixes with their dot.
    """
    waiting = [(folder, frozenset[str]())]
    visits: Counter[str] = Counter()
    while waiting:
        folder, above = waiting.pop()
        real = os.path.realpath(folder)
        # A link to a folder above would make the tree endless, and links in each of many folders nearly so.
        if real in above or visits[real] == MOST_VISITS:
            continue
        visits[real] += 1
        yield from files(folder, suffixes)
        waiting.extend((subfolder, above | {real}) for subfolder in reversed(subfolders(folder)))


def _is_folder(entry: os.DirEntry) -> bool:
    """Whether an entry is a folder; what can't be followed, such as a link to itself, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False
