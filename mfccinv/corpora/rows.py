"""What the rows of lists of recordings say, whoever wrote them: who speaks, in which split, which stretch."""

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mfccinv.corpora.json_objects import read_objects
from mfccinv.corpora.table import read_table
from mfccinv.corpora.utterance import SPLITS, Utterance

DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".json")
SPEAKER_COLUMNS = ("speaker", "speaker_id", "speakerid", "spk", "spk_id", "client_id")
SPLIT_NAMES = {**{split: split for split in SPLITS}, "dev": "validation", "valid": "validation", "val": "validation"}
# Words in the names of folders and files. The first split of which one is there counts: train_dev is no training.
SPLIT_WORDS = {
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
    "train": ("train", "training"),
}
WORD_ENDS = r"[-._ 0-9]"


def read_rows(path: Path, column: str, setting: str) -> Iterator[tuple[int, dict[Any, Any]]]:
    """Line number and fields of each row of a CSV or TSV table or of JSON lines.

    Parameters
    ----------
    path : Path
    column : str
        Column that a table must have.
    setting : str
        The setting that names the file, for messages.

    Raises
    ------
    ValueError
        If the extension or a line is not understood.
    """
    suffix = path.suffix.lower()
    if suffix in DELIMITERS:
        yield from read_table(path, [column], delimiter=DELIMITERS[suffix], quoted=True)
    elif suffix in JSON_LINES:
        yield from read_objects(path)
    else:
        raise ValueError(f"{setting} must end in one of {', '.join([*DELIMITERS, *JSON_LINES])}, got {path}")


def utterance_of_row(row: dict[Any, Any], folder: Path, column: str) -> Utterance:
    """Utterance of one row.

    Parameters
    ----------
    row : dict
        Fields by column name: ``speaker``, ``split``, ``offset`` and ``duration``, which may be missing and in any
        case, and the file.
    folder : Path
        What a relative path of a file is relative to.
    column : str
        The file's column.

    Raises
    ------
    ValueError
        If a field is wrong.
    """
    row = {_stripped(name): _stripped(value) for name, value in row.items()}
    if None in row:
        raise ValueError(
            f"more fields than the header has columns, surplus {row[None]!r:.80}; quote a comma in a field"
        )
    name = row.get(column)
    if not isinstance(name, str) or not name:
        raise ValueError(f"{column} must be a path, got {name!r:.80}")
    path = folder / name
    by_name = {_normalised(name): value for name, value in row.items()}
    speaker = next((by_name[name] for name in SPEAKER_COLUMNS if name in by_name), None)
    split = by_name.get("split") or None
    if split is not None and (not isinstance(split, str) or split not in SPLIT_NAMES):
        raise ValueError(f"split must be one of {', '.join(SPLIT_NAMES)} or empty, got {split!r:.80}")
    offset, duration = read_stretch(by_name, "offset", "duration")
    # An absolute path would make another id, and so another split, on each machine.
    file_id = (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
    return Utterance(
        id=f"{file_id}@{offset}" if offset else file_id,
        path=path,
        speaker=speaker_name(speaker),
        split=split and SPLIT_NAMES[split],
        offset_seconds=offset,
        duration_seconds=duration,
    )


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _normalised(column: object) -> str:
    """Name of a column without case, white space and hyphens."""
    return str(column).strip().casefold().replace("-", "_").replace(" ", "_")


def speaker_name(value: object) -> str | None:
    """Name of a speaker, which may be a number; None for none and for NaN, which tables have where nothing is known."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"speaker must be a name, got {value!r:.80}")
    return str(value)


def read_stretch(row: dict[Any, Any], begin: str, length: str) -> tuple[float, float | None]:
    """Begin and length of a stretch in seconds, of two columns; 0 and None where they are absent or empty.

    Raises
    ------
    ValueError
        If one is not a number, the begin is negative or the length isn't positive.
    """
    offset, duration = read_seconds(row, begin), read_seconds(row, length)
    if offset is not None and offset < 0:
        raise ValueError(f"{begin} must be at least 0 seconds, got {offset}")
    if duration is not None and duration <= 0:
        raise ValueError(f"{length} must be more than 0 seconds, got {duration}")
    return offset or 0.0, duration


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


def split_of_name(name: str) -> str | None:
    """Split that the name of a folder or a file tells by a word of `SPLIT_WORDS`, such as ``train-clean``, or None."""
    for split, words in SPLIT_WORDS.items():
        if re.search(rf"(^|{WORD_ENDS})({'|'.join(words)})({WORD_ENDS}|$)", name.casefold()):
            return split
    return None


@contextmanager
def line_named(path: Path, line: int) -> Iterator[None]:
    """Have ValueErrors name the file and the line."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}, line {line}: {error}") from error


def listed(entries: Iterable[tuple[Path, int, dict[str, Any]]]) -> Iterator[Utterance]:
    """Yield the utterances that lines of lists make.

    Parameters
    ----------
    entries : iterable of (Path, int, dict)
        File, line and the values of an `Utterance`.

    Raises
    ------
    ValueError
        If there can be no such utterance, or an id comes twice; file and line are named.
    """
    places: dict[str, tuple[Path, int]] = {}
    for path, line, values in entries:
        with line_named(path, line):
            utterance = Utterance(**values)
            first_path, first_line = places.setdefault(utterance.id, (path, line))
            if (first_path, first_line) != (path, line):
                where = "" if first_path == path else f"{first_path}, "
                raise ValueError(f"ids must be unique, {utterance.id!r} is in {where}line {first_line}, too")
        yield utterance
