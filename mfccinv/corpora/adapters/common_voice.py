"""Mozilla Common Voice (Ardila et al., "Common Voice: a massively-multilingual speech corpus", 2020)."""

from collections.abc import Iterator
from pathlib import Path

from mfccinv.corpora.missing import require_file, require_folder
from mfccinv.corpora.table import read_table
from mfccinv.corpora.utterance import Utterance

WHERE = {
    "corpus": "Common Voice",
    "source": "download a language from https://commonvoice.mozilla.org/datasets",
    "setting": "corpus.root",
}
# validated.tsv also has the clips that the official splits leave out, often thousands by one person.
TABLES: dict[str, dict[str, str | None]] = {
    "official": {"train.tsv": "train", "dev.tsv": "validation", "test.tsv": "test"},
    "validated": {"validated.tsv": None},
}


def common_voice(*, root: str | Path, language: str, tables: str) -> Iterator[Utterance]:
    """Clips of one language of Common Voice; the speaker is the ``client_id``.

    Parameters
    ----------
    root : str or Path
        Folder with ``<language>/clips/*.mp3`` and ``<language>/*.tsv``.
    language : str
        Its code, the name of its folder, such as "en".
    tables : {"official", "validated"}
        ``train.tsv``, ``dev.tsv`` and ``test.tsv`` with the official split, or ``validated.tsv`` without one.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root.

    Raises
    ------
    FileNotFoundError
        If the folder, the language or a table is not there.
    ValueError
        If ``tables`` is unknown, or a table lacks a column or a value.
    """
    if tables not in TABLES:
        raise ValueError(f"corpus.tables must be one of {', '.join(TABLES)}, got {tables!r}")
    folder = require_folder(require_folder(root, **WHERE) / language, **{**WHERE, "setting": "corpus.language"})
    clips = require_folder(folder / "clips", **WHERE)
    for name, split in TABLES[tables].items():
        table = require_file(folder / name, **WHERE)
        # Sentences have unpaired quotes.
        for line, row in read_table(table, ["client_id", "path"], delimiter="\t", quoted=False):
            if not row["client_id"] or not row["path"]:
                raise ValueError(f"{table}, line {line}: expected a client_id and a path, got {row!r:.200}")
            yield Utterance(
                id=f"{language}/clips/{row['path']}", path=clips / row["path"], speaker=row["client_id"], split=split
            )
