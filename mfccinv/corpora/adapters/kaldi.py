"""Kaldi data folders (Povey et al., "The Kaldi speech recognition toolkit", 2011)."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mfccinv.corpora.base_folder import base_folder
from mfccinv.corpora.missing import require_file, require_folder
from mfccinv.corpora.rows import line_named, listed, read_stretch, split_of_name
from mfccinv.corpora.table import read_lines
from mfccinv.corpora.tree import subfolders
from mfccinv.corpora.utterance import Utterance

WHERE = {
    "corpus": "Kaldi data folder",
    "source": "a recipe's data preparation makes it",
    "setting": "corpus.root",
}
NO_FILES = (
    ("commands, which are not run", re.compile(r"\|$")),
    ("parts of archives, which are not read", re.compile(r":\d+$|\[[\d:,]*\]$")),
)


def kaldi(*, root: str | Path, subsets: Sequence[str] | None, base: str | Path | None) -> Iterator[Utterance]:
    """Utterances of Kaldi data folders, which have ``wav.scp``, ``utt2spk`` or ``spk2utt``, and perhaps ``segments``.

    Parameters
    ----------
    root : str or Path
        The data folder, or the folder that the subsets are in.
    subsets : list of str or None
        Such as ``[train, dev, test]``: the data folders below root. A word in their names tells the split, see
        `mfccinv.corpora.rows.split_of_name`. None: root is the data folder, without an official split.
    base : str, Path or None
        What relative paths in ``wav.scp`` are relative to, see `mfccinv.corpora.base_folder.base_folder`.

    Yields
    ------
    utterance : Utterance
        Its id is Kaldi's, behind the subset and ``/``. Without a line in ``utt2spk``, or if each utterance is its own
        speaker, the speaker is unknown.

    Raises
    ------
    FileNotFoundError
        If a folder or a table is not there.
    ValueError
        If a line is malformed or its id comes twice, and for commands and parts of archives in ``wav.scp``; file and
        line are named.
    """
    if isinstance(subsets, str):
        raise ValueError(f"corpus.subsets must be a list such as [train, dev, test] or null, got {subsets!r}")
    root = require_folder(root, **WHERE)
    if subsets is None:
        there = [folder.name for folder in subfolders(root) if (folder / "wav.scp").is_file()]
        if there and not (root / "wav.scp").is_file():
            raise ValueError(
                f"{root} is no Kaldi data folder and holds some: choose with corpus.subsets=[{', '.join(there)}]"
            )
        yield from listed(_entries(root, base, "", None))
    else:
        for subset in subsets:
            folder = require_folder(root / subset, **WHERE)
            yield from listed(_entries(folder, base, f"{subset}/", split_of_name(subset)))


def _entries(
    folder: Path, base: str | Path | None, prefix: str, split: str | None
) -> Iterator[tuple[Path, int, dict[str, Any]]]:
    """Place and values of each utterance."""
    scp, segments = require_file(folder / "wav.scp", **WHERE), folder / "segments"
    recordings = _read_recordings(scp, base)
    speakers = _read_speakers(folder)
    if not segments.is_file():
        for id, (line, path) in recordings.items():
            yield scp, line, {"id": prefix + id, "path": path, "speaker": speakers.get(id), "split": split}
        return
    for line, id, rest in _read_map(segments):
        with line_named(segments, line):
            recording, offset, duration = _read_segment(rest)
            if recording not in recordings:
                raise ValueError(f"recording {recording!r:.80} is not in {scp}")
        yield (
            segments,
            line,
            {
                "id": prefix + id,
                "path": recordings[recording][1],
                "speaker": speakers.get(id),
                "split": split,
                "offset_seconds": offset,
                "duration_seconds": duration,
            },
        )


def _read_recordings(scp: Path, base: str | Path | None) -> dict[str, tuple[int, Path]]:
    """Line and file of each recording."""
    found = {id: (line, name) for line, id, name in _read_map(scp)}
    for what, pattern in NO_FILES:
        wrong = [(line, name) for line, name in found.values() if pattern.search(name)]
        if wrong:
            raise ValueError(
                f"{scp}, line {wrong[0][0]}: {len(wrong)} of {len(found)} recordings are {what}, such as "
                f"{wrong[0][1]:.80}; write each as a sound file once, and name the files in wav.scp"
            )
    relative = [name for _, name in found.values() if not Path(name).is_absolute()]
    folder = base_folder(base, relative, scp)
    return {id: (line, folder / name) for id, (line, name) in found.items()}


def _read_speakers(folder: Path) -> dict[str, str]:
    """Speaker of each utterance, of utt2spk or else of spk2utt; none if each utterance is its own speaker."""
    if not (folder / "utt2spk").is_file() and (folder / "spk2utt").is_file():
        table = folder / "spk2utt"
        pairs = [(line, id, speaker) for line, speaker, ids in _read_map(table) for id in ids.split()]
    else:
        table = require_file(folder / "utt2spk", **WHERE)
        pairs = list(_read_map(table))
    speakers: dict[str, str] = {}
    for line, id, speaker in pairs:
        if len(speaker.split()) != 1 or speakers.setdefault(id, speaker) != speaker:
            raise ValueError(f"{table}, line {line}: expected one speaker of {id!r:.80}, got {speaker!r:.80}")
    return {} if all(id == speaker for id, speaker in speakers.items()) else speakers


def _read_segment(text: str) -> tuple[str, float, float | None]:
    """Recording, begin and length of a segment in seconds; an end of -1 is that of the recording, length None."""
    fields = text.split()
    if len(fields) != 3:
        raise ValueError(f"expected an utterance, its recording, its begin and its end in seconds, got {text!r:.80}")
    recording, begin, end = fields
    row = {"begin": begin, "end": "" if end in ("-1", "-1.0") else end}
    offset, end_seconds = read_stretch(row, "begin", "end")
    if end_seconds is None:
        return recording, offset, None
    if end_seconds <= offset:
        raise ValueError(f"end must be after the begin, {begin} s, got {end} s")
    return recording, offset, round(end_seconds - offset, 6)


def _read_map(table: Path) -> Iterator[tuple[int, str, str]]:
    """Line, id and the rest of each line; ValueError for a line without a rest, and an id that comes twice."""
    lines: dict[str, int] = {}
    for number, text in enumerate(read_lines(table), start=1):
        id, _, rest = re.sub("[ \t]+", " ", text.strip(" \t\r\n"), count=1).partition(" ")
        if not id:
            continue
        if not rest:
            raise ValueError(f"{table}, line {number}: expected an id and what belongs to it, got {id!r:.80}")
        if lines.setdefault(id, number) != number:
            raise ValueError(f"{table}, line {number}: ids must be unique, {id!r:.80} is in line {lines[id]}, too")
        yield number, id, rest
