"""Lay out the speech of docs/training_data.md as folders for ``corpus=several``.

    python scripts/lay_out_corpora.py unpacked data/corpora

That page says what each corpus is and how it is fetched and unpacked. What is not there is told and left out. Sound
files are copied as they are, but headerless G.722 is decoded to 16-bit FLAC by the ``ffmpeg`` program. A second run
writes the same files; files that are there already are left alone. About a minute and 850 MB.
"""

import argparse
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from mfccinv.corpora.tree import files_below

SOUND = {".wav", ".flac", ".mp3", ".ogg", ".webm", ".g722"}
LISTS = Path(__file__).parents[1] / "docs/training_speech"
NOT_SPEECH = ("silence/*", "*beep*", "*tone*", "*monkeys*")


@dataclass(frozen=True)
class Package:
    """Sound files in a Debian package, and where each goes.

    Parameters
    ----------
    corpus : str
    folder : str
        Of the unpacked packages.
    speaker : str
        Template of the speaker's name, filled with what the groups of ``pattern`` find.
    pattern : str
        Regular expression of the paths below the folder that are taken.
    """

    corpus: str
    folder: str
    speaker: str
    pattern: str


PACKAGES = (
    Package("asterisk", "usr/share/asterisk/sounds/en_US_f_Allison", "allison", r".*\.g722"),
    Package("asterisk", "usr/share/asterisk/sounds/es_MX_f_Allison", "allison", r".*\.g722"),
    Package("asterisk", "usr/share/asterisk/sounds/fr_CA_f_June", "june", r".*\.g722"),
    Package("asterisk", "usr/share/asterisk/sounds/it_IT_m_Carlo", "carlo", r".*\.g722"),
    Package("asterisk", "usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU", "ivrvoice_ru", r".*\.g722"),
    Package("festvox_ru", "usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav", "nsh", r".*\.wav"),
    # The little fish (m, malá) and the big one (v, velká), each played by an actor in either language.
    Package("fillets", "usr/share/games/fillets-ng/sound", "{0}_{1}", r".*/(cs|nl)/[^/]*-([mv])-[^/]*\.ogg"),
    Package("kde_games", "usr/share/klettres", "klettres_{0}", r"([^/]+)/(?:alpha|syllab)/.*\.ogg"),
    Package("kde_games", "usr/share/ktuberling/sounds", "ktuberling_{0}", r"([^/]+)/.*\.(?:ogg|wav)"),
)


@dataclass(frozen=True)
class Release:
    """A part of a published corpus: the recordings that ``docs/training_speech/<corpus>.txt`` lists.

    Parameters
    ----------
    corpus : str
        Also the folder of the unpacked speech that holds it, at any depth.
    name : str
        Regular expression of a path there, and of a line of the list, both without an ending. The groups are the
        recording's name, alike in both.
    """

    corpus: str
    name: str

    def name_in(self, path: str) -> str | None:
        match = re.fullmatch(self.name, path)
        return "_".join(match.groups()).replace("/", "_") if match else None


RELEASES = (
    Release("common_voice", r"(?:.*/)?([^/]+)"),
    Release("speech_commands", r"(?:.*/)?([^/]+/[^/]+)"),
    Release("speechocean762", r"(?:.*/)?([^/]+)"),
    Release("gcompris_voices", r"([^/]+?)(?:_\d\d)?/(.+)"),  # the list has a number of the voice behind the language
    Release("malayalam_msc", r"(?:.*/)?([^/]+)"),
)


def from_packages(unpacked: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each sound file of the packages with where it goes."""
    for package in PACKAGES:
        folder = unpacked / package.folder
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder).as_posix()
            match = re.fullmatch(package.pattern, relative)
            if match and path.is_file() and not any(fnmatch(relative, pattern) for pattern in NOT_SPEECH):
                speaker = package.speaker.format(*match.groups())
                prefix = folder.name + "-" if package.corpus == "asterisk" else ""
                copied = target / package.corpus / speaker / (prefix + relative.replace("/", "-"))
                yield path, copied.with_suffix(".flac") if path.suffix == ".g722" else copied


def from_releases(unpacked: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each listed recording that is there with where it goes."""
    for release in RELEASES:
        folder = unpacked / release.corpus
        listed = {release.name_in(line): line for line in (LISTS / f"{release.corpus}.txt").read_text().splitlines()}
        for path in files_below(folder, SOUND) if folder.is_dir() else ():
            line = listed.get(release.name_in(path.relative_to(folder).with_suffix("").as_posix()))
            if line:
                yield path, target / release.corpus / f"{line}{path.suffix.lower()}"


def copy(path: Path, copied: Path) -> None:
    """Copy a sound file, or decode it; whole or not at all."""
    if copied.exists():
        return
    copied.parent.mkdir(parents=True, exist_ok=True)
    temporary = copied.with_name(f".{copied.name}")
    if path.suffix == ".g722":
        decode = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "g722", "-i", str(path), "-f", "flac"]
        subprocess.run([*decode, str(temporary)], check=True)
    else:
        shutil.copyfile(path, temporary)
    temporary.replace(copied)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unpacked", type=Path, help="folder of the packages' usr/ and the releases' folders")
    parser.add_argument("target", type=Path, help="folder that gets a folder for each corpus")
    arguments = parser.parse_args()
    pairs = [*from_packages(arguments.unpacked, arguments.target), *from_releases(arguments.unpacked, arguments.target)]
    with ThreadPoolExecutor() as executor:
        list(executor.map(copy, *zip(*pairs, strict=True)) if pairs else ())
    for corpus in dict.fromkeys(source.corpus for source in (*PACKAGES, *RELEASES)):
        files = [copied for _, copied in pairs if copied.is_relative_to(arguments.target / corpus)]
        # The release of Speech Commands has a folder for each word.
        voices = {file.stem.split("_")[0] if corpus == "speech_commands" else file.parent for file in files}
        print(f"{corpus:16} {len(voices):5d} speakers {len(files):5d} files" if files else f"{corpus:16} is not there")


if __name__ == "__main__":
    main()
