"""Google Speech Commands, versions 1 and 2 (Warden, "Speech Commands: a dataset for limited-vocabulary", 2018)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from mfccinv.corpora.missing import require_file, require_folder
from mfccinv.corpora.table import read_lines
from mfccinv.corpora.tree import files, subfolders
from mfccinv.corpora.utterance import Utterance

WHERE = {
    "corpus": "Speech Commands",
    "source": "download it from http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
    "setting": "corpus.root",
}
SPLIT_LISTS = {"validation": "validation_list.txt", "test": "testing_list.txt"}
NOISE_FOLDER = "_background_noise_"
SPEAKER_END = "_nohash_"
SUFFIXES = (".flac", ".wav")
# The rule by which the release's lists were made: hashes of the speakers, in percent.
LARGEST_HASH = 2**27 - 1
PERCENT = {"validation": 10, "test": 10}


def speech_commands(*, root: str | Path) -> Iterator[Utterance]:
    """Words of Speech Commands with their official split, without the background noises.

    Parameters
    ----------
    root : str or Path
        Folder with ``<word>/<speaker>_nohash_<n>.wav`` or ``.flac``, ``validation_list.txt`` and ``testing_list.txt``.
        Without either list, as in TensorFlow's mini set, `official_split` tells the split.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root. Files that neither list names, as ``.wav``, are training.

    Raises
    ------
    FileNotFoundError
        If the folder is not there, or one of the lists.
    ValueError
        If a file's name does not tell the speaker.
    """
    root = require_folder(root, **WHERE)
    split_of = _read_lists(root)
    for word in subfolders(root):
        if word.name == NOISE_FOLDER:
            continue
        # Of x.flac and x.wav, which is later, one is taken.
        for path in {path.stem: path for path in files(word, SUFFIXES)}.values():
            speaker, end, _ = path.name.partition(SPEAKER_END)
            if not end:
                raise ValueError(f"expected names like <speaker>{SPEAKER_END}<n>.wav, got {path}")
            listed = f"{word.name}/{path.stem}.wav"
            split = official_split(speaker) if split_of is None else split_of.get(listed, "train")
            yield Utterance(id=f"{word.name}/{path.name}", path=path, speaker=speaker, split=split)


def _read_lists(root: Path) -> dict[str, str] | None:
    """Split of each file that the lists name; None if there is neither."""
    lists = {split: root / name for split, name in SPLIT_LISTS.items()}
    if not any(path.exists() for path in lists.values()):
        return None
    return {line.strip(): split for split, path in lists.items() for line in read_lines(require_file(path, **WHERE))}


def official_split(speaker: str) -> str:
    """Split of a speaker by the rule of the release: where in percent the SHA-1 hash of the name lies."""
    digest = int(hashlib.sha1(speaker.encode()).hexdigest(), 16)
    place = digest % (LARGEST_HASH + 1) * (100 / LARGEST_HASH)
    if place < PERCENT["validation"]:
        return "validation"
    return "test" if place < PERCENT["validation"] + PERCENT["test"] else "train"
