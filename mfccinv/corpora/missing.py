"""Errors for a missing corpus: where it was looked for, where to get it, which setting to change."""

from pathlib import Path

from mfccinv.system.path_settings import path_setting


def missing_corpus(path: Path, *, expected: str, corpus: str, source: str, setting: str) -> FileNotFoundError:
    """Make the error for a corpus that was not found.

    Parameters
    ----------
    path : Path
        Where it was looked for.
    expected : str
        What should be there, such as "a folder".
    corpus : str
        Its name for people.
    source : str
        How to get it, such as "download it from <address>".
    setting : str
        The setting to change if it is elsewhere.
    """
    return FileNotFoundError(
        f"{corpus} not found: expected {expected} at {path.absolute()}; {source}, or set {setting}= to where it is"
    )


def require_folder(path: str | Path, *, corpus: str, source: str, setting: str) -> Path:
    """Return the folder with ``~`` expanded; raise `missing_corpus` if there is none."""
    path = path_setting(setting, path)
    if not path.is_dir():
        raise missing_corpus(path, expected="a folder", corpus=corpus, source=source, setting=setting)
    return path


def require_file(path: str | Path, *, corpus: str, source: str, setting: str) -> Path:
    """Return the file with ``~`` expanded; raise `missing_corpus` if there is none."""
    path = path_setting(setting, path)
    if not path.is_file():
        raise missing_corpus(path, expected="a file", corpus=corpus, source=source, setting=setting)
    return path
