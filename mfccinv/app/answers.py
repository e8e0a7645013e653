"""What the page answers when a visitor touches it, in values as Gradio takes them for the parts of the page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from mfccinv.app.comparison import Request, compare
from mfccinv.app.dropped import holds_sound, look, read_mfcc
from mfccinv.app.offer import offer, recognise
from mfccinv.app.result import render_comparison, render_told
from mfccinv.app.settings import AppSettings
from mfccinv.app.writings import Writing, writing_names
from mfccinv.inversion.files import FAILURES

WAITING = "What comes back is shown here."
NOTHING = "Drop a sound, or a file of MFCC, first."


def with_errors_told(answer: Callable[..., tuple], n: int) -> Callable[..., Any]:
    """Have an answer for ``n`` parts of the page tell what is wrong in the first of them; the others stay."""
    import gradio as gr

    @wraps(answer)
    def answered(*values: Any) -> Any:
        try:
            answers = answer(*values)
        except FAILURES as error:
            answers = _shown(str(error) or type(error).__name__, kind="error"), *[gr.skip()] * (n - 1)
        return answers if n > 1 else answers[0]

    return answered


@dataclass(frozen=True)
class Answers:
    """The answers, each to the values of some parts of the page: a path is None while nothing is dropped."""

    settings: AppSettings

    def drop(self, path: str | None, writing: str) -> tuple:
        """Lines on the file and for its tool; the result; which parts are of arrays; what is known of the array.

        The last is the number of MFCC, which a visitor chooses for sound alone.
        """
        import gradio as gr

        waiting = gr.update(value=render_told(WAITING, kind="note"))
        if path is None:
            return _shown(), _shown(), waiting, *[gr.skip()] * 6
        found = look(Path(path), self.settings.longest_seconds)
        of_arrays = gr.update(visible=not found.is_sound)
        n_mfcc = Writing.of(writing).spec.n_mfcc if found.is_sound else found.n_columns
        return (
            _shown(found.told),
            _shown(),
            waiting,
            of_arrays,
            of_arrays,
            gr.update(choices=list(found.keys), value=found.key, visible=len(found.keys) > 1),
            found.is_first,
            found.normalised or "",
            gr.update(value=n_mfcc, visible=found.is_sound),
        )

    def networks(self, path: str | None, writing: str, n_mfcc: float | None) -> tuple:
        """Lines on the networks that take such MFCC, and their names."""
        import gradio as gr

        n = None if n_mfcc is None else int(n_mfcc)
        of = Writing.of_sound if path is None or holds_sound(Path(path)) else Writing.of
        found = offer(of(writing, n), self.settings.root)
        choices = gr.update(choices=list(found.runs), value=list(found.chosen), visible=bool(found.runs))
        return _shown(*found.lines), choices

    def another_array(self, path: str | None, key: str | None) -> tuple:
        """A line on another array of the file; whether its frames are its rows, and how many MFCC it has."""
        found = look(_given(path), self.settings.longest_seconds, key)
        return _shown(found.told), found.is_first, found.n_columns

    def another_axis(self, path: str | None, key: str | None, is_first: bool) -> tuple:
        """A line on the array with frames along another axis, and how many MFCC it has."""
        found = look(_given(path), self.settings.longest_seconds, key, is_first)
        return _shown(found.told), found.n_columns

    def another_writing(self, path: str | None, writing: str, n_mfcc: float | None) -> tuple:
        """No line, and how many MFCC are made of sound; arrays have as many as they have."""
        is_sound = path is None or holds_sound(Path(path))
        return _shown(), Writing.of(writing).spec.n_mfcc if is_sound else n_mfcc

    def tool(self, path: str | None, key: str | None, is_first: bool) -> tuple:
        """Lines on the tool that probably wrote the MFCC; how they are written, and normalised."""
        import gradio as gr

        found = recognise(read_mfcc(_given(path), key, is_first))
        if found.writing is None:
            return _shown(*found.lines), gr.skip(), gr.skip()
        names = list(dict.fromkeys((*writing_names(), found.writing)))
        return _shown(*found.lines), gr.update(choices=names, value=found.writing), found.normalised or ""

    def invert(
        self,
        path: str | None,
        writing: str,
        n_mfcc: float | None,
        key: str | None,
        is_first: bool,
        normalised: str,
        force: bool,
        checkpoints: list[str],
        begin_seconds: float | None,
    ) -> tuple:
        """What came of it."""
        import gradio as gr

        request = Request(
            path=_given(path),
            writing=writing,
            n_mfcc=None if n_mfcc is None else int(n_mfcc),
            key=key,
            is_first=is_first,
            normalised=normalised or None,
            force=force,
            checkpoints=checkpoints,
            begin_seconds=begin_seconds or 0.0,
        )
        return (gr.update(value=render_comparison(compare(request, self.settings))),)


def _given(path: str | None) -> Path:
    """Path of what was dropped; ValueError if nothing was."""
    if path is None:
        raise ValueError(NOTHING)
    return Path(path)


def _shown(*lines: str, kind: str = "note") -> Any:
    """Lines for a part of the page that is there while they are."""
    import gradio as gr

    return gr.update(value=render_told(*lines, kind=kind), visible=bool(lines))
