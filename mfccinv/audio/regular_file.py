"""What is no file to read sound from: a pipe would wait for its writer for ever."""

import os
import stat
from pathlib import Path

from mfccinv.audio.unusable import UnusableAudio


def status_of_file(path: Path) -> os.stat_result:
    """Look at a file, and refuse what has no bytes to read.

    Raises
    ------
    UnusableAudio
        With what it is.
    OSError
        If it can't be looked at.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        reason = "it is a link, and there is no file at its end" if path.is_symlink() else "no such file"
        raise UnusableAudio(f"missing: {reason}") from None
    except ValueError as error:  # a name with a NUL, or with half a character
        raise UnusableAudio(f"missing: no file can have this name: {error}") from None
    if not stat.S_ISREG(status.st_mode):
        raise UnusableAudio("not a file, but a folder, a pipe, a socket or a device")
    if status.st_size == 0:
        raise UnusableAudio("empty: the file has no bytes")
    return status
