"""Figures of runs that can be compared: what quality costs, and the trainings."""

import math
import textwrap
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator

from mfccinv.experiments.rows import Row
from mfccinv.reporting.figures import plain_label
from mfccinv.reporting.html import figure_png

COSTS = {"parameters": "weights", "minutes": "minutes of training"}
DRAWN_CURVES = 10  # as many colours as there are
EXACT_DB = 100.0  # an SNR beyond which nothing but rounding is left: in a figure it would press the others together
LEGEND_LETTERS = 95  # in a line
LEGEND_LINES = 4  # of a run
LINE_INCHES = 0.17  # of a legend


@dataclass(frozen=True)
class _Drawn:
    """A run with its SNR, dB, what legends say of it, and its colour: grey if there are too many."""

    row: Row
    snr: float
    label: str
    colour: str


def draw_figures(rows: list[Row], labels: list[str]) -> list[dict]:
    """Figures of a page: ``title``, what it ``shows`` for those who can't see it, and the ``png``.

    Parameters
    ----------
    rows : list of Row
        The best first.
    labels : list of str
        What legends say of each.
    """
    figures = []
    known = [
        (row, snr, _legend_label(label))
        for row, label in zip(rows, labels, strict=True)
        if (snr := row.validation["snr"]) is not None and snr < EXACT_DB
    ]
    drawn = [_Drawn(*one, f"C{place}" if place < DRAWN_CURVES else "tab:gray") for place, one in enumerate(known)]
    if drawn:
        title = f"Quality against cost{', without what is exact' if len(drawn) < len(rows) else ''}"
        shows = "validation SNR against cost, with the Pareto front"
        figures.append({"title": title, "shows": shows, "png": figure_png(_draw_costs(drawn))})
    if trained := [one for one in drawn if one.row.history]:
        title = f"Validation SNR by epoch{f', the first {DRAWN_CURVES}' if len(trained) > DRAWN_CURVES else ''}"
        shows = "validation SNR by epoch, a line a run"
        figures.append({"title": title, "shows": shows, "png": figure_png(_draw_curves(trained[:DRAWN_CURVES]))})
    return figures


def pareto_front(costs: list[float], qualities: list[float]) -> list[int]:
    """Places of those that no other reaches in quality at the same cost or less, the cheapest first."""
    front: list[int] = []
    for place in sorted(range(len(costs)), key=lambda place: (costs[place], -qualities[place])):
        if not front or qualities[place] > qualities[front[-1]]:
            front.append(place)
    return front


def _legend_label(text: str) -> str:
    lines = textwrap.wrap(text, LEGEND_LETTERS, subsequent_indent="    ", max_lines=LEGEND_LINES, placeholder=" …")
    return "\n".join(map(plain_label, lines))


def _draw_costs(drawn: list[_Drawn]) -> Figure:
    """Validation SNR against what a run cost, with the Pareto front."""
    figure = _figure(drawn[:DRAWN_CURVES])
    snrs = [one.snr for one in drawn]
    for axis, (name, label) in zip(figure.subplots(1, len(COSTS), sharey=True), COSTS.items(), strict=True):
        costs = [one.row.costs[name] for one in drawn]
        front = pareto_front(costs, snrs)
        axis.plot([costs[place] for place in front], [snrs[place] for place in front], color="tab:gray", alpha=0.5)
        for one, cost in zip(drawn, costs, strict=True):
            axis.plot(cost, one.snr, "o", color=one.colour, label=one.label if one.colour != "tab:gray" else None)
        axis.margins(y=0.08)
        _scale_costs(axis, costs)
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    figure.axes[0].set_ylabel("validation SNR (dB, magnitude)")
    _add_legend(figure)
    return figure


def _scale_costs(axis: Axes, costs: list[float]) -> None:
    """Scale an axis of costs by their logarithm, with 0 where it has its place, and plain numbers."""
    least = min((cost for cost in costs if cost > 0), default=1.0)
    axis.set_xscale("symlog", linthresh=least)
    decades = math.log10(max([2 * least, *costs]) / least)
    subs = [1, 2, 5] if decades < 1.2 else [1, 3] if decades < 3 else [1]  # as many numbers as there is room for
    axis.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=least, subs=subs))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda cost, _: f"{cost:,.9g}"))
    axis.set_xlim(-0.1 * least, max([2 * least, *(1.3 * cost for cost in costs)]))


def _draw_curves(drawn: list[_Drawn]) -> Figure:
    """Validation SNR by epoch, a line a run."""
    figure = _figure(drawn)
    axis = figure.subplots()
    for one in drawn:
        epochs, snrs = ([row[name] for row in one.row.history] for name in ("epoch", "val_snr"))
        axis.plot(epochs, snrs, color=one.colour, marker="." if len(epochs) < 20 else None, label=one.label)
    axis.set_xlabel("epoch")
    axis.set_ylabel("validation SNR (dB, magnitude)")
    axis.grid(alpha=0.3)
    last = max(len(one.row.history) for one in drawn)
    margin = max(0.5, 0.02 * last)
    axis.set_xlim(1 - margin, last + margin)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _add_legend(figure)
    return figure


def _figure(drawn: list[_Drawn]) -> Figure:
    """A figure with room below it for a legend."""
    lines = sum(1 + one.label.count("\n") for one in drawn)
    return Figure(figsize=(11, 4.5 + LINE_INCHES * lines), layout="constrained")


def _add_legend(figure: Figure) -> None:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, loc="outside lower left", frameon=False)
