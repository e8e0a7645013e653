"""Makes the learning curve over voices: what more of them bring on corpora that no network was trained on.

    python benchmarks/learning_curve.py                                the recipe on 230 voices to all (trains; hours)
    python benchmarks/learning_curve.py model.width=128 --passes 0     narrower, at equal frames alone

Words with a ``=`` are settings of the trainings. Every number of voices is trained on for as many frames, and for as
many passes over its own frames. Gain is fitted as a line over the logarithm of the voices, at equal frames. Runs go to
``checkpoints/learning_curve/``; those that are there, and what was scored, are not done again. With other numbers of
voices the table is printed, but not kept, nor drawn.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from commands import UNSEEN, composed, evaluate_once, interval, print_table, train_once, unseen
from matplotlib.figure import Figure
from unseen_scores import MEAN, mean_of

from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.atomic_files import temporary_beside

ROOT = Path("checkpoints/learning_curve")
FIGURE = Path("docs/learning_curve.png")
VOICES = (230, 460, 920, 1840)
FAR = 50_000  # voices that the line is drawn to


@dataclass(frozen=True)
class Point:
    """A network's number of voices, the frames that it was trained on, and its gains by corpus, their mean included."""

    voices: int
    frames: int
    gains: dict[str, dict]


@dataclass(frozen=True)
class Line:
    """Gain, dB, over voices: ``slope`` for each doubling of them, and what a point is off it at most."""

    slope: float
    start: float
    off: float

    @classmethod
    def through(cls, voices: Sequence[int], gains: Sequence[float]) -> "Line":
        """The line of least squares through two points or more."""
        slope, start = np.polyfit(np.log2(voices), gains, 1)
        off = np.abs(np.asarray(gains) - start - slope * np.log2(voices)).max()
        return cls(float(slope), float(start), float(off))

    def at(self, voices: int) -> float:
        return self.start + self.slope * float(np.log2(voices))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("settings", nargs="*", help="of the trainings, such as model.width=128")
    parser.add_argument("--experiment", default="many_voices", help="whose recipe is trained (many_voices)")
    parser.add_argument("--voices", type=int, nargs="+", default=VOICES, help="before all of them (230 460 920 1840)")
    parser.add_argument("--frames", type=float, default=20, help="of every training, million (20)")
    parser.add_argument("--epochs", type=int, default=40, help="that these are divided into (40)")
    parser.add_argument("--passes", type=int, default=4, help="over the frames of the voices (4); 0: none")
    arguments = parser.parse_intermixed_args()
    recipe = composed("scripts/train.py", f"experiment={arguments.experiment}", *arguments.settings)
    arguments.batch_frames = recipe["training"]["batch_frames"]
    is_kept = tuple(arguments.voices) == VOICES
    titles = ["voices", "frames (M)", *UNSEEN, MEAN]
    titles += ["equal passes: frames (M)", MEAN] if arguments.passes else []
    rows = curve(arguments, FIGURE if is_kept else None)
    print_table("learning_curve" if is_kept else None, titles, rows, align="r" * len(titles))


def curve(arguments: argparse.Namespace, figure: Path | None) -> Iterator[list[str]]:
    """A row for each number of voices, then what the lines through them say; the figure."""
    at_frames, at_passes = [], []
    for voices in (*arguments.voices, None):
        at_frames.append(measure("frames", voices, equal_frames(arguments), arguments))
        require_frames(at_frames[-1], arguments)
        row = [f"{at_frames[-1].voices:,}", *cells(at_frames[-1], [*UNSEEN, MEAN])]
        if arguments.passes:
            at_passes.append(measure("passes", voices, equal_passes(arguments), arguments))
            row += cells(at_passes[-1], [MEAN])
        yield row
    lines = {corpus: line_of(at_frames, corpus) for corpus in (*UNSEEN, MEAN)}
    rest = [""] * 2 if arguments.passes else []
    yield ["for each doubling", "", *(f"{line.slope:+.2f}" for line in lines.values()), *rest]
    yield ["off the line at most", "", *(f"{line.off:.2f}" for line in lines.values()), *rest]
    yield [f"{FAR:,} by the line", "", *(f"{line.at(FAR):+.2f}" for line in lines.values()), *rest]
    if figure is not None:
        draw(figure, at_frames, at_passes)


def equal_frames(arguments: argparse.Namespace) -> list[str]:
    """Settings of a training on so many frames: epochs are short, so that few voices have enough for one."""
    steps = round(arguments.frames * 1e6 / arguments.epochs / arguments.batch_frames)
    return [f"training.epochs={arguments.epochs}", f"training.steps_per_epoch={max(steps, 1)}"]


def require_frames(point: Point, arguments: argparse.Namespace) -> None:
    """End the program if voices had too few frames for an epoch, which then ended with them.

    Segments that an utterance doesn't fill cost up to a third of the frames.
    """
    if point.frames < arguments.frames * 1e6 / 2:
        sys.exit(
            f"--epochs={arguments.epochs} is too few: {point.voices} voices came to {point.frames / 1e6:.1f} of "
            f"--frames={arguments.frames:g} million; raise it, and remove {ROOT}"
        )


def equal_passes(arguments: argparse.Namespace) -> list[str]:
    """Settings of a training of so many passes."""
    return [f"training.epochs={arguments.passes}", "training.steps_per_epoch=null"]


def training_overrides(voices: int | None, length: list[str], arguments: argparse.Namespace) -> list[str]:
    """Settings of a training; ``voices`` None: all. A training ends with its last epoch, never before."""
    number = "null" if voices is None else voices
    settings = [f"experiment={arguments.experiment}", "training.patience=1000000", *length, f"training.voices={number}"]
    return [*settings, *arguments.settings]


def measure(kind: str, voices: int | None, length: list[str], arguments: argparse.Namespace) -> Point:
    """Train on some voices, unless that was done, and score the network on each corpus."""
    run = train_once(ROOT, f"{kind}_{voices or 'all'}", training_overrides(voices, length, arguments))
    gains = {corpus: snr_gain(run, corpus) for corpus in UNSEEN}
    learned = run.learned_from
    assert learned is not None  # every training notes it
    frames = len(run.read_history()) * run.environment["frames_per_epoch"]
    gains[MEAN] = mean_of(list(gains.values()))
    return Point(sum(map(len, learned.voices.values())), frames, gains)


def snr_gain(run: RunFolder, corpus: str) -> dict:
    """Gain over the analytic inverse on a corpus, dB, as `mean_of` takes it."""
    scores = evaluate_once(run, f"{corpus}-all", [*unseen(corpus), "listened=0", "examples=0"])
    return scores["gain"]["snr"] | {"analytic": scores["total"]["pseudo_inverse"]["snr"]["value"]}


def cells(point: Point, corpora: list[str]) -> list[str]:
    return [f"{point.frames / 1e6:.1f}", *(interval(point.gains[corpus]) for corpus in corpora)]


def line_of(points: list[Point], corpus: str) -> Line:
    return Line.through([point.voices for point in points], [point.gains[corpus]["value"] for point in points])


def draw(path: Path, at_frames: list[Point], at_passes: list[Point]) -> None:
    """Draw the gain over the voices: of each corpus, their mean with its line, and the mean at equal passes."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axis = figure.subplots()
    voices = [point.voices for point in at_frames]
    for corpus in UNSEEN:
        axis.plot(voices, [point.gains[corpus]["value"] for point in at_frames], marker=".", alpha=0.5, label=corpus)
    means = np.array([point.gains[MEAN]["value"] for point in at_frames])
    ends = np.array([point.gains[MEAN]["interval"] or [mean] * 2 for point, mean in zip(at_frames, means, strict=True)])
    axis.errorbar(voices, means, np.abs(ends.T - means), color="black", marker="o", capsize=3, label=MEAN)
    if at_passes:
        points = [(point.voices, point.gains[MEAN]["value"]) for point in at_passes]
        axis.plot(*zip(*points, strict=True), color="black", linestyle=":", marker="s", label=f"{MEAN}, equal passes")
    line = line_of(at_frames, MEAN)
    axis.plot([voices[0], FAR], [line.at(voices[0]), line.at(FAR)], color="black", linestyle="--", linewidth=1)
    axis.plot(FAR, line.at(FAR), color="black", marker="o", fillstyle="none")
    axis.set_xscale("log", base=2)
    ticks = [*voices, FAR]
    axis.set_xticks(ticks, [f"{number:,}" for number in ticks])
    axis.set_title(f"{line.slope:+.2f} dB for each doubling: {FAR:,} voices would end at {line.at(FAR):+.2f} dB")
    axis.set_xlabel("voices trained on, at equal frames")
    axis.set_ylabel("gain over the analytic inverse (dB)")
    axis.grid(alpha=0.3)
    axis.legend()
    with temporary_beside(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")


if __name__ == "__main__":
    main()
