"""Mozilla Common Voice (Ardila et al., "Common Voice: a massively-multilingual speech corpus", 2020)."""

import os
from collections.abc import Iterator
from pathlib import Path

from mfccinv.corpora.missing import missing_corpus, require_file, require_folder
from mfccinv.corpora.rows import listed
from mfccinv.corpora.table import read_table
from mfccinv.corpora.tree import subfolders
from mfccinv.corpora.utterance import Utterance

WHERE = {
    "corpus": "Common Voice",
    "source": "download a language from https://commonvoice.mozilla.org/datasets",
    "setting": "corpus.root",
}
CLIPS = "clips"
# validated.tsv also has the clips that the official splits leave out, often thousands by one person.
TABLES: dict[str, dict[str, str | None]] = {
    "official": {"train.tsv": "train", "dev.tsv": "validation", "test.tsv": "test"},
    "validated": {"validated.tsv": None},
}


def common_voice(*, root: str | Path, language: str | None, tables: str) -> Iterator[Utterance]:
    """Clips of one language of Common Voice; the speaker is the ``client_id``.

    Parameters
    ----------
    root : str or Path
        Folder with ``<language>/clips/*.mp3`` and ``<language>/*.tsv``, or that of the language itself.
    language : str or None
        Its code, the name of its folder, such as "en". None: the only one that is there.
    tables : {"official", "validated"}
        ``train.tsv``, ``dev.tsv`` and ``test.tsv`` with the official split, or ``validated.tsv`` without one.

    Yields
    ------
    utterance : Utterance
        Its id is ``<language>/clips/<file>``.

    Raises
    ------
    FileNotFoundError
        If the folder, the language or a table is not there.
    ValueError
        If ``tables`` is unknown, there are several languages and none is named, or a table lacks a column or a value
        or has a clip twice.
    """
    if tables not in TABLES:
        raise ValueError(f"corpus.tables must be one of {', '.join(TABLES)}, got {tables!r}")
    folder = _folder_of_language(require_folder(root, **WHERE), language)
    yield from listed(_entries(folder, require_folder(folder / CLIPS, **WHERE), TABLES[tables]))


def _folder_of_language(root: Path, language: str | None) -> Path:
    """Folder of a language: below the root, or the root itself."""
    if language is not None:
        is_own = not (root / language).is_dir() and _name(root) == language
        return root if is_own else require_folder(root / language, **{**WHERE, "setting": "corpus.language"})
    if (root / CLIPS).is_dir():
        return root
    there = [folder.name for folder in subfolders(root) if (folder / CLIPS).is_dir()]
    if not there:
        raise missing_corpus(root, expected=f"the folder of a language, which has a folder {CLIPS}", **WHERE)
    if len(there) > 1:
        raise ValueError(f"corpus.language must be one of {', '.join(there)}, which are in {root}; got null")
    return root / there[0]


def _name(folder: Path) -> str:
    return os.path.basename(os.path.abspath(folder))  # that of . is its own


def _entries(folder: Path, clips: Path, tables: dict[str, str | None]) -> Iterator[tuple[Path, int, dict]]:
    for name, split in tables.items():
        table = require_file(folder / name, **WHERE)
        # Sentences have unpaired quotes.
        for line, row in read_table(table, ["client_id", "path"], delimiter="\t", quoted=False):
            if not row["client_id"] or not row["path"]:
                raise ValueError(f"{table}, line {line}: expected a client_id and a path, got {row!r:.200}")
            key = f"{_name(folder)}/{CLIPS}/{row['path']}"
            yield table, line, {"id": key, "path": clips / row["path"], "speaker": row["client_id"], "split": split}
