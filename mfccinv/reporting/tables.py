"""Tables as text, in Markdown and as CSV; cells are printed as they are given, but for what would do something."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from unicodedata import category

from tabulate import tabulate

Cell = str | float | None
OBEYED = ("Cc", "Cs", "Zl", "Zp")  # categories of Unicode: controls, surrogates, ends of lines and paragraphs
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # the direction of text
FORMULA = ("=", "+", "-", "@")  # how text begins that spreadsheets compute


def format_table(
    header: list[str], rows: list[list[str]], text: Collection[int] = (0,), widths: Mapping[int, int] | None = None
) -> str:
    """Lay out cells in columns: those of ``text`` are left-aligned, the others right-aligned.

    Columns with a width, in letters, have their cells wrapped to it.

    Raises
    ------
    ValueError
        If a row has more cells than the header, or fewer: tabulate would fill it up, or move the header.
    """
    if wrong := [row for row in rows if len(row) != len(header)]:
        raise ValueError(f"a row must have {len(header)} cells, as the header has, got {len(wrong[0])}: {wrong[0]}")
    return tabulate(
        [
            [_wrapped(printable(cell), (widths or {}).get(column)) for column, cell in enumerate(row)]
            for row in (header, *rows)
        ],  # the header as a row: as headers, tabulate makes its columns wider than what is in them
        tablefmt="plain",
        colalign=["left" if column in text else "right" for column in range(len(header))],
        disable_numparse=True,
        preserve_whitespace=True,
    )


def _wrapped(text: str, width: int | None) -> str:
    """Break a text into lines of a width: between words, and within one that is longer."""
    if width is None or len(text) <= width:
        return text
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += [f" {word[start : start + width]}" for start in range(0, len(word), width)]
    return "\n".join(line[1:] for line in lines if line)


def markdown_table(header: list[str], rows: list[list[str]], text: Collection[int] = (0,)) -> str:
    """Lay out cells as a table in Markdown, aligned in the same way.

    tabulate pads every cell: one number that is wider, and a file that is written anew differs in every line.
    """
    lines = [header, ["---" if column in text else "---:" for column in range(len(header))], *rows]
    return "".join("| " + " | ".join(printable(cell).replace("|", r"\|") for cell in line) + " |\n" for line in lines)


def csv_table(header: list[str], rows: list[list[Cell]]) -> str:
    """Lay out cells as CSV: text that a spreadsheet would compute gets an apostrophe before it, as one shows it."""
    lines: list[Sequence[Cell]] = [header, *rows]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_inert(cell) for cell in line] for line in lines)
    return text.getvalue()


def format_number(value: float | None, form: str) -> str:
    """Format a number, such as a score; a dash where there is none."""
    return "–" if value is None else format(value, form)


def printable(text: str) -> str:
    """Replace characters that a terminal or a table would obey, and those that are not UTF-8, by their escapes."""
    return "".join(repr(one)[1:-1] if category(one) in OBEYED or one in TURNING else one for one in text)


def _inert(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    text = printable(cell)
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
