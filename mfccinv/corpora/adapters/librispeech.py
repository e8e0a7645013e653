"""LibriSpeech in its official layout (Panayotov et al., "Librispeech: an ASR corpus", 2015)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mfccinv.corpora.missing import missing_corpus, require_folder
from mfccinv.corpora.tree import files, subfolders
from mfccinv.corpora.utterance import Utterance

WHERE = {
    "corpus": "LibriSpeech",
    "source": "download it from https://www.openslr.org/12",
    "setting": "corpus.root",
}
SPLIT_OF_PREFIX = {"train-": "train", "dev-": "validation", "test-": "test"}


def librispeech(*, root: str | Path, subsets: Sequence[str] | None) -> Iterator[Utterance]:
    """Utterances of LibriSpeech with the official split that the subset's name tells.

    Parameters
    ----------
    root : str or Path
        Folder with ``<subset>/<speaker>/<chapter>/<speaker>-<chapter>-<utterance>.flac``.
    subsets : list of str or None
        Such as ``[train-clean-100, dev-clean]``; None takes all that are there.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root; train-* is training, dev-* validation, test-* test.

    Raises
    ------
    FileNotFoundError
        If the folder or a subset is not there.
    ValueError
        If the subsets are not a list or one has no such prefix.
    """
    if isinstance(subsets, str):
        raise ValueError(f"corpus.subsets must be a list such as [train-clean-100, dev-clean] or null, got {subsets!r}")
    root = require_folder(root, **WHERE)
    if subsets is None:
        subsets = [folder.name for folder in subfolders(root) if subset_split(folder.name)]
        if not subsets:
            raise missing_corpus(root, expected="folders named train-*, dev-* or test-*", **WHERE)
    for subset in subsets:
        split = subset_split(subset)
        if split is None:
            raise ValueError(f"corpus.subsets must begin with one of {', '.join(SPLIT_OF_PREFIX)}; got {subset!r}")
        for speaker in subfolders(require_folder(root / subset, **WHERE)):
            for chapter in subfolders(speaker):
                for path in files(chapter, {".flac"}):
                    key = f"{subset}/{speaker.name}/{chapter.name}/{path.name}"
                    yield Utterance(id=key, path=path, speaker=speaker.name, split=split)


def subset_split(subset: str) -> str | None:
    """Official split of a subset, None if its name has no known prefix."""
    return next((split for prefix, split in SPLIT_OF_PREFIX.items() if subset.startswith(prefix)), None)
