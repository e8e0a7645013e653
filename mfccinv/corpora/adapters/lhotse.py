"""Manifests of lhotse: cuts, or recordings and supervisions (Żelasko et al., "Lhotse", 2021)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mfccinv.corpora.base_folder import base_folder
from mfccinv.corpora.json_objects import read_list, read_objects
from mfccinv.corpora.missing import require_file
from mfccinv.corpora.rows import line_named, listed, read_seconds, read_stretch, speaker_name, split_of_name
from mfccinv.corpora.tree import files
from mfccinv.corpora.utterance import Utterance
from mfccinv.system.path_settings import path_setting

READERS = {".jsonl": read_objects, ".json": read_list}
MANIFEST = re.compile(r"(?:(.*)_)?(cuts|recordings|supervisions)(?:_(.*))?\.jsonl?(?:\.gz)?")
CUTS = ("MonoCut", "MultiCut", "Cut")
HARMLESS = ("Resample",)  # transforms after which a recording is the same sound

Entry = tuple[Path, int, dict[str, Any]]


def lhotse(*, path: str | Path, supervisions: str | Path | None, base: str | Path | None) -> Iterator[Utterance]:
    """Utterances of manifests of lhotse: each supervision, or a whole cut or recording where there are none.

    Parameters
    ----------
    path : str or Path
        Cuts, or recordings: JSON lines (``.jsonl``) or a JSON list (``.json``), gzipped or not (``.gz``). Or a folder
        of such manifests, called ``<corpus>_cuts_<part>``, or ``<corpus>_recordings_<part>`` and
        ``<corpus>_supervisions_<part>``; where a part has both, its cuts count.
    supervisions : str, Path or None
        Supervisions of the recordings. None: path is a folder, holds cuts, or all of each recording is an utterance of
        an unknown speaker.
    base : str, Path or None
        What relative paths of sources are relative to, see `mfccinv.corpora.base_folder.base_folder`.

    Yields
    ------
    utterance : Utterance
        Its id is that of the supervision or recording; of a cut, that of the cut, and ``/`` and that of the supervision
        where there are several. Of a folder, ``<corpus>_<part>/`` stands before it, and a word in that name tells the
        split, see `mfccinv.corpora.rows.split_of_name`.

    Raises
    ------
    FileNotFoundError
        If there is no such manifest.
    ValueError
        For what no file holds as it is: commands, addresses and sound in memory, mixed and padding cuts, features,
        single channels of a file of several, transformed recordings; and for wrong lines. File and line are named.
    """
    place = path_setting("corpus.path", path)
    if place.is_dir():
        if supervisions is not None:
            raise ValueError(f"corpus.supervisions={supervisions} needs corpus.path= to be recordings, got a folder")
        for name, recordings, own in _parts(place):
            found = _entries(recordings, own, base)
            split = split_of_name(name)
            yield from listed(
                (file, line, values | {"id": f"{name}/{values['id']}", "split": split}) for file, line, values in found
            )
    else:
        manifest = _require_manifest(place, "corpus.path")
        own = None if supervisions is None else _require_manifest(supervisions, "corpus.supervisions")
        yield from listed(_entries(manifest, own, base))


def _require_manifest(path: str | Path, setting: str) -> Path:
    return require_file(path, corpus="Manifest of lhotse", source="make it by `lhotse prepare`", setting=setting)


def _parts(folder: Path) -> Iterator[tuple[str, Path, Path | None]]:
    """Name, cuts or recordings, and supervisions of each part of a folder of manifests."""
    parts: dict[str, dict[str, Path]] = {}
    for path in files(folder, {".jsonl", ".json", ".gz"}):
        if match := MANIFEST.fullmatch(path.name):
            name = "_".join(filter(None, (match[1], match[3]))) or "all"
            if (first := parts.setdefault(name, {}).setdefault(match[2], path)) != path:
                raise ValueError(f"{path} and {first} are of one part: name one of them with corpus.path=")
    for name, of_part in parts.items():
        if "cuts" in of_part:
            yield name, of_part["cuts"], None
        elif "recordings" in of_part:
            yield name, of_part["recordings"], of_part.get("supervisions")


def _entries(manifest: Path, supervisions: Path | None, base: str | Path | None) -> Iterator[Entry]:
    """Place and values of each utterance."""
    found = list(_of_manifest(manifest) if supervisions is None else _of_supervisions(manifest, supervisions))
    relative = [values["path"] for _, _, values in found if not Path(values["path"]).is_absolute()]
    folder = base_folder(base, relative, manifest)
    for path, line, values in found:
        yield path, line, values | {"path": folder / values["path"]}


def _of_manifest(manifest: Path) -> Iterator[Entry]:
    for line, row in _read(manifest):
        with line_named(manifest, line):
            if "sources" in row:
                utterances = [{"id": _text(row, "id"), "path": _source(row, None), "speaker": None}]
            else:
                utterances = list(_of_cut(row))
        for values in utterances:
            yield manifest, line, values


def _of_supervisions(manifest: Path, supervisions: Path) -> Iterator[Entry]:
    recordings = {}
    for line, row in _read(manifest):
        with line_named(manifest, line):
            if "sources" not in row:
                raise ValueError("corpus.supervisions= is for recordings, and this is none: cuts hold their own")
            recordings[_text(row, "id")] = row
    for line, row in _read(supervisions):
        with line_named(supervisions, line):
            recording = recordings.get(_text(row, "recording_id"))
            if recording is None:
                raise ValueError(f"recording {row['recording_id']!r:.80} is not in {manifest}")
            offset, duration = read_stretch(row, "start", "duration")
            values = {
                "id": _text(row, "id"),
                "path": _source(recording, row.get("channel")),
                "speaker": speaker_name(row.get("speaker")),
                "offset_seconds": offset,
                "duration_seconds": duration,
            }
        yield supervisions, line, values


def _of_cut(cut: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Values of the utterances of a cut: its supervisions within it, or else all of it."""
    if cut.get("type", "Cut") not in CUTS or "tracks" in cut:
        raise ValueError(f"a {cut.get('type', 'MixedCut')!s:.40} is in no file: write it as one, CutSet.save_audios")
    if not isinstance(cut.get("recording"), dict):
        raise ValueError("the cut has no recording; features alone are not read")
    id = _text(cut, "id")
    begin, length = read_stretch(cut, "start", "duration")
    own = cut.get("supervisions") or []
    if not isinstance(own, list) or not all(isinstance(one, dict) for one in own):
        raise ValueError(f"supervisions must be a list of objects, got {own!r:.80}")
    for supervision in own or [{}]:
        start = read_seconds(supervision, "start") or 0.0
        end = start + (read_seconds(supervision, "duration") or float("inf"))
        start, end = max(start, 0.0), min(end, float("inf") if length is None else length)
        if end <= start:
            raise ValueError(f"supervision {supervision.get('id')!r:.80} is not within the cut")
        yield {
            "id": f"{id}/{_text(supervision, 'id')}" if len(own) > 1 else id,
            "path": _source(cut["recording"], supervision.get("channel", cut.get("channel"))),
            "speaker": speaker_name(supervision.get("speaker")),
            "offset_seconds": round(begin + start, 6),
            "duration_seconds": None if end == float("inf") else round(end - start, 6),
        }


def _source(recording: dict[str, Any], channel: object) -> str:
    """Name of the file that holds one or several channels of a recording and no others; None: all of its channels."""
    sources = recording.get("sources")
    if not isinstance(sources, list) or not sources or not all(isinstance(source, dict) for source in sources):
        raise ValueError(f"the recording's sources must be a list of objects, got {sources!r:.80}")
    kinds = {str(source.get("type")) for source in sources} - {"file"}
    if kinds:
        raise ValueError(f"only sources of type file are read, got {', '.join(sorted(kinds)):.80}: write files once")
    transforms = recording.get("transforms") or []
    names = [one.get("name") if isinstance(one, dict) else one for one in transforms]
    if others := [str(name) for name in names if name not in HARMLESS]:
        raise ValueError(f"the recording is transformed by {', '.join(others):.80}: write it as a file once")
    channels = [_channels(source.get("channels")) for source in sources]
    wanted = set().union(*channels) if channel is None else _channels(channel)
    for source, own in zip(sources, channels, strict=True):
        if own == wanted or (len(sources) == 1 and len(own) < 2):
            return _text(source, "source")
    files_have = " and ".join(str(sorted(own)) for own in channels)
    raise ValueError(f"no file holds the channels {sorted(wanted)} alone, they have {files_have}: write one of each")


def _channels(value: object) -> set[int]:
    """Set of a channel, a list of channels or None."""
    channels = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(channel, int) for channel in channels):
        raise ValueError(f"channels must be whole numbers, got {value!r:.80}")
    return set(channels)


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} must be a text, got {value!r:.80}")
    return value


def _read(manifest: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    suffix = Path(manifest.name.removesuffix(".gz")).suffix
    if suffix not in READERS:
        raise ValueError(f"a manifest must end in .jsonl or .json, and may in .gz, got {manifest}: `lhotse copy` can")
    return READERS[suffix](manifest)
