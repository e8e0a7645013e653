"""Refusals that say where a corpus was looked for, where it can be had and which setting to change."""

from pathlib import Path


def missing_corpus(path: Path, *, expected: str, corpus: str, source: str, setting: str) -> FileNotFoundError:
    """The error for a corpus that is not where it was looked for.

    Parameters
    ----------
    path : Path
        Where it was looked for.
    expected : str
        What should be there, such as "a folder".
    corpus : str
        Its name for people.
    source : str
        What to do to have it, such as "download it from <address>".
    setting : str
        The setting to change if it is elsewhere.
    """
    return FileNotFoundError(
        f"{corpus} not found: expected {expected} at {path.absolute()}; {source}, or set {setting}= to where it is"
    )


def require_folder(path: str | Path, *, corpus: str, source: str, setting: str) -> Path:
    """The folder with ``~`` expanded; FileNotFoundError of ``missing_corpus`` if there is none."""
    path = Path(path).expanduser()
    if not path.is_dir():
        raise missing_corpus(path, expected="a folder", corpus=corpus, source=source, setting=setting)
    return path


def require_file(path: str | Path, *, corpus: str, source: str, setting: str) -> Path:
    """The file with ``~`` expanded; FileNotFoundError of ``missing_corpus`` if there is none."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise missing_corpus(path, expected="a file", corpus=corpus, source=source, setting=setting)
    return path
