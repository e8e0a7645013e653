"""Google Speech Commands, versions 1 and 2 (Warden, "Speech Commands: a dataset for limited-vocabulary", 2018)."""

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


def speech_commands(*, root: str | Path) -> Iterator[Utterance]:
    """Words of Speech Commands with their official split, without the background noises.

    Parameters
    ----------
    root : str or Path
        Folder with ``<word>/<speaker>_nohash_<n>.wav``, ``validation_list.txt`` and ``testing_list.txt``.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root. Files that neither list names are training.

    Raises
    ------
    FileNotFoundError
        If the folder or a list is not there.
    ValueError
        If a file's name does not tell the speaker.
    """
    root = require_folder(root, **WHERE)
    split_of: dict[str, str] = {}
    for split, name in SPLIT_LISTS.items():
        listed = require_file(root / name, **WHERE)
        split_of.update((line.strip(), split) for line in read_lines(listed))
    for word in subfolders(root):
        if word.name == NOISE_FOLDER:
            continue
        for path in files(word, {".wav"}):
            speaker, found, _ = path.name.partition(SPEAKER_END)
            if not found:
                raise ValueError(f"expected names like <speaker>{SPEAKER_END}<n>.wav, got {path}")
            key = f"{word.name}/{path.name}"
            yield Utterance(id=key, path=path, speaker=speaker, split=split_of.get(key, "train"))
