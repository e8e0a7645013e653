"""Leave one corpus out: train on all corpora but one, score on that one, in turn.

A model gains more on held-out speakers of its own corpora than elsewhere, because it knows their rooms, microphones,
codecs and languages. So recipes are compared on corpora that were left out.
"""

from dataclasses import replace

from mfccinv.datasets.plan import make_plan
from mfccinv.evaluation.evaluate import evaluate
from mfccinv.evaluation.settings import EvaluateSettings
from mfccinv.reporting.terminal import describe_corpora, markdown_of_corpora
from mfccinv.run_folders.comparison import other_settings
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError
from mfccinv.system.atomic_files import write_json, write_text
from mfccinv.training.settings import TrainSettings
from mfccinv.training.train import resume, train

# Besides the data set.
RECIPE = (*("source", "target", "min_mfcc", "flow"), *("model", "loss", "training", "init", "init_weights"))


def leave_one_corpus_out(recipe: TrainSettings, scoring: EvaluateSettings) -> str:
    """Train and score a recipe once for each corpus that is left out.

    Runs are ``<root>/<name>/<corpus>``; those that are finished are not trained again, and one that was interrupted
    goes on. Beside them, ``corpora.json`` holds all scores and ``corpora.md`` the table.

    Parameters
    ----------
    recipe : TrainSettings
        Its corpus is ``several``.
    scoring : EvaluateSettings
        Its run, root and corpus are replaced for each fold.

    Returns
    -------
    report : str
        The table, for a terminal.

    Raises
    ------
    RunError
        If runs of that name were trained by another recipe or on other data.
    ValueError
        If the corpus isn't several, or fewer than two parts are left; if the network takes several numbers of MFCC and
        the scoring has none.
    """
    corpus = recipe.build.corpus
    parts = {name: part for name, part in corpus.get("parts", {}).items() if part is not None}
    if len(parts) < 2:
        raise ValueError(f"leave_one_corpus_out needs corpus=several with two parts at least, got {', '.join(parts)}")
    if recipe.task.min_mfcc is not None and scoring.n_mfcc is None:
        raise ValueError("with min_mfcc, leave_one_corpus_out.n_mfcc must be the number of MFCC to score, got null")
    folder = recipe.root / recipe.name
    scores = {}
    for held_out in parts:
        others = corpus | {"parts": parts | {held_out: None}}
        place = {"root": str(folder), "name": held_out}
        run = _train(TrainSettings.from_config(recipe.config | {"corpus": others, "run": place}))
        alone = corpus | {"parts": dict.fromkeys(parts) | {held_out: parts[held_out]}}
        scores[held_out] = evaluate(replace(scoring, run=str(run.folder), root=folder, corpus=alone))[1]
    write_json(folder / "corpora.json", scores)
    write_text(folder / "corpora.md", markdown_of_corpora(scores))
    return f"{describe_corpora(scores)}\n\nscores: {folder / 'corpora.json'}\ntable:  {folder / 'corpora.md'}"


def _train(fold: TrainSettings) -> Run:
    """Train a fold, go on with it, or take it as it is."""
    try:
        run = Run.open(fold.root / fold.name)
    except RunError:
        return train(fold)
    other = [place for place in other_settings(fold.config, run.config) if place.split(".")[0] in RECIPE]
    if run.environment.get("fingerprint") != make_plan(fold.build).fingerprint:
        other.append("data set")
    if other:
        raise RunError(f"{run.folder} was trained with another {', '.join(other)}: choose another run.name")
    return run if run.is_finished else resume(str(run.folder), fold.root, {"progress": fold.training.progress})
