"""What the relative paths of a list are relative to, where its format doesn't say."""

import os
from collections.abc import Sequence
from pathlib import Path

from mfccinv.corpora.missing import require_folder

TRIED = 10  # files; some may be lost


def base_folder(base: str | Path | None, names: Sequence[str], listing: Path) -> Path:
    """Folder that the relative paths of a list are relative to.

    Parameters
    ----------
    base : str, Path or None
        The setting ``corpus.base``. None: of the working directory, the list's folder and the folders above it, the
        first in which one of the first `TRIED` files is.
    names : sequence of str
        The relative paths.
    listing : Path
        The list.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or the files are in none of those that are tried.
    """
    if base is not None:
        return require_folder(
            base, corpus="Folder of recordings", source="relative paths begin there", setting="corpus.base"
        )
    for folder in (Path(), *listing.absolute().parents):
        if not names or any(os.path.isfile(folder / name) for name in names[:TRIED]):
            return folder
    raise FileNotFoundError(
        f"{listing}: {names[0]:.200} is neither in the working directory, {Path.cwd()}, nor in the list's folder or "
        "one above it; set corpus.base= to the folder that paths are relative to"
    )
