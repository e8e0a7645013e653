"""Tests of the settings of the augmentation: each is looked at, and what is no number or no range is refused."""

import math
import re

import numpy as np
import pytest
from configurations import settings

from mfccinv.audio.augmentation import Augmentation

WHOLE = ("copies", "seed")
PROBABILITIES = ("reverberation", "noise", "hum", "clip", "low_pass", "codec")
DEVIATIONS = ("filter_db", "level_db")
FACTORS = ("speed", "envelope", "reverberation_seconds", "low_pass_hz")
LEVELS = ("reverberation_db", "noise_snr_db", "hum_snr_db", "clip_db")
NO_NUMBERS = (math.nan, math.inf, -math.inf, "1", True, None, [1.0], np.array(1.0))
NOT_FINITE = (*NO_NUMBERS, 10**400)  # which is more than a float can be


def shown(value):
    return repr(value)[:12]


def augmentation(**changed):
    return Augmentation(**settings("augment", "none") | changed)


def refuses(name, value, what):
    with pytest.raises(ValueError, match=re.escape(f"augment.{name} must be {what}, got {value!r}")):
        augmentation(**{name: value})


def test_every_setting_of_the_augmentation_is_looked_at():
    assert {"live", *WHOLE, *PROBABILITIES, *DEVIATIONS, *FACTORS, *LEVELS} == set(settings("augment", "none"))


@pytest.mark.parametrize("value", [None, 1, "true", [True]], ids=shown)
def test_live_is_true_or_false(value):
    refuses("live", value, "true or false")


def test_live_needs_variants():
    with pytest.raises(ValueError, match=r"^augment\.live=true makes variants, .*: try augment=voices$"):
        augmentation(live=True, copies=0)
    assert augmentation(live=True, copies=2).stored_copies == 0
    assert augmentation(copies=2).stored_copies == 2


@pytest.mark.parametrize("value", [*NO_NUMBERS, -1, 1.5], ids=shown)
@pytest.mark.parametrize("name", WHOLE)
def test_counts_are_whole_numbers(name, value):
    refuses(name, value, "a whole number of at least 0")


@pytest.mark.parametrize("value", [*NOT_FINITE, -0.1, 1.1], ids=shown)
@pytest.mark.parametrize("name", PROBABILITIES)
def test_probabilities_are_numbers(name, value):
    refuses(name, value, "in [0, 1]")


@pytest.mark.parametrize("value", [*NOT_FINITE, -0.1], ids=shown)
@pytest.mark.parametrize("name", DEVIATIONS)
def test_deviations_are_numbers(name, value):
    refuses(name, value, "at least 0")


@pytest.mark.parametrize("number", NOT_FINITE, ids=shown)
@pytest.mark.parametrize("name", [*FACTORS, *LEVELS])
def test_both_ends_of_a_range_are_numbers(name, number):
    for value in ([number, 1], [1, number]):
        refuses(name, value, "a range such as [0.8, 1.25]")


@pytest.mark.parametrize("value", ["12", 1.0, None, [], [1], [1, 2, 3], {1: 2, 3: 4}, [2, 1]], ids=shown)
@pytest.mark.parametrize("name", [*FACTORS, *LEVELS])
def test_a_range_has_two_ends_in_order(name, value):
    refuses(name, value, "a range such as [0.8, 1.25]")


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("speed", [0, 1], "two finite numbers, 0 < low <= high"),
        ("clip_db", [-1, 1], "two finite numbers, 0 <= low <= high"),
        ("hum_snr_db", [1, -1], "two finite numbers, low <= high"),
    ],
)
def test_a_range_says_what_it_takes(name, value, takes):
    with pytest.raises(ValueError, match=rf"^augment\.{name} .*: it takes {takes}$"):
        augmentation(**{name: value})


def test_what_is_in_range_is_taken():
    given = {"clip_db": [0, 0], "hum_snr_db": [-20, -3], "speed": (1, 1), "noise": 1, "level_db": 0, "seed": 2**40}
    made = augmentation(**given)
    assert (made.clip_db, made.hum_snr_db, made.speed) == ((0.0, 0.0), (-20.0, -3.0), (1.0, 1.0))
    assert (made.noise, made.level_db, made.seed) == (1, 0, 2**40)
