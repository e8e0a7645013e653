"""A list of recordings written by the user: CSV, TSV or JSON lines."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mfccinv.corpora.missing import require_file
from mfccinv.corpora.table import read_lines, read_table
from mfccinv.corpora.utterance import SPLITS, Utterance

DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".json")
SPEAKER_COLUMNS = ("speaker", "speaker_id", "speakerid", "spk", "spk_id", "client_id")
SPLIT_NAMES = {**{split: split for split in SPLITS}, "dev": "validation", "valid": "validation", "val": "validation"}


def manifest(*, path: str | Path) -> Iterator[Utterance]:
    """Utterances of a manifest, one a row.

    A row has ``audio_filepath`` (absolute, or relative to the manifest's folder) and may have ``speaker``, ``split``
    (train, validation or test; dev, valid and val mean validation), ``offset`` and ``duration`` (seconds). Other
    fields are ignored. White space around names and values doesn't count. The speaker's column may be called as
    `SPEAKER_COLUMNS` say, in any case; the first of them counts.

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
    for line, row in numbered_rows(path):
        try:
            numbered.append((line, row_to_utterance(row, path.parent)))
        except ValueError as error:
            raise ValueError(f"{path}, line {line}: {error}") from error
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


def numbered_rows(path: Path) -> Iterator[tuple[int, dict[Any, Any]]]:
    """Line number and fields of each row of a manifest; ValueError if its extension or a line is not understood."""
    suffix = path.suffix.lower()
    if suffix in DELIMITERS:
        yield from read_table(path, ["audio_filepath"], delimiter=DELIMITERS[suffix], quoted=True)
    elif suffix in JSON_LINES:
        yield from numbered_objects(path)
    else:
        raise ValueError(f"corpus.path must end in one of {', '.join([*DELIMITERS, *JSON_LINES])}, got {path}")


def numbered_objects(path: Path) -> Iterator[tuple[int, dict[Any, Any]]]:
    """Line number and object of each line that is not blank; ValueError if one is not a JSON object."""
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: expected one JSON object a line, got {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"{path}, line {number}: expected one JSON object a line, got {type(row).__name__}")
        yield number, row


def normalised(column: object) -> str:
    """Name of a column without case, white space and hyphens."""
    return str(column).strip().casefold().replace("-", "_").replace(" ", "_")


def row_to_utterance(row: dict[Any, Any], folder: Path) -> Utterance:
    """Utterance of one row.

    Parameters
    ----------
    row : dict
        Fields by column name.
    folder : Path
        What a relative audio_filepath is relative to.

    Raises
    ------
    ValueError
        If a field is wrong.
    """
    row = {name.strip() if isinstance(name, str) else name: value for name, value in row.items()}
    if None in row:
        raise ValueError(
            f"more fields than the header has columns, surplus {row[None]!r:.80}; quote a comma in a field"
        )
    name = row.get("audio_filepath")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"audio_filepath must be a path, got {name!r:.80}")
    path = folder / name.strip()
    by_name = {normalised(name): value for name, value in row.items()}
    speaker = next((by_name[name] for name in SPEAKER_COLUMNS if name in by_name), None)
    if not isinstance(speaker, str | int | float | None):
        raise ValueError(f"speaker must be a name, got {speaker!r:.80}")
    split = row.get("split") or None
    if split is not None and (not isinstance(split, str) or split not in SPLIT_NAMES):
        raise ValueError(f"split must be one of {', '.join(SPLIT_NAMES)} or empty, got {split!r:.80}")
    offset = read_seconds(row, "offset")
    if offset is not None and offset < 0:
        raise ValueError(f"offset must be at least 0 seconds, got {offset}")
    duration = read_seconds(row, "duration")
    if duration is not None and duration <= 0:
        raise ValueError(f"duration must be more than 0 seconds, got {duration}")
    # An absolute path would make another id, and so another split, on each machine.
    file_id = (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
    return Utterance(
        id=f"{file_id}@{offset}" if offset else file_id,
        path=path,
        speaker=None if speaker is None else str(speaker),
        split=split and SPLIT_NAMES[split],
        offset_seconds=offset or 0.0,
        duration_seconds=duration,
    )


def read_seconds(row: dict[Any, Any], column: str) -> float | None:
    """Value of a column in seconds, None where it is absent or empty; ValueError if it is not a finite number."""
    value = row.get(column)
    if value in (None, ""):
        return None
    try:
        seconds = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not math.isfinite(seconds):
        raise ValueError(f"{column} must be a number of seconds, got {value!r:.80}")
    return seconds
