"""Whether MFCC can be what they are said to be, and what they are otherwise."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mfccinv.features.dialect import Dialect
from mfccinv.inversion.explanations import Explanation, Writing, explanations, frames_in_rows, is_centred
from mfccinv.inversion.normalisation import WERE_NORMALISED
from mfccinv.inversion.speech_statistics import coefficients, pooled_summary, speech_statistics

FEWEST_FRAMES = 50  # that are held against speech; of fewer, the axes are looked at alone
FAR = 1.2  # from speech, whose distance is about 1: what is nearer is refused only if it is centred
MARGIN = 13.0  # by which the logarithm of its likelihood must be larger, its prior included
FORCED = "or force=true (force=True in Python)"
CAUSES = {
    "log": "another logarithm",
    "full_scale": "samples of another scale",
    "lifter": "another lifter",
    "dct": "another scale of the DCT",
    "c0_last": "another place of c0",
    "energy": "another thing in the place of c0",
}


def require_frames_last(mfcc: np.ndarray) -> None:
    """Refuse with ValueError MFCC (..., rows, columns) whose frames are their rows, of any length from three on.

    They are not put right: of what is wrong in its axes, more may be wrong.
    """
    if any(map(frames_in_rows, mfcc.reshape(-1, *mfcc.shape[-2:]))):
        raise ValueError(f"mfcc have their frames in rows, they must be (..., n_mfcc, n_frames): give mfcc.T, {FORCED}")


def require_plausible(mfcc: np.ndarray, dialect: Dialect, normalised: str | None = None) -> None:
    """Refuse MFCC that can't be what they are said to be, where another explanation fits much better.

    Recordings are looked at together: one tool wrote them. Noise, made-up arrays and speech that is unlike other speech
    pass, since nothing else explains them either.

    Parameters
    ----------
    mfcc : (..., n_columns, n_frames)
        As the dialect has them.
    dialect : Dialect
        With their number of coefficients. One of another analysis than the presets' is not held against speech.
    normalised : str or None
        How their coefficients are said to be normalised, one of `mfccinv.inversion.normalisation.NORMALISATIONS`.

    Raises
    ------
    ValueError
        With the likely cause, and the remedy.
    """
    recordings = [one.T for one in mfcc.reshape(-1, *mfcc.shape[-2:])]
    if (better := better_explanation(recordings, dialect, normalised)) is not None:
        raise ValueError(f"mfcc can't be what they are said to be: {cause(better.writing, normalised)}, {FORCED}")


def better_explanation(
    recordings: Sequence[np.ndarray], dialect: Dialect, normalised: str | None
) -> Explanation | None:
    """Return what MFCC (n_frames, n_columns) are, if they can't be a dialect's and that is clear; else None."""
    statistics = speech_statistics(dialect)
    if statistics is None or min(map(len, recordings)) < FEWEST_FRAMES:
        return None
    found = pooled_summary([coefficients(frames, dialect) for frames in recordings])
    if found is None:
        return None
    given = Writing("", dialect, "", normalised, 0.0, statistics)
    if given.distance(found) < FAR and (normalised or not is_centred(found)):
        return None
    others = (one for one in explanations(recordings) if not _differs_in_rate_alone(one.writing, dialect))
    likeliest = max(others, key=lambda one: one.score)
    is_clear = likeliest.is_near and likeliest.score > given.log_likelihood(found) + MARGIN
    return likeliest if is_clear else None


def _differs_in_rate_alone(writing: Writing, dialect: Dialect) -> bool:
    """Whether MFCC of a writing hardly differ from a dialect's; who says at which rate the sound was knows better."""
    if writing.normalised:
        return False
    rate, highest = dialect.spec.sample_rate, dialect.spec.f_max_hz
    at_that_rate = replace(writing.dialect.spec, sample_rate=rate, f_max_hz=highest)
    return replace(writing.dialect, spec=at_that_rate) == dialect


def cause(writing: Writing, said: str | None) -> str:
    """Tell what was done to MFCC, and what to do, where it was said that they were normalised so."""
    if said and not writing.normalised:
        return f"they weren't normalised: leave out normalised={said}"
    if writing.normalised and writing.normalised != said:
        return (
            f"each coefficient's {WERE_NORMALISED[writing.normalised]}: say normalised={writing.normalised}, with "
            "statistics=<file> if you have what was taken away"
        )
    if writing.change:
        setting, _, value = writing.change.partition("=")
        return (
            f"they have {CAUSES[setting]}, as of dialect={writing.name} with {setting}={value} "
            f"(dialect.{setting}={value} on the command line): say so"
        )
    return f"they are like those of dialect={writing.name}: say so"
