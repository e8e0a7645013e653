"""All runs below a folder as sorted tables, and as a page with their curves and what quality costs.

A run's directory is its row: nothing else is written down, so nothing can be lost or disagree. Rows are sorted by
validation scores, among those that can be compared; scores on other speech are shown and never sorted by.
"""

import textwrap
from collections.abc import Callable

from mfccinv.experiments.leaderboard_figures import draw_figures
from mfccinv.experiments.rows import Row, Scores, baseline_snr, by_ground
from mfccinv.reporting.html import render_page
from mfccinv.reporting.legends import LSD, SOUND, Legend, format_legend
from mfccinv.reporting.tables import Cell, csv_table, format_number, format_table, markdown_table, printable
from mfccinv.reporting.titles import features_title, task_title
from mfccinv.synthesis.baseline import Baseline

TOLD_SETTINGS = 8  # in the table; CSV has them all
LONGEST_TOLD = 60  # letters of a setting in the table
LEAST_SETTINGS = 30  # letters of their column in a terminal
LONGEST_RUN = 28  # letters of a run's name in a line of a terminal
NEEDED = ("run", "val SNR", "gain", "val LSD", "settings")  # columns
LAST = ("parameters", "minutes", "epochs", "val loss", "frames/s")  # which are left out first, the last one first
# Columns of the sound of what was scored since: scores by what the title has after the name.
SOUND_COLUMNS = {
    "PESQ-WB, ESTOI": ("pesq", "estoi"),
    "MCD": ("mcd",),
    "VDE, GPE, FFE, F0 RMSE": ("vde", "gpe", "ffe", "f0_cents"),
}
GAIN = "+z.2f"  # a format, without a negative zero
LEGEND = {
    "val SNR": "spectral SNR on magnitude of the validation split, dB; higher is better",
    "gain": "val SNR less that of the baseline that the heading names, dB; higher is better",
    "val LSD": f"of the validation split: {LSD}",
    "val loss": "of the validation split; lower is better, among runs with one loss",
    "parameters": "weights that were trained",
    "minutes": "of training, validation not counted",
    "epochs": "passes through the training data that were made",
    "frames/s": "frames learned from a second",
}


def render(rows: list[Row], layout: str, width: int) -> str:
    """Lay out rows as a ``table`` for a terminal, as ``markdown``, as ``csv`` or as a page of ``html``.

    Parameters
    ----------
    rows : list of Row
    layout : str
    width : int
        Of the terminal, in letters.

    Raises
    ------
    ValueError
        For another layout.
    """
    layouts: dict[str, Callable[[list[list[Row]]], str]] = {
        "table": lambda groups: _render_tables(groups, width),
        "markdown": _render_markdown,
        "csv": _render_csv,
        "html": _render_page,
    }
    if layout not in layouts:
        raise ValueError(f"format must be one of {', '.join(layouts)}, got {layout!r}")
    return layouts[layout](by_ground(rows))


def told_settings(row: Row, rows: list[Row]) -> str:
    """Settings of a row that vary among rows that have them, what the data were made of last; not all if many."""
    values = {name: {one.settings[name] for one in rows if name in one.settings} for name in row.settings}
    varying = sorted(name for name, found in values.items() if len(found) > 1)
    ordered = sorted(varying, key=lambda name: name.split(".")[0] in ("corpus", "split", "augment", "dataset"))
    told = [_shortened(f"{name}={row.settings[name]}") for name in ordered[:TOLD_SETTINGS]]
    return " ".join([*told, f"… {len(ordered) - TOLD_SETTINGS} more"] if len(ordered) > TOLD_SETTINGS else told)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TOLD else f"{text[: LONGEST_TOLD - 1]}…"


def _heading(rows: list[Row]) -> tuple[str, str]:
    """What the scores of a group share: data, and features, task and baseline."""
    ground = rows[0].ground
    names = sorted({row.dataset for row in rows if row.dataset})
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    baseline = Baseline(ground.task, ground.spec, ground.sees_target).title
    snr = baseline_snr(rows)
    scored = baseline if snr is None else f"{baseline} has val SNR {snr:.2f} dB"
    data = f"data set{'s' if len(names) > 1 else ''} {shown or 'unknown'}, {ground.split}"
    return data, f"{task_title(ground.task, ground.sees_target)}; {features_title(ground.spec)}; baseline: {scored}"


def _columns(rows: list[Row]) -> dict[str, list[str]]:
    """Cells of each column by its title, in order; the run is the first and its settings are the last."""
    columns = {
        "run": [row.run for row in rows],
        "val SNR": [format_number(row.validation["snr"], ".2f") for row in rows],
        "gain": [format_number(row.validation["snr_gain"], GAIN) for row in rows],
        "val LSD": [format_number(row.validation["lsd"], ".2f") for row in rows],
        "val loss": [format_number(row.validation["loss"], ".4f") for row in rows],
    }
    for name in _scored(rows):
        columns[f"{name} SNR, gain"] = [_snr_and_gain(row.others[name]) if name in row.others else "" for row in rows]
    for title, (name, scores) in _sound_columns(rows).items():
        columns[title] = [_sound_cell(row.others.get(name, {}), scores) for row in rows]
    for name in ("parameters", "epochs"):
        columns[name] = [f"{row.costs[name]:,.0f}" for row in rows]
    columns["minutes"] = [f"{row.costs['minutes']:.1f}" for row in rows]
    speeds = (row.costs["frames_per_second"] for row in rows)
    columns["frames/s"] = [f"{speed:,.0f}" if speed else "–" for speed in speeds]
    columns["settings"] = [told_settings(row, rows) for row in rows]
    return {name: cells for name, cells in columns.items() if name != "settings" or any(cells)}


def _scored(rows: list[Row]) -> list[str]:
    """What any of the rows was scored on."""
    return sorted({name for row in rows for name in row.others})


def _sound_columns(rows: list[Row]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By title, what a column is of, and its scores: those that any of the rows has."""
    return {
        f"{name} {title}": (name, scores)
        for name in _scored(rows)
        for title, scores in SOUND_COLUMNS.items()
        if any(set(scores) & row.others.get(name, {}).keys() for row in rows)
    }


def _sound_cell(values: Scores, scores: tuple[str, ...]) -> str:
    return ", ".join(format_number(values[one], ".2f") for one in scores if one in values)


def _snr_and_gain(scores: Scores) -> str:
    gain = scores.get("snr_gain")
    return format_number(scores.get("snr"), ".2f") + (f", {gain:{GAIN}}" if gain is not None else "")


def _cells(columns: dict[str, list[str]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table."""
    return list(columns), [list(cells) for cells in zip(*columns.values(), strict=True)]


def _text_columns(header: list[str]) -> list[int]:
    return [column for column, name in enumerate(header) if name in ("run", "settings")]


def _legend(groups: list[list[Row]]) -> Legend:
    """What the columns of the groups' tables are."""
    legend = dict(LEGEND)
    for name in _scored([row for rows in groups for row in rows]):
        legend[f"{name} SNR, gain"] = f"the same of {name}, that was scored since: for a look, rows aren't sorted by it"
    for title, (name, scores) in _sound_columns([row for rows in groups for row in rows]).items():
        meanings = "; ".join(f"{SOUND[one][0]}: {SOUND[one][1]}" for one in scores)
        legend[title] = f"of the sound of {name}, for a look as well. {meanings}"
    return legend | {"settings": "those that vary among the runs of a table; a run that lacks one tells none"}


def _render_tables(groups: list[list[Row]], width: int) -> str:
    parts, left_out = [], dict[str, None]()
    for rows in groups:
        columns = _columns(rows)
        widths = _fit(columns, width, tuple(_sound_columns(rows)))
        left_out |= dict.fromkeys(name for name in columns if name not in widths)
        header, cells = _cells({name: columns[name] for name in widths})
        table = format_table(header, cells, _text_columns(header), dict(enumerate(widths.values())))
        parts.append("\n".join([*(textwrap.fill(line, width) for line in _heading(rows)), "", table]))
    shown = {name: meaning for name, meaning in _legend(groups).items() if name not in left_out}
    parts.append(format_legend(shown, width))
    if left_out:
        parts.append(textwrap.fill(f"left out for the width, format=csv has them: {'; '.join(left_out)}", width))
    return "\n\n".join(parts) + "\n"


def _fit(columns: dict[str, list[str]], width: int, sound: tuple[str, ...]) -> dict[str, int]:
    """Width of each column that has room in a line of a terminal; the settings get what is left.

    Those of the ``sound`` are left out first.
    """
    widths = {name: max(map(len, [*name.split(), *map(printable, cells)])) for name, cells in columns.items()}
    widths["run"] = min(widths["run"], LONGEST_RUN)
    wanted = widths.pop("settings", 0)
    since = [name for name in widths if name not in (*NEEDED, *LAST, *sound)]  # what was scored since
    for name in [*reversed(sound), *reversed(LAST), *reversed(since)]:
        if _room(widths, width) >= min(wanted, LEAST_SETTINGS):
            break
        del widths[name]
    return widths | ({"settings": max(min(wanted, _room(widths, width)), LEAST_SETTINGS)} if wanted else {})


def _room(widths: dict[str, int], width: int) -> int:
    """Letters that columns leave in a line for one more."""
    return width - sum(one + 2 for one in widths.values())


def _render_markdown(groups: list[list[Row]]) -> str:
    parts = []
    for rows in groups:
        header, cells = _cells(_columns(rows))
        heading = "\n\n".join(map(printable, _heading(rows)))
        parts.append(f"### {heading}\n\n{markdown_table(header, cells, _text_columns(header))}")
    parts.append("".join(f"- {printable(name)}: {meaning}\n" for name, meaning in _legend(groups).items()))
    return "\n".join(parts)


def _render_csv(groups: list[list[Row]]) -> str:
    """Every number in full, what a group shares, and every setting that differs in a column of its own."""
    rows = [row for group in groups for row in group]
    names = sorted({name for row in rows for name in row.settings})
    differing = [name for name in names if len({row.settings.get(name) for row in rows}) > 1]
    lines: list[dict[str, Cell]] = []
    for number, group in enumerate(groups, start=1):
        data, features = _heading(group)
        for row in group:
            line: dict[str, Cell] = {"run": row.run, "name": row.name, **row.costs}
            line |= {f"val_{name}": value for name, value in row.validation.items()}
            line |= {f"{place}_{name}": value for place, scores in row.others.items() for name, value in scores.items()}
            line |= {name: row.settings.get(name, "") for name in differing}
            lines.append(line | {"group": number, "group_data": data, "group_features": features})
    header = list(dict.fromkeys(name for line in lines for name in line))
    return csv_table(header, [[line.get(name, "") for name in header] for line in lines])


def _render_page(groups: list[list[Row]]) -> str:
    n = sum(map(len, groups))
    return render_page(
        "leaderboard.html",
        title=f"{n} run{'s' if n != 1 else ''}",
        subtitle="sorted by scores on the validation split, among runs that can be compared; what is scored on other "
        "speech is shown, not sorted by",
        groups=[_page_group(rows) for rows in groups],
        legend=_legend(groups),
    )


def _page_group(rows: list[Row]) -> dict:
    header, cells = _cells(_columns(rows))
    title, subtitle = _heading(rows)
    return {
        "title": title,
        "subtitle": subtitle,
        "header": header,
        "rows": cells,
        "text_columns": _text_columns(header),
        "figures": draw_figures(rows, [f"{row.run}  {told_settings(row, rows)}" for row in rows]),
    }
