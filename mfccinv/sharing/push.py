"""Shares a run: in a folder, a zip file or a repository of Hugging Face."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as brief
from tempfile import TemporaryDirectory

from mfccinv.configs.typed import typed
from mfccinv.features.spec_fields import check_choice
from mfccinv.run_folders.run_folder import RunError, RunFolder
from mfccinv.sharing.contents import CARD, check_shared, gather, install, require_new, told_of
from mfccinv.sharing.hub import require_token, upload
from mfccinv.sharing.model_card import shared_card
from mfccinv.sharing.places import FORMS, HubPlace, is_zip, place_of
from mfccinv.sharing.zip_files import write_zip
from mfccinv.system.atomic_files import write_text

LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,62}")
PRECISIONS = ("float32", "float16")


@dataclass(frozen=True, kw_only=True)
class PushSettings:
    """Settings of a push; ``configs/push.yaml`` has their defaults.

    Parameters
    ----------
    run, root : str, Path
        Name of the run, and folder of runs, see `mfccinv.run_folders.run_folder.RunFolder.open`.
    to : str
        Where it goes, see `mfccinv.sharing.places.place_of`.
    private : bool
        Whether a repository is to be private.
    license : str or None
        As Hugging Face names it, for the card; None: the card names none, but what its own says.
    weights : str
        One of `PRECISIONS`: as they were trained, or rounded, in half the space.

    Raises
    ------
    ValueError
        If ``to`` or ``weights`` is none of these, or ``license`` is no such name.
    """

    run: str
    root: Path
    to: str | None
    private: bool
    license: str | None
    weights: str

    def __post_init__(self):
        if self.to is None:
            raise ValueError(f"to must be {FORMS}, got null")
        place_of("to", self.to)
        if self.license is not None and not LICENSE.fullmatch(self.license):
            raise ValueError(f"license must be a name such as mit or cc-by-4.0, got {brief(self.license)}")
        check_choice("weights", self.weights, PRECISIONS)

    @property
    def place(self) -> HubPlace | Path:
        """Where the run goes."""
        return place_of("to", str(self.to))

    @classmethod
    def from_config(cls, config: dict) -> "PushSettings":
        """Make the settings from a configuration: plain values of these settings; errors as this class."""
        return typed(cls, config)


def push(settings: PushSettings, tell: Callable[[str], object]) -> str:
    """Share a run, whole or not at all.

    Parameters
    ----------
    settings : PushSettings
    tell : callable
        Called with a line that says what is shared, before it is.

    Returns
    -------
    place : str
        Where it is: a path, or the address of a commit.

    Raises
    ------
    ValueError
        If the run isn't there, isn't finished or is damaged, or is the difference to one that doesn't come with the
        package; if half precision can't hold its weights, or it is a difference, which has it already; if there is
        something in the place of the folder or file; as `mfccinv.sharing.hub.upload`.
    """
    run, place = RunFolder.open(settings.run, settings.root), settings.place
    if isinstance(place, HubPlace):
        require_token(place)
    else:
        require_new("to", place)
    if run.is_adapted and not run.open_base().is_pretrained:
        raise RunError(f"{run.folder} is a difference to {run.open_base().folder}, which others don't have: share that")
    if run.is_adapted and settings.weights != "float32":
        raise RunError(f"{run.folder} is a difference, whose numbers are float16 already: leave out weights=")
    with TemporaryDirectory(prefix="mfccinv-") as temporary:
        folder = Path(temporary) / run.folder.resolve().name
        folder.mkdir()
        gather(run, folder, half_precision=settings.weights == "float16")
        with told_of(run.folder, folder):
            copy = check_shared(folder)
        write_text(folder / CARD, shared_card(copy, _source(place), settings.license))
        tell(_described(folder, f"{place}, private" if isinstance(place, HubPlace) and settings.private else place))
        return _send(folder, place, settings.private)


def _source(place: HubPlace | Path) -> str:
    return str(place) if isinstance(place, HubPlace) else place.name


def _described(folder: Path, place: object) -> str:
    files = sorted(folder.iterdir())
    n_bytes = sum(path.stat().st_size for path in files)
    names = ", ".join(path.name for path in files)
    return f"{folder.name} to {place}: {len(files)} files, {n_bytes / 1e6:.1f} MB ({names})"


def _send(folder: Path, place: HubPlace | Path, private: bool) -> str:
    if isinstance(place, HubPlace):
        return upload(folder, place, private=private)
    if not is_zip(place):
        install(folder, place, "to")
        return str(place)
    require_new("to", place)
    write_zip(folder, place)
    return str(place)
