"""The report of an evaluation as a page, with its sound and pictures."""

import io
from pathlib import Path

import soundfile

from mfccinv.reporting.html import render_page
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
    shown = {*methods, *scores["total"], *scores["audio"]["methods"]}
    curves = [folder / "figures" / name for name in ("band_error.png", "training.png")]
    page = render_page(
        "evaluation.html",
        title=title,
        subtitle=f"{scores['utterances']:,} utterances, {scores['frames']:,} frames; dB, with 95 % intervals over "
        f"{scores['resampled']}",
        scores=scores,
        score_titles=SCORES,
        quality_titles=QUALITY,
        method_titles={method: method_title(scores, method) for method in shown},
        utterances=[_read_utterance(folder, name, methods) for name in scores["audio"]["written"]],
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
