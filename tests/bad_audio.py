"""Bad and odd sound files of many kinds, made on the spot: which are read, and which are rejected."""

import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from speech import speech

RATE = 16000
READ, REJECTED, EITHER = "read", "rejected", "either"
WHOLE = {
    "wav": {},
    "wav-8-bit": {"format": "WAV", "subtype": "PCM_U8"},
    "wav-24-bit": {"format": "WAV", "subtype": "PCM_24"},
    "wav-float": {"format": "WAV", "subtype": "FLOAT"},
    "wav-double": {"format": "WAV", "subtype": "DOUBLE"},
    "wav-a-law": {"format": "WAV", "subtype": "ALAW"},
    "wav-adpcm": {"format": "WAV", "subtype": "MS_ADPCM"},
    "wav-gsm": {"format": "WAV", "subtype": "GSM610"},
    "rifx": {"format": "WAV", "endian": "BIG"},
    "wavex": {},
    "rf64": {},
    "aiff": {},
    "aifc": {"format": "AIFF", "endian": "LITTLE"},
    "au": {},
    "au-little": {"format": "AU", "endian": "LITTLE"},
    "w64": {},
    "caf": {},
    "nist": {},
    "htk": {"subtype": "PCM_16"},
    "flac": {},
    "flac-24-bit": {"format": "FLAC", "subtype": "PCM_24"},
    "ogg": {},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "mp3": {},
    "mp3-constant": {"format": "MP3", "bitrate_mode": "CONSTANT", "compression_level": 0.5},
}
WITH_CHECKSUMS = ("flac", "flac-24-bit", "ogg", "opus", "mp3", "mp3-constant")
NOT_READ = ("VOC", "SVX", "AVR", "PVF", "IRCAM", "PAF", "MAT4", "MAT5", "SDS", "MPC2K")
NO_SOUND = {
    "html": b"<!DOCTYPE html><html><body>404 Not Found</body></html>\n" * 20,
    "text": b"no sound at all, but some text\n" * 99,
    "text-in-utf-16": ("no sound\n" * 99).encode("utf-16"),
    "json": b'{"error": "quota exceeded"}',
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\b\2\0\0\0" + bytes(500),
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(500),
    "gif": b"GIF89a" + bytes(500),
    "zip": b"PK\3\4\x14\0\0\0\b\0" + bytes(500),
    "gzip": b"\x1f\x8b\b\0\0\0\0\0\0\3" + bytes(500),
    "pdf": b"%PDF-1.7\n" + bytes(500),
    "program": b"\x7fELF\2\1\1" + bytes(500),
    "mp4": b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + bytes(500),
    "webm": b"\x1a\x45\xdf\xa3\x9fB\x86\x81\1" + bytes(500),
    "wma": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(500),
    "midi": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk" + bytes(500),
    "npy": b"\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (99,)}" + bytes(500),
    "lfs-pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 99\n",
    "zeros": bytes(5000),
    "ones": b"\xff" * 5000,
    "a-byte": b"R",
    "empty": b"",
    "riff": b"RIFF",
    "riff-wave": b"RIFF\0\0\0\0WAVE",
    "oggs": b"OggS",
    "flac-magic": b"fLaC",
    "flac-magic-and-zeros": b"fLaC" + bytes(500),
    "form": b"FORM\0\0\0\0AIFF",
    "au-magic": b".snd",
    "id3": b"ID3",
    "id3-that-claims-256-mib": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(500),
    "mp3-sync": b"\xff\xfb\x90\x00",
    "mp3-frame-of-free-rate": b"\xff\xfb\x00\x00" + bytes(500),
}


@dataclass(frozen=True)
class BadAudio:
    """A file: its name, its bytes, and whether it is read, rejected, or either, as its damage may change no sample."""

    name: str
    content: bytes
    expectation: str


@lru_cache
def encoded(kind: str) -> bytes:
    """A second of speech in a format of ``WHOLE``."""
    return encode(speech(RATE, 1), **{"format": kind.upper()} | WHOLE[kind])


def encode(y: np.ndarray, rate: int = RATE, **options) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, y, rate, **{"format": "WAV"} | options)
    return file.getvalue()


def bad_audio(seed: int = 0) -> Iterator[BadAudio]:
    """Yield some 400 files, the same for the same seed but for the numbers that libsndfile draws for Ogg streams."""
    rng = np.random.default_rng(seed)
    for part in (whole, no_sound, truncated, flipped, wrong_headers, wrong_chunks, wrong_samples, wrong_frames):
        yield from part(rng)


def make_special_files(folder: Path) -> list[Path]:
    """Make what has the name of a sound file and is none, such as a pipe; none of it can be read."""
    (folder / "folder.wav").mkdir()
    paths = [folder / "missing.wav", folder / "folder.wav", folder / ("long" * 75 + ".wav"), folder / "nul\0.wav"]
    try:
        for name, target in (("circle.wav", "circle.wav"), ("broken.wav", "nowhere.wav"), ("link.wav", "folder.wav")):
            (folder / name).symlink_to(target)
            paths.append(folder / name)
        os.mkfifo(folder / "pipe.wav")
        paths.append(folder / "pipe.wav")
    except (OSError, AttributeError):  # not on this system
        pass
    return paths


def whole(rng):
    for kind in WHOLE:
        yield BadAudio(f"whole-{kind}.{kind[:3]}", encoded(kind), READ)
        yield BadAudio(f"other-extension-{kind}.{rng.choice(['mp3', 'wav', 'txt', 'flac'])}", encoded(kind), READ)
    for channels in (2, 3, 8, 1024):
        yield BadAudio(f"{channels}-channels.wav", encode(np.full((2000, channels), 0.1)), READ)
    for name in NOT_READ:
        yield BadAudio(f"container-{name}.wav", encode(speech(RATE, 1), format=name, subtype="PCM_16"), REJECTED)


def no_sound(rng):
    for kind, content in NO_SOUND.items():
        for extension in rng.choice(["wav", "mp3", "flac", "ogg", "raw"], 2, replace=False):
            yield BadAudio(f"{kind}.{extension}", content, REJECTED)
    for number in range(5):
        yield BadAudio(f"random-{number}.wav", rng.bytes(3000), REJECTED)
    for kind in ("wav", "aiff", "flac", "ogg"):
        yield BadAudio(f"no-samples.{kind}", encode(np.zeros(0), format=kind.upper()), REJECTED)


def truncated(rng):
    for kind in WHOLE:
        content = encoded(kind)
        for end in (len(content) - 1, round(0.5 * len(content)), int(rng.integers(1, len(content)))):
            yield BadAudio(f"truncated-{kind}-at-{end}.{kind[:3]}", content[:end], REJECTED)


def flipped(rng):
    for kind in WHOLE:
        content = encoded(kind)
        places = [(EITHER, int(place)) for place in rng.integers(0, 200, 3)]
        if kind in WITH_CHECKSUMS:
            places += [(REJECTED, int(place)) for place in rng.integers(len(content) // 2, len(content), 4)]
        for expectation, place in places:
            bit = int(rng.integers(8))
            changed = put(content, place, bytes([content[place] ^ 1 << bit]))
            yield BadAudio(f"flipped-{kind}-{place}-{bit}.{kind[:3]}", changed, expectation)


def wrong_headers(rng):
    wav = encoded("wav")
    for rate, expectation in ((0, REJECTED), (1, REJECTED), (999, REJECTED), (1000, READ), (768000, READ)):
        yield BadAudio(f"rate-{rate}.wav", put(wav, 24, struct.pack("<I", rate)), expectation)
    for rate in (768001, 2**31 - 1, 2**31, 2**32 - 1):
        yield BadAudio(f"rate-{rate}.wav", put(wav, 24, struct.pack("<I", rate)), REJECTED)
    for channels in (0, 1025, 0x7FFF, 0xFFFF):
        yield BadAudio(f"channels-{channels}.wav", put(wav, 22, struct.pack("<H", channels)), REJECTED)
    for codec in (0, 0x55, 0x161, 0xFFFF):  # none, MP3, WMA, none
        yield BadAudio(f"codec-{codec:x}.wav", put(wav, 20, struct.pack("<H", codec)), EITHER)
    for bits in (0, 1, 7, 64, 0xFFFF):
        yield BadAudio(f"bits-{bits}.wav", put(wav, 34, struct.pack("<H", bits)), EITHER)
    for size in (0, 0xFFFFFFFF, 5):
        yield BadAudio(f"riff-size-{size}.wav", put(wav, 4, struct.pack("<I", size)), READ)
    for kind, at, order in (("wav", 40, "<"), ("rifx", 40, ">"), ("au", 8, ">"), ("au-little", 8, "<")):
        for size in (0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, len(encoded(kind))):
            changed = put(encoded(kind), at, struct.pack(f"{order}I", size))
            is_unknown = size in (0x7FFFFFFF, 0x80000000)  # as some write into a pipe
            yield BadAudio(f"data-size-{kind}-{size:x}.{kind[:3]}", changed, READ if is_unknown else REJECTED)
        unknown = put(encoded(kind), at, struct.pack(f"{order}I", 0xFFFFFFFF))
        yield BadAudio(f"unknown-length-{kind}.{kind[:3]}", unknown, READ)
    for riff_size in (0, 8, 36):
        killed = put(put(wav, 4, struct.pack("<I", riff_size)), 40, bytes(4))
        yield BadAudio(f"by-a-killed-recorder-{riff_size}.wav", killed, READ)
    for kind, name, at, size in (("w64", b"data\xf3", 16, 2**62), ("caf", b"data", 4, 2**62), ("caf", b"data", 4, -9)):
        content = encoded(kind)
        changed = put(content, content.index(name) + at, struct.pack("<q" if kind == "w64" else ">q", size))
        yield BadAudio(f"data-size-{kind}-{size}.{kind}", changed, REJECTED)
    for field in (b"sample_count -i 16000", b"sample_rate -i 16000", b"   1024\n"):
        changed = encoded("nist").replace(field, field[:-3].replace(b"1", b"9") + field[-3:])
        yield BadAudio(f"nist-{field[:12].strip().decode()}.wav", changed, EITHER if b"rate" in field else REJECTED)


def wrong_chunks(rng):
    wav = encoded("wav")
    head, fmt, data = wav[:12], wav[12:36], wav[36:]
    for name, content, expectation in (
        ("empty", head + b"LIST\0\0\0\0" + fmt + b"JUNK\0\0\0\0" + data, READ),
        ("behind-the-samples", wav + b"LIST\4\0\0\0abcd", READ),
        ("odd", head + fmt + b"LIST\3\0\0\0abc\0" + data, READ),
        ("no-format", head + data, REJECTED),
        ("no-samples", head + fmt, REJECTED),
        ("samples-first", head + data + fmt, EITHER),
        ("format-of-no-size", head + b"fmt \0\0\0\0" + data, REJECTED),
        ("format-of-all-sizes", head + b"fmt \xff\xff\xff\xff" + fmt[8:] + data, REJECTED),
        ("list-of-all-sizes", head + fmt + b"LIST\xff\xff\xff\xff" + data, REJECTED),
        ("list-beyond-the-end", head + fmt + b"LIST\0\0\1\0" + data, REJECTED),
        ("empty-samples-before-others", head + fmt + b"data\0\0\0\0LIST\4\0\0\0abcd", REJECTED),
        ("very-many", head + fmt + b"LIST\0\0\0\0" * 20000 + data, REJECTED),
        ("two-formats", head + fmt + fmt + data, EITHER),
        ("two-of-samples", wav + data, REJECTED),
        ("zeros-behind", wav + bytes(5000), READ),
        ("web-page-behind", wav + NO_SOUND["html"], EITHER),
        ("another-file-behind", wav + wav, EITHER),
    ):
        yield BadAudio(f"chunks-{name}.wav", content, expectation)
    rf64 = encoded("rf64")
    at = rf64.index(b"ds64")
    yield BadAudio("rf64-without-ds64.wav", put(rf64, at, b"JUNK"), EITHER)
    for size in (2**40, 2**63, 2**64 - 1):
        yield BadAudio(f"rf64-size-{size}.wav", put(rf64, at + 16, struct.pack("<Q", size)), REJECTED)
    for kind in ("flac", "ogg"):
        for start in (1, 4, 100):
            yield BadAudio(f"without-its-first-{start}-bytes.{kind}", encoded(kind)[start:], REJECTED)


def wrong_samples(rng):
    y = speech(RATE, 1)
    for subtype in ("FLOAT", "DOUBLE"):
        for value in (np.nan, np.inf, -np.inf, 101.0, 1e6, -3e6):
            changed = y.copy()
            changed[rng.integers(RATE)] = value
            yield BadAudio(f"a-sample-of-{value}-{subtype}.wav", encode(changed, subtype=subtype), REJECTED)
        integers = np.round(32767 * y / np.max(np.abs(y)))
        yield BadAudio(f"16-bit-integers-{subtype}.wav", encode(integers, subtype=subtype), REJECTED)
        yield BadAudio(f"tiny-{subtype}.wav", encode(1e-40 * y, subtype=subtype), READ)
        yield BadAudio(f"hot-{subtype}.wav", encode(9 * y / np.max(np.abs(y)), subtype=subtype), READ)
    yield BadAudio("a-sample-of-1e300.wav", encode(np.append(y, 1e300), subtype="DOUBLE"), REJECTED)
    yield BadAudio("infinities-that-cancel.wav", encode(np.full((9, 2), [np.inf, -np.inf]), subtype="FLOAT"), REJECTED)
    yield BadAudio("silence.wav", encode(0 * y), READ)
    yield BadAudio("silence.flac", encode(0 * y, format="FLAC"), READ)
    yield BadAudio("one-sample.wav", encode(y[:1]), READ)


def wrong_frames(rng):
    mp3, constant, flac, ogg = (encoded(kind) for kind in ("mp3", "mp3-constant", "flac", "ogg"))
    middle = len(mp3) // 2
    tag = b"ID3\4\0\0\0\0\1\2" + bytes(130)
    for name, content, expectation in (
        ("tags.mp3", tag + mp3 + b"TAG" + bytes(125), READ),
        ("tag.flac", flac + b"TAG" + bytes(125), READ),
        ("web-page-behind.mp3", mp3 + NO_SOUND["html"], READ),
        ("a-byte-less.mp3", mp3[:middle] + mp3[middle + 1 :], REJECTED),
        ("a-byte-more.mp3", mp3[:middle] + b"\0" + mp3[middle:], REJECTED),
        ("hole.mp3", put(mp3, middle, bytes(1000)), REJECTED),
        ("twice.mp3", mp3 + mp3, REJECTED),
        ("no-header-of-constant-rate.mp3", without_header(constant), READ),
        ("no-header-of-varying-rate.mp3", without_header(mp3), READ),
        ("junk-before.mp3", b"junk" + mp3, REJECTED),
        ("twice.ogg", ogg + ogg, EITHER),
        ("twice.flac", flac + flac, EITHER),
        ("hole.ogg", put(ogg, len(ogg) // 2, bytes(1000)), REJECTED),
        ("hole.flac", put(flac, len(flac) // 2, bytes(1000)), REJECTED),
        ("page-less.ogg", ogg[: ogg.index(b"OggS", 60)] + ogg[ogg.rindex(b"OggS") :], REJECTED),
        ("unknown-length.flac", put(flac, 22, bytes(4)), READ),
        ("less-than-there-is.flac", put(flac, 22, struct.pack(">I", 9000)), REJECTED),
        ("more-than-there-is.flac", put(flac, 22, struct.pack(">I", 2**31)), REJECTED),
        ("another-rate.flac", put(flac, 18, b"\1\0"), REJECTED),
    ):
        yield BadAudio(f"frames-{name}", content, expectation)


def put(content: bytes, place: int, new: bytes) -> bytes:
    """Write bytes over others."""
    return content[:place] + new + content[place + len(new) :]


def without_header(mp3: bytes) -> bytes:
    """Leave out the first frame, which tells the length."""
    return mp3[mp3.index(mp3[:2], 4) :]
