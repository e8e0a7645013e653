"""Makes the tables on corpora that no pretrained network was trained on; docs/training_data.md has the speech.

    python benchmarks/unseen.py checkpoints    the pretrained networks (about 3 minutes each)
    python benchmarks/unseen.py detail         what detail=sharp and sample change (about 10 minutes)
    python benchmarks/unseen.py coefficients   13 … 80 MFCC by four methods, with a plot (trains; hours)
    python benchmarks/unseen.py adaptation     what 0.5, 2 and 10 minutes of a voice bring, with a plot (an hour)

Runs go to ``checkpoints/unseen/``; those that are there, and what was scored, are not done again. Of the pretrained
networks those that have changed since the last table are scored; ``--anew`` scores all.
"""

import argparse
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from commands import (
    CORPORA,
    UNSEEN,
    call,
    evaluate_once,
    folder_of,
    interval,
    print_table,
    train_once,
    unseen,
    unseen_utterances,
)
from matplotlib.figure import Figure
from unseen_scores import SCORES, checkpoint_rows, gain, gain_of, read_scores, score_of, write_scores
from unseen_scores import titles as score_titles

from mfccinv.corpora.utterance import Utterance
from mfccinv.run_folders.run_files import metrics_name
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder, pretrained_names
from mfccinv.system.checksums import sha256

ROOT = Path("checkpoints/unseen")
N_MFCC = (13, 20, 26, 40, 80)
MODELS = ("linear", "dense_500", "tcn")
MINUTES = (0.5, 2, 10)
LISTENED = 40
OF_DETAIL = ("snr", "msd", "estoi", "pesq", "vde", "gpe", "ffe")
DRAWN = {"snr_active": "SNR on magnitude, active frames (dB)", "estoi": "ESTOI of the audio"}  # of the coefficients


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["checkpoints", "detail", "coefficients", "adaptation"])
    parser.add_argument("--anew", action="store_true", help="checkpoints: score those that haven't changed, too")
    arguments = parser.parse_args()
    table = arguments.table
    if table == "checkpoints":
        titles = ("checkpoint", "corpus", *score_titles(SCORES))
        rows, align = checkpoints({} if arguments.anew else read_scores()), "ll" + "r" * len(SCORES)
    elif table == "detail":
        titles = ("checkpoint", "detail", "corpus", *(f"{SCORES[name]}: mean, detail" for name in OF_DETAIL))
        rows, align = detail(), "lll" + "r" * len(OF_DETAIL)
    elif table == "coefficients":
        titles = ("MFCC of 80", "method", "corpus", *(f"{title}, gain" for title in SCORES.values()))
        rows, align = coefficients(), "rll" + "r" * len(SCORES)
    else:
        voices = sorted(path.name for path in (CORPORA / "fillets").iterdir())
        titles = ("minutes of the voice", *voices, "mean (dB)")
        rows, align = adaptation(voices), "r" * len(titles)
    print_table(f"unseen_{table}", titles, rows, align=align)


def checkpoints(known: dict) -> Iterator[list[str]]:
    """A row a checkpoint and corpus: what the analytic inverse scores, and the gain of the model over it.

    Of a network that samples are drawn from it is a sample. The numbers go to a file, too, which the model cards are
    made of; ``known`` is what it has of checkpoints that need not be scored again.
    """
    scored = {}
    for name in pretrained_names():
        run = RunFolder(PRETRAINED / name)
        if run.task.source == "mfcc":
            model = sha256(run.weights_file)
            is_known = known.get(name, {}).get("model_sha256") == model
            scored[name] = known[name] if is_known else {"model_sha256": model, "corpora": gains_of(run)}
            yield from checkpoint_rows(name, scored[name]["corpora"], list(SCORES))
    write_scores(scored)


def gains_of(run: RunFolder) -> dict:
    """By corpus and score what `gain_of` returns."""
    made_for = "sample" if run.task.flow else "mean"
    scores = {corpus: evaluate_on(run, corpus, made_for) for corpus in UNSEEN}
    return {corpus: {score: gain_of(one, score) for score in SCORES} for corpus, one in scores.items()}


def detail() -> Iterator[list[str]]:
    """A row a checkpoint and corpus: what the mean scores, and what that sharpened or a sample does, with its interval.

    Samples are of a network of their own, and the mean beside them is that of the network it was trained from.
    """
    for name in pretrained_names():
        run = RunFolder(PRETRAINED / name)
        what, of_mean = ("sample", RunFolder.open(run.config["init_weights"])) if run.task.flow else ("sharp", run)
        for corpus in UNSEEN if run.task.flow or run.has_sharpness else ():
            mean, other = evaluate_on(of_mean, corpus), evaluate_on(run, corpus, what)
            scored = [(score_of("model", mean, score), score_of("model", other, score)) for score in OF_DETAIL]
            cells = (f"{before['value']:.2f}, {interval(after, '')}" for before, after in scored)
            yield [f"`{name}`", what, corpus, *cells]


def coefficients() -> Iterator[list[str]]:
    """A row for each number of MFCC and method on each corpus: its scores and the gain over the analytic inverse.

    All 80 of 80 MFCC are exact. The plot has what `DRAWN` names.
    """
    lines: dict[tuple[str, str, str], list[tuple[int, float]]] = defaultdict(list)
    for n_mfcc in N_MFCC:
        for corpus in UNSEEN:
            # What the analytic inverse scores is in every model's scores; nothing is left to learn from 80.
            models = MODELS if n_mfcc < 80 else ("pseudo_inverse",)
            scored = {model: evaluate_on(train_recipe(model, n_mfcc), corpus) for model in models}
            values = {"analytic": {name: score_of("pseudo_inverse", scored[models[0]], name) for name in SCORES}}
            if n_mfcc < 80:
                values |= {model: {name: score_of("model", scored[model], name) for name in SCORES} for model in models}
            for method, scores in values.items():
                gains = {name: f", {interval(gain(scored[method], name))}" for name in SCORES if method in scored}
                cells = (f"{scores[name]['value']:.2f}{gains.get(name, '')}" for name in SCORES)
                yield [str(n_mfcc), method, corpus, *cells]
                for name in DRAWN if n_mfcc < 80 else ():
                    lines[corpus, name, method].append((n_mfcc, scores[name]["value"]))
    draw(Path("docs/coefficients.png"), lines)


def draw(path: Path, lines: dict[tuple[str, str, str], list[tuple[int, float]]]) -> None:
    """Draw a panel for each corpus and score, a line a method over the number of MFCC."""
    figure = Figure(figsize=(4.5 * len(UNSEEN), 6), layout="constrained")
    axes = figure.subplots(len(DRAWN), len(UNSEEN), sharex=True)
    for column, corpus in enumerate(UNSEEN):
        for row, (name, label) in enumerate(DRAWN.items()):
            axis = axes[row, column]
            for method in ("analytic", *MODELS):
                axis.plot(*zip(*lines[corpus, name, method], strict=True), marker="o", label=method)
            axis.set_title(corpus if row == 0 else "")
            axis.set_ylabel(label)
            axis.grid(alpha=0.3)
    for axis in axes[-1]:
        axis.set_xlabel("MFCC kept of 80")
        axis.set_xticks([n for n in N_MFCC if n < 80])
    axes[0, 0].legend()
    figure.savefig(path, dpi=110)


def adaptation(voices: list[str]) -> Iterator[list[str]]:
    """A row for each length of known speech: the gain on the rest of the voice, by voice and in the mean; the plot."""
    base = RunFolder.open("asr_20")
    lines: dict[str, list[tuple[float, float]]] = {}
    for minutes in (0, *MINUTES):
        gains = {voice: adapt(base, voice, minutes) for voice in voices}
        mean = np.mean([score["value"] for score in gains.values()])
        yield [f"{minutes:g}", *map(interval, gains.values()), f"{mean:+.2f}"]
        for voice, score in gains.items():
            lines.setdefault(voice, []).append((minutes, score["value"]))
    draw_adaptation(Path("docs/adaptation.png"), lines)


def draw_adaptation(path: Path, lines: dict[str, list[tuple[float, float]]]) -> None:
    """Draw the gain of each voice over the minutes of it that were known."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    for voice, points in lines.items():
        axis.plot(*zip(*points, strict=True), marker="o", label=voice)
    axis.set_xscale("symlog", linthresh=0.5)
    axis.set_xticks([0, *MINUTES], [f"{minutes:g}" for minutes in (0, *MINUTES)])
    axis.set_ylim(bottom=0)
    axis.set_xlabel("minutes of the voice known")
    axis.set_ylabel("gain on the rest of it (dB)")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(path, dpi=110)


def adapt(base: RunFolder, voice: str, minutes: float) -> dict:
    """Gain on the rest of a voice, with as many minutes of it known."""
    known, rest = lay_out(voice, minutes)
    run = base
    if minutes:
        name = f"{voice}_{minutes:g}_min"
        run = RunFolder(ROOT / "adapted" / name)
        if not run.is_finished:
            call("scripts/adapt.py", str(known), f"run={base.folder}", f"output={run.folder.parent}", f"name={name}")
    scores = evaluate_once(run, f"{rest.name}-all", [*folder_of(rest, UNSEEN["fillets"]), "listened=0"])
    return gain(scores, "snr")


def lay_out(voice: str, minutes: float) -> tuple[Path, Path]:
    """Link files of a voice, by hash: as many minutes as said, and those that no adaptation ever sees."""
    order = [utterance for utterance in unseen_utterances("fillets") if utterance.speaker == voice]
    seconds = np.cumsum([soundfile.info(utterance.path).duration for utterance in order])
    place = Path("data/adaptation", voice)
    known, rest = place / f"{voice}_{minutes:g}_min", place / f"{voice}_rest"
    link(known, [utterance for utterance, end in zip(order, seconds, strict=True) if end <= minutes * 60])
    link(rest, [utterance for utterance, end in zip(order, seconds, strict=True) if end > max(MINUTES) * 60])
    return known, rest


def link(folder: Path, utterances: list[Utterance]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for utterance in utterances:
        (folder / utterance.path.name).symlink_to(utterance.path.resolve())


def train_recipe(model: str, n_mfcc: int) -> RunFolder:
    """Train the recipe of the pretrained networks; those that are there need no training."""
    if model == "tcn" and f"asr_{n_mfcc}" in pretrained_names():
        return RunFolder(PRETRAINED / f"asr_{n_mfcc}")
    overrides = ["experiment=pretrained", f"model={model}", f"features.n_mfcc={n_mfcc}"]
    return train_once(ROOT / "coefficients", f"{model}_{n_mfcc}", overrides)


def evaluate_on(run: RunFolder, corpus: str, detail: str = "mean") -> dict:
    source = metrics_name(f"{corpus}-all", None, detail)
    return evaluate_once(run, source, [*unseen(corpus), f"listened={LISTENED}", f"detail={detail}"])


if __name__ == "__main__":
    main()
