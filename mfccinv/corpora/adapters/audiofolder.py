"""AudioFolder, the layout of sound in the ``datasets`` library of Hugging Face."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mfccinv.corpora.missing import require_folder
from mfccinv.corpora.rows import line_named, listed, read_rows, split_of_name, utterance_of_row
from mfccinv.corpora.tree import files_below, suffixes_of
from mfccinv.corpora.utterance import Utterance

FILE = "file_name"
METADATA = ("metadata.csv", "metadata.jsonl")
UNREAD = "metadata.parquet"


def audiofolder(*, root: str | Path, extensions: Sequence[str], labels_are_speakers: bool) -> Iterator[Utterance]:
    """Utterances that the metadata files in a folder name; without any, every visible sound file below it.

    Parameters
    ----------
    root : str or Path
        The folder. At any depth in it there may be ``metadata.csv`` or ``metadata.jsonl``, whose rows have
        ``file_name``, relative to that file, and may have a speaker, ``split``, ``offset`` and ``duration``, as those
        of a `mfccinv.corpora.adapters.manifest`.
    extensions : list of str
        Which files are sound where there is no metadata.
    labels_are_speakers : bool
        Whether the folder that holds a file is its speaker, where there is no metadata. If not, the speaker is unknown:
        it may be a word, a language or a mood.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root, with ``@offset`` where that is not 0. A row's own split comes first; else it is
        that of the outermost folder whose name tells one, see `mfccinv.corpora.rows.split_of_name`.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If a row is wrong or its id comes twice, file and line are named; for metadata in Parquet alone.
    """
    suffixes = suffixes_of(extensions)
    root = require_folder(root, corpus="AudioFolder", source="make it from any sound files", setting="corpus.root")
    found = list(files_below(root, {*suffixes, ".csv", ".jsonl", ".parquet"}))
    metadata = [path for path in found if path.name in METADATA]
    if metadata:
        yield from listed(_entries(root, metadata))
        return
    if unread := next((path for path in found if path.name == UNREAD), None):
        raise ValueError(f"{unread} is not read: write it as {METADATA[0]}, or remove it to take all files of sound")
    for path in found:
        if path.suffix.lower() in suffixes:
            relative = PurePosixPath(path.relative_to(root).as_posix())
            yield Utterance(str(relative), path, _label(relative) if labels_are_speakers else None, _split(relative))


def _entries(root: Path, metadata: Sequence[Path]) -> Iterator[tuple[Path, int, dict]]:
    for table in metadata:
        place = PurePosixPath(table.parent.relative_to(root).as_posix())
        for line, row in read_rows(table, FILE, "corpus.root"):
            with line_named(table, line):
                utterance = utterance_of_row(row, table.parent, FILE)
                relative = place / utterance.id
                utterance = replace(utterance, id=str(relative), split=utterance.split or _split(relative))
            yield table, line, vars(utterance)


def _split(relative: PurePosixPath) -> str | None:
    """Split that the folders of a path below root tell."""
    return next((split for folder in relative.parts[:-1] if (split := split_of_name(folder))), None)


def _label(relative: PurePosixPath) -> str | None:
    """Name of the folder that holds a file, if it is below root and tells no split."""
    folder = relative.parent.name
    return folder if folder and split_of_name(folder) is None else None
