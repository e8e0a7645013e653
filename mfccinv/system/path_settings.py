"""Settings that are paths: whatever a file is called is a name, and ``~`` is the home folder."""

import os
from pathlib import Path


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
