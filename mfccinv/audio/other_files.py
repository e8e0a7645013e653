"""What a file is that is no sound, by its first bytes: downloads leave pages of errors in the place of recordings."""

import codecs
import re

LENGTH = 4096  # bytes that are looked at
SHORTEST_TEXT = 5  # "RIFF" and "fLaC" are sound that was cut off
SIGNATURES = {
    b"version https://git-lfs.github.com/": "a pointer of Git LFS: fetch the file itself with git lfs pull",
    b"\x89PNG\r\n": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\xfd7zXZ\0": "an xz archive",
    b"BZh": "a bzip2 archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"MThd": "MIDI: notes, and no recording",
    b"\x93NUMPY": "an array of NumPy",
    b"SQLite format 3\0": "a database",
}
TAR = 257, b"ustar"
# The formats of sound that begin with text.
SOUND_IN_TEXT = (b"NIST_1A", b"PVF1", b"Creative Voice File")
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")
TEXTS = {  # by their beginning
    re.compile(r"<!doctype html|<html|<head|<body|<\?xml[^>]*>\s*<(!doctype )?html", re.IGNORECASE): "an HTML page",
    re.compile(r"<\?xml|<[A-Za-z!]"): "XML",
    re.compile(r'\{\s*["}]|\[\s*[\[\]{"]'): "JSON",
}


def what_else_it_is(head: bytes) -> str | None:
    """Say what a file is that begins with these bytes; None if it may be sound."""
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature):
            return kind
    if head.startswith(TAR[1], TAR[0]):
        return "a tar archive"
    text = _text(head)
    if text is None or head.startswith(SOUND_IN_TEXT):
        return None
    return next((kind for beginning, kind in TEXTS.items() if beginning.match(text)), "text")


def _text(head: bytes) -> str | None:
    """The characters, but for blanks before them; None if these bytes are no text."""
    mark = next((mark for mark in MARKS if head.startswith(mark)), b"")
    try:
        text = codecs.getincrementaldecoder(MARKS.get(mark, "utf-8"))().decode(head[len(mark) :])
    except UnicodeDecodeError:
        return None
    return text.lstrip() if len(text) >= SHORTEST_TEXT and not CONTROL.search(text) else None
