"""VCTK, versions 0.92 and 0.80 (Yamagishi, Veaux and MacDonald, "CSTR VCTK Corpus", 2019)."""

from collections.abc import Iterator
from pathlib import Path

from mfccinv.corpora.missing import missing_corpus, require_folder
from mfccinv.corpora.tree import files, subfolders
from mfccinv.corpora.utterance import Utterance

WHERE = {
    "corpus": "VCTK",
    "source": "download it from https://datashare.ed.ac.uk/handle/10283/3443",
    "setting": "corpus.root",
}
FOLDER_0_92 = "wav48_silence_trimmed"
FOLDER_0_80 = "wav48"
MICROPHONES = ("mic1", "mic2")


def vctk(*, root: str | Path, microphone: str) -> Iterator[Utterance]:
    """Utterances of VCTK as one microphone heard them; no official split.

    Parameters
    ----------
    root : str or Path
        Folder with ``wav48_silence_trimmed/<speaker>/<speaker>_<n>_<microphone>.flac`` (0.92) or
        ``wav48/<speaker>/<speaker>_<n>.wav`` (0.80); the first is taken where both are there.
    microphone : {"mic1", "mic2"}
        Which of the two recordings of 0.92 to take; a speaker without it is left out. 0.80 has only one.

    Yields
    ------
    utterance : Utterance
        Its id is the path below root.

    Raises
    ------
    FileNotFoundError
        If the folder is not there or holds neither version.
    ValueError
        If the microphone is unknown.
    """
    if microphone not in MICROPHONES:
        raise ValueError(f"corpus.microphone must be one of {', '.join(MICROPHONES)}, got {microphone!r}")
    root = require_folder(root, **WHERE)
    if (root / FOLDER_0_92).is_dir():
        folder, suffix, stem_end = root / FOLDER_0_92, ".flac", f"_{microphone}"
    elif (root / FOLDER_0_80).is_dir():
        folder, suffix, stem_end = root / FOLDER_0_80, ".wav", ""
    else:
        raise missing_corpus(root, expected=f"the folder {FOLDER_0_92} (0.92) or {FOLDER_0_80} (0.80)", **WHERE)
    for speaker in subfolders(folder):
        for path in files(speaker, {suffix}):
            if path.stem.endswith(stem_end):
                yield Utterance(id=f"{folder.name}/{speaker.name}/{path.name}", path=path, speaker=speaker.name)
