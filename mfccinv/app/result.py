"""What the page shows, as HTML that holds its sounds and pictures."""

import numpy as np

from mfccinv.app.comparison import Comparison
from mfccinv.app.methods import ORIGINAL
from mfccinv.audio.f0 import FRAME_SECONDS
from mfccinv.audio.sound_files import encode_audio
from mfccinv.reporting.figures import f0_figure, frames_figure
from mfccinv.reporting.html import figure_png, render_page
from mfccinv.reporting.legends import LSD, SNR, SOUND, Legend
from mfccinv.reporting.tables import printable
from mfccinv.reporting.titles import features_title

TOLD_DB = 0.05  # of what is turned down: less is nothing
FRAMES = {
    "snr_active": ("SNR, active frames", f"{SNR}; of the frames within 60 dB of the loudest, on mel magnitude"),
    "lsd": ("LSD", LSD),
}
F0 = {
    "median": ("F0, median (Hz)", "fundamental frequency of the voiced frames"),
    "voiced": ("voiced (%)", "share of the frames that are voiced"),
}


def render_comparison(comparison: Comparison) -> str:
    """Show what came of it: warnings, sounds, scores, spectrograms and F0."""
    rate = comparison.spec.sample_rate
    gain = min(encode_audio(y, rate, "FLAC")[1] for y in comparison.sounds.values())
    # All alike, so that one hears which is louder.
    turned_down = -20 * np.log10(gain)
    told = [f"All sounds are turned down by {turned_down:.1f} dB so as not to clip."] if turned_down >= TOLD_DB else []
    rows, legend = _scores(comparison)
    return render_page(
        "inversion.html",
        title=printable(comparison.title),
        subtitle=features_title(comparison.spec),
        told=[printable(text) for text in (*comparison.told, *told)],
        sounds={printable(name): encode_audio(gain * y, rate, "FLAC")[0] for name, y in comparison.sounds.items()},
        rows=rows,
        legend=legend,
        pictures=_pictures(comparison),
    )


def render_told(*lines: str, kind: str) -> str:
    """Show lines of text, each of a kind: "note", "warning" or "error"."""
    return render_page("told.html", lines=[printable(line) for line in lines], kind=kind)


def _scores(comparison: Comparison) -> tuple[dict[str, list[float | None]], Legend]:
    """Rows of the table of scores, a value for each sound, and what they mean."""
    rows: dict[str, list[float | None]] = {}
    legend: Legend = {}
    f0 = {name: _describe_f0(hz) for name, hz in comparison.f0_hz.items()}
    for titles, found in ((FRAMES | SOUND, comparison.scores), (F0, f0)):
        for score, (title, meaning) in titles.items():
            values = [found.get(name, {}).get(score) for name in comparison.sounds]
            if any(value is not None for value in values):
                rows[title] = values
                legend[title] = meaning
    return rows, legend


def _describe_f0(hz: np.ndarray) -> dict[str, float | None]:
    voiced = hz[hz > 0]
    return {
        "median": float(np.median(voiced)) if len(voiced) else None,
        "voiced": 100 * len(voiced) / len(hz) if len(hz) else None,
    }


def _pictures(comparison: Comparison) -> dict[str, bytes]:
    """PNG of the spectrograms and of F0, by what they show."""
    begin = comparison.begin_seconds
    has_original = ORIGINAL in comparison.log_mels
    colours = "in the colours of the original's levels" if has_original else "in the same colours"
    frames = frames_figure(comparison.log_mels, comparison.spec, "", begin)
    pictures = {f"Mel spectrograms, {colours}": figure_png(frames)}
    if any(np.any(hz) for hz in comparison.f0_hz.values()):
        figure = f0_figure(comparison.f0_hz, FRAME_SECONDS, begin, ORIGINAL if has_original else None)
        pictures["Fundamental frequency"] = figure_png(figure)
    return pictures
