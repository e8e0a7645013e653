"""Trains the architectures of benchmarks/architectures.yaml on a corpus, and makes the table of them.

    python benchmarks/architectures.py demo --jobs 2      (the corpus that comes with the repository; an hour)
    python benchmarks/architectures.py free --jobs 2      (docs/training_data.md has the speech; two hours)
    python benchmarks/architectures.py demo --models dense_500 conv --seeds 0

Scores are SNR on magnitude in dB: on the validation voices, by which one chooses, and on what no training saw; mean
over seeds (smallest … largest). Runs go to ``checkpoints/architectures/``; those that are there are not trained again.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import yaml
from commands import UNSEEN, evaluate_once, mean_and_range, print_table, train_once, unseen

from mfccinv.configs.presets import preset_settings

SETTINGS = yaml.safe_load(Path("benchmarks/architectures.yaml").read_text())
ROOT = Path("checkpoints/architectures")


@dataclass(frozen=True)
class Training:
    """One network: ``context`` is the number of frames, None for the model's own."""

    model: str
    context: int | None
    n_mfcc: int
    seed: int


@dataclass(frozen=True)
class Result:
    """What came of a training: frames of context, weights, and SNR by where it was measured."""

    context: int
    parameters: int
    snr: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", choices=list(SETTINGS["corpora"]))
    parser.add_argument("--models", nargs="+", help="instead of those of the list")
    parser.add_argument("--seeds", nargs="+", type=int, help="seeds of each training")
    parser.add_argument("--jobs", type=int, default=1, help="trainings side by side")
    arguments = parser.parse_args()
    settings = SETTINGS["corpora"][arguments.corpus]
    seeds = arguments.seeds or settings["seeds"]
    shapes = [
        (model, context)
        for model in arguments.models or settings["models"]
        for context in possible_contexts(model, settings["context"])
    ]
    # First, one after the other: they build the data sets that the others read.
    *wanting, complete = SETTINGS["n_mfcc"]
    analytic = [Training("pseudo_inverse", None, n_mfcc, 0) for n_mfcc in wanting]
    results = {training: train(training, arguments.corpus) for training in analytic}
    exact = train(Training("pseudo_inverse", None, complete, 0), arguments.corpus)
    trainings = [Training(*shape, n_mfcc, seed) for seed, shape, n_mfcc in product(seeds, shapes, wanting)]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        scored = pool.map(lambda training: train(training, arguments.corpus), trainings)
        results |= dict(zip(trainings, scored, strict=True))
    columns = list(product(wanting, next(iter(results.values())).snr))
    titles = ("model", "context", "parameters", *(f"{n_mfcc} MFCC, {source}" for n_mfcc, source in columns))
    whole = not (arguments.models or arguments.seeds)
    name = f"architectures_{arguments.corpus}" if whole else None
    print_table(name, titles, table_rows(results, columns), align="l" + "r" * (2 + len(columns)))
    print(f"\nFrom all {complete} MFCC, `pseudo_inverse`: {', '.join(f'{snr:.2f}' for snr in exact.snr.values())}")


def possible_contexts(model: str, contexts: list[int | None]) -> list[int | None]:
    """Contexts of the list that a model's layers can do with, and that aren't its own."""
    own = preset_settings("model", model)
    least = (own.get("first_kernel") or 1) + (own.get("kernel", 1) - 1) * sum(own.get("dilations", []))
    return [n for n in contexts if n is None or (n >= least and n != own["context"])]


def train(training: Training, corpus: str) -> Result:
    settings = SETTINGS["corpora"][corpus]
    overrides = [*settings["trained"], f"model={training.model}", f"features.n_mfcc={training.n_mfcc}"]
    overrides += [f"training.seed={training.seed}"]
    overrides += [] if training.context is None else [f"model.context={training.context}"]
    name = f"{training.model}_{training.n_mfcc}_{training.context or 'own'}_{training.seed}"
    run = train_once(ROOT / corpus, name, overrides)
    snr = {"validation": run.metrics["validation"]["snr"]}
    for scored in settings["scored"]:
        source, chosen = (f"{scored}-all", unseen(scored)) if scored in UNSEEN else (f"{scored}-test", [])
        scores = evaluate_once(run, source, [*chosen, "listened=0", "examples=0"])
        snr[source] = scores["total"]["model"]["snr"]["value"]
    return Result(run.context.length, run.environment["trainable_parameters"], snr)


def table_rows(results: dict[Training, Result], columns: list[tuple[int, str]]) -> Iterator[list[str]]:
    """A row for each model and context, columns for each number of MFCC and what was scored."""
    for model, context in dict.fromkeys((training.model, training.context) for training in results):
        shaped = {t: result for t, result in results.items() if (t.model, t.context) == (model, context)}
        smallest = min(shaped.values(), key=lambda result: result.parameters)
        cells = [
            mean_and_range([result.snr[source] for training, result in shaped.items() if training.n_mfcc == n_mfcc])
            for n_mfcc, source in columns
        ]
        yield [f"`{model}`", str(smallest.context), f"{smallest.parameters:,}", *cells]


if __name__ == "__main__":
    main()
