"""Files that appear whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from filelock import FileLock

TEMPORARY_PREFIX = ".tmp-"


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path`` and, if the block succeeds, rename it to ``path``.

    The bytes are on the disk before the file gets its name. If the block fails, nothing is left. The process's umask
    decides who may read the file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_name(path)
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        with temporary.open("r+b") as file:  # Windows syncs what can be written alone
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def temporary_folder_beside(path: Path) -> Iterator[Path]:
    """Yield a new folder beside ``path``; at the end, remove it with what is still in it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_name(path)
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary_name(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY_PREFIX}{token_hex(8)}{path.suffix}")


def remove_temporaries(folder: Path) -> None:
    """Remove the temporary files that killed writers left in a folder."""
    for path in Path(folder).glob(f"{TEMPORARY_PREFIX}*"):
        path.unlink()


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Lock a folder for this process; others wait. The lock ends with the process, even if it is killed."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        yield


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all.

    A lone surrogate, as in a file name that is not UTF-8, is written as its JSON escape.
    """
    with temporary_beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def write_json(path: Path, value: object) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_json_lines(path: Path, values: list[dict]) -> None:
    """Write a JSON-lines file, whole or not at all."""
    write_text(path, "".join(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n" for value in values))


def read_json(path: Path) -> dict:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def read_json_lines(path: Path) -> list[dict]:
    """Read a JSON-lines file."""
    with Path(path).open(encoding="utf-8") as lines:  # str.splitlines would split at characters that JSON may hold
        return [json.loads(line) for line in lines]


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
