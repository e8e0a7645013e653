"""Tables as text and in Markdown."""

from collections.abc import Collection


def format_table(header: list[str], rows: list[list[str]], text: Collection[int] = (0,)) -> str:
    """Lay out cells in columns: those of ``text`` are left-aligned, the others right-aligned."""
    table = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if column in text else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    )
    return "\n".join(line.rstrip() for line in lines)


def markdown_table(header: list[str], rows: list[list[str]], text: Collection[int] = (0,)) -> str:
    """Lay out cells as a table in Markdown, aligned in the same way."""
    lines = [header, ["---" if column in text else "---:" for column in range(len(header))], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
