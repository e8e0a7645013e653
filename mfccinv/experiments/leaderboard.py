"""All runs below a folder as one sorted table, and as a page with their curves and what quality costs.

A run's directory is its row: nothing else is written down, so nothing can be lost or disagree. Rows are sorted by
validation scores; scores on other speech are shown and never sorted by.
"""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mfccinv.experiments.rows import Row
from mfccinv.reporting.figures import plain_label
from mfccinv.reporting.html import figure_png, render_page
from mfccinv.reporting.tables import Cell, csv_table, format_number, format_table, markdown_table

COSTS = {"parameters": "weights", "minutes": "minutes of training"}
TOLD_SETTINGS = 8  # in the table; CSV has them all
DRAWN_CURVES = 10  # as many colours as there are
EXACT_DB = 100.0  # an SNR beyond which nothing but rounding is left: in a figure it would press the others together


def render(rows: list[Row], layout: str) -> str:
    """Lay out rows as a ``table`` for a terminal, as ``markdown``, as ``csv`` or as a page of ``html``.

    Raises
    ------
    ValueError
        For another layout.
    """
    layouts: dict[str, Callable[[list[Row]], str]] = {
        "table": lambda rows: format_table(*_cells(rows)),
        "markdown": lambda rows: markdown_table(*_cells(rows)),
        "csv": _render_csv,
        "html": _render_page,
    }
    if layout not in layouts:
        raise ValueError(f"format must be one of {', '.join(layouts)}, got {layout!r}")
    return layouts[layout](rows)


def pareto_front(costs: list[float], qualities: list[float]) -> list[int]:
    """Places of those that no other reaches in quality at the same cost or less, the cheapest first."""
    front: list[int] = []
    for place in sorted(range(len(costs)), key=lambda place: (costs[place], -qualities[place])):
        if not front or qualities[place] > qualities[front[-1]]:
            front.append(place)
    return front


def _differing(rows: list[Row]) -> list[str]:
    """Settings that are not the same in all rows."""
    names = sorted({name for row in rows for name in row.settings})
    return [name for name in names if len({row.settings.get(name) for row in rows}) > 1]


def _scored(rows: list[Row]) -> list[str]:
    """What any of the rows was scored on."""
    return sorted({name for row in rows for name in row.others})


def _cells(rows: list[Row]) -> tuple[list[str], list[list[str]], tuple[int, int]]:
    """Header and rows of a table, and which columns are text; the last is what a run differs in from most others."""
    values = {name: [row.settings[name] for row in rows if name in row.settings] for name in _differing(rows)}
    usual = {name: max(settings, key=settings.count) for name, settings in values.items()}
    scored = _scored(rows)
    header = ["run", "val SNR", "val LSD", "val loss", *(f"{name} SNR" for name in scored)]
    header += ["parameters", "epochs", "minutes", "frames/s", "differs in"]
    return header, [_row_cells(row, scored, usual) for row in rows], (0, len(header) - 1)


def _row_cells(row: Row, scored: list[str], usual: dict[str, str]) -> list[str]:
    return [
        row.run,
        *(format_number(row.validation[name], f".{digits}f") for name, digits in (("snr", 2), ("lsd", 2), ("loss", 4))),
        *(format_number(row.others[name].get("snr"), ".2f") if name in row.others else "" for name in scored),
        *(f"{row.costs[name]:,.0f}" for name in ("parameters", "epochs")),
        f"{row.costs['minutes']:.1f}",
        f"{row.costs['frames_per_second']:,.0f}" if row.costs["frames_per_second"] else "–",
        _tell([name for name, value in usual.items() if row.settings.get(name, value) != value], row.settings),
    ]


def _tell(differing: list[str], settings: dict[str, str]) -> str:
    """Settings by name, what the data were made of last, and not all if they are many."""
    ordered = sorted(differing, key=lambda name: name.split(".")[0] in ("corpus", "split", "augment", "dataset"))
    told = [f"{name}={settings[name]}" for name in ordered[:TOLD_SETTINGS]]
    return " ".join([*told, f"… {len(ordered) - TOLD_SETTINGS} more"] if len(ordered) > TOLD_SETTINGS else told)


def _render_csv(rows: list[Row]) -> str:
    """Every number in full, and every setting that differs in a column of its own."""
    lines: list[dict[str, Cell]] = []
    for row in rows:
        line: dict[str, Cell] = {"run": row.run, "name": row.name, **row.costs}
        line |= {f"val_{name}": value for name, value in row.validation.items()}
        line |= {f"{place}_{name}": value for place, scores in row.others.items() for name, value in scores.items()}
        lines.append(line | {name: row.settings.get(name, "") for name in _differing(rows)})
    header = list(dict.fromkeys(name for line in lines for name in line))
    return csv_table(header, [[line.get(name, "") for name in header] for line in lines])


def _render_page(rows: list[Row]) -> str:
    header, cells, text_columns = _cells(rows)
    return render_page(
        "leaderboard.html",
        title=f"{len(rows)} run{'s' if len(rows) != 1 else ''}",
        subtitle="sorted by scores on the validation split; what is scored on other speech is shown, not sorted by",
        header=header,
        rows=cells,
        text_columns=text_columns,
        figures=_draw_figures(rows),
    )


def _draw_figures(rows: list[Row]) -> list[dict]:
    """Figures of a page: ``title``, what it ``shows`` for those who can't see it, and the ``png``."""
    figures = []
    drawn = [row for row in rows if (snr := row.validation["snr"]) is not None and snr < EXACT_DB]
    if drawn:
        title = f"Quality against cost{', without what is exact' if len(drawn) < len(rows) else ''}"
        shows = "validation SNR against cost, with the Pareto front"
        figures.append({"title": title, "shows": shows, "png": figure_png(_draw_costs(drawn))})
    if trained := [row for row in drawn if row.history]:
        title = f"Validation SNR by epoch{f', the first {DRAWN_CURVES}' if len(trained) > DRAWN_CURVES else ''}"
        shows = "validation SNR by epoch, a line a run"
        figures.append({"title": title, "shows": shows, "png": figure_png(_draw_curves(trained[:DRAWN_CURVES]))})
    return figures


def _draw_costs(rows: list[Row]) -> Figure:
    """Validation SNR against what a run cost, with the Pareto front."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    snrs = [snr for row in rows if (snr := row.validation["snr"]) is not None]  # all that are drawn have one
    for axis, (name, label) in zip(figure.subplots(1, len(COSTS), sharey=True), COSTS.items(), strict=True):
        costs = [row.costs[name] for row in rows]
        front = pareto_front(costs, snrs)
        axis.scatter(costs, snrs, color="tab:gray")
        axis.plot([costs[place] for place in front], [snrs[place] for place in front], marker="o", color="tab:orange")
        axis.margins(y=0.08)
        axis.set_xscale("symlog", linthresh=min((cost for cost in costs if cost > 0), default=1.0))
        axis.autoscale_view()
        for place in front:
            _annotate(axis, rows[place].run, costs[place], snrs[place])
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    figure.axes[0].set_ylabel("validation SNR (dB, magnitude)")
    return figure


def _annotate(axis: Axes, run: str, cost: float, snr: float) -> None:
    """Name a point of the front within the axes: on its left above, where no run can be, if it is far enough right."""
    is_right = (axis.transScale + axis.transLimits).transform((cost, snr))[0] > 0.5
    offset, alignment = ((-5, 4), "right") if is_right else ((5, -12), "left")
    axis.annotate(plain_label(run), (cost, snr), xytext=offset, textcoords="offset points", ha=alignment, fontsize=8)


def _draw_curves(rows: list[Row]) -> Figure:
    """Validation SNR by epoch, a line a run."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    axis = figure.subplots()
    for row in rows:
        axis.plot(
            [one["epoch"] for one in row.history], [one["val_snr"] for one in row.history], label=plain_label(row.run)
        )
    axis.set_xlabel("epoch")
    axis.set_ylabel("validation SNR (dB, magnitude)")
    axis.grid(alpha=0.3)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(fontsize=8, loc="outside right upper")
    return figure
