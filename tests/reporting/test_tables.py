"""Tests of tables: cells are printed as they are given, in columns that line up."""

import pytest

from mfccinv.reporting.tables import format_table, markdown_table

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
