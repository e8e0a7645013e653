"""Pages of HTML that hold all that they show; the report of an evaluation, with its sound and pictures."""

import base64
import html
import io
from collections.abc import Collection
from pathlib import Path

import soundfile
from matplotlib.figure import Figure

from mfccinv.files import write_text
from mfccinv.report import QUALITY, SCORES, method_title

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
            f"<title>{_text(title)}</title><style>{STYLE}</style>",
            f"<h1>{_text(title)}</h1>",
            f"<p class=faint>{_text(subtitle)}</p>",
            *parts,
            "</html>\n",
        ]
    )


def heading(text: str) -> str:
    """Heading of a part."""
    return f"<h2>{_text(text)}</h2>"


def table(header: list[str], rows: list[list[str]], text: Collection[int] = (0,)) -> str:
    """Table of text, wider than the page if need be; the columns of ``text`` are left-aligned."""

    def line(tag: str, cells: list[str]) -> str:
        tags = [f"{tag} class=text" if column in text else tag for column in range(len(cells))]
        return "<tr>" + "".join(f"<{tag}>{_text(cell)}" for tag, cell in zip(tags, cells, strict=True))

    return f"<div class=wide><table>{line('th', header)}{''.join(line('td', row) for row in rows)}</table></div>"


def figure_image(figure: Figure, what: str) -> str:
    """Figure as a picture within the page; ``what`` it shows is for those who can't see it."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110)
    return _image(png.getvalue(), what)


def write_page(
    folder: Path, scores: dict, *, methods: tuple[str, ...], title: str, facts: dict[str, str], config: str
) -> Path:
    """Write ``report.html`` into the folder of an evaluation.

    Parameters
    ----------
    folder : Path
        Holds ``audio/<utterance>.<method>.wav`` and ``figures/``.
    scores : dict
        Content of ``scores.json``.
    methods : tuple of str
        Whose sound there is, in order.
    title : str
    facts : dict of str
        What to say of the run, by name.
    config : str
        The run's configuration.

    Returns
    -------
    path : Path
    """
    paths = [folder / "figures" / name for name in ("band_error.png", "training.png")]
    curves = [_image(path.read_bytes(), path.stem.replace("_", " ")) for path in paths if path.is_file()]
    parts = [heading("Scores"), _score_table(SCORES, scores["total"], scores["gain"], scores)]
    if scores["audio"]["methods"]:
        parts += [
            heading(f"Sound of {scores['audio']['utterances']} utterances"),
            _score_table(QUALITY, scores["audio"]["methods"], scores["audio"]["gain"], scores),
        ]
    for utterance in scores["audio"]["written"]:
        parts += [heading(utterance), _players(folder / "audio", utterance, methods, scores)]
        parts.append(_image((folder / "figures" / f"{utterance}.png").read_bytes(), f"frames of {utterance}"))
    parts += [
        heading("Error by band, and the training"),
        f"<div class=pair>{''.join(curves)}</div>",
        heading("Run"),
        "<div class=wide><table>",
        *(f"<tr><td>{_text(name)}<td>{_text(value)}" for name, value in facts.items()),
        "</table></div>",
        f"<details><summary>configuration</summary><pre>{_text(config)}</pre></details>",
    ]
    subtitle = (
        f"{scores['utterances']:,} utterances, {scores['frames']:,} frames; dB, with 95 % intervals over "
        f"{scores['resampled']}"
    )
    path = folder / "report.html"
    write_text(path, render_page(title, subtitle, parts))
    return path


def _text(value: str) -> str:
    return html.escape(str(value))


def _score_table(titles: dict[str, str], methods: dict[str, dict], gain: dict[str, dict], scores: dict) -> str:
    """One row a score, one column a method, and the gain of the model over the analytic inverse."""
    heads = "".join(f"<th>{_text(method_title(scores, method))}" for method in methods)
    rows = [
        f"<tr><td>{'&emsp;' * title.startswith(' ')}{_text(title.strip())}"
        + (f"<td class=gain>{_score(gain[name], '+')}" if name in gain else "<td>")
        + "".join(f"<td>{_score(values[name]) if name in values else ''}" for values in methods.values())
        for name, title in titles.items()
    ]
    return f"<div class=wide><table><tr><th><th>gain{heads}{''.join(rows)}</table></div>"


def _score(score: dict, sign: str = "-") -> str:
    low, high = (f"{end:{sign}.2f}" for end in score["interval"])
    return f"{score['value']:{sign}.2f} <span class=interval>{low} … {high}</span>"


def _players(folder: Path, utterance: str, methods: tuple[str, ...], scores: dict) -> str:
    """One player a method."""
    figures = [
        f"<figure><figcaption>{_text(method_title(scores, method))}</figcaption>"
        f'<audio controls preload=metadata src="data:audio/flac;base64,{_as_flac(path)}"></audio></figure>'
        for method in methods
        if (path := folder / f"{utterance}.{method}.wav").is_file()
    ]
    return f"<div class=players>{''.join(figures)}</div>"


def _as_flac(path: Path) -> str:
    """A sound file as FLAC, which browsers play and which is half as large, in base64."""
    y, rate = soundfile.read(path, dtype="int16")
    encoded = io.BytesIO()
    soundfile.write(encoded, y, rate, format="FLAC")
    return base64.b64encode(encoded.getvalue()).decode()


def _image(png: bytes, what: str) -> str:
    return f'<img alt="{_text(what)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
