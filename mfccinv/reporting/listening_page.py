"""A page for listening tests without a server: ``listening.html``, with the sounds of an evaluation in it."""

import base64
from pathlib import Path

import numpy as np
import soundfile

from mfccinv.audio.listening_level import equally_loud, low_pass
from mfccinv.audio.sound_files import encode_audio
from mfccinv.reporting.html import read_script, render_page
from mfccinv.system.atomic_files import write_text
from mfccinv.system.checksums import checksum_of_json

MOST_UTTERANCES = 20  # half a megabyte each, of four seconds
ORIGINAL = "original"
ANCHOR, ANCHOR_HZ = "low_pass", 3500  # the low anchor of ITU-R BS.1534-3
SCRIPTS = ("listening_trials.js", "listening_statistics.js", "listening_page.js")
LEAST_METHODS = 2


def write_listening_page(folder: Path, utterances: list[str], *, methods: dict[str, str], title: str) -> Path | None:
    """Write ``listening.html`` into the folder of an evaluation.

    Parameters
    ----------
    folder : Path
        Holds ``audio/<utterance>.<method>.wav``.
    utterances : list of str
        The first `MOST_UTTERANCES` that have all sounds are taken.
    methods : dict of str
        Titles by method, in order.
    title : str
        What was evaluated.

    Returns
    -------
    path : Path or None
        None if there is nothing to compare; then one of an earlier evaluation is removed.
    """
    path = folder / "listening.html"
    paths = {name: {method: folder / "audio" / f"{name}.{method}.wav" for method in methods} for name in utterances}
    complete = [name for name, files in paths.items() if all(file.is_file() for file in files.values())]
    if not complete or ORIGINAL not in methods or len(methods) < LEAST_METHODS:
        path.unlink(missing_ok=True)
        return None
    sounds = {name: _read_sounds(paths[name]) for name in complete[:MOST_UTTERANCES]}
    heard = {method for by_method in sounds.values() for method in by_method}
    data = {
        "title": title,
        "sounds": checksum_of_json(sounds),
        "original": ORIGINAL,
        "anchor": ANCHOR if ANCHOR in heard else None,
        "methods": methods | ({ANCHOR: f"{methods[ORIGINAL]} below {ANCHOR_HZ / 1000} kHz"} if ANCHOR in heard else {}),
        "utterances": [{"name": name, "sounds": by_method} for name, by_method in sounds.items()],
    }
    page = render_page(
        "listening.html",
        title="Listening test",
        subtitle=title,
        data=data,
        script=read_script(*SCRIPTS),
        n_utterances=len(sounds),
    )
    write_text(path, page)
    return path


def _read_sounds(paths: dict[str, Path]) -> dict[str, str]:
    """Sounds of an utterance by method, equally loud, as FLAC in base64; with the anchor, if its rate has room."""
    read = {method: soundfile.read(path) for method, path in paths.items()}
    sounds: dict[str, np.ndarray] = {ORIGINAL: read[ORIGINAL][0]} | {method: y for method, (y, _) in read.items()}
    rate = read[ORIGINAL][1]
    if rate > 2 * ANCHOR_HZ:
        sounds[ANCHOR] = low_pass(sounds[ORIGINAL], rate, ANCHOR_HZ)
    return {
        method: base64.b64encode(encode_audio(y, rate, "FLAC")[0]).decode()
        for method, y in equally_loud(sounds, rate).items()
    }
