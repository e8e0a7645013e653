"""Tests of the leaderboard: every finished run is a row, the best first, and nothing but validation decides."""

import csv
import errno
import json
import os
import re

import pytest
import yaml
from configurations import preset
from programs import call

from mfccinv.experiments import leaderboard, leaderboard_figures
from mfccinv.experiments.leaderboard import render
from mfccinv.experiments.leaderboard_figures import DRAWN_CURVES, draw_figures, pareto_front
from mfccinv.experiments.rows import by_ground, read_rows
from mfccinv.run_folders.learned_from import LearnedFrom
from mfccinv.run_folders.run_folder import RunError, RunFolder

pytestmark = pytest.mark.usefixtures("untraced_file")


def laid_out(rows, layout, width=200):
    return render(rows, layout, width)


def table_of(text):
    """Lines of the first table of a text for a terminal, with its header."""
    return text.split("\n\n")[1].splitlines()


def write_run(
    root, name, snr, *, test_snr=None, parameters=1000, seconds=(2.0, 1.0, 3.0), gain=None, groups=None, **changed
):
    """A run's folder as a training leaves it, without its model; ``groups`` are others of its configuration."""
    folder = root / name
    folder.mkdir(parents=True)
    config = {
        "name": "tiny",
        "source": "mfcc",
        "target": "mel",
        "model": {"name": "dense", "hidden": [16], "context": 9, "position": "centre"} | changed,
        "training": {"seed": 0, "progress": True},
        "run": {"root": str(root), "name": name},
        "init": None,
    } | (groups or {})
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "feature_spec.json").write_text(preset("asr").to_json())
    metrics = {"validation": {"loss": -snr, "snr": snr, "lsd": 4.0} | ({} if gain is None else {"snr_gain": gain})}
    if test_snr is not None:
        metrics["demo-test"] = {"snr": test_snr, "lsd": 5.0}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    environment = {"trainable_parameters": parameters, "frames_per_epoch": 50_000}
    (folder / "environment.json").write_text(json.dumps(environment))
    lines = [f"{epoch},1,1,{snr - 1 / epoch},1,{second}" for epoch, second in enumerate(seconds, 1)]
    if lines:
        (folder / "history.csv").write_text("\n".join([COLUMNS, *lines]) + "\n")
    return folder


@pytest.fixture
def root(tmp_path):
    """Three finished runs, one of them in a sweep's folder, and one without an epoch."""
    folder = tmp_path / "checkpoints"
    write_run(folder, "good", 9.0, test_snr=1.0, parameters=5000)
    write_run(folder / "sweep", "best", 9.5, parameters=9000, context=15)
    write_run(folder, "poor", 8.0, test_snr=99.0, hidden=[4])
    (write_run(folder, "unfinished", 0) / "metrics.json").unlink()
    return folder


def test_the_best_on_validation_comes_first_whatever_the_test_says(root):
    assert [row.run for row in read_rows(root, "val_snr")[0]] == ["sweep/best", "good", "poor"]
    assert [row.run for row in read_rows(root, "val_loss")[0]] == ["sweep/best", "good", "poor"]


def test_a_row_tells_what_a_run_cost(root):
    best = read_rows(root, "val_snr")[0][0]
    assert best.costs == {"parameters": 9000, "epochs": 3, "minutes": 0.1, "frames_per_second": 25_000}


def test_the_table_tells_what_differs(root):
    """Every row, the first as well."""
    lines = table_of(laid_out(read_rows(root, "val_snr")[0], "table"))[-3:]
    assert [line.split()[0] for line in lines] == ["sweep/best", "good", "poor"]
    assert [line.split(" 25,000")[1].strip() for line in lines] == [
        "model.context=15 model.hidden=[16]",
        "model.context=9 model.hidden=[16]",
        "model.context=9 model.hidden=[4]",
    ]
    assert "99.00" in lines[2]


def test_scores_of_sound_have_columns_that_give_way_first(root):
    """As they are, with what they mean; a run that was not heard has none."""
    path = root / "good" / "metrics.json"
    metrics = json.loads(path.read_text())
    metrics["demo-test"] |= {"mcd": 1.25, "vde": 10.0, "gpe": None, "ffe": 12.5, "f0_cents": 30.0, "pesq": 2.0}
    path.write_text(json.dumps(metrics))
    rows = read_rows(root, "val_snr")[0]
    text = laid_out(rows, "markdown")
    title = "demo-test VDE, GPE, FFE, F0 RMSE"
    header, _, best, good = [line.split(" | ") for line in text.splitlines() if line.startswith("|")][:4]
    assert (good[header.index("demo-test MCD")], good[header.index(title)]) == ("1.25", "10.00, –, 12.50, 30.00")
    assert (best[header.index("demo-test MCD")], best[header.index(title)]) == ("", "")
    assert good[header.index("demo-test PESQ-WB, ESTOI")] == "2.00"
    assert f"- {title}: of the sound of demo-test" in text
    assert "GPE: gross pitch error: % of the frames voiced in both whose F0 is off by over 20 %" in text
    narrow = laid_out(rows, "table", 110)
    assert title in narrow.partition("left out for the width, format=csv has them: ")[2].replace("\n", " ")
    assert "demo-test SNR" in narrow.partition("left out")[0]
    first = next(one for one in csv.DictReader(laid_out(rows, "csv").splitlines()) if one["run"] == "good")
    assert (first["demo-test_ffe"], first["demo-test_pesq"]) == ("12.5", "2.0")


def test_what_a_model_does_not_have_is_no_difference(root):
    folder = write_run(root, "adapted", 8.5, kernel=3)
    config = yaml.safe_load((folder / "config.yaml").read_text())
    (folder / "config.yaml").write_text(yaml.safe_dump(config | {"init": "asr_20"}))
    (folder / "environment.json").write_text('{"backend": "jax"}')
    rows = {line.split()[0]: line for line in table_of(laid_out(read_rows(root, "val_snr")[0], "table"))}
    assert "backend=jax init=asr_20" in rows["adapted"]
    for name in ("good", "poor", "sweep/best"):
        assert "backend=tensorflow init=null" in rows[name]
    assert not any("kernel" in row for row in rows.values())


def test_csv_holds_every_number_and_setting_that_differs(root):
    rows = list(csv.DictReader(laid_out(read_rows(root, "val_snr")[0], "csv").splitlines()))
    assert [row["model.context"] for row in rows] == ["15", "9", "9"]
    assert [float(row["val_snr"]) for row in rows] == [9.5, 9.0, 8.0]
    assert [row["demo-test_snr"] for row in rows] == ["", "1.0", "99.0"]
    assert not {"run.name", "training.progress", "model.name"} & set(rows[0])


def test_markdown_is_a_table(root):
    text = laid_out(read_rows(root, "val_snr")[0], "markdown").splitlines()
    assert text[0].startswith("### ")
    assert "\\n" not in text[0]
    assert text[1:4:2] == ["", ""]
    lines = [line for line in text if line[:1] == "|"]
    assert len(lines) == 5
    assert {line.count("|") for line in lines} == {lines[0].count("|")}
    assert lines[1].startswith("| --- | ---: |")
    assert lines[1].endswith(" ---: | --- |")


def test_of_many_differences_a_table_tells_some(root):
    many = {f"setting{number}": number for number in range(20)}
    for name, snr, settings, copies in (("many", 7.0, many, 8), ("others", 6.0, dict.fromkeys(many, 20), 1)):
        folder = write_run(root, name, snr, **settings)
        config = yaml.safe_load((folder / "config.yaml").read_text())
        (folder / "config.yaml").write_text(yaml.safe_dump(config | {"augment": {"copies": copies}}))
    line = table_of(laid_out(read_rows(root, "val_snr")[0], "table", 1000))[-1]
    assert line.count("model.") == leaderboard.TOLD_SETTINGS
    assert line.endswith(f" … {23 - leaderboard.TOLD_SETTINGS} more")  # those of the data come last
    assert "augment.copies" in laid_out(read_rows(root, "val_snr")[0], "csv").splitlines()[0]


def test_the_page_holds_its_pictures(root):
    page = laid_out(read_rows(root, "val_snr")[0], "html")
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    assert "sweep/best" in page


def pictures(root):
    """Pictures on the page of the runs in a folder, and the page."""
    page = laid_out(read_rows(root, "val_snr")[0], "html")
    return re.findall(r"data:image/png;base64,([^\"']+)", page), page


def test_figures_are_of_what_was_trained_and_is_not_exact(tmp_path):
    """A run of another kind changes nothing in a picture that it isn't in."""
    write_run(tmp_path, "trained", 9.0)
    [costs_of_one, curves], _ = pictures(tmp_path)
    write_run(tmp_path, "analytic", 7.0, seconds=())
    [costs_of_two, same_curves], page = pictures(tmp_path)
    assert costs_of_two != costs_of_one
    assert same_curves == curves
    assert "Quality against cost<" in page
    write_run(tmp_path, "exact", 114.0, seconds=())
    found, page = pictures(tmp_path)
    assert found == [costs_of_two, curves]
    assert "Quality against cost, without what is exact" in page
    assert "Validation SNR by epoch<" in page


def test_curves_are_of_the_best_and_the_page_says_so(tmp_path):
    for number in range(DRAWN_CURVES + 1):
        write_run(tmp_path, f"run{number}", 9.0 - number)
    page = laid_out(read_rows(tmp_path, "val_snr")[0], "html")
    assert f"Validation SNR by epoch, the first {DRAWN_CURVES}<" in page
    assert "without what is exact" not in page


def test_a_page_of_what_is_exact_has_no_figures(tmp_path):
    write_run(tmp_path, "exact", 114.0, seconds=())
    assert "data:image" not in laid_out(read_rows(tmp_path, "val_snr")[0], "html")


def test_one_run_is_enough_for_every_layout(tmp_path):
    write_run(tmp_path, "only", 9.0, parameters=0, seconds=())
    rows = read_rows(tmp_path, "val_snr")[0]
    for layout in ("table", "csv", "markdown", "html"):
        assert "only" in laid_out(rows, layout)
    assert table_of(laid_out(rows, "table"))[-1].endswith(" –")  # nothing was trained


def test_the_pareto_front_is_what_nothing_cheaper_reaches():
    assert pareto_front([3, 1, 2, 2, 5], [9.0, 7.0, 8.0, 7.5, 9.0]) == [1, 2, 0]
    assert pareto_front([1, 1], [5.0, 6.0]) == [1]


@pytest.mark.parametrize(
    ("sort", "layout", "message"),
    [
        ("test_snr", "table", "sort must be one of val_snr, val_lsd, val_loss, got 'test_snr'"),
        ("val_snr", "pdf", "format must be one of table, markdown, csv, html, got 'pdf'"),
    ],
)
def test_what_is_unknown_is_refused(root, sort, layout, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        laid_out(read_rows(root, sort)[0], layout)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no finished run in .*: train one first"):
        read_rows(tmp_path, "val_snr")[0]


COLUMNS = "epoch,loss,val_loss,val_snr,val_lsd,seconds"
DAMAGE = {
    "metrics.json": [
        ("", "Expecting value"),
        ("[1]", "it must hold an object, got list"),
        ('{"vblidation": {}}', "metrics.json has no validation: the training isn't finished"),
        ('{"validation": [1, 2]}', r"validation can't be \[1, 2\]"),
        ('{"validation": null}', "validation can't be None"),
        ('{"validation": {"snr": 9}}', "validation of metrics.json has no lsd, loss"),
        ('{"validation": {"snr": "9", "lsd": 1, "loss": 1}}', "validation can't be {.*'snr': '9'}"),
        ('{"validation": {"snr": NaN, "lsd": 1, "loss": 1}}', "NaN is no JSON"),
        ('{"validation": {"snr": 1e99, "lsd": 1, "loss": 1}}', r"validation can't be {.*'snr': 1e\+99}"),
        ('{"validation": {"snr": 9, "lsd": 1, "loss": true}}', "validation can't be {.*'loss': True"),
        ('{"validation": {"snr": 9, "lsd": 1, "loss": 1}, "x": {"snr": []}}', r"x can't be {'snr': \[\]}"),
        (b"\xff\xfe\0", "can't decode"),
    ],
    "environment.json": [
        ("", "Expecting value"),
        ("[]", "it must hold an object, got list"),
        ('{"trainable_parameters": "many"}', "trainable_parameters can't be 'many'"),
        ('{"frames_per_epoch": null}', "frames_per_epoch can't be None"),
        ('{"versions": [1]}', r"versions can't be \[1\]"),
    ],
    "history.csv": [
        ("", "history.csv has no epoch"),
        (f"{COLUMNS}\n", "history.csv has no epoch"),
        (bytes(99), "history.csv has no epoch|NUL"),
        ("epoch,seconds\n1,2\n", "the row of epoch 1 can't be {'epoch': 1.0, 'seconds': 2.0}"),
        (f"{COLUMNS}\n1,1,nan,1,1,2\n", "the row of epoch 1 can't be {'epoch': 1.0"),
        (f"{COLUMNS}\n2,1,1,1,1,2\n", "the row of epoch 1 can't be {'epoch': 2.0"),
        (f"{COLUMNS}\n1,1,1,x,1,2\n", "could not convert"),
        (b"\xff\xfe\0", "can't decode"),
    ],
    "config.yaml": [
        (b"\xff\xfe\0", "can't decode"),
        ("", "it must hold settings by name, got NoneType"),
        ("{source: mfcc, target: mel, model: 7}", "model can't be 7"),
        ("{source: mfcc, target: mel, model: {}, training: all}", "training can't be 'all'"),
        (f"{{source: mfcc, target: mel, model: {{}}, name: {'x' * 5000}}}", "a text of 5,000 characters, 4,096 is the"),
    ],
}


@pytest.mark.parametrize(
    ("name", "content", "message"), [(name, *damage) for name, damages in DAMAGE.items() for damage in damages]
)
def test_a_damaged_run_is_left_out_with_its_reason(root, name, content, message):
    file = write_run(root, "damaged", 99.0) / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows, unreadable = read_rows(root, "val_snr")
    assert [row.run for row in rows] == ["sweep/best", "good", "poor"]
    [reason] = unreadable
    assert re.search(rf"{file.parent}.*{message}", reason)
    assert len(reason) < 500


def test_what_its_folder_finds_damaged_is_left_out(root, monkeypatch):
    config = RunFolder.config.func

    def damaged(run):
        if run.folder.name == "good":
            raise RunError("config.yaml is damaged")
        return config(run)

    monkeypatch.setattr(RunFolder, "config", property(damaged))
    rows, unreadable = read_rows(root, "val_snr")
    assert [row.run for row in rows] == ["sweep/best", "poor"]
    assert unreadable == [f"{root / 'good'}: config.yaml is damaged"]


def test_what_can_not_be_read_at_all_is_left_out(root, monkeypatch):
    folder = write_run(root, "circle", 9.0)
    (folder / "metrics.json").unlink()
    (folder / "metrics.json").symlink_to("metrics.json")
    (root / "locked").mkdir()
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    rows, unreadable = read_rows(root, "val_snr")
    assert len(rows) == 3
    unfinished = f"{folder}: metrics.json has no validation: the training isn't finished"
    assert sorted(unreadable) == [unfinished, f"{root / 'locked'}: Permission denied"]


def test_only_damaged_runs_are_refused_with_their_reasons(tmp_path):
    (write_run(tmp_path, "damaged", 9.0) / "metrics.json").write_text("[1]")
    with pytest.raises(
        ValueError,
        match=r"no finished run in .*: train one first, mfccinv train; .*damaged",
    ):
        read_rows(tmp_path, "val_snr")


def test_the_program_tells_what_it_leaves_out(root):
    (write_run(root, "damaged\n", 9.0) / "environment.json").write_text("[1]")
    ended = call("leaderboard", f"root={root}", "format=csv", cwd=root)
    assert ended.code == 0
    assert len(list(csv.DictReader(ended.stdout.splitlines()))) == 3
    assert re.search(
        r"^left out: .*damaged\\n/environment\.json is damaged: it must hold an object, got list$",
        ended.stderr,
        re.MULTILINE,
    )
    ended = call("leaderboard", "root=nowhere", cwd=root)
    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: no finished run in nowhere: train one first")


def test_a_score_that_is_not_finite_is_a_dash_and_comes_last(root):
    folder = write_run(root, "exact", 0.0, seconds=(0.0,))
    scores = {"validation": {"snr": None, "lsd": None, "loss": 1.0}, "demo-test": {"snr": None}, "other": {}}
    (folder / "metrics.json").write_text(json.dumps(scores))
    rows, _ = read_rows(root, "val_snr")
    assert [row.run for row in rows][-1] == "exact"
    assert table_of(laid_out(rows, "table"))[-1].split()[:5] == ["exact", "–", "–", "–", "1.0000"]
    assert list(csv.DictReader(laid_out(rows, "csv").splitlines()))[-1]["val_snr"] == ""
    assert "<td>–" in laid_out(rows, "html")


def test_only_what_can_be_compared_is_in_a_table(tmp_path):
    """Other data, other features, another task: their scores aren't of the same frames."""
    corpus = {"corpus": {"name": "demo", "root": "demo"}, "split": {"by": "speaker"}}
    write_run(tmp_path, "good", 9.0, groups=corpus)
    write_run(tmp_path, "augmented", 9.5, groups=corpus | {"augment": {"copies": 2}})
    write_run(tmp_path, "shared_voices", 12.0, groups=corpus | {"split": {"by": "position"}})
    write_run(tmp_path, "few", 10.0, groups=corpus | {"dataset": {"limit": 3}})
    write_run(tmp_path, "forecast", 4.0, groups=corpus, position="next")
    write_run(tmp_path, "linear", 5.0, groups=corpus | {"target": "linear"})
    more = write_run(tmp_path, "more_coefficients", 11.0, groups=corpus)
    (more / "feature_spec.json").write_text(preset("asr", n_mfcc=40).to_json())
    rows, unreadable = read_rows(tmp_path, "val_snr")
    assert unreadable == []
    groups = [[row.run for row in group] for group in by_ground(rows)]
    assert groups[0] == ["augmented", "good"]
    alone = ["shared_voices", "more_coefficients", "few", "linear", "forecast"]
    assert groups[1:] == [[name] for name in alone]
    text = laid_out(rows, "table")
    assert "mfcc → mel; 40 MFCC of 80 mel bands at 16,000 Hz, 400/160 samples; baseline: the analytic inverse\n" in text
    assert "mfcc → mel, of the next frame; 20 MFCC of" in text
    assert "baseline: the last frame seen, repeated (the analytic inverse)" in text
    assert "split by position\n" in text
    assert laid_out(rows, "html").count("<table>") == laid_out(rows, "markdown").count("\n| run |") == 6
    assert [row["group"] for row in csv.DictReader(laid_out(rows, "csv").splitlines())] == list("1123456")


def test_runs_are_of_one_group_if_they_were_validated_on_the_same(tmp_path):
    """Whatever they were trained on."""
    for name, validation in (("one", "a"), ("same", "a"), ("other", "b")):
        folder = write_run(tmp_path, name, 9.0)
        split = {"rule": "position", "speaker_disjoint": False}
        (folder / "learned_from.json").write_text(LearnedFrom({}, frozenset([name]), True, split, validation).to_json())
        (folder / "environment.json").write_text(json.dumps({"dataset": f"data/sets/{name}"}))
    rows = read_rows(tmp_path, "val_snr")[0]
    assert [[row.run for row in group] for group in by_ground(rows)] == [["one", "same"], ["other"]]
    heading = laid_out(rows, "table").splitlines()[0]
    assert heading == "data sets one, same, split by position: VOICES SHARED BETWEEN SPLITS"


def test_the_gain_is_over_the_baseline_of_the_group(tmp_path):
    """Which one run tells, for older ones, too."""
    write_run(tmp_path, "new", 9.0, gain=1.75)
    write_run(tmp_path, "older", 7.0)
    write_run(tmp_path, "analytic", 7.25, gain=-0.0001)
    rows = read_rows(tmp_path, "val_snr")[0]
    text = laid_out(rows, "table")
    assert "the analytic inverse has val SNR 7.25 dB" in text
    cells = {line.split()[0]: line.split() for line in table_of(text)[1:]}
    assert {name: cells[name][2] for name in ("new", "older", "analytic")} == {
        "new": "+1.75",
        "older": "-0.25",
        "analytic": "+0.00",
    }
    (lonely := tmp_path / "lonely").mkdir()
    write_run(lonely, "run", 9.0)
    assert table_of(laid_out(read_rows(lonely, "val_snr")[0], "table"))[-1].split()[:3] == ["run", "9.00", "–"]


def test_a_gain_that_a_run_tells_stays(tmp_path):
    write_run(tmp_path, "one", 9.0, gain=1.75)
    write_run(tmp_path, "other", 7.0, gain=1.5)
    [rows] = by_ground(read_rows(tmp_path, "val_snr")[0])
    assert [row.validation["snr_gain"] for row in rows] == [1.75, 1.5]


def test_every_detail_has_a_column_where_networks_take_several_numbers(tmp_path):
    folder = write_run(tmp_path, "run", 9.0, groups={"min_mfcc": 19})
    scores = {"loss": -9.0, "snr": 9.0, "lsd": 4.0}
    names = ("validation", "validation-20_mfcc", "demo-test-20_mfcc", "demo-test-20_mfcc-sharp", "demo-test-19_mfcc")
    (folder / "metrics.json").write_text(json.dumps(dict.fromkeys(names, scores)))
    [row] = read_rows(tmp_path, "val_snr")[0]
    assert sorted(row.others) == ["demo-test", "demo-test-sharp"]


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_a_terminal(tmp_path, width):
    for number in range(3):
        name = f"a_run_of_a_long_name-20260101-12000{number}"
        folder = write_run(tmp_path, name, 9.0 + number, gain=1.0, hidden=[500] * (30 + number), width=number)
        metrics = json.loads((folder / "metrics.json").read_text())
        scored = {f"corpus-{place}-all": {"snr": 9.0, "snr_gain": 1.5} for place in range(4)}
        (folder / "metrics.json").write_text(json.dumps(metrics | scored))
    rows = read_rows(tmp_path, "val_snr")[0]
    text = laid_out(rows, "table", width)
    assert max(map(len, text.splitlines())) <= width
    table = "".join(line[:28].strip() for line in table_of(text))
    assert all(row.run in table for row in rows)
    assert text.count("model.width=") == len(rows)
    assert "gain" in table_of(text)[0]
    assert ("corpus-0-all" in text.partition("left out for the width")[0]) == (width == 120)
    assert "frames/s" in text.partition("left out for the width, format=csv has them: ")[2]


def test_a_legend_of_a_figure_tells_the_settings_that_vary(root, monkeypatch):
    legends = []
    monkeypatch.setattr(leaderboard_figures, "figure_png", lambda figure: legends.append(figure.legends[0]) or b"")
    rows = read_rows(root, "val_snr")[0]
    laid_out(rows, "html")
    for legend in legends:
        assert [text.get_text() for text in legend.get_texts()] == [
            "sweep/best  model.context=15 model.hidden=[16]",
            "good  model.context=9 model.hidden=[16]",
            "poor  model.context=9 model.hidden=[4]",
        ]
    assert len(legends) == 2


@pytest.mark.parametrize("costs", [[0], [5000], [0, 5000, 9000], [1000, 10**7], [654_160, 2_366_544]])
def test_axes_of_costs_have_plain_numbers(tmp_path, monkeypatch, costs):
    figures = []
    monkeypatch.setattr(leaderboard_figures, "figure_png", lambda figure: figures.append(figure) or b"")
    for parameters in costs:
        write_run(tmp_path, f"run{parameters}", 9.0, parameters=parameters)
    rows = read_rows(tmp_path, "val_snr")[0]
    draw_figures(rows, ["label"] * len(rows))
    figures[0].canvas.draw()
    for axis in figures[0].axes:
        low, high = axis.get_xlim()
        ticks = [label.get_text() for label in axis.get_xticklabels() if low <= label.get_position()[0] <= high]
        assert len(ticks) >= 3
        assert all(re.fullmatch(r"[\d,]+(\.\d+)?", tick) for tick in ticks)


ODD = ["$x^2_{$", "a|b", "=1+1", "_hidden", "<script>alert(1)</script>", "é" * 100, "line\nbreak", "\udcff"]


def test_names_of_any_kind_are_names_in_every_layout(tmp_path):
    for number, name in enumerate(ODD):
        write_run(tmp_path, name, 9.0 + number, parameters=1000 + number, hidden=[f"={name}"])
    rows, unreadable = read_rows(tmp_path, "val_snr")
    assert (len(rows), unreadable) == (len(ODD), [])
    page = laid_out(rows, "html")
    assert "<script>" not in page
    assert page.count("data:image/png") == 2
    assert len(table_of(laid_out(rows, "table", 1000))) <= 3 + 4 * len(ODD)
    markdown = [line for line in laid_out(rows, "markdown").splitlines() if line[:1] == "|"]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in markdown} == {markdown[0].count("|")}
    assert {row["run"] for row in csv.DictReader(laid_out(rows, "csv").splitlines())} > {"'=1+1", "a|b", r"line\nbreak"}


def test_long_settings_are_cut(tmp_path):
    write_run(tmp_path, "long", 9.0, hidden=list(range(10_000)))
    write_run(tmp_path, "short", 9.0)
    rows, _ = read_rows(tmp_path, "val_snr")
    assert len(laid_out(rows, "csv")) < 2000
