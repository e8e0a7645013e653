"""Scores of several methods on the same utterances, with intervals."""

from collections.abc import Mapping

import numpy as np

from mfccinv.evaluation.frame_metrics import LEVELS_DB, FrameSums, finite_or_none
from mfccinv.evaluation.sums import Sums

LEAST_SPEAKERS = 10  # fewer say too little of how much speakers differ


@np.errstate(invalid="ignore")  # infinite values times 0, and their differences
def score_methods(
    sums: dict[str, list[FrameSums]], speakers: list[str], *, model: str, baseline: str, seed: int
) -> dict:
    """Score methods in total and by speaker.

    Parameters
    ----------
    sums : dict of list of FrameSums
        By method; one an utterance, in the same order.
    speakers : list of str
        Speaker of each utterance; "" where unknown.
    model, baseline : str
        Methods whose difference is the gain.
    seed : int
        Seed of the resampling.

    Returns
    -------
    scores : dict
        ``total``: ``{"value", "interval"}`` (95 %, bootstrap) by method and score. ``gain``: the same by score, for
        model minus baseline, from the same resamplings. ``resampled``: ``speakers`` if there are at least
        `LEAST_SPEAKERS` and all are known, else ``utterances``. ``speakers``: values by speaker, method and score.
        ``band_error``: (n_mels,), dB, by method. ``levels``: SNR on magnitude by the frames' level below the loudest of
        their utterance: ``below_db``, where each bin begins, its number of ``frames``, ``total`` by method, and
        ``gain``. ``frames``, ``silent_frames``: number of frames that are scored, and of those of digital silence,
        which aren't. None stands for a value that is not finite, for an interval with such an end (JSON has no others),
        and for the interval of a single utterance: nothing is known of how much others would differ.
    """
    stacked = {method: FrameSums.stack(parts) for method, parts in sums.items()}
    known = sorted(set(speakers))
    by_speaker = len(known) >= LEAST_SPEAKERS and "" not in known
    n = len(known) if by_speaker else len(speakers)
    weights = resampling_weights(n, seed=seed)
    if by_speaker:
        weights = weights[:, [known.index(speaker) for speaker in speakers]]
    sums_of_all = {method: parts.total() for method, parts in stacked.items()}
    drawn = {method: parts.weighted(weights) for method, parts in stacked.items()}
    levels = {method: parts.snr_by_level() for method, parts in sums_of_all.items()}
    level_gain = levels[model] - levels[baseline]
    level_gain_drawn = drawn[model].snr_by_level() - drawn[baseline].snr_by_level()
    membership = {speaker: np.array([other == speaker for other in speakers]) for speaker in known}
    return {
        "frames": int(sums_of_all[model].frames),
        "silent_frames": int(sums_of_all[model].silent),
        "resampled": "speakers" if by_speaker else "utterances",
        **_totals_and_gain(sums_of_all, drawn, model=model, baseline=baseline, n=n),
        "speakers": {
            speaker: {
                method: {
                    name: finite_or_none(value)
                    for name, value in parts.weighted(chosen.astype(float)).summary().items()
                }
                for method, parts in stacked.items()
            }
            for speaker, chosen in membership.items()
        },
        "band_error": {
            method: [finite_or_none(value) for value in parts.band_error()] for method, parts in sums_of_all.items()
        },
        "levels": {
            "below_db": list(LEVELS_DB),
            "frames": sums_of_all[model].level_frames.tolist(),
            "total": {method: [finite_or_none(value) for value in values] for method, values in levels.items()},
            "gain": [_scored(*one, n=n) for one in zip(level_gain, level_gain_drawn.T, strict=True)],
        },
    }


def score_sums(sums: Mapping[str, list[Sums]], *, model: str, baseline: str, seed: int) -> dict:
    """Score methods in total, with intervals over utterances; an utterance counts as its sums do.

    Parameters and values are those of `score_methods`; the keys are ``total`` and ``gain``.
    """
    stacked = {method: parts[0].stack(parts) for method, parts in sums.items()}
    n = len(sums[model])
    weights = resampling_weights(n, seed=seed)
    sums_of_all = {method: parts.total() for method, parts in stacked.items()}
    drawn = {method: parts.weighted(weights) for method, parts in stacked.items()}
    return _totals_and_gain(sums_of_all, drawn, model=model, baseline=baseline, n=n)


@np.errstate(invalid="ignore")  # infinite values less each other
def _totals_and_gain(
    sums_of_all: Mapping[str, Sums], drawn: Mapping[str, Sums], *, model: str, baseline: str, n: int
) -> dict:
    """``total`` and ``gain`` of `score_methods`, of the sums of all and of those of each resampling."""
    totals = {method: parts.summary() for method, parts in sums_of_all.items()}
    resampled = {method: parts.summary() for method, parts in drawn.items()}
    return {
        "total": {
            method: {name: _scored(totals[method][name], resampled[method][name], n=n) for name in totals[method]}
            for method in totals
        },
        "gain": {
            name: _scored(
                totals[model][name] - totals[baseline][name],
                resampled[model][name] - resampled[baseline][name],
                n=n,
            )
            for name in totals[model]
        },
    }


def score_means(values: dict[str, list[float]], *, seed: int) -> dict:
    """Mean and 95 % bootstrap interval of each list of values, one an utterance; of a single one, no interval."""
    scored = {}
    for name, column in values.items():
        weights = resampling_weights(len(column), seed=seed)
        scored[name] = _scored(np.mean(column), weights @ np.array(column) / len(column), n=len(column))
    return scored


def resampling_weights(n: int, *, seed: int, draws: int = 1000) -> np.ndarray:
    """Draw how often each of ``n`` utterances is in each resampling, (draws, n) (Efron, Bootstrap methods, 1979)."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)


def percentile_interval(values: np.ndarray, confidence: float = 0.95) -> list[float] | None:
    """Lower and upper end of the bootstrap interval of resampled values (draws,); None if any is not finite."""
    if not np.isfinite(values).all():
        return None
    return [float(end) for end in np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])]


def _scored(value: np.ndarray | np.floating, resampled: np.ndarray, *, n: int) -> dict:
    """A score with its interval, of ``n`` utterances or speakers."""
    return {"value": finite_or_none(value), "interval": percentile_interval(resampled) if n > 1 else None}
