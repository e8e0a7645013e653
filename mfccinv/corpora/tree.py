"""Sorted folder listings without hidden entries, so that every machine sees the same corpus."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path


def visible_entries(folder: str | Path) -> list[os.DirEntry]:
    """Entries of a folder sorted by name, without those whose name begins with a dot."""
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)


def subfolders(folder: Path) -> list[Path]:
    """Visible folders in a folder, links to folders included."""
    return [Path(entry.path) for entry in visible_entries(folder) if entry.is_dir()]


def files(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Visible files in a folder whose lower-case suffix, such as ``.wav``, is among those given."""
    paths = (Path(entry.path) for entry in visible_entries(folder) if not entry.is_dir())
    return [path for path in paths if path.suffix.lower() in suffixes]


def files_below(folder: Path, suffixes: Collection[str], above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Visible files at any depth below a folder, links followed.

    Parameters
    ----------
    folder : Path
        Where to begin.
    suffixes : collection of str
        Lower-case suffixes with their dot.
    above : frozenset of str
        Real paths of the folders above; for the recursion alone.
    """
    real = os.path.realpath(folder)
    # A link to a folder above would make the tree endless.
    if real in above:
        return
    yield from files(folder, suffixes)
    for subfolder in subfolders(folder):
        yield from files_below(subfolder, suffixes, above | {real})
