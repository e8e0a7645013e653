"""What of a run is shared, and what a shared run must be: its files and their sizes, and the checks that it passes.

A run that comes from elsewhere may be damaged or a stranger's. Only files that `MOST_BYTES` names are taken, each up to
its size; they must have the checksums of their record, and be a finished run whose network can be opened.
"""

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mfccinv.run_folders.loading import load_network
from mfccinv.run_folders.run_folder import ADAPTATION, DIFFERENCE, SHARPNESS, RunError, RunFolder
from mfccinv.sharing.half_precision import halve
from mfccinv.system.atomic_files import exclusive, temporary_beside, temporary_folder_beside, write_json
from mfccinv.system.checksums import BLOCK_BYTES, RECORD, quick_checksum, read_record, require_recorded
from mfccinv.system.stored_files import MAX_BYTES, MAX_YAML_BYTES

CARD = "README.md"
UNRECORDED = (CARD, RECORD)  # a card may be edited where it is shown
NEEDED = ("config.yaml", RECORD, "feature_spec.json", "statistics.json")
WEIGHTS = ("model.keras", DIFFERENCE)
MOST_BYTES = {  # of each file of a run that is shared
    "config.yaml": MAX_YAML_BYTES,
    **dict.fromkeys(("feature_spec.json", "statistics.json", "history.csv", "metrics.json"), MAX_BYTES),
    **dict.fromkeys(("environment.json", "learned_from.json", SHARPNESS, ADAPTATION, *UNRECORDED), MAX_BYTES),
    **dict.fromkeys(WEIGHTS, 2**30),
}


def gather(run: RunFolder, folder: Path, *, half_precision: bool) -> None:
    """Copy the files of a run that are shared into an empty folder, each compared with its checksum.

    The copy has a record of its own, without what stays behind, such as the state of the optimizer. With
    ``half_precision`` its weights are rounded, see `halve`.

    Raises
    ------
    RunError
        If the run isn't finished, or half precision can't hold its weights.
    mfccinv.system.stored_files.DamagedFile
        If a file is damaged.
    """
    if not run.is_finished:
        again = f"mfccinv train resume={shlex.quote(str(run.folder))}"
        raise RunError(f"{run.folder} isn't finished: {again} goes on with it")
    for name in MOST_BYTES:
        if name not in UNRECORDED and (run.folder / name).exists():
            require_recorded(run.folder / name)
    copy_shared(run.folder, folder)
    if half_precision:
        try:
            with told_of(run.folder, folder):
                halve(folder / run.weights_file.name)
        except FloatingPointError as error:
            raise RunError(f"{run.folder} has a weight that is too large for weights=float16") from error
    names = sorted({path.name for path in folder.iterdir()} - set(UNRECORDED))
    write_json(folder / RECORD, {name: [quick_checksum(folder / name)] for name in names})


def copy_shared(source: Path, folder: Path) -> None:
    """Copy what a folder has of the files that are shared into another.

    Raises
    ------
    RunError
        If one is no file, such as a link or a pipe, or too large.
    """
    for name in MOST_BYTES:
        path = source / name
        if not os.path.lexists(path):
            continue
        if not stat.S_ISREG(path.lstat().st_mode):
            raise RunError(f"{path} is no file, but a link, a folder, a pipe or a device, and isn't read")
        with path.open("rb") as file:
            save(file, folder / name, path)


def check_size(name: str, n_bytes: int, place: object) -> None:
    """Refuse with RunError a file of a run of more bytes than it can have; ``place`` says which in the message."""
    if n_bytes > MOST_BYTES[name]:
        raise RunError(f"{place} has more than {MOST_BYTES[name]:,} bytes, which is the most that is read")


def save(stream: IO[bytes], path: Path, place: object) -> int:
    """Write what a stream holds into a file of a run, and return how many bytes that were; errors as `check_size`."""
    with temporary_beside(path) as temporary, temporary.open("wb") as file:
        n_bytes = 0
        while block := stream.read(BLOCK_BYTES):
            n_bytes += len(block)
            check_size(path.name, n_bytes, place)
            file.write(block)
    return n_bytes


def check_shared(folder: Path) -> RunFolder:
    """Check a folder of files from elsewhere, as a stranger's: whether they are a whole run. Nothing is executed.

    Raises
    ------
    ValueError
        If a file is missing, damaged or isn't in the record of checksums, the run isn't finished, or its network can't
        be opened; `RunError` and `mfccinv.system.stored_files.DamagedFile` are such.
    """
    run = RunFolder(folder)
    names = {path.name for path in folder.iterdir()}
    for name in NEEDED:
        if name not in names:
            raise RunError(f"{folder / name} is missing: this is no run that mfccinv push made")
    known = read_record(folder)
    if own := sorted(known.keys() - MOST_BYTES.keys()):
        raise RunError(f"{folder}/{own[0][:80]!r} is never shared: mfccinv push makes of a run what can be pulled")
    if differing := sorted((names ^ known.keys()) - set(UNRECORDED)):
        what = "is missing" if differing[0] in known else f"isn't in {RECORD}"
        raise RunError(f"{folder}/{differing[0][:80]!r} {what}")
    for name in sorted(names - set(UNRECORDED)):
        if quick_checksum(folder / name) not in known[name]:
            raise RunError(f"{folder / name} is damaged: its checksum isn't that of {RECORD}")
    for read in ("spec", "statistics", "context", "environment", "learned_from"):
        getattr(run, read)
    run.read_history()
    if not run.is_finished:
        raise RunError(f"{folder / 'metrics.json'} has no validation scores: the run isn't finished")
    load_network(run, "sharp" if SHARPNESS in names else "mean")
    return run


@contextmanager
def told_of(place: object, folder: Path) -> Iterator[None]:
    """Have errors of a temporary folder's files name where they are from instead, in one line."""
    try:
        yield
    except ValueError as error:
        said = str(error).replace(f"{folder}/", f"{place}: ").replace(str(folder), str(place))
        raise RunError(" ".join(map(str.strip, said.splitlines()))) from error


def require_new(setting: str, path: Path) -> None:
    """Refuse with ValueError a path where something is: nothing is replaced."""
    if os.path.lexists(path):
        raise ValueError(f"{setting} must be new, and {path} is there: nothing is replaced")


def install(source: Path, folder: Path, setting: str) -> None:
    """Copy a checked folder to its place, whole or not at all; errors as `require_new`."""
    with exclusive(folder.parent):
        require_new(setting, folder)
        with temporary_folder_beside(folder) as temporary:
            copied = temporary / folder.name
            copied.mkdir()
            for path in source.iterdir():
                with temporary_beside(copied / path.name) as file:
                    shutil.copyfile(path, file)
            copied.rename(folder)
