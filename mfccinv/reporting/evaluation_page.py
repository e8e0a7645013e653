"""The report of an evaluation as a page, with its sound and pictures."""

import base64
import io
from pathlib import Path

import soundfile

from mfccinv.reporting.html import escaped, heading, image, render_page
from mfccinv.reporting.terminal import QUALITY, SCORES, method_title
from mfccinv.system.atomic_files import write_text


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
    curves = [image(path.read_bytes(), path.stem.replace("_", " ")) for path in paths if path.is_file()]
    parts = [heading("Scores"), _score_table(SCORES, scores["total"], scores["gain"], scores)]
    if scores["audio"]["methods"]:
        parts += [
            heading(f"Sound of {scores['audio']['utterances']} utterances"),
            _score_table(QUALITY, scores["audio"]["methods"], scores["audio"]["gain"], scores),
        ]
    for utterance in scores["audio"]["written"]:
        parts += [heading(utterance), _players(folder / "audio", utterance, methods, scores)]
        parts.append(image((folder / "figures" / f"{utterance}.png").read_bytes(), f"frames of {utterance}"))
    parts += [
        heading("Error by band, and the training"),
        f"<div class=pair>{''.join(curves)}</div>",
        heading("Run"),
        "<div class=wide><table>",
        *(f"<tr><td>{escaped(name)}<td>{escaped(value)}" for name, value in facts.items()),
        "</table></div>",
        f"<details><summary>configuration</summary><pre>{escaped(config)}</pre></details>",
    ]
    subtitle = (
        f"{scores['utterances']:,} utterances, {scores['frames']:,} frames; dB, with 95 % intervals over "
        f"{scores['resampled']}"
    )
    path = folder / "report.html"
    write_text(path, render_page(title, subtitle, parts))
    return path


def _score_table(titles: dict[str, str], methods: dict[str, dict], gain: dict[str, dict], scores: dict) -> str:
    """One row a score, one column a method, and the gain of the model over the analytic inverse."""
    heads = "".join(f"<th>{escaped(method_title(scores, method))}" for method in methods)
    rows = [
        f"<tr><td>{'&emsp;' * title.startswith(' ')}{escaped(title.strip())}"
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
        f"<figure><figcaption>{escaped(method_title(scores, method))}</figcaption>"
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
