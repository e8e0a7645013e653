"""A list of recordings written by the user: CSV, TSV or JSON lines."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mfccinv.corpora.missing import require_file
from mfccinv.corpora.rows import line_named, read_rows, utterance_of_row
from mfccinv.corpora.utterance import Utterance

FILE = "audio_filepath"


def manifest(*, path: str | Path) -> Iterator[Utterance]:
    """Utterances of a manifest, one a row.

    A row has ``audio_filepath`` (absolute, or relative to the manifest's folder) and may have ``speaker``, ``split``
    (train, validation or test; dev, valid and val mean validation), ``offset`` and ``duration`` (seconds). Other
    fields are ignored. White space around names and values doesn't count. The speaker's column may be called as
    `mfccinv.corpora.rows.SPEAKER_COLUMNS` say, in any case; the first of them counts.

    Parameters
    ----------
    path : str or Path
        ``.csv`` or ``.tsv`` with a header row, ``.jsonl`` or ``.json`` with one object a line.

    Yields
    ------
    utterance : Utterance
        Its id is its audio_filepath, with ``@offset`` where that is not 0, and ``+duration`` where several rows begin
        at the same place. Rows that are added elsewhere in a file rename no utterance.

    Raises
    ------
    FileNotFoundError
        If there is no such manifest.
    ValueError
        If its extension is unknown or a row is wrong; file and line are named.
    """
    path = require_file(path, corpus="Manifest", source="write one row a recording", setting="corpus.path")
    numbered = []
    for line, row in read_rows(path, FILE, "corpus.path"):
        with line_named(path, line):
            numbered.append((line, utterance_of_row(row, path.parent, FILE)))
    first_lines: dict[tuple[str, float | None], int] = {}
    for line, utterance in numbered:
        first = first_lines.setdefault((utterance.id, utterance.duration_seconds), line)
        if first != line:
            raise ValueError(f"{path}, line {line}: same file, offset and duration as line {first} ({utterance.id})")
    rows_of_id = Counter(utterance.id for _, utterance in numbered)
    for _, utterance in numbered:
        if rows_of_id[utterance.id] > 1:
            utterance = replace(utterance, id=f"{utterance.id}+{utterance.duration_seconds or 'end'}")
        yield utterance
