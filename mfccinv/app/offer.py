"""Which networks the page offers for what was dropped, and which tool probably wrote it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mfccinv.app.writings import Writing, name_of_match
from mfccinv.inversion.identify import Match, matches_of_mfcc, why_none_matches
from mfccinv.run_folders.lookup import runs_for
from mfccinv.run_folders.run_folder import RunFolder

LISTED = 3  # dialects
LEAST_SCORE = 0.0005  # of one that is listed, besides the likeliest


@dataclass(frozen=True)
class Offer:
    """Networks that take some MFCC.

    Parameters
    ----------
    runs : dict of RunFolder
        By name.
    chosen : sequence of str
        Which of them are chosen at first: a pretrained one, or else the own one that was trained last.
    lines : sequence of str
        What to say of it.
    """

    runs: dict[str, RunFolder]
    chosen: Sequence[str]
    lines: Sequence[str]


def offer(writing: Writing, root: Path) -> Offer:
    """Find the networks that take MFCC of a writing, pretrained ones and those in a folder of runs."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runs = runs_for(writing.spec, "mfcc", root)
    lines = [str(one.message) for one in caught]
    if not runs:
        lines.insert(
            0,
            f"No network takes {writing.name} with n_mfcc={writing.spec.n_mfcc}: the analytic inverse is shown alone. "
            f"One that is trained for it is offered here if its run lies in {root}.",
        )
    pretrained = [name for name, run in runs.items() if run.is_pretrained]
    return Offer(runs, (pretrained or list(runs))[:1], lines)


@dataclass(frozen=True)
class Recognised:
    """Which tool probably wrote MFCC.

    Parameters
    ----------
    lines : sequence of str
        The likeliest dialects, and how likely each is.
    writing : str or None
        Name of the likeliest; None if none fits well.
    normalised : str or None
        What of it was normalised.
    """

    lines: Sequence[str]
    writing: str | None
    normalised: str | None


def recognise(mfcc: np.ndarray) -> Recognised:
    """Find which tool probably wrote MFCC, (n_columns, n_frames); ValueError if there is nothing to tell by."""
    matches: list[Match] = matches_of_mfcc([mfcc.T])
    if not matches:
        raise ValueError(why_none_matches([mfcc.T]))
    lines = [str(match) for match in matches[:LISTED] if match is matches[0] or match.score >= LEAST_SCORE]
    best = matches[0]
    if not best.is_near:
        return Recognised([*lines, "None fits well: it may be another tool's, or have other settings."], None, None)
    return Recognised(lines, name_of_match(best), best.normalised)
