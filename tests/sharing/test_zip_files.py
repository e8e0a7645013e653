"""Tests of runs in zip files: whole ones come back as they were, and of hostile and damaged ones nothing stays."""

import random
import shutil
import stat
import struct
import zipfile

import pytest
from campaign.archives import archive
from networks import make_finished_run

from mfccinv.sharing import zip_files
from mfccinv.sharing.pull import PullSettings, pull
from mfccinv.sharing.push import PushSettings, push

TRIALS = 100


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A small run in a zip file."""
    place = tmp_path_factory.mktemp("shared")
    run = make_finished_run(place, "small")
    path = place / "small.zip"
    push(
        PushSettings(run=str(run.folder), root=place, to=str(path), private=True, license=None, weights="float32"),
        tell=str,
    )
    return path


@pytest.fixture(scope="module")
def members(shared):
    """What is in it, bytes by name."""
    with zipfile.ZipFile(shared) as file:
        return {name: file.read(name) for name in file.namelist()}


def tree(folder):
    """Everything below a folder."""
    return sorted(folder.rglob("*"))


def pulled(path, root):
    return pull(PullSettings(source=str(path), root=root, name="small")).folder


def refusal(path, root):
    """Why a file is refused; None if it is pulled."""
    try:
        pulled(path, root)
    except ValueError as error:
        return str(error)
    return None


def member(name, mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def changed_end(place, form, *values):
    """Change the record at the end of a zip file."""

    def change(content):
        content = bytearray(content)
        struct.pack_into(form, content, len(content) - 22 + place, *values)
        return bytes(content)

    return change


def changed_directory(place, form, *values):
    """Change what the directory says of the last file."""

    def change(content):
        content = bytearray(content)
        struct.pack_into(form, content, content.rfind(b"PK\x01\x02") + place, *values)
        return bytes(content)

    return change


def test_is_the_same_whenever_it_is_made(shared, members, tmp_path):
    with zipfile.ZipFile(shared) as file:
        file.extractall(tmp_path / "small")
    zip_files.write_zip(tmp_path / "small", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == shared.read_bytes()
    assert list(members) == sorted(members)


def test_a_run_comes_back_as_it_was(shared, members, tmp_path):
    folder = pulled(shared, tmp_path / "runs")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == members


def test_other_programs_files_are_read_too(members, tmp_path):
    """They compress all, and bear other systems' names."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.create_system, info.compress_type = 0, zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    assert len(list(pulled(path, tmp_path / "runs").iterdir())) == len(members)


LINK, FOLDER, DEVICE, PIPE = (mode | 0o777 for mode in (stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFIFO))
HOSTILE = {
    "an absolute name": ([("/tmp/escaped", b"a")], "/tmp/escaped' is no file of a run, which has config.yaml, "),
    "a name above": ([("../escaped", b"a")], r"\.\./escaped' is no file of a run"),
    "a name above of Windows": ([("..\\escaped", b"a")], r"escaped' is no file of a run"),
    "a known name above": ([("../config.yaml", b"a")], r"\.\./config.yaml' is no file of a run"),
    "a folder": ([("evaluation/", b"")], "evaluation/' is no file of a run"),
    "a file in a folder": ([("small/config.yaml", b"a")], "small/config.yaml' is no file of a run"),
    "the optimizer's state": ([("epoch-0001.keras", b"a")], "epoch-0001.keras' is no file of a run"),
    "a name in capitals": ([("CONFIG.YAML", b"a")], "CONFIG.YAML' is no file of a run"),
    "a name of 60,000 letters": ([("a" * 60_000, b"a")], r"a{80}' is no file of a run"),
    "an empty name": ([(member(""), b"a")], "is no file of a run"),
    "a name in two lines": ([("a\nb", b"a")], r"'a\\nb' is no file of a run"),
    "code": ([("run.py", b"a")], "run.py' is no file of a run"),
    "the same twice": ([("config.yaml", b"a")], "config.yaml is there twice"),
    "a link": ([(member("learned_from.json", LINK), b"/etc/passwd")], "learned_from.json is no file, but a link"),
    "a folder by its mode": ([(member("learned_from.json", FOLDER), b"")], "is no file, but a link, a folder"),
    "a device": ([(member("learned_from.json", DEVICE), b"")], "is no file, but a link, a folder, a pipe or a device"),
    "a pipe": ([(member("learned_from.json", PIPE), b"")], "is no file, but a link, a folder, a pipe or a device"),
    "what the record hasn't": ([("learned_from.json", b"{}")], r"small\.zip: 'learned_from.json' isn't in checksums"),
}


@pytest.mark.parametrize(("added", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_and_leaves_nothing(added, message, members, tmp_path):
    path = tmp_path / "small.zip"
    archive(path, [*members.items(), *added])
    before = tree(tmp_path)
    with pytest.raises(ValueError, match=message) as refused:
        pulled(path, tmp_path / "runs")
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(path))
    assert tree(tmp_path) == before


def test_a_large_member_is_refused_before_it_is_read(members, tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    archive(path, [*members.items(), ("learned_from.json", bytes(2**24 + 1))], zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(zip_files, "save", None)
    with pytest.raises(ValueError, match=r"a\.zip: learned_from.json has more than 16,777,216 bytes"):
        pulled(path, tmp_path / "runs")


def test_a_bomb_is_refused_before_it_is_read(members, tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    archive(path, [*(members | {"model.keras": bytes(2**25)}).items()], zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(zip_files, "save", None)
    with pytest.raises(ValueError, match=r"a\.zip holds more than [\d,]+ bytes, too much for its size"):
        pulled(path, tmp_path / "runs")


def test_a_directory_that_lies_of_a_bomb_is_refused(members, tmp_path):
    """It promises ten bytes of a file of 32 MB."""
    path = tmp_path / "a.zip"
    archive(path, [*members.items(), ("learned_from.json", bytes(2**25))], zipfile.ZIP_DEFLATED)
    path.write_bytes(changed_directory(24, "<I", 10)(path.read_bytes()))
    with pytest.raises(ValueError, match=r"a\.zip is damaged: Bad CRC-32"):
        pulled(path, tmp_path / "runs")


ODD = {
    "nothing": (lambda content: b"", "a.zip is damaged: it is no zip file, is cut off, or has a comment"),
    "a text": (lambda content: b"no archive" * 10, "a.zip is damaged: it is no zip file"),
    "cut off": (lambda content: content[: len(content) // 2], "a.zip is damaged: it is no zip file, is cut off"),
    "without its beginning": (lambda content: content[100:], "a.zip is damaged: "),
    "a comment": (lambda content: changed_end(20, "<H", 3)(content) + b"abc", "or has a comment"),
    "a directory of 4 GB": (changed_end(12, "<I", 2**32 - 1), "its directory is larger than that of a run"),
    "a directory elsewhere": (changed_end(16, "<I", 2**31), "a.zip is damaged: "),
    "another, larger end": (
        lambda content: content[:-22] + struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1) + content[-22:],
        "its directory is larger than that of a run",
    ),
    "encrypted": (changed_directory(8, "<H", 1), "is encrypted, which isn't read: make the file without a password"),
    "compressed by LZMA": (changed_directory(10, "<H", 14), r"is compressed by method 14, only deflate \(8\) is read"),
    "a wrong checksum": (changed_directory(16, "<I", 0), "a.zip is damaged: Bad CRC-32"),
    "without bytes": (changed_directory(16, "<II", 0, 0), "a.zip is damaged: statistics.json has 0 bytes"),
    "without bytes, and says so": (changed_directory(16, "<III", 0, 0, 0), "a.zip is damaged: statistics.json has 0 "),
    "of version 99": (changed_directory(6, "<H", 99), "a.zip is damaged: zip file version 9.9"),
}


@pytest.mark.parametrize(("change", "message"), ODD.values(), ids=ODD)
def test_a_damaged_file_is_refused_and_leaves_nothing(change, message, shared, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(change(shared.read_bytes()))
    before = tree(tmp_path)
    with pytest.raises(ValueError, match=message) as refused:
        pulled(path, tmp_path / "runs")
    assert "\n" not in str(refused.value)
    assert tree(tmp_path) == before


def test_whatever_happens_to_the_bytes_the_run_is_refused_or_the_same(shared, members, tmp_path):
    """Bits flip, the end is cut off, a stretch is zeroed, moved or comes twice."""
    rng, content = random.Random(0), shared.read_bytes()
    path, root = tmp_path / "small.zip", tmp_path / "runs"
    end = content.rfind(b"PK\x05\x06")
    directory = struct.unpack_from("<I", content, end + 16)[0]
    refused = 0
    for trial in range(TRIALS):
        damaged = bytearray(content)
        place = rng.randrange(directory if trial % 2 else 0, len(content))  # half of them where names and sizes are
        kind = rng.choice(["flip", "flip", "flip", "cut", "zero", "repeat", "drop"])
        if kind == "flip":
            damaged[place] ^= 1 << rng.randrange(8)
        elif kind == "cut":
            del damaged[place:]
        elif kind == "zero":
            damaged[place : place + 8] = bytes(min(8, len(content) - place))
        elif kind == "repeat":
            damaged[place:place] = damaged[place : place + 8]
        else:
            del damaged[place : place + 8]
        path.write_bytes(damaged)
        said = refusal(path, root)
        if said is None:
            folder = root / "small"
            assert {file.name: file.read_bytes() for file in folder.iterdir()} == members, (trial, kind, place)
            shutil.rmtree(root)
            continue
        refused += 1
        assert "\n" not in said
        assert str(path) in said
        assert not root.exists()
    assert TRIALS / 2 < refused < TRIALS
