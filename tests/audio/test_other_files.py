"""Tests of telling what a file is that is no sound."""

import gzip
import io
import tarfile

import pytest
from bad_audio import NO_SOUND, WHOLE, encoded

from mfccinv.audio.other_files import LENGTH, what_else_it_is
from mfccinv.audio.sound_files import UnusableAudio, read_audio

PAGE = b"<html><body>404</body></html>"


def tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.wav"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PAGE, "an HTML page"),
        (b"\n\n  <!DOCTYPE HTML PUBLIC>" + PAGE, "an HTML page"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html>' + PAGE, "an HTML page"),
        (b"\xef\xbb\xbf" + PAGE, "an HTML page"),
        (PAGE.decode().encode("utf-16"), "an HTML page"),
        ("<p>Größe</p>".encode() * 999, "XML"),
        (b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "XML"),
        (b'{"error": "quota exceeded"}', "JSON"),
        (b"[ {}, {} ]", "JSON"),
        (b"Not Found\n", "text"),
        ("öffnen fehlgeschlagen: ".encode() * 999, "text"),
        (b"[main]\nkey = value\n", "text"),
        (tar(), "a tar archive"),
        (gzip.compress(PAGE, mtime=0), "a gzip archive"),
        (NO_SOUND["lfs-pointer"], "a pointer of Git LFS: fetch the file itself with git lfs pull"),
        (NO_SOUND["npy"], "an array of NumPy"),
        (NO_SOUND["png"], "a picture (PNG)"),
        (NO_SOUND["pdf"], "a PDF document"),
    ],
)
@pytest.mark.parametrize("extension", ["mp3", "raw"])
def test_the_reason_says_what_it_is(tmp_path, content, kind, extension):
    (tmp_path / f"y.{extension}").write_bytes(content)
    with pytest.raises(UnusableAudio) as raised:
        read_audio(tmp_path / f"y.{extension}")
    assert str(raised.value) == f"not audio: it is {kind}"


@pytest.mark.parametrize("kind", WHOLE)
def test_sound_is_nothing_else(kind):
    assert what_else_it_is(encoded(kind)[:LENGTH]) is None


@pytest.mark.parametrize(
    "head", [b"", b"RIFF", b"OggS", b"fLaC", b"NIST_1A\n   1024\n", bytes(99), b"ID3\4\0\0\0\0\1\2"]
)
def test_what_may_be_sound_is_nothing_else(head):
    assert what_else_it_is(head) is None
