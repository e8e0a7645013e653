"""Lay out the free speech in Debian packages as corpora of ``<corpus>/<speaker>/<file>``, for ``corpus=folder``.

See docs/training_data.md for what each is and how the packages are fetched and unpacked::

    python scripts/lay_out_corpora.py unpacked data/corpora

Sound files are copied as they are, but headerless G.722 is decoded to 16-bit FLAC by the ``ffmpeg`` program. A second
run writes the same files; files that are there already are left alone. About a minute and 700 MB.
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

NOT_SPEECH = ("silence/*", "*beep*", "*tone*", "*monkeys*")


@dataclass(frozen=True)
class Source:
    """Sound files below a folder, and where each goes.

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


SOURCES = (
    Source("asterisk", "usr/share/asterisk/sounds/en_US_f_Allison", "allison", r".*\.g722"),
    Source("asterisk", "usr/share/asterisk/sounds/es_MX_f_Allison", "allison", r".*\.g722"),
    Source("asterisk", "usr/share/asterisk/sounds/fr_CA_f_June", "june", r".*\.g722"),
    Source("asterisk", "usr/share/asterisk/sounds/it_IT_m_Carlo", "carlo", r".*\.g722"),
    Source("asterisk", "usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU", "ivrvoice_ru", r".*\.g722"),
    Source("festvox_ru", "usr/share/festival/voices/russian/msu_ru_nsh_clunits/wav", "nsh", r".*\.wav"),
    # The little fish (m, malá) and the big one (v, velká), each played by an actor in either language.
    Source("fillets", "usr/share/games/fillets-ng/sound", "{0}_{1}", r".*/(cs|nl)/[^/]*-([mv])-[^/]*\.ogg"),
    Source("kde_games", "usr/share/klettres", "klettres_{0}", r"([^/]+)/(?:alpha|syllab)/.*\.ogg"),
    Source("kde_games", "usr/share/ktuberling/sounds", "ktuberling_{0}", r"([^/]+)/.*\.(?:ogg|wav)"),
)


def copies(unpacked: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each sound file with where it goes.

    Raises
    ------
    FileNotFoundError
        If a package is not unpacked there.
    """
    for source in SOURCES:
        folder = unpacked / source.folder
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not there: fetch and unpack the packages of docs/training_data.md")
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder).as_posix()
            match = re.fullmatch(source.pattern, relative)
            if match and path.is_file() and not any(fnmatch(relative, pattern) for pattern in NOT_SPEECH):
                speaker = source.speaker.format(*match.groups())
                prefix = folder.name + "-" if source.corpus == "asterisk" else ""
                copied = target / source.corpus / speaker / (prefix + relative.replace("/", "-"))
                yield path, copied.with_suffix(".flac") if path.suffix == ".g722" else copied


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
    parser.add_argument("unpacked", type=Path, help="folder that holds the unpacked packages' usr/")
    parser.add_argument("target", type=Path, help="folder that gets a folder for each corpus")
    arguments = parser.parse_args()
    pairs = list(copies(arguments.unpacked, arguments.target))
    with ThreadPoolExecutor() as executor:
        list(executor.map(copy, *zip(*pairs, strict=True)))
    for corpus in dict.fromkeys(source.corpus for source in SOURCES):
        files = [copied for _, copied in pairs if copied.is_relative_to(arguments.target / corpus)]
        print(f"{corpus:12} {len({file.parent for file in files}):3d} speakers {len(files):5d} files")


if __name__ == "__main__":
    main()
