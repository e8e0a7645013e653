"""Tests of the modulation spectrum against closed forms."""

import numpy as np
import pytest
from scipy.fft import idct

from mfccinv.evaluation.modulation import BANDS, N_CELLS, N_GROUPS, modulation_distance, modulation_power


def frames_of(coefficient, cycles, n_frames=128, size=1.0):
    """Frames (n_frames, 24) of which one DCT coefficient swings, with so many cycles in a window."""
    cepstrum = np.zeros((n_frames, 24))
    cepstrum[:, coefficient] = size * np.sin(2 * np.pi * cycles * np.arange(n_frames) / 32)
    return idct(cepstrum, axis=1, norm="ortho")


@pytest.mark.parametrize(("coefficient", "cycles"), [(0, 12), (4, 3.5), (11, 6.5), (23, 12)])
def test_a_swing_is_in_its_cell(coefficient, cycles):
    power = modulation_power(frames_of(coefficient, cycles)).reshape(N_GROUPS, len(BANDS))
    band = next(place for place, (first, last) in enumerate(BANDS) if first <= cycles <= last)
    assert power[coefficient // 3, band] > 0.85 * power.sum()


def test_power_adds_up_over_windows_and_grows_with_the_square():
    one, two = (modulation_power(frames_of(4, 6, n)).sum() for n in (32, 48))
    assert two == pytest.approx(2 * one, rel=1e-6)
    assert modulation_power(frames_of(4, 6, 32, size=3.0)).sum() == pytest.approx(9 * one)


def test_levels_do_not_count():
    frames = frames_of(4, 6)
    np.testing.assert_allclose(modulation_power(frames + 40.0), modulation_power(frames), atol=1e-6)


def test_of_less_than_a_window_there_is_none():
    assert (modulation_power(np.ones((31, 24))) == 0).all()
    assert np.isnan(modulation_distance(np.zeros(N_CELLS), np.zeros(N_CELLS)))


def test_distance_is_the_mean_of_the_levels():
    true = np.random.default_rng(0).uniform(1, 9, N_CELLS)
    assert modulation_distance(true, true) == 0
    assert modulation_distance(true, 10 * true) == pytest.approx(10)
    assert modulation_distance(true, 0.1 * true) == pytest.approx(10)
    half = np.where(np.arange(N_CELLS) < N_CELLS / 2, true, 0.1 * true)
    assert modulation_distance(true, half) == pytest.approx(5)
    assert modulation_distance(true, np.zeros(N_CELLS)) == pytest.approx(30)
    assert modulation_distance(np.stack([true, true]), np.stack([true, half])).shape == (2,)


def test_cells_without_power_are_left_out():
    true, made = np.zeros(N_CELLS), np.zeros(N_CELLS)
    true[:3], made[:3] = 1.0, (1.0, 10.0, 100.0)
    assert modulation_distance(true, made) == pytest.approx(10)
    few_bands = modulation_power(np.random.default_rng(0).normal(size=(40, 5)))
    assert modulation_distance(few_bands, few_bands) == 0
