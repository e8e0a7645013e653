"""Cut the demo corpus, ``data/demo``, out of six Debian packages of free speech.

The packages are downloaded and unpacked, not installed (234 MB)::

    apt-get download festvox-ru asterisk-core-sounds-{en,es,fr,it,ru}-g722
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
    python scripts/cut_demo_corpus.py unpacked

Which utterances are taken depends on their names and samples alone, so a second run writes the same samples, and with
the same libsndfile the same bytes. Needs numpy, soundfile and, for G.722, the ``ffmpeg`` program. About 20 seconds.
"""

import argparse
import csv
import gzip
import hashlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import soundfile

DEMO = Path(__file__).resolve().parent.parent / "data" / "demo"
SAMPLE_RATE_HZ = 16000
DURATION_RANGE_SECONDS = (2.5, 12.0)
PEAK_RANGE = (0.1, 0.98)  # of full scale: quieter is not a prompt, louder may be clipped
ACTIVE_RANGE_DB = 35.0  # a 10 ms frame this far below the loudest one is a pause
MAX_PAUSE_SHARE = 0.4
MAX_FILE_BYTES = 1_000_000

NOT_SENTENCES = ("silence/*", "letters/*", "digits/*", "phonetic/*", "*beep*", "*tone*", "*monkeys*")
NARROW_BAND = ("vm-newuser",)  # in Spanish: nothing above 4 kHz, unlike its neighbours

CHANGES = (
    "Some utterances were selected and renamed, decoded to 16-bit PCM where they were G.722, and stored as FLAC.\n"
    "The samples are unchanged: no resampling, filtering, level change, trimming or dithering."
)


@dataclass(frozen=True)
class Source:
    """Sound files of one speaker in one language: where they are and how much of them to take."""

    language: str
    package: str
    folder: str
    seconds: float
    prefix: str = ""
    skip: tuple[str, ...] = ()


@dataclass(frozen=True)
class Speaker:
    """One voice and the facts that its licence asks to be kept with it."""

    id: str
    split: str
    name: str
    gender: str
    licence: str
    copyright: str
    credits: str
    sources: tuple[Source, ...]


def prompts(
    language: str, voice: str, seconds: float, prefix: str = "", skip: tuple[str, ...] = NOT_SENTENCES
) -> Source:
    """The G.722 telephone prompts of one Asterisk voice."""
    package = f"asterisk-core-sounds-{language[:2]}-g722"
    return Source(language, package, f"usr/share/asterisk/sounds/{voice}", seconds, prefix, skip)


SPEAKERS = (
    Speaker(
        id="allison",
        split="train",
        name="Allison Smith",
        gender="female",
        licence="CC-BY-SA-3.0",
        copyright="2003-2010, Allison Smith",
        credits="Recorded by: Allison Smith (http://www.theivrvoice.com)\n"
        "Financial contributions by: Digium, Inc. (http://www.digium.com)",
        sources=(
            prompts("en-US", "en_US_f_Allison", 78, prefix="en_"),
            prompts("es-MX", "es_MX_f_Allison", 62, prefix="es_", skip=NOT_SENTENCES + NARROW_BAND),
        ),
    ),
    Speaker(
        id="ivrvoice_ru",
        split="train",
        name="voice of ivrvoice.ru",
        gender="female",
        licence="CC-BY-3.0",
        copyright="2010, Maxim",
        credits="Provided by: Maxim Topal, http://www.ivrvoice.ru",
        sources=(prompts("ru-RU", "ru_RU_f_IvrvoiceRU", 117),),
    ),
    Speaker(
        id="nsh",
        split="train",
        name="voice msu_ru_nsh",
        gender="male",
        licence="festvox-ru",
        copyright="2005 Nickolay V. Shmyrev",
        credits="Author: Nickolay V. Shmyrev (http://sourceforge.net/projects/festlang.berlios)",
        sources=(
            Source("ru-RU", "festvox-ru", "usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav", seconds=140),
        ),
    ),
    Speaker(
        id="carlo",
        split="validation",
        name="Carlo Flora",
        gender="male",
        licence="CC-BY-3.0",
        copyright="2012 Carlo Flora, <http://www.segreterietelefoniche.it>",
        credits="Recorded by: Carlo Flora (http://www.carloflora.com)\n"
        "Voice available making an order here: http://www.segreterietelefoniche.it\n"
        "Translated by: Silvia Petrin (traduttore@segreterietelefoniche.it),\n"
        "from the original English distributed from http://www.digium.com",
        sources=(prompts("it-IT", "it_IT_m_Carlo", 70),),
    ),
    Speaker(
        id="june",
        split="test",
        name="June Wallack",
        gender="female",
        licence="CC-BY-SA-3.0",
        copyright="2006-2008, June Wallack",
        credits="Recorded by: June Wallack (http://www.junewallack.com)\n"
        "Translated into French by: Clod Patry <cpatry@gmail.com>, Kristopher Lalletti <kris@syneo.ca>, June Wallack\n"
        "Financial contributions by: Digium, Inc. (http://www.digium.com), Unlimitel (http://www.unlimitel.ca),\n"
        "BGM Informatique (www.bgm.qc.ca)",
        sources=(prompts("fr-CA", "fr_CA_f_June", 70),),
    ),
)


def read_samples(path: Path) -> np.ndarray:
    """Samples of a WAV or headerless G.722 file: (n_samples,), int16; G.722 decodes to 16-bit integers, so exactly."""
    if path.suffix == ".g722":
        command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "g722", "-i", str(path), "-f", "s16le", "-"]
        return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, dtype="<i2")
    found = soundfile.info(path)
    if (found.samplerate, found.channels, found.subtype) != (SAMPLE_RATE_HZ, 1, "PCM_16"):
        raise ValueError(f"{path} must be mono 16-bit PCM at {SAMPLE_RATE_HZ} Hz, got {found}")
    y: np.ndarray = soundfile.read(path, dtype="int16")[0]
    return y


def is_sentence(y: np.ndarray) -> bool:
    """Whether (n_samples,) int16 samples have a sentence's length, an unclipped level and few pauses."""
    low_seconds, high_seconds = DURATION_RANGE_SECONDS
    if not low_seconds <= len(y) / SAMPLE_RATE_HZ <= high_seconds:
        return False
    samples = y / 32768
    if not PEAK_RANGE[0] <= np.abs(samples).max() <= PEAK_RANGE[1]:
        return False
    frame_length = SAMPLE_RATE_HZ // 100
    power = (samples[: len(samples) // frame_length * frame_length].reshape(-1, frame_length) ** 2).mean(axis=1)
    return bool(np.mean(power < power.max() * 10 ** (-ACTIVE_RANGE_DB / 10)) <= MAX_PAUSE_SHARE)


def select(folder: Path, source: Source) -> Iterator[tuple[str, np.ndarray]]:
    """Names and samples of a source's sentences, in the order of their names' hashes, until it has its seconds."""
    names = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in folder.rglob("*")
        if path.suffix in (".g722", ".wav")
    }
    n_missing = round(source.seconds * SAMPLE_RATE_HZ)
    for name in sorted(names, key=lambda name: hashlib.sha256(f"{source.language}/{name}".encode()).hexdigest()):
        if any(fnmatch(name, pattern) for pattern in source.skip):
            continue
        y = read_samples(names[name])
        if is_sentence(y):
            yield source.prefix + name.replace("/", "-"), y
            n_missing -= len(y)
            if n_missing <= 0:
                return
    raise ValueError(f"{folder} must hold {source.seconds} s of sentences, lacks {n_missing / SAMPLE_RATE_HZ:.1f} s")


def read_version(unpacked: Path, package: str) -> str:
    """Version of an unpacked Debian package, from the first line of its changelog."""
    with gzip.open(unpacked / "usr/share/doc" / package / "changelog.Debian.gz", "rt", encoding="utf-8") as changelog:
        return changelog.readline().split("(")[1].split(")")[0]


def read_licence(unpacked: Path, package: str, heading: str) -> str:
    """Text under the last ``License: heading`` of a Debian copyright file, without that format's indent and dots."""
    copyright_file = (unpacked / "usr/share/doc" / package / "copyright").read_text(encoding="utf-8")
    body = re.findall(rf"^License: {re.escape(heading)}\n((?: .*\n)+)", copyright_file, flags=re.MULTILINE)[-1]
    lines = ("" if line.strip() == "." else line[1:].rstrip() for line in body.splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def write_attribution(speaker: Speaker, versions: list[str]) -> None:
    """Write who is to be credited, under which licence, beside the speaker's sound files."""
    packages = ", ".join(f"{source.package} {v}" for source, v in zip(speaker.sources, versions, strict=True))
    (DEMO / speaker.id / "ATTRIBUTION.txt").write_text(
        f"Speaker: {speaker.name}\nCopyright: {speaker.copyright}\n{speaker.credits}\n"
        f"Licence: {speaker.licence}, full text in ../licences/LICENSE.{speaker.licence}.txt\n"
        f"Source: Debian {packages}\n\nModified from the original:\n{CHANGES}\n",
        encoding="utf-8",
    )


def cut_speaker(unpacked: Path, speaker: Speaker) -> dict[str, str | int | float]:
    """Write one speaker's FLAC files and attribution; returns its row of ``speakers.csv``."""
    folder = DEMO / speaker.id
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.flac"):
        stale.unlink()
    lengths = []
    for source in speaker.sources:
        for name, y in select(unpacked / source.folder, source):
            path = folder / f"{name}.flac"
            soundfile.write(path, y, SAMPLE_RATE_HZ, subtype="PCM_16", compression_level=1.0)
            if path.stat().st_size >= MAX_FILE_BYTES:
                raise ValueError(f"{path} must be below {MAX_FILE_BYTES} bytes, got {path.stat().st_size}")
            lengths.append(len(y))
    versions = [read_version(unpacked, source.package) for source in speaker.sources]
    write_attribution(speaker, versions)
    return {
        "speaker": speaker.id,
        "split": speaker.split,
        "name": speaker.name,
        "gender": speaker.gender,
        "language": ";".join(source.language for source in speaker.sources),
        "utterances": len(lengths),
        "seconds": round(sum(lengths) / SAMPLE_RATE_HZ, 1),
        "licence": speaker.licence,
        "source_package": ";".join(source.package for source in speaker.sources),
        "source_version": ";".join(versions),
        "copyright": speaker.copyright,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unpacked", type=Path, help="folder that holds the unpacked packages' usr/")
    unpacked = parser.parse_args().unpacked
    rows = [cut_speaker(unpacked, speaker) for speaker in SPEAKERS]
    with (DEMO / "speakers.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, fieldnames=rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (DEMO / "licences").mkdir(exist_ok=True)
    for speaker in SPEAKERS:
        heading = "BSD-like" if speaker.licence == "festvox-ru" else speaker.licence
        text = read_licence(unpacked, speaker.sources[0].package, heading)
        (DEMO / "licences" / f"LICENSE.{speaker.licence}.txt").write_text(text, encoding="utf-8")
    for row in rows:
        print(f"{row['speaker']:12} {row['utterances']:4d} utterances {row['seconds']:7.1f} s")


if __name__ == "__main__":
    main()
