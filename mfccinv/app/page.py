"""The page: what is on it, and what answers where. Gradio is imported when it is built."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from mfccinv.app.answers import WAITING, Answers, with_errors_told
from mfccinv.app.offer import offer
from mfccinv.app.result import render_told
from mfccinv.app.settings import AppSettings
from mfccinv.app.writings import FIRST, Writing, writing_names
from mfccinv.inversion.normalisation import NORMALISATIONS
from mfccinv.reporting.figures import SHOWN_SECONDS

TITLE = "MFCC to sound"
INTRODUCTION = (
    "Drop a sound or MFCC of up to {seconds:g} seconds, say how the MFCC are written, and compare what comes back of "
    "them: by the analytic inverse, and by networks. Nothing leaves the machine that serves this page."
)
CSS = """
.gradio-container { max-width: 90rem !important; }
.html-container { padding: 0 !important; }
footer { display: none !important; }
"""
KEPT_SECONDS = 3600  # that what was dropped stays on the disk


def require_gradio() -> None:
    """Refuse with ValueError to make a page where Gradio is missing."""
    if find_spec("gradio") is None:
        raise ValueError("the page needs Gradio: pip install 'mfccinv[app]'")


def build_page(settings: AppSettings) -> Any:
    """Build the page as ``gradio.Blocks``."""
    import gradio as gr

    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(KEPT_SECONDS, KEPT_SECONDS)) as page:
        gr.Markdown(f"# {TITLE}\n{INTRODUCTION.format(seconds=settings.longest_seconds)}")
        _connect(_lay_out(settings), Answers(settings))
    return page


@dataclass(frozen=True)
class _Parts:
    """The parts of the page, from top to bottom; `told`, `tool` and `offered` are lines."""

    file: Any
    told: Any
    writing: Any
    n_mfcc: Any
    of_arrays: Any
    key: Any
    is_first: Any
    normalised: Any
    force: Any
    recognise: Any
    tool: Any
    checkpoints: Any
    offered: Any
    begin: Any
    start: Any
    result: Any


def _lay_out(settings: AppSettings) -> _Parts:
    """Lay out the parts: what is asked at the left, what came of it at the right or, on a phone, below."""
    import gradio as gr

    first = Writing.of(FIRST)
    networks = offer(first, settings.root)
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            file = gr.File(label="Sound or MFCC", height=150)
            told = _lines()
            kinds = "Kind of MFCC (dialect: as the tool writes them; features: in dB)"
            writing = gr.Dropdown(writing_names(), value=FIRST, label=kinds)
            n_mfcc = gr.Number(value=first.spec.n_mfcc, precision=0, label="Number of MFCC")
            with gr.Group(visible=False) as of_arrays:
                key = gr.Dropdown([], label="Array", visible=False)
                is_first = gr.Checkbox(label="Frames are the rows (frames=first)")
                normalisations = [(name or "nothing", name or "") for name in NORMALISATIONS]
                what = "Normalised of each coefficient (normalised=)"
                normalised = gr.Dropdown(normalisations, value="", label=what)
                force = gr.Checkbox(label="Invert what is refused as implausible (force=true)")
            recognise = gr.Button("Recognise the tool", visible=False)
            tool = _lines()
            beside = "Networks, beside the analytic inverse"
            checkpoints = gr.CheckboxGroup(list(networks.runs), value=list(networks.chosen), label=beside)
            offered = _lines()
            begin = gr.Number(value=0, label=f"Draw {SHOWN_SECONDS:g} seconds, from second")
            start = gr.Button("Invert", variant="primary")
        with gr.Column(scale=5, min_width=300):
            result = gr.HTML(render_told(WAITING, kind="note"), apply_default_css=False)
    return _Parts(
        file=file,
        told=told,
        writing=writing,
        n_mfcc=n_mfcc,
        of_arrays=of_arrays,
        key=key,
        is_first=is_first,
        normalised=normalised,
        force=force,
        recognise=recognise,
        tool=tool,
        checkpoints=checkpoints,
        offered=offered,
        begin=begin,
        start=start,
        result=result,
    )


def _lines() -> Any:
    """A part for lines of text, not there yet."""
    import gradio as gr

    return gr.HTML(visible=False, apply_default_css=False)


def _connect(parts: _Parts, answers: Answers) -> None:
    """Have what a visitor touches be answered, one after another: the machine may be small."""

    def on(event: Any, answer: Callable[..., tuple], asked: list, answered: list, progress: str = "hidden") -> Any:
        safe = with_errors_told(answer, len(answered))
        return event(safe, asked, answered, show_progress=progress, concurrency_id="page", concurrency_limit=1)

    file, array = parts.file, [parts.file, parts.key, parts.is_first]
    known = [parts.of_arrays, parts.recognise, parts.key, parts.is_first, parts.normalised, parts.n_mfcc]
    number = [file, parts.writing, parts.n_mfcc]
    networks = answers.networks, number, [parts.offered, parts.checkpoints]
    changed = (
        on(file.change, answers.drop, [file, parts.writing], [parts.told, parts.tool, parts.result, *known]),
        on(parts.writing.input, answers.another_writing, number, [parts.offered, parts.n_mfcc]),
        on(parts.key.input, answers.another_array, array[:2], [parts.told, parts.is_first, parts.n_mfcc]),
        on(parts.is_first.input, answers.another_axis, array, [parts.told, parts.n_mfcc]),
        on(parts.recognise.click, answers.tool, array, [parts.tool, parts.writing, parts.normalised]),
    )
    for change in changed:
        on(change.then, *networks)
    on(parts.n_mfcc.input, *networks)
    asked = [*number, parts.key, parts.is_first, parts.normalised, parts.force, parts.checkpoints, parts.begin]
    on(parts.start.click, answers.invert, asked, [parts.result], progress="full")
