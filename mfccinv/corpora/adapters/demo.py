"""The small corpus that comes with the repository."""

from collections.abc import Iterator
from pathlib import Path

from mfccinv.corpora.missing import require_file, require_folder
from mfccinv.corpora.rows import listed
from mfccinv.corpora.table import read_table
from mfccinv.corpora.tree import files
from mfccinv.corpora.utterance import SPLITS, Utterance

WHERE = {
    "corpus": "Demo corpus",
    "source": "it comes with the repository in data/demo, so run from the repository's folder",
    "setting": "corpus.root",
}


def demo(*, root: str | Path) -> Iterator[Utterance]:
    """Utterances of the speakers in the demo corpus's table, with the split that it gives each speaker.

    Parameters
    ----------
    root : str or Path
        Folder with ``speakers.csv`` (columns ``speaker``, ``split`` and any others) and ``<speaker>/*.flac``.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root.

    Raises
    ------
    FileNotFoundError
        If the folder, its table or a listed speaker's folder is not there.
    ValueError
        If the table lacks a column or a speaker, has a speaker twice, or an unknown split.
    """
    root = require_folder(root, **WHERE)
    table = require_file(root / "speakers.csv", **WHERE)
    yield from listed(_entries(root, table))


def _entries(root: Path, table: Path) -> Iterator[tuple[Path, int, dict]]:
    for line, row in read_table(table, ["speaker", "split"], delimiter=",", quoted=True):
        speaker, split = row["speaker"], row["split"]
        if not speaker or split not in SPLITS:
            raise ValueError(
                f"{table}, line {line}: expected a speaker and one of {', '.join(SPLITS)}, "
                f"got {speaker!r:.80}, {split!r:.80}"
            )
        for path in files(require_folder(root / speaker, **WHERE), {".flac"}):
            values = {"id": f"{speaker}/{path.name}", "path": path, "speaker": speaker, "split": split}
            yield table, line, values
