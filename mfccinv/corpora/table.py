"""Text tables: delimited, with a header row; and lines of a bounded length, of a text that may be gzipped."""

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

LONGEST_LINE = 2**22  # characters; a file may be gigabytes without a line's end
LARGEST_INFLATED = 2**23  # bytes that a gzipped text may inflate to at any rate
LARGEST_RATIO = 50  # beyond, it may inflate only so many-fold: lists do 20-fold, blanks a thousandfold


class _Inflated(gzip.GzipFile):
    """A gzipped file that refuses to inflate too far."""

    def __init__(self, path: Path):
        super().__init__(path, "rb")
        self._most = max(LARGEST_INFLATED, LARGEST_RATIO * path.stat().st_size)

    def read1(self, size: int = -1) -> bytes:
        data = super().read1(size)
        if self.tell() > self._most:
            raise ValueError(f"{self.name} inflates to more than {self._most:,} bytes, which is the most that is read")
        return data


@contextmanager
def opened_text(path: Path, newline: str | None = None) -> Iterator[IO[str]]:
    """Open a UTF-8 text, gzipped where its name ends in ``.gz``.

    Raises
    ------
    ValueError
        If it is none of these, or inflates to more than `LARGEST_INFLATED` bytes and `LARGEST_RATIO` times its size.
    """
    # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
    how: dict[str, Any] = {"encoding": "utf-8-sig", "newline": newline}
    try:
        with io.TextIOWrapper(_Inflated(path), **how) if path.suffix == ".gz" else path.open(**how) as file:
            yield file
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be UTF-8 text: {error}") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged or not gzipped: {error}") from error


def read_lines(path: Path, newline: str | None = None) -> Iterator[str]:
    """Yield the lines of a UTF-8 text with their ends, see `opened_text`.

    Parameters
    ----------
    path : Path
    newline : str or None
        As `open` takes it.

    Raises
    ------
    ValueError
        As `opened_text`, and if a line has more than ``LONGEST_LINE`` characters.
    """
    with opened_text(path, newline) as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise ValueError(f"{path}, line {number}: a line may have at most {LONGEST_LINE} characters")
            yield line


def read_table(
    path: Path, columns: Sequence[str], *, delimiter: str, quoted: bool
) -> Iterator[tuple[int, dict[Any, Any]]]:
    """Rows of a UTF-8 table, each with its line number.

    Parameters
    ----------
    path : Path
        The table; its first row names the columns.
    columns : sequence of str
        Columns that it must have; it may have others. White space around the names of columns is left out.
    delimiter : str
        One character.
    quoted : bool
        Whether double quotes enclose fields; False takes them as text.

    Yields
    ------
    line, row : int >= 2, dict of str
        A row that is too short has None in the columns it lacks; one too long has its surplus under the key None.

    Raises
    ------
    ValueError
        If a column is missing or there twice, and as `read_lines` and the csv module say, whose fields have a largest
        size.
    """
    lines = read_lines(path, newline="")
    reader = csv.DictReader(
        lines,
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        strict=True,  # else a quote that isn't closed would swallow rows
    )
    try:
        reader.fieldnames = found = [name.strip() for name in reader.fieldnames or []]
        if not set(columns) <= set(found):
            raise ValueError(f"{path}, line 1: expected the columns {', '.join(columns)}, got {', '.join(found):.200}")
        if twice := sorted(name for name, n in Counter(found).items() if name and n > 1):
            raise ValueError(f"{path}, line 1: the column {twice[0]:.80} is there twice")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num + 1}: {error}") from error
