"""Settings that are paths: whatever a file is called is a name, and ``~`` is the home folder."""

import os
from pathlib import Path
from reprlib import repr as brief

from mfccinv.system.file_names import LONGEST

LATEST = "latest"  # in the place of a run's name: the last one


def path_setting(setting: str, value: object) -> Path:
    """Return the path that the value of a setting stands for.

    Parameters
    ----------
    setting : str
        Its name, for messages.
    value : str, Path or int
        ``~`` and ``~user`` at its beginning are home folders. A folder may be called 2024, which YAML takes for a
        number.

    Raises
    ------
    ValueError
        For anything else, such as null, and true or 1e5 without quotes.
    """
    if isinstance(value, bool) or not isinstance(value, str | os.PathLike | int):
        raise ValueError(f"{setting} must be a path, got {value!r}; put a name that looks like another value in quotes")
    path = Path(os.path.expanduser(str(value)))
    return path.absolute() if str(path).startswith("~") else path  # ./~ stays what it is, however often it is read


def check_new_name(setting: str, name: str) -> None:
    """Refuse with ValueError a name, perhaps with folders before it, that no new folder can have, and ``latest``."""
    last = Path(name).name
    if name == LATEST:
        raise ValueError(f"{setting} can't be {LATEST}, which stands for the run that was trained last")
    if last in ("", "..") or "\0" in name or len(last.encode(errors="surrogatepass")) > LONGEST:
        raise ValueError(f"{setting} must be a name for a folder, of at most {LONGEST} bytes, got {brief(name)}")
