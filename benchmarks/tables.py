"""Makes the README's tables: trains what they list on the demo corpus, scores it and prints Markdown.

    python benchmarks/tables.py losses       which loss wins on the validation speaker (5 seeds each; about 15 minutes)
    python benchmarks/tables.py models       every model on the test speaker (3 seeds each; about 20 minutes)
    python benchmarks/tables.py ladder       from the lecture notebook to the default (3 seeds each; about an hour)
    python benchmarks/tables.py levels       the ladder's ends by the level of the frame (after the ladder: a minute)

Runs go to ``checkpoints/tables/<table>/``; those that are there are not trained again.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from commands import evaluate_once, interval, mean_and_range, print_row, train_once

from mfccinv.evaluation.frame_metrics import frame_levels, spectral_snr
from mfccinv.runs.prediction import predict_frames
from mfccinv.runs.pretrained import load_once
from mfccinv.runs.run_folder import RunFolder
from mfccinv.system.atomic_files import read_json

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
    "runs of 64 frames, batches of 1,024, patience 8: the default": "default",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["losses", "models", "ladder", "levels"])
    parser.add_argument("--seeds", type=int, help="trainings of each row")
    arguments = parser.parse_args()
    tables = {"losses": print_losses, "models": print_models, "ladder": print_ladder, "levels": print_levels}
    tables[arguments.table](arguments.seeds)


def print_losses(seeds: int | None) -> None:
    """Validation scores alone: the test speaker takes no part in the choice."""
    print_row("loss", "validation SNR, magnitude (dB)", "SNR, power (dB)", "LSD (dB)")
    print_row("---", "---:", "---:", "---:")
    for number, (label, overrides) in enumerate(LOSSES.items()):
        runs = [
            train("losses", f"{number}-{seed}", [*overrides, f"training.seed={seed}"]) for seed in range(seeds or 5)
        ]
        scores = [read_json(run.folder / "metrics.json")["validation"] for run in runs]
        print_row(label, *(mean_and_range([score[name] for score in scores]) for name in ("snr", "snr_power", "lsd")))


def print_models(seeds: int | None) -> None:
    """Test scores; the interval is that of the first seed over utterances, the range that over seeds."""
    print_row("model", "parameters", "epochs", "SNR (dB)", "gain (dB, 95 %)", "LSD (dB)", "ESTOI", "PESQ-WB")
    print_row("---", *["---:"] * 7)
    for model in MODELS:
        runs = [
            train("models", f"{model}-{seed}", [f"model={model}", f"training.seed={seed}"])
            for seed in range(1 if model == "pseudo_inverse" else seeds or 3)
        ]
        scored = [evaluate(run) for run in runs]
        history = runs[0].read_history()
        audio = scored[0]["audio"]["methods"]["model"]
        print_row(
            f"`{model}`",
            f"{read_json(runs[0].folder / 'environment.json')['trainable_parameters']:,}",
            str(len(history)) if history else "–",
            mean_and_range([scores["total"]["model"]["snr"]["value"] for scores in scored]),
            interval(scored[0]["gain"]["snr"]) if history else "–",
            mean_and_range([scores["total"]["model"]["lsd"]["value"] for scores in scored]),
            f"{audio['estoi']['value']:.3f}",
            f"{audio['pesq']['value']:.2f}",
        )


def print_ladder(seeds: int | None) -> None:
    """Test scores of the ladder's presets, each on the test split of its own set-up; intervals are the first seed's."""
    print_row("change", "test voices", "SNR (dB)", "pooled", "LSD (dB)", "analytic SNR", "gain (dB, 95 %)")
    print_row("---", "---", *["---:"] * 5)
    for label, experiment in LADDER.items():
        runs = [train_rung(experiment, seed) for seed in range(seeds or 3)]
        scored = [evaluate(run) for run in runs]
        analytic = scored[0]["total"]["pseudo_inverse"]["snr"]["value"]
        print_row(
            label,
            "known" if runs[0].config["split"]["by"] == "position" else "new",
            *(
                mean_and_range([scores["total"]["model"][name]["value"] for scores in scored])
                for name in ("snr", "snr_pooled", "lsd")
            ),
            *(("exact", "–") if analytic > 100 else (f"{analytic:.2f}", interval(scored[0]["gain"]["snr"]))),
        )


def print_levels(seeds: int | None) -> None:
    """SNR on magnitude of test frames, by how far they are below the loudest frame of their utterance."""
    edges = (0, 10, 20, 30, 40, 50, 60)
    print_row("frames below the utterance's loudest by", *(f"{low}–{high} dB" for low, high in pairwise(edges)))
    print_row("---", *["---:"] * (len(edges) - 1))
    for label, experiment in list(LADDER.items())[:: len(LADDER) - 1]:
        for seed in range(seeds or 1):
            run = train_rung(experiment, seed)
            utterances = list(run.open_dataset().features("test"))
            predictions = predict_frames(*load_once(run.folder), (utterance.mfcc for utterance in utterances))
            snr, below = [], []
            for utterance, predicted in zip(utterances, predictions, strict=True):
                level = frame_levels(utterance.log_mel)
                below.append(level.max() - level)
                snr.append(spectral_snr(utterance.log_mel, predicted, power=1))
            binned = np.digitize(np.concatenate(below), edges) - 1
            print_row(label, *(f"{np.concatenate(snr)[binned == b].mean():.2f}" for b in range(len(edges) - 1)))


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
