"""Pages of HTML that hold all that they show; how they look is in ``templates``."""

import base64
import io

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from mfccinv.reporting.tables import format_number


def render_page(template: str, **values) -> str:
    """Fill a template in; the page, or the part of one, needs no other file.

    Parameters
    ----------
    template : str
        A file in ``templates``: of a page, which extends ``page.html``, or of a part of a page.
    **values
        By the names that the template knows: all of them. Text is escaped; sounds and pictures are bytes.
    """
    return _PAGES.get_template(template).render(values)


def figure_png(figure: Figure) -> bytes:
    """Figure as a PNG."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110)
    return png.getvalue()


def _data_uri(content: bytes, media_type: str) -> str:
    """A file as an address that is all of it."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


_PAGES = Environment(
    loader=PackageLoader("mfccinv.reporting"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_PAGES.filters["data_uri"] = _data_uri
_PAGES.filters["number"] = format_number
