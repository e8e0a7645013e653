"""Files that appear whole or not at all."""

import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from filelock import FileLock

TEMPORARY_PREFIX = ".tmp-"
OLD_SECONDS = 3600.0  # whoever writes a file needs far less
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # no room for a file


@contextmanager
def temporary_beside(path: Path, n_bytes: int | None = None) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path`` and, if the block succeeds, rename it to ``path``.

    The bytes are on the disk before the file gets its name. If the block fails, nothing is left. The process's umask
    decides who may read the file.

    Parameters
    ----------
    path : Path
    n_bytes : int or None
        About how large the file will be, for the message when the disk is full; None: it isn't known.

    Raises
    ------
    OSError
        If the file can't be written; it names ``path``.
    """
    path = Path(path)
    temporary = _temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        with temporary.open("r+b") as file:  # Windows syncs what can be written alone
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.filename not in (None, str(temporary)):
            raise
        needed = f": it needs {n_bytes / 1e6:,.1f} MB" if error.errno in FULL and n_bytes is not None else ""
        raise OSError(error.errno, f"{error.strerror or error}{needed}", str(path)) from error
    finally:
        with suppress(OSError):
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


def remove_old_temporaries(folder: Path) -> None:
    """Remove what killed writers left in a folder where others may be at work: what is older than `OLD_SECONDS`."""
    remove_temporaries(folder, min_age_seconds=OLD_SECONDS)


def remove_temporary_folders(folder: Path) -> None:
    """Remove the temporary folders in a folder that is locked for those who make some there."""
    for path in Path(folder).glob(f"{TEMPORARY_PREFIX}*"):
        if _is_own_folder(path):
            shutil.rmtree(path)


def remove_temporaries(*folders: Path, min_age_seconds: float = 0.0) -> None:
    """Remove the temporary files and folders in folders that are locked: nobody else writes there meanwhile."""
    for path in (path for folder in folders for path in Path(folder).glob(f"{TEMPORARY_PREFIX}*")):
        with suppress(FileNotFoundError):  # its writer has ended
            if time.time() - path.lstat().st_mtime < min_age_seconds:
                continue
            if _is_own_folder(path):
                shutil.rmtree(path)
            else:
                path.unlink()


def _is_own_folder(path: Path) -> bool:
    """Whether it is a folder and no link to one."""
    return path.is_dir() and not path.is_symlink()


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Lock a folder for this process; others wait. The lock ends with the process, even if it is killed."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock", mode=0o666):  # less what the umask takes: a group may share a folder
        yield


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; see `encoded`."""
    with temporary_beside(path) as temporary:
        temporary.write_bytes(encoded(text))


def encoded(text: str) -> bytes:
    """Encode a text as UTF-8; a lone surrogate, as in a file name that is not UTF-8, becomes its JSON escape."""
    return text.encode("utf-8", errors="backslashreplace")


def write_json(path: Path, value: object) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json_text(value))


def json_text(value: object) -> str:
    """Lay out a value as JSON for people to read; ValueError for numbers that aren't finite."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json_lines(path: Path, values: list[dict]) -> None:
    """Write a JSON-lines file, whole or not at all."""
    write_text(path, "".join(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n" for value in values))
