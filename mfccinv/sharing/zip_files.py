"""A run in a zip file: its files alone, without folders. What a stranger's file claims is checked before it is read.

The format: PKWARE, APPNOTE.TXT - .ZIP File Format Specification.
"""

import shutil
import stat
import struct
import zipfile
from pathlib import Path

from mfccinv.run_folders.run_folder import RunError
from mfccinv.sharing.contents import MOST_BYTES, WEIGHTS, check_size, save
from mfccinv.system.atomic_files import temporary_beside
from mfccinv.system.npz_files import damage_is_told

MODE = stat.S_IFREG | 0o644
ENCRYPTED = 0x1  # the bit of a member's flags
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
SPARE_BYTES = 2**24  # by which the files may be larger than the archive: what texts are compressed by
# The record at the end: signature, numbers of this disk and of the directory's, members here and in all, size of the
# directory and its place, length of a comment. Before it, archives of more than 4 GB have another one.
END = struct.Struct("<4sHHHHIIH")
SIGNATURE, LARGE_SIGNATURE, LARGE_BYTES = b"PK\x05\x06", b"PK\x06\x07", 20
MOST_DIRECTORY_BYTES = 2**16


def write_zip(folder: Path, path: Path) -> None:
    """Write the files of a folder into a zip file, whole or not at all; the same files always give the same bytes."""
    with temporary_beside(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for file in sorted(folder.iterdir()):
            member = zipfile.ZipInfo(file.name)  # of 1980
            member.create_system, member.external_attr = 3, MODE << 16
            member.compress_type = zipfile.ZIP_STORED if file.name in WEIGHTS else zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(member, "w") as target:
                shutil.copyfileobj(source, target)


def unpack(path: Path, folder: Path) -> None:
    """Unpack a zip file of a run into an empty folder.

    Raises
    ------
    ValueError
        If it is none or damaged, or has a member that is encrypted, no file, of a name that no file of a run has, twice
        there, or too large.
    """
    if not path.is_file():
        raise RunError(f"{path} is no file")
    with damage_is_told(path):
        _check_end(path)
        archive = zipfile.ZipFile(path)
    with archive:
        _check_members(archive.infolist(), path)
        for member in archive.infolist():
            with damage_is_told(path), archive.open(member) as stream:
                n_bytes = save(stream, folder / member.filename, f"{path}: {member.filename}")
                if n_bytes != member.file_size or not n_bytes:  # which zipfile doesn't compare
                    raise ValueError(f"{member.filename} has {n_bytes} bytes")


def _check_end(path: Path) -> None:
    """Refuse a directory that takes long to read, before anything reads it."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END.size - LARGE_BYTES))
        tail = file.read()
    end = tail[-END.size :]
    if len(end) < END.size or not end.startswith(SIGNATURE):
        raise ValueError("it is no zip file, is cut off, or has a comment")
    n_bytes, comment_bytes = END.unpack(end)[5], END.unpack(end)[7]
    if n_bytes > MOST_DIRECTORY_BYTES or comment_bytes or tail[: -END.size].startswith(LARGE_SIGNATURE):
        raise ValueError("its directory is larger than that of a run")


def _check_members(members: list[zipfile.ZipInfo], path: Path) -> None:
    names = [member.filename for member in members]
    for member in members:
        place = f"{path}: {member.filename}"
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.filename not in MOST_BYTES:
            known = ", ".join(MOST_BYTES)
            raise RunError(f"{path}: {member.filename[:80]!r} is no file of a run, which has {known}, and no folders")
        if names.count(member.filename) > 1:
            raise RunError(f"{place} is there twice")
        if kind not in (0, stat.S_IFREG):
            raise RunError(f"{place} is no file, but a link, a folder, a pipe or a device")
        if member.flag_bits & ENCRYPTED:
            raise RunError(f"{place} is encrypted, which isn't read: make the file without a password")
        if member.compress_type not in COMPRESSIONS:
            raise RunError(f"{place} is compressed by method {member.compress_type}, only deflate (8) is read")
        check_size(member.filename, member.file_size, place)
    most = path.stat().st_size + SPARE_BYTES
    if sum(member.file_size for member in members) > most:
        raise RunError(f"{path} holds more than {most:,} bytes, too much for its size")
