"""Runs in repositories of models of Hugging Face, by their package ``huggingface_hub``, which is an extra."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from mfccinv.sharing.contents import MOST_BYTES, check_size
from mfccinv.sharing.places import HubPlace

LOG_IN = "log in with hf auth login, or set HF_TOKEN"


def require_token(place: HubPlace) -> None:
    """Refuse with ValueError if the package is missing, or nobody is logged in."""
    with _told(place):
        from huggingface_hub import get_token

        if get_token() is None:
            raise ValueError(f"{place} needs a token that may write: {LOG_IN}")


def upload(folder: Path, place: HubPlace, *, private: bool) -> str:
    """Upload the files of a folder as one commit; what a repository has of another run is removed by it.

    Parameters
    ----------
    folder : Path
    place : HubPlace
        The repository, and the branch, are made if they aren't there.
    private : bool
        Whether the repository is to be private.

    Returns
    -------
    address : str
        Of the commit.

    Raises
    ------
    ValueError
        If the package is missing, the token may not write there, the repository is public though ``private`` is true,
        the hub refuses the files, or it can't be reached.
    """
    with _told(place):
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

        api = HfApi()
        api.create_repo(place.repository, private=private, exist_ok=True)
        there = api.model_info(place.repository)
        if private and not there.private:
            raise ValueError(f"{place} is there and public: private=false says that it may be")
        if place.revision is not None:
            api.create_branch(place.repository, branch=place.revision, exist_ok=True)
            there = api.model_info(place.repository, revision=place.revision)
        names = sorted(path.name for path in folder.iterdir())
        added = [CommitOperationAdd(name, str(folder / name)) for name in names]
        stale = {one.rfilename for one in there.siblings or ()} & MOST_BYTES.keys() - set(names)
        removed = [CommitOperationDelete(name) for name in sorted(stale)]
        commit = api.create_commit(
            place.repository, [*added, *removed], revision=place.revision, commit_message=f"Add the run {folder.name}"
        )
        return commit.commit_url


def download(place: HubPlace, folder: Path) -> None:
    """Download the files of a run into a folder, all of one commit; what else a repository has stays there.

    Raises
    ------
    ValueError
        If the package is missing, there is no such repository, revision or run, a file is too large, or the hub can't
        be reached.
    """
    with _told(place):
        from huggingface_hub import HfApi

        api = HfApi()
        there = api.model_info(place.repository, revision=place.revision, files_metadata=True)
        files = {one.rfilename: one.size or 0 for one in there.siblings or () if one.rfilename in MOST_BYTES}
        if "config.yaml" not in files:
            raise ValueError(f"{place} holds no run: it has no config.yaml")
        for name, n_bytes in files.items():
            check_size(name, n_bytes, f"{place}: {name}")
        for name in files:
            api.hf_hub_download(place.repository, name, revision=there.sha, local_dir=folder)


@contextmanager
def _told(place: HubPlace) -> Iterator[None]:
    """Have what the hub, its package and the network have to say be told in a line, as ValueError."""
    if find_spec("huggingface_hub") is None:
        raise ValueError(f"{place} needs huggingface_hub: pip install 'mfccinv[hub]'")
    from huggingface_hub import errors

    try:
        yield
    except errors.RevisionNotFoundError as error:
        raise ValueError(f"{place}: the repository has no such branch, tag or commit") from error
    except errors.GatedRepoError as error:
        raise ValueError(f"{place} asks for a consent: give it on its page, and {LOG_IN}") from error
    except errors.RepositoryNotFoundError as error:
        raise ValueError(f"{place}: there is no such repository, or it is private: {LOG_IN}") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        remedy = f"; the token may not do that, or is none: {LOG_IN}" if status in (401, 403) else ""
        said = " ".join((error.server_message or _first_line(error)).split()).rstrip(".")
        raise ValueError(f"{place}: the hub says {status}, {said}{remedy}") from error
    except (errors.HTTPError, errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise ValueError(f"{place} can't be reached: {_first_line(error)}") from error
    except ValueError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except (OSError, RuntimeError) as error:  # of what transfers the bytes
        if getattr(error, "errno", None) is not None:  # the disk is full, say
            raise
        raise ValueError(f"{place}: the transfer failed: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
