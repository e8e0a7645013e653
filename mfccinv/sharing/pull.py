"""Brings a run here that somebody shared: from a folder, a zip file or a repository of Hugging Face."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mfccinv.configs.typed import checked, typed
from mfccinv.reporting.tables import printable
from mfccinv.run_folders.run_folder import RUNS, RunFolder, pretrained_names
from mfccinv.sharing.contents import check_shared, copy_shared, install, require_new, told_of
from mfccinv.sharing.hub import download
from mfccinv.sharing.model_card import invert_command, takes
from mfccinv.sharing.places import FORMS, HubPlace, place_of
from mfccinv.sharing.zip_files import unpack
from mfccinv.system.path_settings import check_new_name


@dataclass(frozen=True, kw_only=True)
class PullSettings:
    """Settings of a pull; ``configs/pull.yaml`` has their defaults.

    Parameters
    ----------
    source : str
        Where the run is, ``from`` of the program; see `mfccinv.sharing.places.place_of`.
    root : Path
        Folder of runs.
    name : str or None
        Of the run; None: that of the repository, file or folder.

    Raises
    ------
    ValueError
        If ``source`` is none of these, is a path where nothing is, or no folder can have the name.
    """

    source: str
    root: Path
    name: str | None

    def __post_init__(self):
        place = self.place
        if isinstance(place, Path) and not place.exists():
            raise ValueError(f"from must be {FORMS}, and there is no {place}")
        check_new_name("name", self.folder.name)
        if self.folder.parent != self.root:
            raise ValueError(f"name must be a name without folders, got {self.name}; root={self.root} is the folder")

    @property
    def place(self) -> HubPlace | Path:
        """Where the run is."""
        return place_of("from", self.source)

    @property
    def folder(self) -> Path:
        """Where it goes."""
        return self.root / (_name_of(self.place) if self.name is None else self.name)

    @classmethod
    def from_config(cls, config: dict) -> "PullSettings":
        """Make the settings from a configuration: plain values of these settings, ``source`` is called ``from``."""
        if config.get("from") is None:
            raise ValueError(f"from must be {FORMS}, got null")
        source = checked("from", config["from"], str)
        return typed(cls, {name: value for name, value in config.items() if name != "from"} | {"source": source})


def pull(settings: PullSettings) -> RunFolder:
    """Bring a run into the folder of runs, whole or not at all; nothing in it is executed, see `check_shared`.

    Raises
    ------
    ValueError
        If there is a run of that name; if what comes is no whole run, see `check_shared`; as
        `mfccinv.sharing.zip_files.unpack` and `mfccinv.sharing.hub.download`.
    """
    require_new("name", settings.folder)
    with _at_hand(settings.place) as source, TemporaryDirectory(prefix="mfccinv-") as temporary:
        folder = Path(temporary) / settings.folder.name
        folder.mkdir()
        with told_of(settings.place, source), told_of(settings.place, folder):
            (copy_shared if source.is_dir() else unpack)(source, folder)
            check_shared(folder)
        install(folder, settings.folder, "name")
    return RunFolder(settings.folder)


def describe_pulled(run: RunFolder) -> str:
    """Tell what a run takes, and how it is used."""
    command = invert_command(run, str(run.folder))
    lines = [f"{run.folder}:", takes(run), *([f"use it: {command}"] if command else [])]
    if run.folder.name in pretrained_names() and run.folder.parent.resolve() == RUNS.resolve():
        lines.append(f"here {run.folder.name} is this run now, and not the one that comes with the package")
    return "\n".join(printable(line) for text in lines for line in text.split("\n"))


def _name_of(place: HubPlace | Path) -> str:
    if isinstance(place, HubPlace):
        return place.name
    return place.resolve().name if place.is_dir() else place.stem


@contextmanager
def _at_hand(place: HubPlace | Path) -> Iterator[Path]:
    """Yield the folder or the file that holds the run, downloaded if need be."""
    if isinstance(place, Path):
        yield place
        return
    with TemporaryDirectory(prefix="mfccinv-") as folder:
        download(place, Path(folder))
        yield Path(folder)
