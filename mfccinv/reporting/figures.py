"""Figures: mel frames side by side, error by band, training curve."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from mfccinv.features.spec import FeatureSpec
from mfccinv.reporting.tables import printable
from mfccinv.system.atomic_files import temporary_beside

SHOWN_SECONDS = 4.0  # more, and harmonics can no longer be told apart
LEGEND_LETTERS = 130  # in a line of a legend, with its marks
LONGEST_LABEL = 100  # letters
SHOWN_QUANTILES = (0.15, 0.998)  # of the true frames, from black to white


def plain_label(text: str) -> str:
    """Text as matplotlib takes it: no formula between dollars, no character that can't be drawn, and not endless.

    A label that begins with ``_`` would be hidden in legends.
    """
    shown = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
    return printable(shown).replace("$", r"\$").replace("_", "\N{ZERO WIDTH SPACE}_", text.startswith("_"))


def draw_frames(path: Path, frames: dict[str, np.ndarray], spec: FeatureSpec, title: str) -> None:
    """Draw what `frames_figure` makes of the same into a PNG; names are those of methods."""
    _save(frames_figure({name.replace("_", " "): some for name, some in frames.items()}, spec, title), path)


def frames_figure(frames: dict[str, np.ndarray], spec: FeatureSpec, title: str, begin_seconds: float = 0.0) -> Figure:
    """Make a figure of log-mel frames, or linear spectra, one above the other on one scale.

    Parameters
    ----------
    frames : dict of (n_frames, n_mels) or (n_frames, n_bins), dB
        By name; the first is the true one, which sets the scale. `SHOWN_SECONDS` of them are drawn.
    spec : FeatureSpec
    title : str
    begin_seconds : float >= 0
        Where what is drawn begins, before their end.
    """
    import librosa.display  # takes a second

    rate = spec.frames_per_second
    first = round(begin_seconds * rate)
    frames = {name: some[first : first + round(SHOWN_SECONDS * rate)] for name, some in frames.items()}
    true = next(iter(frames.values()))
    kind, edges_hz = ("mel", _mel_edges(spec)) if true.shape[1] == spec.n_mels else ("linear", _bin_edges(spec))
    darkest, brightest = np.quantile(true, SHOWN_QUANTILES)
    figure = Figure(figsize=(10, 2.1 * len(frames) + 0.6), layout="constrained")
    axes = figure.subplots(len(frames), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (name, some) in zip(axes, frames.items(), strict=True):
        image = librosa.display.specshow(
            some.T,
            x_coords=(first + np.arange(len(some) + 1)) / rate,
            y_coords=edges_hz,
            x_axis="time",
            y_axis=kind,
            vmin=darkest,
            vmax=brightest,
            cmap="magma",
            ax=axis,
        )
        axis.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))  # librosa's labels have one decimal
        axis.set_xlabel("time (s)")
        axis.set_ylabel("frequency (Hz)")
        axis.label_outer()
        axis.set_title(plain_label(name), fontsize=10, loc="left")
    figure.colorbar(image, ax=axes, label="dB", pad=0.01)
    figure.suptitle(plain_label(title), fontsize=11)
    return figure


def f0_figure(f0_hz: dict[str, np.ndarray], frame_seconds: float, begin_seconds: float, true: str | None) -> Figure:
    """Make a figure of the fundamental frequency of sounds, as lines with gaps where they are unvoiced.

    Parameters
    ----------
    f0_hz : dict of (n_frames,), Hz, 0 where unvoiced
        By name. `SHOWN_SECONDS` of them are drawn.
    frame_seconds : float
        From one frame to the next.
    begin_seconds : float >= 0
        Where what is drawn begins.
    true : str or None
        Name of the true one, which is drawn as a broad line behind the others.
    """
    columns = max(1, min(len(f0_hz), LEGEND_LETTERS // (max(map(len, f0_hz)) + 8)))
    figure = Figure(figsize=(10, 2.5 + 0.2 * -(-len(f0_hz) // columns)), layout="constrained")
    axis = figure.subplots()
    for name, hz in f0_hz.items():
        axis.plot(
            np.arange(len(hz)) * frame_seconds,
            np.where(hz > 0, hz, np.nan),
            label=plain_label(name),
            color="silver" if name == true else None,
            linewidth=4 if name == true else 1.5,
            marker="." if name != true else None,
            markersize=3,
        )
    longest = max(len(hz) for hz in f0_hz.values()) * frame_seconds
    axis.set_xlim(begin_seconds, min(begin_seconds + SHOWN_SECONDS, longest))
    axis.set_xlabel("time (s)")
    axis.set_ylabel("F0 (Hz)")
    axis.grid(alpha=0.3)
    figure.legend(loc="outside upper center", ncols=columns, fontsize=9, frameon=False)
    return figure


def _mel_edges(spec: FeatureSpec) -> np.ndarray:
    """Where one mel band ends and the next begins: half-way between their centres on the mel scale, (n_mels + 1,), Hz.

    The first and the last reach to the ends of the range, as their filters do. librosa's own mel axis has the centres
    of these two there.
    """
    import librosa

    is_htk = spec.mel_scale == "htk"
    edges_hz = librosa.mel_frequencies(2 * spec.n_mels + 3, fmin=spec.f_min_hz, fmax=spec.f_max_hz, htk=is_htk)[1::2]
    return np.array([spec.f_min_hz, *edges_hz[1:-1], spec.f_max_hz])


def _bin_edges(spec: FeatureSpec) -> np.ndarray:
    """Where one bin of the FFT ends and the next begins, within what is heard, (n_bins + 1,), Hz."""
    edges_hz = (np.arange(spec.n_bins + 1) - 0.5) * spec.sample_rate / spec.n_fft
    return np.clip(edges_hz, 0, spec.sample_rate / 2)


def draw_band_error(path: Path, errors: dict[str, np.ndarray]) -> None:
    """Draw the root mean square error of each mel band or bin, (n_mels,) or (n_bins,) dB, by method."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")  # as that of the training, which it stands beside
    axis = figure.subplots()
    for name, error in errors.items():
        axis.plot(np.arange(len(error)), error, label=name.replace("_", " "))
    axis.set_xlabel("band")
    axis.set_ylabel("RMS error over active frames (dB)")
    axis.set_ylim(bottom=0)
    axis.grid(alpha=0.3)
    axis.legend()
    _save(figure, path)


def draw_levels(path: Path, levels: dict, methods: tuple[str, ...]) -> None:
    """Draw the SNR of each method by the frames' level, and the number of frames; ``levels`` as `score_methods`."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axis = figure.subplots()
    places = np.arange(len(levels["frames"]))
    counts = axis.twinx()
    axis.set_zorder(counts.get_zorder() + 1)  # lines before bars
    axis.patch.set_visible(False)
    counts.bar(places, levels["frames"], color="tab:gray", alpha=0.2)
    counts.set_ylabel("frames (bars)")
    counts.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    for method in methods:
        values = np.array(levels["total"][method], float)
        axis.plot(places, values, marker="o", label=method.replace("_", " "))
    axis.set_xticks(places, level_titles(levels))
    axis.set_xlabel("level below the loudest frame of the utterance (dB)")
    axis.set_ylabel("SNR (dB, magnitude)")
    axis.grid(alpha=0.3)
    axis.legend()
    _save(figure, path)


def level_titles(levels: dict) -> list[str]:
    """Titles of the bins of a level, dB: ``0–10``, and ``over 60`` for the last."""
    edges = [f"{edge:g}" for edge in levels["below_db"]]
    return [*("–".join(pair) for pair in pairwise(edges)), f"over {edges[-1]}"]


def draw_history(path: Path, history: list[dict]) -> None:
    """Draw training and validation loss, and the validation SNR, by epoch; ``history`` as `Run.read_history`."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    loss_axis, snr_axis = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    loss_axis.plot(epochs, [row["loss"] for row in history], label="training")
    loss_axis.plot(epochs, [row["val_loss"] for row in history], label="validation")
    loss_axis.set_ylabel("loss")
    loss_axis.legend()
    snr_axis.plot(epochs, [row["val_snr"] for row in history], color="tab:orange")
    snr_axis.set_ylabel("validation SNR (dB, magnitude)")
    for axis in (loss_axis, snr_axis):
        axis.set_xlabel("epoch")
        axis.grid(alpha=0.3)
        axis.xaxis.get_major_locator().set_params(integer=True)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    with temporary_beside(path) as temporary:
        figure.savefig(temporary, dpi=110)
