"""Delimited text tables with a header row."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def read_table(
    path: Path, columns: Sequence[str], *, delimiter: str, quoted: bool
) -> Iterator[tuple[int, dict[Any, Any]]]:
    """Rows of a UTF-8 table, each with its line number.

    Parameters
    ----------
    path : Path
        The table; its first row names the columns.
    columns : sequence of str
        Columns that it must have; it may have others.
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
        If a column is missing.
    """
    # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
        found = reader.fieldnames or []
        if not set(columns) <= set(found):
            raise ValueError(f"{path}, line 1: expected the columns {', '.join(columns)}, got {', '.join(found)}")
        for row in reader:
            yield reader.line_num, row
