"""Pages of HTML that hold all that they show; how they look is in ``templates``."""

import base64
import io
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
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


def read_script(*names: str) -> Markup:
    """JavaScript of files in ``templates``, one behind the other, as a page has it between its tags."""
    folder = files("mfccinv.reporting") / "templates"
    return Markup("\n".join((folder / name).read_text(encoding="utf-8") for name in names))


def figure_png(figure: Figure) -> bytes:
    """Figure as a PNG."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110)
    return png.getvalue()


def _data_uri(content: bytes, media_type: str) -> str:
    """A file as an address that is all of it."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _content_hash(script: str) -> str:
    """A script as a Content-Security-Policy names it: browsers run it and no other."""
    return f"sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}"


_PAGES = Environment(
    loader=PackageLoader("mfccinv.reporting"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_PAGES.policies["json.dumps_kwargs"] = {"sort_keys": False}  # the order is told, too
_PAGES.filters["content_hash"] = _content_hash
_PAGES.filters["data_uri"] = _data_uri
_PAGES.filters["number"] = format_number
