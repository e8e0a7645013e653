"""Tests of the schedules: closed forms of the learning rate, and when a training is finished."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfccinv.training.schedules import SCHEDULES, best_epoch, learning_rate, reason_to_stop

LOSSES = st.lists(st.floats(-100, 100), max_size=30)


def rate(val_losses, schedule, **changes):
    options = {"initial": 0.1, "epochs": 10, "plateau_factor": 0.5, "plateau_patience": 2, "fall_share": 0.4} | changes
    return learning_rate(val_losses, schedule=schedule, **options)


class TestLearningRate:
    @pytest.mark.parametrize("schedule", SCHEDULES)
    def test_begins_with_the_initial_rate(self, schedule):
        assert rate([], schedule) == 0.1

    def test_constant(self):
        assert {rate([1.0] * n, "constant") for n in range(20)} == {0.1}

    def test_cosine(self):
        rates = [rate([1.0] * n, "cosine") for n in range(10)]
        assert rates == pytest.approx([0.05 * (1 + math.cos(math.pi * n / 10)) for n in range(10)])
        assert rates[5] == pytest.approx(0.05)
        assert rates == sorted(rates, reverse=True)
        assert 0 < rates[-1] < 0.003

    def test_plateau(self):
        losses = [5.0, 4.0, 4.0, 4.5, 4.2, 3.0, 3.0, 3.0, 2.0]
        rates = [rate(losses[:n], "plateau") for n in range(len(losses) + 1)]
        assert rates == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025])

    def test_trapezoid(self):
        """The last four of ten epochs have 4, 3, 2 and 1 fifths of the rate."""
        rates = [rate([1.0] * n, "trapezoid") for n in range(10)]
        assert rates == pytest.approx([0.1] * 6 + [0.08, 0.06, 0.04, 0.02])

    @given(st.integers(1, 300), st.floats(0.01, 1.0))
    def test_a_trapezoid_stays_until_it_falls_whatever_its_length(self, epochs, share):
        rates = [rate([1.0] * n, "trapezoid", epochs=epochs, fall_share=share) for n in range(epochs)]
        assert rates == sorted(rates, reverse=True)
        assert 0 < rates[-1] <= 0.1
        stay = [rate for n, rate in enumerate(rates) if n <= epochs - 1 - share * epochs]
        assert stay == [0.1] * len(stay)

    @given(LOSSES)
    def test_a_plateau_never_raises_the_rate(self, losses):
        rates = [rate(losses[:n], "plateau") for n in range(len(losses) + 1)]
        assert rates == sorted(rates, reverse=True)

    @pytest.mark.parametrize(
        ("schedule", "changes", "message"),
        [
            ("linear", {}, "training.schedule must be one of constant, cosine, plateau, trapezoid, got 'linear'"),
            ("constant", {"initial": 0}, "training.learning_rate must be above 0, got 0"),
            ("plateau", {"plateau_factor": 1.0}, r"training.plateau_factor must be in \(0, 1\) .* got 1.0 and 2"),
            ("trapezoid", {"fall_share": 0}, r"training.fall_share must be in \(0, 1\], got 0"),
            ("plateau", {"plateau_patience": 0}, "training.plateau_patience at least 1, got 0.5 and 0"),
        ],
    )
    def test_errors(self, schedule, changes, message):
        with pytest.raises(ValueError, match=message):
            rate([], schedule, **changes)


class TestFinished:
    def test_best_epoch_is_the_first_of_equals(self):
        assert best_epoch([3.0, 1.0, 2.0, 1.0]) == 2

    def test_after_all_epochs(self):
        reasons = [reason_to_stop([3.0, 2.0, 1.0][:n], epochs=3, patience=9) for n in range(4)]
        assert reasons == [None, None, None, "3 of training.epochs=3 are done"]

    def test_after_patience_epochs_without_a_better_one(self):
        losses = [3.0, 2.0, 2.0, 2.5]
        reasons = [reason_to_stop(losses[:n], epochs=99, patience=2) for n in range(5)]
        assert reasons[:4] == [None] * 4
        assert reasons[4] == "no better validation loss since epoch 2 of 4, training.patience=2"

    @given(LOSSES, st.integers(1, 30), st.integers(1, 10))
    def test_once_finished_stays_finished_without_a_better_epoch(self, losses, epochs, patience):
        if reason_to_stop(losses, epochs=epochs, patience=patience):
            worse = [*losses, max(losses, default=0) + 1]
            assert reason_to_stop(worse, epochs=epochs, patience=patience)
        else:
            assert len(losses) < epochs
