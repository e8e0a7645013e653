"""Tests of the scores: closed forms, invariances, and sums that equal the direct computation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfccinv.evaluation.bootstrap import percentile_interval, resampling_weights
from mfccinv.evaluation.frame_metrics import (
    ACTIVE_RANGE_DB,
    LARGEST_SNR_DB,
    LEVELS_DB,
    FrameSums,
    active_frames,
    frame_levels,
    log_spectral_distance,
    silent_frames,
    spectral_snr,
)
from mfccinv.evaluation.modulation import modulation_distance, modulation_power

LEVELS = st.floats(-60, 60)


def frames(seed=0, n_frames=40, spread=3.0):
    """True and predicted frames of speech-like levels, some of them silent, (n_frames, 24), dB."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-40, 15, size=(n_frames, 24))
    true[::7] -= 90
    return true, true + rng.normal(0, spread, size=true.shape)


class TestSpectralSnr:
    @pytest.mark.parametrize("power", [1, 2])
    @pytest.mark.parametrize("error", [0.5, 0.1, 1e-3])
    def test_a_known_relative_error(self, power, error):
        true, _ = frames()
        for sign in (1, -1):
            predicted = true + 20 / power * np.log10(1 + sign * error)
            np.testing.assert_allclose(spectral_snr(true, predicted, power), -20 * np.log10(error), atol=1e-6)

    def test_one_wrong_band(self):
        true = 20 * np.log10([[3.0, 4.0, 12.0]])
        predicted = 20 * np.log10([[3.0, 4.0, 13.0]])
        np.testing.assert_allclose(spectral_snr(true, predicted, 1), 10 * np.log10(169))
        energy, noise = 3**4 + 4**4 + 12**4, (169 - 144) ** 2
        np.testing.assert_allclose(spectral_snr(true, predicted, 2), 10 * np.log10(energy / noise))

    @pytest.mark.parametrize("power", [1, 2])
    def test_silence_instead_of_sound_is_zero(self, power):
        true, _ = frames()
        np.testing.assert_allclose(spectral_snr(true, np.full_like(true, -1000.0), power), 0, atol=1e-6)

    @pytest.mark.parametrize("power", [1, 2])
    def test_a_perfect_prediction_is_capped(self, power):
        true, _ = frames()
        np.testing.assert_allclose(spectral_snr(true, true, power), LARGEST_SNR_DB)
        nearly = spectral_snr(true, true + 1e-9, power)
        np.testing.assert_allclose(nearly, LARGEST_SNR_DB)

    def test_power_is_magnitude_of_doubled_levels(self):
        true, predicted = frames()
        np.testing.assert_allclose(spectral_snr(true, predicted, 2), spectral_snr(2 * true, 2 * predicted, 1))
        assert np.abs(spectral_snr(true, predicted, 2) - spectral_snr(true, predicted, 1)).max() > 0.5

    @given(LEVELS, st.sampled_from([1, 2]), st.integers(0, 9))
    def test_level_and_order_of_the_bands_do_not_matter(self, level, power, seed):
        true, predicted = frames(seed)
        snr = spectral_snr(true, predicted, power)
        np.testing.assert_allclose(spectral_snr(true + level, predicted + level, power), snr, atol=1e-6)
        order = np.random.default_rng(seed).permutation(true.shape[1])
        np.testing.assert_allclose(spectral_snr(true[:, order], predicted[:, order], power), snr, atol=1e-6)

    def test_single_precision_is_computed_in_double(self):
        true, predicted = (x.astype(np.float32) for x in frames())
        exact = spectral_snr(true.astype(np.float64), predicted.astype(np.float64), 2)
        np.testing.assert_array_equal(spectral_snr(true, predicted, 2), exact)


class TestLogSpectralDistance:
    @given(LEVELS)
    def test_of_a_constant_error_is_its_size(self, error):
        true, _ = frames()
        np.testing.assert_allclose(log_spectral_distance(true, true + error), abs(error), atol=1e-9)

    def test_is_a_root_mean_square(self):
        np.testing.assert_allclose(log_spectral_distance(np.zeros((1, 2)), np.array([[3.0, 4.0]])), np.sqrt(12.5))


class TestActiveFrames:
    def test_are_those_within_the_range_of_the_loudest(self):
        below = np.array([0.0, ACTIVE_RANGE_DB - 0.1, ACTIVE_RANGE_DB + 0.1, 200.0])
        assert active_frames(np.tile(-20 - below[:, None], 8)).tolist() == [True, True, False, False]

    def test_level_is_the_sum_of_the_power_of_the_bands(self):
        # Four equal bands add 6.02 dB.
        true = np.array([[0.0, -200.0, -200.0, -200.0], [-66.0] * 4, [-66.1] * 4])
        assert active_frames(true).tolist() == [True, True, False]

    @given(LEVELS)
    def test_level_of_the_utterance_does_not_matter(self, level):
        true, _ = frames()
        assert 0 < active_frames(true).sum() < len(true)
        np.testing.assert_array_equal(active_frames(true + level), active_frames(true))


def direct_summary(pairs):
    """Scores of utterances, by their definition, from all frames at once."""
    true, predicted = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    active = np.concatenate([active_frames(one) for one, _ in pairs])
    scores = {"lsd": log_spectral_distance(true, predicted).mean()}
    for name, power in (("snr", 1), ("snr_power", 2)):
        snr = spectral_snr(true, predicted, power)
        linear, linear_predicted = 10 ** (true * power / 20), 10 ** (predicted * power / 20)
        pooled = np.sum(linear**2) / np.sum((linear - linear_predicted) ** 2)
        scores |= {name: snr.mean(), f"{name}_active": snr[active].mean(), f"{name}_pooled": 10 * np.log10(pooled)}
    powers = (sum(map(modulation_power, parts)) for parts in zip(*pairs, strict=True))
    scores["msd"] = modulation_distance(*powers)
    return scores, np.sqrt(np.mean((true - predicted)[active] ** 2, axis=0))


class TestFrameSums:
    @pytest.fixture
    def pairs(self):
        return [frames(seed, n_frames=10 + 15 * seed, spread=1.0 + seed) for seed in range(4)]

    @pytest.fixture
    def stacked(self, pairs):
        return FrameSums.stack([FrameSums.of(*pair) for pair in pairs])

    def test_totals_equal_the_direct_computation(self, pairs, stacked):
        scores, band_error = direct_summary(pairs)
        total = stacked.total()
        assert int(total.frames) == sum(len(true) for true, _ in pairs)
        assert total.summary() == pytest.approx(scores)
        np.testing.assert_allclose(total.band_error(), band_error)

    def test_of_one_utterance(self, pairs):
        scores, band_error = direct_summary(pairs[2:3])
        assert FrameSums.of(*pairs[2]).summary() == pytest.approx(scores)
        np.testing.assert_allclose(FrameSums.of(*pairs[2]).band_error(), band_error)

    def test_of_several_at_once(self, pairs, stacked):
        for n, pair in enumerate(pairs):
            expected = FrameSums.of(*pair).summary()
            assert {name: value[n] for name, value in stacked.summary().items()} == pytest.approx(expected, nan_ok=True)

    def test_weights_are_how_often_an_utterance_counts(self, pairs, stacked):
        weights = np.array([[1, 1, 1, 1], [2, 0, 3, 1], [0, 0, 1, 0]])
        weighted = stacked.weighted(weights)
        for n, counts in enumerate(weights):
            repeated = [pair for pair, count in zip(pairs, counts, strict=True) for _ in range(count)]
            scores, band_error = direct_summary(repeated)
            assert {name: value[n] for name, value in weighted.summary().items()} == pytest.approx(scores)
            np.testing.assert_allclose(weighted.band_error()[n], band_error)

    def test_a_perfect_prediction(self):
        true, _ = frames()
        summary = FrameSums.of(true, true).summary()
        assert summary.pop("lsd") == summary.pop("msd") == 0
        assert all(value == pytest.approx(LARGEST_SNR_DB) for value in summary.values())

    def test_higher_is_better_but_for_distances(self):
        true, _ = frames()
        rng = np.random.default_rng(5)
        noise = rng.normal(size=true.shape)
        better, worse = (FrameSums.of(true, true + spread * noise).summary() for spread in (1, 4))
        for name in ("lsd", "msd"):
            assert better.pop(name) < worse.pop(name)
        assert all(better[name] > worse[name] for name in better)


class TestSilence:
    """A frame at the floor in every band is found exactly by every method: it would lift each score to its best."""

    def test_is_a_level_that_all_bands_share(self):
        true, _ = frames()
        true[3:5] = -100.0
        assert np.flatnonzero(silent_frames(true)).tolist() == [3, 4]

    def test_a_single_band_is_no_silence(self):
        assert not silent_frames(np.full((4, 1), -100.0)).any()

    def test_changes_no_score(self):
        """A network's, and that of the floor, which is exact there."""
        true, predicted = frames()
        silence = np.full((60, 24), -100.0)
        floor = np.full_like(true, -100.0)
        for one, in_silence in ((predicted, silence), (predicted, silence + 20), (floor, silence)):
            sums = FrameSums.of(np.concatenate([true, silence]), np.concatenate([one, in_silence]))
            alone = FrameSums.of(true, one)
            assert (int(sums.frames), int(sums.silent), int(alone.silent)) == (len(true), 60, 0)
            assert {name: float(value) for name, value in sums.summary().items()} == {
                name: pytest.approx(float(value)) for name, value in alone.summary().items()
            }
            np.testing.assert_allclose(sums.band_error(), alone.band_error())

    def test_alone_has_no_score(self):
        sums = FrameSums.of(np.full((5, 24), -100.0), np.full((5, 24), -100.0))
        assert (int(sums.frames), int(sums.silent)) == (0, 5)
        assert np.isnan([*sums.summary().values(), *sums.band_error(), *sums.snr_by_level()]).all()


class TestLevels:
    def test_frames_are_counted_by_how_far_they_are_below_the_loudest(self):
        below = np.array([0.0, 9.9, 10.1, 35.0, 59.9, 60.1, 300.0])
        shape = np.linspace(-3, 3, 8)
        sums = FrameSums.of(shape - below[:, None], shape - below[:, None])
        assert len(LEVELS_DB) == 7
        assert sums.level_frames.tolist() == [2, 1, 0, 1, 0, 1, 2]

    def test_the_snr_of_a_bin_is_the_mean_of_its_frames(self):
        pairs = [frames(seed, n_frames=50) for seed in range(3)]
        true, predicted = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        below = np.concatenate([frame_levels(one).max() - frame_levels(one) for one, _ in pairs])
        snr = spectral_snr(true, predicted, 1)
        found = FrameSums.stack([FrameSums.of(*pair) for pair in pairs]).total().snr_by_level()
        for low, high, mean in zip(LEVELS_DB, [*LEVELS_DB[1:], np.inf], found, strict=True):
            chosen = snr[(low <= below) & (below < high)]
            assert mean == pytest.approx(chosen.mean()) if len(chosen) else np.isnan(mean)
        assert np.isfinite(found).sum() >= 3


class TestBootstrap:
    def test_resamplings_are_as_large_as_the_sample(self):
        weights = resampling_weights(12, seed=0, draws=500)
        assert weights.shape == (500, 12)
        assert (weights.sum(axis=1) == 12).all()
        np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.2)

    def test_the_seed_decides(self):
        np.testing.assert_array_equal(resampling_weights(12, seed=3), resampling_weights(12, seed=3))
        assert (resampling_weights(12, seed=3) != resampling_weights(12, seed=4)).any()

    def test_interval_is_between_percentiles(self):
        assert percentile_interval(np.arange(1001.0)[::-1]) == pytest.approx([25.0, 975.0])
        assert percentile_interval(np.arange(1001.0), confidence=0.5) == pytest.approx([250.0, 750.0])

    def test_interval_covers_the_truth_as_often_as_it_says(self, rng):
        covered = 0
        for seed in range(200):
            sample = rng.normal(3.0, 1.0, size=40)
            low, high = percentile_interval(resampling_weights(40, seed=seed, draws=300) @ sample / 40)
            covered += low <= 3.0 <= high
        assert 0.88 <= covered / 200 <= 0.99
