"""Files that a disk has damaged, or that somebody has changed."""

from pathlib import Path

from mfccinv.system.checksums import RECORD


def flip_a_bit(path, place=None):
    """Flip the lowest bit of a byte of a file, of the one in the middle if no place is given."""
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2 if place is None else place] ^= 1
    Path(path).write_bytes(content)


DAMAGES = {  # of a file's content
    "empty": lambda content: b"",
    "text": lambda content: b"no archive",
    "cut": lambda content: content[: len(content) // 2],
    "zeroed": lambda content: content[: len(content) // 2] + bytes(64) + content[len(content) // 2 + 64 :],
}


def without_checksums(folder):
    """Remove the record of a run's checksums, as whoever changes its files has to; return the folder."""
    (Path(folder) / RECORD).unlink(missing_ok=True)
    return folder
