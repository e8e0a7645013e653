"""Makes the tables of the demo corpus: trains what they list, scores it and prints Markdown.

    python benchmarks/tables.py losses       which loss wins on the validation speaker (5 seeds each; about 15 minutes)
    python benchmarks/tables.py models       every model on the test speaker (3 seeds each; about 20 minutes)
    python benchmarks/tables.py ladder       from the lecture notebook to the default (3 seeds each; about an hour)
    python benchmarks/tables.py levels       the ladder's ends by the level of the frame (after the ladder: a minute)

Runs go to ``checkpoints/tables/<table>/``; those that are there are not trained again. With other seeds the table is
printed, but not kept.
"""

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from commands import evaluate_once, interval, mean_and_range, print_table, train_once

from mfccinv.evaluation.frame_metrics import LEVELS_DB
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.stored_files import read_json

ROOT = Path("checkpoints/tables")
MODELS = ("pseudo_inverse", "linear", "dense_small", "dense_500", "dense_large", "conv", "conv_large")
LOSSES = {
    "`snr`, `mse_db_weight` 0.01": ["loss=snr", "loss.mse_db_weight=0.01"],
    "`snr`, `mse_db_weight` 0.1": ["loss=snr", "loss.mse_db_weight=0.1"],
    "`snr`, `mse_db_weight` 0": ["loss=snr", "loss.mse_db_weight=0"],
    "`mse_db`": ["loss=mse_db"],
    "`mae_db`": ["loss=mae_db"],
    "`mse_magnitude`": ["loss=mse_magnitude"],
}
LADDER = {
    "the lecture notebook: 38 bands, 38 MFCC, next frame, linear magnitude, position split": "notebook",
    "80 bands, 20 MFCC (`features=asr`)": "ladder_1_features",
    "the frame itself is in the context": "ladder_2_frame",
    "split by speaker": "ladder_3_speakers",
    "direct log-mel in dB, squared error in dB": "ladder_4_db",
    "residual on the analytic inverse": "ladder_5_residual",
    "projection onto the MFCC": "ladder_6_projection",
    "loss on the spectral SNR": "ladder_7_loss",
    "9 frames around the target": "ladder_8_context",
    "segments of 64 frames, batches of 1,024, patience 8: the default": "default",
}
TITLES = {
    "losses": ("loss", "validation SNR, magnitude (dB)", "SNR, power (dB)", "LSD (dB)"),
    "models": ("model", "parameters", "epochs", "SNR (dB)", "gain (dB, 95 %)", "LSD (dB)", "ESTOI", "PESQ-WB"),
    "ladder": ("change", "test voices", "SNR (dB)", "pooled", "LSD (dB)", "baseline SNR", "gain (dB, 95 %)"),
    "levels": (
        "frames below the utterance's loudest by",
        *(f"{low:g}–{high:g} dB" for low, high in pairwise(LEVELS_DB)),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["losses", "models", "ladder", "levels"])
    parser.add_argument("--seeds", type=int, help="trainings of each row")
    arguments = parser.parse_args()
    rows = {"losses": losses, "models": models, "ladder": ladder, "levels": levels}[arguments.table](arguments.seeds)
    titles = TITLES[arguments.table]
    align = "ll" if arguments.table == "ladder" else "l"
    print_table(arguments.table if arguments.seeds is None else None, titles, rows, align=align.ljust(len(titles), "r"))


def losses(seeds: int | None) -> Iterator[list[str]]:
    """Validation scores alone: the test speaker takes no part in the choice."""
    for number, (label, overrides) in enumerate(LOSSES.items()):
        runs = [
            train("losses", f"{number}-{seed}", [*overrides, f"training.seed={seed}"]) for seed in range(seeds or 5)
        ]
        scores = [read_json(run.folder / "metrics.json")["validation"] for run in runs]
        yield [label, *(mean_and_range([score[name] for score in scores]) for name in ("snr", "snr_power", "lsd"))]


def models(seeds: int | None) -> Iterator[list[str]]:
    """Test scores; the interval is that of the first seed over utterances, the range that over seeds."""
    for model in MODELS:
        runs = [
            train("models", f"{model}-{seed}", [f"model={model}", f"training.seed={seed}"])
            for seed in range(1 if model == "pseudo_inverse" else seeds or 3)
        ]
        scored = [evaluate(run) for run in runs]
        history = runs[0].read_history()
        audio = scored[0]["audio"]["methods"]["model"]
        yield [
            f"`{model}`",
            f"{read_json(runs[0].folder / 'environment.json')['trainable_parameters']:,}",
            str(len(history)) if history else "–",
            mean_and_range([scores["total"]["model"]["snr"]["value"] for scores in scored]),
            interval(scored[0]["gain"]["snr"]) if history else "–",
            mean_and_range([scores["total"]["model"]["lsd"]["value"] for scores in scored]),
            f"{audio['estoi']['value']:.3f}",
            f"{audio['pesq']['value']:.2f}",
        ]


def ladder(seeds: int | None) -> Iterator[list[str]]:
    """Test scores of the ladder's presets, each on the test split of its own set-up; intervals are the first seed's."""
    for label, experiment in LADDER.items():
        runs = [train_rung(experiment, seed) for seed in range(seeds or 3)]
        scored = [evaluate(run) for run in runs]
        baseline = scored[0]["baseline"]
        known = scored[0]["total"][baseline]["snr"]["value"]
        yield [
            label,
            "known" if runs[0].config["split"]["by"] == "position" else "new",
            *(
                mean_and_range([scores["total"]["model"][name]["value"] for scores in scored])
                for name in ("snr", "snr_pooled", "lsd")
            ),
            f"{known:.2f} ({baseline.replace('_', ' ')})",
            interval(scored[0]["gain"]["snr"]),
        ]


def levels(seeds: int | None) -> Iterator[list[str]]:
    """SNR on magnitude of test frames, by how far they are below the loudest frame of their utterance."""
    for label, experiment in list(LADDER.items())[:: len(LADDER) - 1]:
        for seed in range(seeds or 1):
            run = train_rung(experiment, seed)
            yield [label, *(f"{snr:.2f}" for snr in evaluate(run)["levels"]["total"]["model"][:-1])]


def train_rung(experiment: str, seed: int) -> RunFolder:
    chosen = [] if experiment == "default" else [f"experiment={experiment}"]
    return train("ladder", f"{experiment}-{seed}", [*chosen, f"training.seed={seed}"])


def train(table: str, name: str, overrides: list[str]) -> RunFolder:
    return train_once(ROOT / table, name, overrides)


def evaluate(run: RunFolder) -> dict:
    """Score a run on its test split, unless that was done."""
    return evaluate_once(run, f"{run.config['corpus']['name']}-test", [])


if __name__ == "__main__":
    main()
