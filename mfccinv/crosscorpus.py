"""Leave one corpus out: train on all corpora but one, score on that one, in turn.

What a model gains on held-out speakers of its own corpora is more than it gains elsewhere: rooms, microphones, codecs
and languages are known. This is the measure by which recipes are compared.
"""

from pathlib import Path

from mfccinv.builder import DATASET_SETTINGS
from mfccinv.evaluation import evaluate
from mfccinv.files import write_json, write_text
from mfccinv.plan import make_plan
from mfccinv.records import RunError, other_settings, resolve_config
from mfccinv.report import describe_corpora, markdown_of_corpora
from mfccinv.runs import Run
from mfccinv.training import resume, train

RECIPE = ("source", "target", "model", "loss", "training", "init")  # besides the data set


def leave_one_corpus_out(config: dict) -> str:
    """Train and score a recipe once for each corpus that is left out.

    Runs are ``<run.root>/<run.name>/<corpus>``; those that are finished are not trained again, and one that was
    interrupted goes on. Beside them, ``corpora.json`` holds all scores and ``corpora.md`` the table.

    Parameters
    ----------
    config : dict
        Configuration of a training, see `mfccinv.training.train`, whose ``corpus`` is ``several``; its
        ``leave_one_corpus_out`` holds the settings of the scoring, see `mfccinv.evaluation.evaluate`.

    Returns
    -------
    report : str
        The table, for a terminal.

    Raises
    ------
    RunError
        If runs of that name were trained by another recipe or on other data.
    ValueError
        If the corpus isn't several, or fewer than two parts are left.
    """
    config = resolve_config(config)
    corpus = config["corpus"]
    parts = {name: part for name, part in corpus.get("parts", {}).items() if part is not None}
    if len(parts) < 2:
        raise ValueError(f"leave_one_corpus_out needs corpus=several with two parts at least, got {', '.join(parts)}")
    folder = Path(config["run"]["root"]) / str(config["run"]["name"])
    scores = {}
    for held_out in parts:
        fold = config | {
            "corpus": corpus | {"parts": parts | {held_out: None}},
            "run": {"root": str(folder), "name": held_out},
        }
        run = _train(fold)
        alone = corpus | {"parts": dict.fromkeys(parts) | {held_out: parts[held_out]}}
        scoring = {"run": str(run.folder), "root": str(folder), "scored_split": None, "corpus": alone}
        scores[held_out] = evaluate(config["leave_one_corpus_out"] | scoring)[1]
    write_json(folder / "corpora.json", scores)
    write_text(folder / "corpora.md", markdown_of_corpora(scores))
    return f"{describe_corpora(scores)}\n\nscores: {folder / 'corpora.json'}\ntable:  {folder / 'corpora.md'}"


def _train(fold: dict) -> Run:
    """Train a fold, go on with it, or take it as it is."""
    root, name = Path(fold["run"]["root"]), fold["run"]["name"]
    try:
        run = Run.open(str(root / name))
    except RunError:
        return train(fold)
    other = [place for place in other_settings(fold, run.config) if place.split(".")[0] in RECIPE]
    plan = make_plan(**{part: fold[part] for part in DATASET_SETTINGS})
    if run.environment.get("fingerprint") != plan.fingerprint:
        other.append("data set")
    if other:
        raise RunError(f"{run.folder} was trained with another {', '.join(other)}: choose another run.name")
    return run if run.is_finished else resume(str(run.folder), root, {"progress": fold["training"]["progress"]})
