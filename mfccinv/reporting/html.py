"""Pages of HTML that hold all that they show."""

import base64
import html
import io
from collections.abc import Collection

from matplotlib.figure import Figure

STYLE = """
:root { color-scheme: light dark;
        --ink: #1b1b1f; --paper: #fcfcfd; --faint: #6b6b76; --line: #dddde3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8ec; --paper: #16161a; --faint: #9d9da8; --line: #34343c; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem; color: var(--ink); background: var(--paper);
       font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .6rem; }
p { margin: .3rem 0; } .faint { color: var(--faint); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .3rem .8rem .3rem 0; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, .text { text-align: left; }
th { vertical-align: bottom; white-space: normal; }
td.text:not(:first-child) { min-width: 16rem; white-space: normal; }
td .interval { color: var(--faint); font-size: .85em; }
td.gain { font-weight: 600; }
img { display: block; width: 100%; height: auto; background: #fff; border-radius: 6px; }
.players { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; margin: .8rem 0; }
.players figure { margin: 0; } audio { width: 100%; } figcaption { font-size: .9rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: 6px; font-size: .85rem; }
"""


def render_page(title: str, subtitle: str, parts: list[str]) -> str:
    """Put parts of HTML together as one document that needs no other file."""
    return "\n".join(
        [
            "<!doctype html><html lang=en><meta charset=utf-8>",
            '<meta name=viewport content="width=device-width, initial-scale=1">',
            f"<title>{escaped(title)}</title><style>{STYLE}</style>",
            f"<h1>{escaped(title)}</h1>",
            f"<p class=faint>{escaped(subtitle)}</p>",
            *parts,
            "</html>\n",
        ]
    )


def heading(text: str) -> str:
    """Heading of a part."""
    return f"<h2>{escaped(text)}</h2>"


def table(header: list[str], rows: list[list[str]], text: Collection[int] = (0,)) -> str:
    """Table of text, wider than the page if need be; the columns of ``text`` are left-aligned."""

    def line(tag: str, cells: list[str]) -> str:
        tags = [f"{tag} class=text" if column in text else tag for column in range(len(cells))]
        return "<tr>" + "".join(f"<{tag}>{escaped(cell)}" for tag, cell in zip(tags, cells, strict=True))

    return f"<div class=wide><table>{line('th', header)}{''.join(line('td', row) for row in rows)}</table></div>"


def figure_image(figure: Figure, what: str) -> str:
    """Figure as a picture within the page; ``what`` it shows is for those who can't see it."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110)
    return image(png.getvalue(), what)


def escaped(value: str) -> str:
    """Text as HTML."""
    return html.escape(str(value))


def image(png: bytes, what: str) -> str:
    """PNG as a picture within the page; ``what`` it shows is for those who can't see it."""
    return f'<img alt="{escaped(what)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
