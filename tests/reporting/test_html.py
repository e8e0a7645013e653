"""Tests of the pages' templates: text stays text, nothing is left out, and nothing is asked of another file."""

import pytest
from jinja2 import UndefinedError
from matplotlib.figure import Figure

from mfccinv.reporting.html import figure_png, render_page

BOARD = {
    "title": "2 runs",
    "subtitle": "sorted",
    "legend": {"SNR": "<i>dB"},
    "groups": [
        {
            "title": "<i>data",
            "subtitle": "<i>features",
            "header": ["run", "SNR", "settings"],
            "rows": [["<i>a</i>", "1.00", "x='\"&"], ["b", "2.00", ""]],
            "text_columns": (0, 2),
            "figures": [{"title": "curves", "shows": '"><script>', "png": b"\x89PNG"}],
        }
    ],
}


def test_text_is_text():
    page = render_page("leaderboard.html", **BOARD)
    assert "<i>" not in page
    assert "<script" not in page
    assert "&lt;i&gt;a&lt;/i&gt;" in page
    assert "x=&#39;&#34;&amp;" in page


def test_columns_of_text_say_so():
    page = render_page("leaderboard.html", **BOARD)
    assert page.count("<td class=text>") == 2 * 2
    assert page.count("<th class=text>") == 2
    assert "<td>1.00" in page


def test_pictures_are_inside():
    page = render_page("leaderboard.html", **BOARD)
    assert 'src="data:image/png;base64,iVBORw=="' in page
    assert page.startswith("<!doctype html>\n<html lang=en>")
    assert ".wide { overflow-x: auto; }" in page  # the style sheet


@pytest.mark.parametrize("missing", ["title", "groups", "legend"])
def test_what_a_template_shows_must_be_given(missing):
    with pytest.raises(UndefinedError, match=missing):
        render_page("leaderboard.html", **{name: value for name, value in BOARD.items() if name != missing})


def test_a_figure_is_a_png():
    assert figure_png(Figure(figsize=(1, 1))).startswith(b"\x89PNG\r\n\x1a\n")
