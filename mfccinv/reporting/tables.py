"""Tables as text and in Markdown; cells are printed as they are given."""

from collections.abc import Collection

from tabulate import tabulate


def format_table(header: list[str], rows: list[list[str]], text: Collection[int] = (0,)) -> str:
    """Lay out cells in columns: those of ``text`` are left-aligned, the others right-aligned.

    Raises
    ------
    ValueError
        If a row has more cells than the header, or fewer: tabulate would fill it up, or move the header.
    """
    if wrong := [row for row in rows if len(row) != len(header)]:
        raise ValueError(f"a row must have {len(header)} cells, as the header has, got {len(wrong[0])}: {wrong[0]}")
    return tabulate(
        [header, *rows],  # the header as a row: as headers, tabulate makes its columns wider than what is in them
        tablefmt="plain",
        colalign=["left" if column in text else "right" for column in range(len(header))],
        disable_numparse=True,
        preserve_whitespace=True,
    )


def markdown_table(header: list[str], rows: list[list[str]], text: Collection[int] = (0,)) -> str:
    """Lay out cells as a table in Markdown, aligned in the same way.

    tabulate pads every cell: one number that is wider, and a file that is written anew differs in every line.
    """
    lines = [header, ["---" if column in text else "---:" for column in range(len(header))], *rows]
    return "".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |\n" for line in lines)
