"""Files that appear whole or not at all."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

try:
    import fcntl
except ImportError:  # no such locks on Windows: there two builders of one data set must not run at once
    fcntl = None  # type: ignore[assignment]


TEMPORARY_PREFIX = ".tmp-"


@contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path`` and, if the block succeeds, rename it to ``path``.

    The bytes are on the disk before the name is; if the block fails, nothing is left.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX, suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_temporaries(folder: Path) -> None:
    """Remove what writers that were killed left in a folder."""
    for path in Path(folder).glob(f"{TEMPORARY_PREFIX}*"):
        path.unlink()


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone; others wait. A process that is killed gives it back."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; half a character (of a name that is not UTF-8) as its JSON escape."""
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


def file_stem(id: str) -> str:
    """Turn an utterance id into a file name: what isn't a letter, digit, ``.``, ``-`` or ``_`` becomes ``_``."""
    return re.sub(r"[^\w.-]", "_", id)
