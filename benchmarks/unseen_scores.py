"""Scores of the pretrained networks on corpora that none was trained on: a file that the table and the cards are of."""

from collections.abc import Iterable, Iterator

import numpy as np
from commands import RESULTS, interval

from mfccinv.system.atomic_files import write_json
from mfccinv.system.stored_files import read_json

FILE = "unseen_checkpoints.json"  # in RESULTS
SCORES = {
    "snr": "SNR (dB)",
    "snr_active": "active frames",
    "lsd": "LSD (dB)",
    "msd": "MSD (dB)",
    "estoi": "ESTOI",
    "pesq": "PESQ-WB",
    "mcd": "MCD (dB)",
    "vde": "VDE (%)",
    "gpe": "GPE (%)",
    "ffe": "FFE (%)",
    "f0_cents": "F0 RMSE (cents)",
}
LESS_IS_BETTER = ("lsd", "msd", "mcd", "vde", "gpe", "ffe", "f0_cents")
MEAN = "mean of the corpora"
DIGITS = 4  # of the numbers in the file


def read_scores() -> dict:
    """Scores by checkpoint: ``model_sha256``, and ``corpora``: by corpus and score what `gain_of` returns."""
    return read_json(RESULTS / FILE)


def write_scores(scored: dict) -> None:
    write_json(RESULTS / FILE, scored)


def score_of(method: str, scores: dict, name: str) -> dict:
    """A method's score, with its interval, of a ``scores.json``."""
    return (scores["total"][method] | scores["audio"]["methods"][method])[name]


def gain(scores: dict, name: str) -> dict:
    """A model's gain over the analytic inverse, with its interval, of a ``scores.json``."""
    return (scores["gain"] | scores["audio"]["gain"])[name]


def gain_of(scores: dict, name: str) -> dict:
    """What the analytic inverse scores, and a model's gain over it with its interval, of a ``scores.json``."""
    analytic, gained = score_of(scores["baseline"], scores, name), gain(scores, name)
    ends = gained["interval"]
    return {
        "analytic": rounded(analytic["value"]),
        "value": rounded(gained["value"]),
        "interval": ends and [rounded(end) for end in ends],
    }


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def with_mean(corpora: dict) -> dict:
    """Add the mean over the corpora, each of which counts the same, as another one; of one alone there is none."""
    if len(corpora) < 2:
        return corpora
    names = [name for name in SCORES if all(name in scores for scores in corpora.values())]
    return corpora | {MEAN: {name: mean_of([scores[name] for scores in corpora.values()]) for name in names}}


def mean_of(gains: list[dict]) -> dict:
    """Mean of gains on independent corpora, with its interval.

    The distances from the values to the lower ends are added as squares, those to the upper ends likewise (Zou and
    Donner, Construction of confidence intervals about effect measures, 2008). It is an interval for these corpora: how
    much others would differ isn't in it.
    """
    values, ends = [gain["value"] for gain in gains], [gain["interval"] for gain in gains]
    analytic = [gain["analytic"] for gain in gains]
    if None in values or None in analytic:
        return {"analytic": None, "value": None, "interval": None}
    mean = float(np.mean(values))
    spread = None
    if None not in ends:
        below, above = (np.linalg.norm(np.array(values) - side) / len(values) for side in np.transpose(ends))
        spread = [float(mean - below), float(mean + above)]
    return {"analytic": float(np.mean(analytic)), "value": mean, "interval": spread}


def cell(score: dict | None) -> str:
    """The analytic inverse's score, and the gain with its interval."""
    if score is None or score["value"] is None:
        return "–"
    return f"{score['analytic']:.2f}, {interval(score)}"


def titles(names: Iterable[str]) -> list[str]:
    return [f"{SCORES[name]}: analytic, gain" for name in names]


def checkpoint_rows(checkpoint: str, corpora: dict, names: list[str]) -> Iterator[list[str]]:
    """A row a corpus, and one for their mean."""
    for corpus, scores in with_mean(corpora).items():
        yield [f"`{checkpoint}`", corpus, *(cell(scores.get(name)) for name in names)]
