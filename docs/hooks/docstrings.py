"""An extension of Griffe, which reads the code for the site: docstrings in NumPy's style become Markdown.

Griffe's own parser takes what stands behind a parameter's colon for Python and gives several names on one line the type
and default of the first. Here it stays as it was written.
"""

import re

import griffe

SECTION = re.compile(r"^(Parameters|Attributes|Returns|Yields|Raises|Examples)\n-+\n", re.MULTILINE)
TABLE = re.compile(r"^(?P<rule>=+(?: +=+)+)\n(?P<rows>(?:.+\n)*?)(?P=rule)$", re.MULTILINE)


class MarkdownDocstrings(griffe.Extension):
    """Rewrites every docstring once the code is read."""

    def on_object(self, *, obj: griffe.Object, **kwargs: object) -> None:
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)


def to_markdown(docstring: str) -> str:
    """Turn the sections and the simple tables of a docstring, without its indentation, into Markdown."""
    text, *sections = SECTION.split(TABLE.sub(_table, docstring))
    parts = [text.strip()]
    for title, content in zip(sections[::2], sections[1::2], strict=True):
        if title == "Examples":
            parts.append(f"**{title}**\n\n```pycon\n{content.strip()}\n```")
            continue
        entries = re.split(r"\n(?=\S)", content.strip())
        parts.append(f"**{title}**\n\n" + "\n".join(map(_entry, entries)))
    return "\n\n".join(parts)


def _entry(entry: str) -> str:
    """An item of a list: names, what stands behind their colon, and below it the explanation."""
    head, *explained = entry.split("\n")
    names, colon, kind = head.partition(" : ")
    shown = ", ".join(f"`{name}`" for name in names.split(", "))
    lines = [f"- {shown}" + (f": {kind}" if colon else ""), *(f"    {line.strip()}".rstrip() for line in explained)]
    return "  \n".join(lines[:2]) + "".join(f"\n{line}" for line in lines[2:])


def _table(table: re.Match) -> str:
    """A table, whose first row is of the same kind as the others."""
    starts = [column.start() for column in re.finditer("=+", table["rule"])]
    rows = []
    for line in table["rows"].splitlines():
        cells = [line[begin:end].strip() for begin, end in zip(starts, [*starts[1:], None], strict=True)]
        rows.append("| " + " | ".join(cells) + " |")
    empty = "| " * len(starts) + "|"
    return "\n".join([empty, "| --- " * len(starts) + "|", *rows])
