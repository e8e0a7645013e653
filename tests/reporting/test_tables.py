"""Tests of tables: cells are printed as they are given, in columns that line up."""

import csv

import pytest

from mfccinv.reporting.tables import csv_table, format_table, markdown_table

HEADER = ["score", "value", "differs in"]
ROWS = [["SNR", "13.50", "seed=1"], ["  pooled", "+0.10", ""], ["loss", "-1e-05", "a|b=007"]]


def test_cells_are_printed_as_they_are_given():
    assert format_table(HEADER, ROWS, (0, 2)).splitlines() == [
        "score      value  differs in",
        "SNR        13.50  seed=1",
        "  pooled   +0.10",
        "loss      -1e-05  a|b=007",
    ]


def test_numbers_are_aligned_at_the_right_where_nothing_is_said():
    assert format_table(["", "a", "long name"], [["first", "1.00", "2"], ["x", "-10.00", "3.5"]]).splitlines() == [
        "            a  long name",
        "first    1.00          2",
        "x      -10.00        3.5",
    ]


def test_cells_are_wrapped_to_the_width_of_their_column():
    rows = [["a/b/c/d", "1.00", "one=1 two=2 three_is_long=3"]]
    assert format_table(["run", "val SNR", "settings"], rows, (0, 2), {0: 4, 1: 4, 2: 11}).splitlines() == [
        "run    val  settings",
        "       SNR",
        "a/b/  1.00  one=1 two=2",
        "c/d         three_is_lo",
        "            ng=3",
    ]


def test_a_header_alone_is_a_table():
    assert format_table(HEADER, []) == "score  value  differs in"


@pytest.mark.parametrize("row", [["a", "1"], ["a", "1", "2", "3"]])
def test_a_row_of_another_length_is_refused(row):
    with pytest.raises(ValueError, match=rf"^a row must have 3 cells, as the header has, got {len(row)}: \['a'"):
        format_table(HEADER, [*ROWS, row])


def test_markdown_is_not_padded_and_a_bar_is_no_new_cell():
    assert markdown_table(HEADER, ROWS, (0, 2)).splitlines() == [
        "| score | value | differs in |",
        "| --- | ---: | --- |",
        "| SNR | 13.50 | seed=1 |",
        "|   pooled | +0.10 |  |",
        r"| loss | -1e-05 | a\|b=007 |",
    ]


def test_no_cell_moves_the_cursor_or_ends_a_line():
    row = ["a\nb\r\x1b[2J", "1", "\udcff…"]
    assert format_table(HEADER, [row], (0, 2)).splitlines()[1:] == [r"a\nb\r\x1b[2J      1  \udcff…"]
    assert markdown_table(HEADER, [row]).splitlines()[2:] == [r"| a\nb\r\x1b[2J | 1 | \udcff… |"]


def test_csv_holds_text_that_no_spreadsheet_computes():
    formulas = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"]
    text = csv_table(["=run", "value"], [*([formula, 1.5] for formula in formulas), ["a=b", None], ["\t=1\r", 1]])
    rows = list(csv.reader(text.splitlines()))
    found = dict(zip(formulas, rows[1:], strict=False))
    assert found == {formula: ["'" + formula, "1.5"] for formula in formulas}
    assert [rows[0], *rows[5:]] == [["'=run", "value"], ["a=b", ""], [r"\t=1\r", "1"]]


def test_csv_keeps_numbers_as_they_are():
    numbers = ["-1e-05", "-3", "+7.5"]
    assert csv_table(["a"], [[-1e-05], [-3], *([one] for one in numbers)]).split() == ["a", "-1e-05", "-3", *numbers]


def test_csv_of_what_is_not_utf_8_can_be_written():
    assert csv_table(["a"], [["\udcff"]]).encode() == b"a\n\\udcff\n"
