"""Trains the architectures of benchmarks/architectures.yaml on a corpus, and prints the README's table of them.

    python benchmarks/architectures.py demo                     (the corpus that comes with the repository; hours)
    python benchmarks/architectures.py demo --models dense_500 conv --seeds 0

Scores are of the validation split, by which one chooses, and of the test split, if there is one; mean over seeds
(smallest … largest). Runs go to ``checkpoints/architectures/``; those that are there are not trained again.
"""

import argparse
from pathlib import Path

import yaml
from commands import evaluate_once, mean_and_range, print_row, train_once

from mfccinv.records import Record

SETTINGS = yaml.safe_load(Path("benchmarks/architectures.yaml").read_text())
ROOT = Path("checkpoints/architectures")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", choices=list(SETTINGS["corpora"]))
    parser.add_argument("--models", nargs="+", default=SETTINGS["models"])
    parser.add_argument("--seeds", nargs="+", type=int, default=SETTINGS["seeds"])
    arguments = parser.parse_args()
    print_row("MFCC of 80", "model", "context", "parameters", "frames/s", "val SNR (dB)", "test SNR (dB)", "gain (dB)")
    print_row("---:", "---", *["---:"] * 6)
    for n_mfcc in SETTINGS["n_mfcc"]:
        for model in arguments.models if n_mfcc < 80 else ["pseudo_inverse"]:
            for context in possible_contexts(model):
                runs = [train(arguments.corpus, model, n_mfcc, context, seed) for seed in arguments.seeds]
                print_runs(n_mfcc, model, runs)


def possible_contexts(model: str) -> list[int | None]:
    """Contexts of the list that a model's layers can do with, and that aren't its own."""
    own = yaml.safe_load(Path(f"configs/model/{model}.yaml").read_text())
    if own["name"] == "pseudo_inverse":
        return [None]
    least = 1 + (own.get("kernel", 1) - 1) * sum(own.get("dilations", []))
    return [n for n in SETTINGS["context"] if n is None or (n >= least and n != own["context"])]


def train(corpus: str, model: str, n_mfcc: int, context: int | None, seed: int) -> Record:
    overrides = [*SETTINGS["corpora"][corpus], f"model={model}", f"features.n_mfcc={n_mfcc}", f"training.seed={seed}"]
    overrides += [] if context is None else [f"model.context={context}"]
    return train_once(ROOT / corpus, f"{model}_{n_mfcc}_{context or 'own'}_{seed}", overrides)


def print_runs(n_mfcc: int, model: str, runs: list[Record]) -> None:
    """A row: the mean of several seeds."""
    first = runs[0]
    has_test = "test" in first.open_dataset().manifest["splits"]
    source = f"{first.open_dataset().manifest['corpus']['name']}-test"
    scores = [evaluate_once(run, source, ["listened=0", "examples=0"]) for run in runs] if has_test else []
    environment, history = first.environment, first.read_history()
    seconds = sorted(row["seconds"] for row in history)
    print_row(
        str(n_mfcc),
        f"`{model}`",
        str(first.context.length),
        f"{environment['trainable_parameters']:,}",
        f"{environment['frames_per_epoch'] / seconds[len(seconds) // 2]:,.0f}" if seconds else "–",
        mean_and_range([run.metrics["validation"]["snr"] for run in runs]),
        mean_and_range([one["total"]["model"]["snr"]["value"] for one in scores]) if scores else "–",
        mean_and_range([one["gain"]["snr"]["value"] for one in scores]) if scores else "–",
    )


if __name__ == "__main__":
    main()
