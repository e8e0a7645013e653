"""Tests of the leaderboard: every finished run is a row, the best first, and nothing but validation decides."""

import csv
import errno
import json
import os
import re

import pytest
import yaml
from programs import call

from mfccinv.experiments import leaderboard
from mfccinv.experiments.leaderboard import pareto_front, render
from mfccinv.experiments.rows import read_rows
from mfccinv.run_folders.run_folder import RunError, RunFolder


def write_run(root, name, snr, *, test_snr=None, parameters=1000, seconds=(2.0, 1.0, 3.0), **changed):
    """A run's folder as a training leaves it, without its model."""
    folder = root / name
    folder.mkdir(parents=True)
    config = {
        "name": "tiny",
        "source": "mfcc",
        "target": "mel",
        "model": {"name": "dense", "hidden": [16], "context": 9} | changed,
        "training": {"seed": 0, "progress": True},
        "run": {"root": str(root), "name": name},
        "init": None,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    metrics = {"validation": {"loss": -snr, "snr": snr, "lsd": 4.0}}
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
    lines = render(read_rows(root, "val_snr")[0], "table").splitlines()
    assert [line.split()[0] for line in lines] == ["run", "sweep/best", "good", "poor"]
    assert [line.split(" 25,000")[1].strip() for line in lines[1:]] == ["model.context=15", "", "model.hidden=[4]"]
    assert "99.00" in lines[3]


def test_what_a_model_does_not_have_is_no_difference(root):
    folder = write_run(root, "adapted", 8.5, kernel=3)
    config = yaml.safe_load((folder / "config.yaml").read_text())
    (folder / "config.yaml").write_text(yaml.safe_dump(config | {"init": "asr_20"}))
    (folder / "environment.json").write_text('{"backend": "jax"}')
    rows = {line.split()[0]: line for line in render(read_rows(root, "val_snr")[0], "table").splitlines()}
    assert "backend=jax init=asr_20" in rows["adapted"]
    for name in ("good", "poor", "sweep/best"):
        assert not any(setting in rows[name] for setting in ("backend", "init", "kernel"))


def test_csv_holds_every_number_and_setting_that_differs(root):
    rows = list(csv.DictReader(render(read_rows(root, "val_snr")[0], "csv").splitlines()))
    assert [row["model.context"] for row in rows] == ["15", "9", "9"]
    assert [float(row["val_snr"]) for row in rows] == [9.5, 9.0, 8.0]
    assert [row["demo-test_snr"] for row in rows] == ["", "1.0", "99.0"]
    assert not {"run.name", "training.progress", "model.name"} & set(rows[0])


def test_markdown_is_a_table(root):
    lines = render(read_rows(root, "val_snr")[0], "markdown").splitlines()
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
    line = render(read_rows(root, "val_snr")[0], "table").splitlines()[-1]
    assert line.count("model.setting") == leaderboard.TOLD_SETTINGS
    assert line.endswith(f" … {21 - leaderboard.TOLD_SETTINGS} more")  # those of the data come last
    assert "augment.copies" in render(read_rows(root, "val_snr")[0], "csv").splitlines()[0]


def test_the_page_holds_its_pictures(root):
    page = render(read_rows(root, "val_snr")[0], "html")
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    assert "sweep/best" in page


def pictures(root):
    """Pictures on the page of the runs in a folder, and the page."""
    page = render(read_rows(root, "val_snr")[0], "html")
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
    for number in range(leaderboard.DRAWN_CURVES + 1):
        write_run(tmp_path, f"run{number}", 9.0 - number)
    page = render(read_rows(tmp_path, "val_snr")[0], "html")
    assert f"Validation SNR by epoch, the first {leaderboard.DRAWN_CURVES}<" in page
    assert "without what is exact" not in page


def test_a_page_of_what_is_exact_has_no_figures(tmp_path):
    write_run(tmp_path, "exact", 114.0, seconds=())
    assert "data:image" not in render(read_rows(tmp_path, "val_snr")[0], "html")


def test_one_run_is_enough_for_every_layout(tmp_path):
    write_run(tmp_path, "only", 9.0, parameters=0, seconds=())
    rows = read_rows(tmp_path, "val_snr")[0]
    for layout in ("table", "csv", "markdown", "html"):
        assert "only" in render(rows, layout)
    assert render(rows, "table").endswith(" –")  # nothing was trained


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
        render(read_rows(root, sort)[0], layout)


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
    assert render(rows, "table").splitlines()[-1].split()[:4] == ["exact", "–", "–", "1.0000"]
    assert list(csv.DictReader(render(rows, "csv").splitlines()))[-1]["val_snr"] == ""
    assert "<td>–" in render(rows, "html")


ODD = ["$x^2_{$", "a|b", "=1+1", "_hidden", "<script>alert(1)</script>", "é" * 100, "line\nbreak", "\udcff"]


def test_names_of_any_kind_are_names_in_every_layout(tmp_path):
    for number, name in enumerate(ODD):
        write_run(tmp_path, name, 9.0 + number, parameters=1000 + number, hidden=[f"={name}"])
    rows, unreadable = read_rows(tmp_path, "val_snr")
    assert (len(rows), unreadable) == (len(ODD), [])
    page = render(rows, "html")
    assert "<script>" not in page
    assert page.count("data:image/png") == 2
    assert len(render(rows, "table").splitlines()) == 1 + len(ODD)
    markdown = render(rows, "markdown").splitlines()
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in markdown} == {markdown[0].count("|")}
    assert {row["run"] for row in csv.DictReader(render(rows, "csv").splitlines())} > {"'=1+1", "a|b", r"line\nbreak"}


def test_long_settings_are_cut(tmp_path):
    write_run(tmp_path, "long", 9.0, hidden=list(range(10_000)))
    write_run(tmp_path, "short", 9.0)
    rows, _ = read_rows(tmp_path, "val_snr")
    assert len(render(rows, "csv")) < 2000
