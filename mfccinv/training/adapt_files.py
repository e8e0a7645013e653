"""Adapts a run to the sound files of a voice."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mfccinv.audio.sound_files import Recording, UnusableAudio, read_audio
from mfccinv.audio.unusable import TOO_LARGE
from mfccinv.configs.presets import preset_settings
from mfccinv.configs.typed import checked, typed
from mfccinv.corpora.tree import files_below, suffixes_of
from mfccinv.datasets.extraction import Rejection
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.file_names import file_stem
from mfccinv.system.path_settings import path_setting
from mfccinv.training.adaptation import AdaptationSettings, Adapted, adapt_run
from mfccinv.training.voice import require_usable_for


@dataclass(frozen=True, kw_only=True)
class AdaptSettings:
    """Settings of an adaptation to files; ``configs/adapt.yaml`` has their defaults.

    Parameters
    ----------
    input : list of str
        Sound files, folders of them, and patterns such as ``voice/*.wav`` that the shell left as they are.
    run : str
        Name of the run to adapt, see `RunFolder.open`.
    root, output : Path
        Folder of runs, and of the results.
    name : str or None
        Of the result; None: that of the folder of the first file, or the folder that was named.
    adaptation : AdaptationSettings
    progress : bool

    Raises
    ------
    ValueError
        If there is no input, or ``output`` is a file.
    """

    input: list[str]
    run: str
    root: Path
    output: Path
    name: str | None
    adaptation: AdaptationSettings
    progress: bool

    def __post_init__(self):
        if not self.input:
            raise ValueError("nothing to adapt to: say which sound files, mfccinv adapt voice/*.wav")
        if os.path.exists(self.output) and not os.path.isdir(self.output):
            raise ValueError(f"output must be a folder, {self.output} is a file")

    @classmethod
    def from_config(cls, config: dict) -> "AdaptSettings":
        """Make the settings from a configuration; ValueError for an unknown, missing or wrong setting."""
        values = {key: value for key, value in config.items() if key != "backend"}
        values["adaptation"] = typed(AdaptationSettings, config["adaptation"], "adaptation")
        values["input"] = [config["input"]] if isinstance(config["input"], str) else config["input"]
        checked("input", values["input"], list[str])
        return typed(cls, values | {"input": [str(one) for one in values["input"]]})


def adapt_to_files(settings: AdaptSettings) -> tuple[Adapted, list[Rejection]]:
    """Adapt a run to the sound files of a voice.

    Returns
    -------
    adapted : Adapted
    rejections : list of Rejection
        Files that can't be used, which are left out.

    Raises
    ------
    FileNotFoundError
        If an input isn't there.
    ValueError
        If no file can be used; see also `adapt_run`.
    """
    base = RunFolder.open(settings.run, settings.root)
    paths = sound_files(settings.input)
    recordings, rejections = _read(paths, base)
    if not recordings:
        told = "; ".join(f"{one.id}: {one.reason}" for one in rejections[:3])
        raise ValueError(f"none of the {len(paths)} recordings can be used: {told}")
    adapted = adapt_run(
        base,
        recordings,
        settings.adaptation,
        output=settings.output,
        name=settings.name or _name_of(settings.input[0], paths[0]),
        progress=settings.progress,
    )
    return adapted, rejections


def sound_files(names: Sequence[str]) -> list[Path]:
    """List the sound files that files, folders and patterns name, each once and sorted within a name.

    Raises
    ------
    FileNotFoundError
        If nothing has such a name.
    ValueError
        If a folder has no sound.
    """
    found: dict[Path, None] = {}
    suffixes = suffixes_of(preset_settings("corpus", "folder")["extensions"])
    for name in names:
        path = path_setting("input", name)
        named = [path] if path.exists() else sorted(map(Path, glob.glob(str(path), recursive=True)))
        if not named:
            raise FileNotFoundError(f"{name} is not there: name sound files, or folders of them")
        for one in named:
            below = sorted(files_below(one, suffixes)) if one.is_dir() else [one]
            if not below:
                raise ValueError(f"no file in {one} ends in {', '.join(sorted(suffixes))}")
            found |= dict.fromkeys(below)
    return list(found)


def _read(paths: list[Path], base: RunFolder) -> tuple[list[Recording], list[Rejection]]:
    recordings, rejections = [], []
    for path in paths:
        try:
            recording = read_audio(path, base.spec.sample_rate)
            require_usable_for(base, recording)
            recordings.append(recording)
        except UnusableAudio as error:
            rejections.append(Rejection(str(path), str(error)))
        except MemoryError:
            rejections.append(Rejection(str(path), TOO_LARGE))
    return recordings, rejections


def _name_of(first: str, path: Path) -> str:
    """Name for a voice: that of a folder that was named, or of the folder a file is in."""
    named = path_setting("input", first)
    folder = (named if named.is_dir() else path.parent).resolve()
    return file_stem(folder.name) if folder.name else "voice"
