"""The report of an evaluation as a page, with its sound and pictures."""

import io
from pathlib import Path

import soundfile

from mfccinv.reporting.caveats import caveats
from mfccinv.reporting.figures import level_titles
from mfccinv.reporting.html import render_page
from mfccinv.reporting.legends import level_legend, score_legend, sound_legend, sound_titles
from mfccinv.reporting.listening_page import write_listening_page
from mfccinv.reporting.terminal import SCORES, describe_size, method_title, method_titles
from mfccinv.system.atomic_files import write_text


def write_page(
    folder: Path, scores: dict, *, methods: tuple[str, ...], title: str, facts: dict[str, str], config: str
) -> Path:
    """Write ``report.html`` into the folder of an evaluation, and ``listening.html`` if there is sound.

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
        Of the report.
    """
    titles = method_titles(scores) | {method: method_title(scores, method) for method in methods}
    curves = [folder / "figures" / name for name in ("band_error.png", "training.png")]
    levels = folder / "figures" / "levels.png"
    heard = {method: titles[method] for method in methods}
    listening = write_listening_page(folder, scores["audio"]["written"], methods=heard, title=title)
    page = render_page(
        "evaluation.html",
        title=title,
        subtitle=describe_size(scores),
        caveats=caveats(scores),
        scores=scores,
        legends={
            "scores": score_legend(scores, titles),
            "sound": sound_legend(scores, titles),
            "levels": level_legend(scores, titles),
        },
        level_titles=level_titles(scores["levels"]),
        levels_picture=levels.read_bytes() if levels.is_file() else None,
        score_titles=SCORES,
        sound_titles=sound_titles(scores),
        method_titles=titles,
        utterances=[_read_utterance(folder, name, methods) for name in scores["audio"]["written"]],
        listening=listening.name if listening else None,
        curves={path.stem.replace("_", " "): path.read_bytes() for path in curves if path.is_file()},
        facts=facts,
        config=config,
    )
    path = folder / "report.html"
    write_text(path, page)
    return path


def _read_utterance(folder: Path, name: str, methods: tuple[str, ...]) -> dict:
    """What there is to hear and to see of an utterance."""
    paths = {method: folder / "audio" / f"{name}.{method}.wav" for method in methods}
    return {
        "name": name,
        "sounds": {method: _read_flac(path) for method, path in paths.items() if path.is_file()},
        "picture": (folder / "figures" / f"{name}.png").read_bytes(),
    }


def _read_flac(path: Path) -> bytes:
    """A sound file as FLAC, which browsers play and which is half as large."""
    y, rate = soundfile.read(path, dtype="int16")
    encoded = io.BytesIO()
    soundfile.write(encoded, y, rate, format="FLAC")
    return encoded.getvalue()
