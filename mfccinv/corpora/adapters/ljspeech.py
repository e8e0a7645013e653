"""LJSpeech, one voice that reads books (Ito and Johnson, "The LJ Speech Dataset", 2017)."""

from collections.abc import Iterator
from pathlib import Path

from mfccinv.corpora.missing import require_file, require_folder
from mfccinv.corpora.rows import listed
from mfccinv.corpora.table import read_lines
from mfccinv.corpora.utterance import Utterance

WHERE = {
    "corpus": "LJSpeech",
    "source": "download it from https://keithito.com/LJ-Speech-Dataset/",
    "setting": "corpus.root",
}
SPEAKER = "LJ"  # Linda Johnson


def ljspeech(*, root: str | Path) -> Iterator[Utterance]:
    """Utterances that LJSpeech's metadata names; one speaker, no official split.

    Parameters
    ----------
    root : str or Path
        Folder with ``metadata.csv`` (``id|text|normalised text``, no header) and ``wavs/<id>.wav``.

    Yields
    ------
    utterance : Utterance
        Its id is that of the metadata.

    Raises
    ------
    FileNotFoundError
        If the folder, its metadata or its ``wavs`` is not there.
    ValueError
        If a line of the metadata does not begin with an id, or with that of another line.
    """
    root = require_folder(root, **WHERE)
    metadata = require_file(root / "metadata.csv", **WHERE)
    wavs = require_folder(root / "wavs", **WHERE)
    yield from listed(_entries(metadata, wavs))


def _entries(metadata: Path, wavs: Path) -> Iterator[tuple[Path, int, dict]]:
    # Not a table for the csv module: the texts have unpaired quotes.
    for number, line in enumerate(read_lines(metadata), start=1):
        if not line.strip():
            continue
        key, bar, _ = line.partition("|")
        if not key or not bar:
            raise ValueError(f"{metadata}, line {number}: expected id|text|normalised text, got {line.strip()!r:.80}")
        yield metadata, number, {"id": key, "path": wavs / f"{key}.wav", "speaker": SPEAKER}
