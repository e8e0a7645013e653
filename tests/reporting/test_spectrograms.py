"""Tests of spectrograms: what is drawn is where its frequency and its time are, on one scale of colours."""

import numpy as np
import pytest
from noise import noise_log_mel, small_spec

from mfccinv.features.mel import mel_filters
from mfccinv.reporting.figures import SHOWN_SECONDS, frames_figure

FINE = {"n_fft": 8192, "n_mels": 40}  # a bin of the FFT is narrow beside a band


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
    spec = small_spec()
    spectra = np.random.default_rng(0).normal(-40, 10, (10, spec.n_bins))
    [mesh] = meshes(frames_figure({"true": spectra}, spec, "noise"))
    _, hz = edges(mesh)
    bins_hz = np.arange(spec.n_bins) * spec.sample_rate / spec.n_fft
    np.testing.assert_allclose(hz[1:-1], (bins_hz[1:] + bins_hz[:-1]) / 2)
    assert (hz[0], hz[-1]) == (0, spec.sample_rate / 2)


def test_panels_share_the_scale_of_the_true_frames():
    spec = small_spec()
    true = noise_log_mel(spec, 50)
    figure = frames_figure({"true_mel": true, "model": true + 30}, spec, "noise")
    first, second = meshes(figure)
    assert first.get_clim() == second.get_clim()
    assert true.min() < first.get_clim()[0] < first.get_clim()[1] < true.max()
    np.testing.assert_array_equal(first.get_array(), true.T)
    np.testing.assert_array_equal(second.get_array(), true.T + 30)
    assert [axis.get_title(loc="left") for axis in figure.axes[:-1]] == ["true mel", "model"]


def test_axes_have_units_and_the_first_seconds_are_drawn():
    spec = small_spec()
    figure = frames_figure(dict.fromkeys("ab", noise_log_mel(spec, 1000)), spec, "noise")
    upper, lower, colours = figure.axes
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "time (s)")
    assert {axis.get_ylabel() for axis in (upper, lower)} == {"frequency (Hz)"}
    assert lower.get_xlim() == pytest.approx((0, SHOWN_SECONDS))
    assert colours.get_ylabel() == "dB"
