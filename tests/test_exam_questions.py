"""Tests of the page of exam questions: its code prints what it says, and its tables are those of the benchmark."""

import contextlib
import importlib
import io
import re

import pytest
from pages import blocks
from places import REPOSITORY

PAGE = REPOSITORY / "docs" / "exam_questions.md"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    monkeypatch.chdir(REPOSITORY)
    return importlib.import_module("exam_questions")


def table(name):
    """Cells of a table that a benchmark wrote."""
    lines = (REPOSITORY / "benchmarks" / "results" / f"{name}.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_each_line_prints_what_stands_behind_it(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    code = "\n".join(text for _, text in blocks(PAGE, "python"))
    said = re.findall(r"^print\(.*  # ([^:\n]*)", code, re.MULTILINE)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    shown = [re.sub(r" +", " ", line) for line in printed.getvalue().splitlines()]
    assert shown == said
    assert len(said) == code.count("print(") == 8


def test_matrices(benchmark):
    rows = list(benchmark.matrices())
    assert rows == table("exam_matrices")
    assert [row[2:4] for row in rows[:3]] == [["80", "0"], ["20", "60"], ["80", "177"]]


def test_steps_up_to_the_spectrum_are_linear_and_no_others(benchmark):
    rows = list(benchmark.superposition(*benchmark.read_sounds()))
    assert rows == table("exam_steps")
    assert [float(row[2].removesuffix(" %")) > 0 for row in rows] == [False, True, True, True, True]


def test_the_pseudo_inverse_has_the_mel_bands_and_powers_below_zero(benchmark):
    rows = table("exam_inverses")
    assert [row[0] for row in rows] == list(benchmark.spectra(benchmark.read_sounds()[0])[1])
    assert rows[0][2] == "0 %"
    assert [row[1] == "0 %" for row in rows] == [False, True, True, True]


def test_what_is_lost_falls_to_nothing(benchmark):
    rows = list(benchmark.coefficients(benchmark.read_sounds()[0]))
    assert rows == table("exam_coefficients")
    lost = [float(row[2]) for row in rows]
    assert lost == sorted(lost, reverse=True)
    assert lost[-1] == 0
