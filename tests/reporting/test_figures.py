"""Tests of the figures: whole PNG files of what they were given, and each frequency and time at its place."""

import struct

import numpy as np
import pytest
from matplotlib.figure import Figure
from noise import noise_log_mel, small_spec

from mfccinv.features.mel import mel_filters
from mfccinv.reporting.figures import (
    SHOWN_SECONDS,
    draw_band_error,
    draw_frames,
    draw_history,
    f0_figure,
    frames_figure,
    plain_label,
)

SPEC = small_spec()
FINE = {"n_fft": 8192, "n_mels": 40}  # a bin of the FFT is narrow beside a band
HISTORY = [
    {"epoch": float(n), "loss": 5.0 - n, "val_loss": 6.0 - n, "val_snr": 3.0 + n, "learning_rate": 1e-3} for n in (1, 2)
]


def test_a_label_that_begins_with_a_line_is_in_the_legend():
    """Matplotlib leaves out those that begin with an underscore."""
    axis = Figure().subplots()
    for name in ("_a_b", "c_d"):
        axis.plot([1, 2], label=plain_label(name))
    assert [text.get_text().lstrip("\N{ZERO WIDTH SPACE}") for text in axis.legend().get_texts()] == ["_a_b", "c_d"]


def picture(path):
    """Bytes of a PNG file after checking that it is whole."""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", content[16:24])
    assert min(width, height) > 200
    assert len(content) > 3000
    return content


def draw(folder, kind, change):
    """Draw one kind of figure of data that a change moves."""
    path = folder / "deeper" / f"{kind}-{change}.png"
    if kind == "log_mels":
        true = noise_log_mel(SPEC, 50)
        draw_frames(path, {"true_mel": true, "model": true + np.linspace(0, change, 24)}, SPEC, "utterance")
    elif kind == "band_error":
        draw_band_error(path, {"model": np.linspace(1, 2 + change, 24), "baseline": np.ones(24)})
    else:
        draw_history(path, [row | {"val_snr": row["val_snr"] + change * row["epoch"]} for row in HISTORY])
    return picture(path)


@pytest.mark.parametrize("kind", ["log_mels", "band_error", "history"])
def test_is_drawn_and_depends_on_the_data(tmp_path, kind):
    assert draw(tmp_path, kind, 0) == draw(tmp_path, kind, 0)
    assert draw(tmp_path, kind, 0) != draw(tmp_path, kind, 10)
    assert not [path for path in (tmp_path / "deeper").iterdir() if path.suffix != ".png" or path.name[0] == "."]


def test_one_method_and_one_epoch_are_enough(tmp_path):
    draw_frames(tmp_path / "one.png", {"true_mel": noise_log_mel(SPEC, 1)}, SPEC, "utterance")
    draw_history(tmp_path / "history.png", HISTORY[:1])
    picture(tmp_path / "one.png")
    picture(tmp_path / "history.png")


def test_panels_share_a_height(tmp_path):
    log_mel = noise_log_mel(SPEC, 50)
    heights = []
    for n in (1, 3):
        draw_frames(tmp_path / "panels.png", {str(k): log_mel for k in range(n)}, SPEC, "utterance")
        heights.append(struct.unpack(">I", picture(tmp_path / "panels.png")[20:24])[0])
    assert heights[1] > 2 * heights[0]


def meshes(figure):
    """What is drawn in each panel; the last of the axes is the scale of colours."""
    return [axis.collections[0] for axis in figure.axes[:-1]]


def edges(mesh):
    """Where the cells of a panel end: (n_frames + 1,), seconds, and (n_rows + 1,), Hz."""
    corners = mesh.get_coordinates()
    return corners[0, :, 0], corners[:, 0, 1]


@pytest.mark.parametrize("mel_scale", ["slaney", "htk"])
@pytest.mark.parametrize(("f_min_hz", "f_max_hz"), [(0, 8000), (80, 7600)])
def test_a_mel_band_is_drawn_where_its_filter_is(mel_scale, f_min_hz, f_max_hz):
    spec = small_spec(mel_scale=mel_scale, f_min_hz=f_min_hz, f_max_hz=f_max_hz, **FINE)
    figure = frames_figure({"true": noise_log_mel(spec, 10)}, spec, "noise")
    [mesh] = meshes(figure)
    seconds, hz = edges(mesh)
    peaks_hz = mel_filters(spec).argmax(axis=1) * spec.sample_rate / spec.n_fft
    assert np.all((hz[:-1] < peaks_hz) & (peaks_hz < hz[1:]))
    assert (hz[0], hz[-1]) == (f_min_hz, f_max_hz)
    np.testing.assert_allclose(seconds, np.arange(11) * spec.hop_length / spec.sample_rate)


def test_a_bin_is_drawn_around_its_frequency():
    spectra = np.random.default_rng(0).normal(-40, 10, (10, SPEC.n_bins))
    [mesh] = meshes(frames_figure({"true": spectra}, SPEC, "noise"))
    _, hz = edges(mesh)
    bins_hz = np.arange(SPEC.n_bins) * SPEC.sample_rate / SPEC.n_fft
    np.testing.assert_allclose(hz[1:-1], (bins_hz[1:] + bins_hz[:-1]) / 2)
    assert (hz[0], hz[-1]) == (0, SPEC.sample_rate / 2)


def test_panels_share_the_scale_of_the_true_frames():
    true = noise_log_mel(SPEC, 50)
    figure = frames_figure({"true mel": true, "model": true + 30}, SPEC, "noise")
    first, second = meshes(figure)
    assert first.get_clim() == second.get_clim()
    assert true.min() < first.get_clim()[0] < first.get_clim()[1] < true.max()
    np.testing.assert_array_equal(first.get_array(), true.T)
    np.testing.assert_array_equal(second.get_array(), true.T + 30)
    assert [axis.get_title(loc="left") for axis in figure.axes[:-1]] == ["true mel", "model"]


def test_axes_have_units_and_the_first_seconds_are_drawn():
    figure = frames_figure(dict.fromkeys("ab", noise_log_mel(SPEC, 1000)), SPEC, "noise")
    upper, lower, colours = figure.axes
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "time (s)")
    assert {axis.get_ylabel() for axis in (upper, lower)} == {"frequency (Hz)"}
    assert lower.get_xlim() == pytest.approx((0, SHOWN_SECONDS))
    assert colours.get_ylabel() == "dB"


def test_what_is_drawn_may_begin_later():
    log_mel = noise_log_mel(SPEC, 1000)
    [mesh] = meshes(frames_figure({"true": log_mel}, SPEC, "noise", begin_seconds=2.5))
    seconds, _ = edges(mesh)
    first, n = round(2.5 * SPEC.frames_per_second), round(SHOWN_SECONDS * SPEC.frames_per_second)
    np.testing.assert_array_equal(mesh.get_array(), log_mel[first : first + n].T)
    assert (seconds[0], seconds[-1]) == pytest.approx((2.5, 2.5 + SHOWN_SECONDS))
    short = frames_figure({"true": log_mel[:300]}, SPEC, "noise", begin_seconds=1.5).axes[0].xaxis
    labels = [short.get_major_formatter()(value) for value in short.get_major_locator()()]
    steps = np.diff([float(label) for label in labels if label])
    np.testing.assert_allclose(steps, steps[0])  # a label is where it says


def test_f0_has_gaps_where_there_is_no_voice():
    hz = {"original": np.array([100.0, 0, 120, 130]), "model": np.array([0.0, 0, 121, 260])}
    figure = f0_figure(hz, 0.016, 0.0, "original")
    [axis] = figure.axes
    true, model = axis.lines
    np.testing.assert_allclose(true.get_xdata(), [0, 0.016, 0.032, 0.048])
    np.testing.assert_array_equal(true.get_ydata(), [100, np.nan, 120, 130])
    np.testing.assert_array_equal(model.get_ydata(), [np.nan, np.nan, 121, 260])
    assert true.get_linewidth() > model.get_linewidth()
    assert axis.get_xlim() == pytest.approx((0, 4 * 0.016))
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("time (s)", "F0 (Hz)")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["original", "model"]
    later = f0_figure({"model": np.full(1000, 99.0)}, 0.016, 2.0, None)
    assert later.axes[0].get_xlim() == pytest.approx((2, 2 + SHOWN_SECONDS))


def test_the_names_of_many_f0_are_all_to_be_read():
    names = [f"asr_20_samples, sample {n}" for n in range(9)]
    figure = f0_figure({name: np.full(20, 99.0) for name in names}, 0.016, 0.0, None)
    figure.draw_without_rendering()
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == names
    extent, page = legend.get_window_extent(), figure.bbox
    assert page.x0 <= extent.x0
    assert extent.x1 <= page.x1
    assert extent.y0 > figure.axes[0].get_window_extent().y1
