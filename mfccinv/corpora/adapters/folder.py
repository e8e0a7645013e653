"""Any tree of sound files."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from mfccinv.corpora.missing import require_folder
from mfccinv.corpora.tree import files_below, suffixes_of
from mfccinv.corpora.utterance import Utterance


def folder(*, root: str | Path, extensions: Sequence[str], speaker_part: int | str | None) -> Iterator[Utterance]:
    """Every visible sound file below a folder, each an utterance without official split.

    Parameters
    ----------
    root : str or Path
        The folder; ``~`` is the home folder.
    extensions : list of str
        Which files are sound, with or without their dot; upper and lower case are the same.
    speaker_part : int, str or None
        Where a file's path below root tells the speaker, see ``speaker_in_path``.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root, with the extension: two files that differ in nothing else stay two.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If the extensions are not a list, or the speaker cannot be told from a path.
    """
    suffixes = suffixes_of(extensions)
    check_speaker_part(speaker_part)
    root = require_folder(
        root, corpus="Folder of recordings", source="make it from any sound files", setting="corpus.root"
    )
    for path in files_below(root, suffixes):
        relative = PurePosixPath(path.relative_to(root).as_posix())
        yield Utterance(id=str(relative), path=path, speaker=speaker_in_path(relative, speaker_part))


def check_speaker_part(speaker_part: object) -> None:
    """Refuse with ValueError what is not an integer, a regular expression with one group, or None."""
    expected = "corpus.speaker_part must be an integer, a regular expression with one group, or null"
    if isinstance(speaker_part, str):
        try:
            groups = re.compile(speaker_part).groups
        except re.error as error:
            raise ValueError(f"{expected}; got {speaker_part!r}: {error}") from error
        if groups != 1:
            raise ValueError(f"{expected}; got {speaker_part!r} with {groups} groups")
    elif speaker_part is not None and (isinstance(speaker_part, bool) or not isinstance(speaker_part, int)):
        raise ValueError(f"{expected}; got {speaker_part!r}")


def speaker_in_path(relative: PurePosixPath, speaker_part: int | str | None) -> str | None:
    """Speaker that a path tells.

    Parameters
    ----------
    relative : PurePosixPath
        Path below the corpus's root.
    speaker_part : int, str or None
        An integer picks a component: 0 is the first below the root, -2 the folder that holds the file, -1 the file's
        name without extension. A text is a regular expression with one group, searched in the path. None means that
        the speaker is not known.

    Raises
    ------
    ValueError
        If the path has no such component, or the expression does not match it.
    """
    if speaker_part is None:
        return None
    if isinstance(speaker_part, str):
        match = re.search(speaker_part, str(relative))
        if not match or not match.group(1):
            raise ValueError(f"corpus.speaker_part={speaker_part!r} finds no speaker in {str(relative)!r}")
        return match.group(1)
    parts = (*relative.parts[:-1], relative.stem)
    if not -len(parts) <= speaker_part < len(parts):
        raise ValueError(
            f"corpus.speaker_part must be in [{-len(parts)}, {len(parts) - 1}] for {str(relative)!r}, "
            f"got {speaker_part}; null where paths do not tell the speaker"
        )
    return parts[speaker_part]
