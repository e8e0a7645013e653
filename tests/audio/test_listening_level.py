"""Tests of sounds for listeners: equally loud where there is speech, never clipped, and a low-pass."""

import numpy as np
import pytest
from speech import speech

from mfccinv.audio.listening_level import equally_loud, low_pass

RATE = 16000


def tone(hz, seconds=1.0):
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


def level_db(y):
    return 20 * np.log10(np.sqrt(np.mean(np.square(y))))


def test_sounds_get_one_level():
    y = 0.01 * tone(500)
    made = equally_loud({"original": y, "loud": 50 * y, "other": 0.2 * tone(900)}, RATE)
    assert [level_db(one) for one in made.values()] == pytest.approx([-26] * 3, abs=0.01)
    np.testing.assert_allclose(made["loud"], made["original"])


def test_pauses_of_the_original_do_not_count():
    """Half of it is a pause, in which the other sound has noise: the level of the speech is the same."""
    pause = np.zeros(RATE)
    spoken, noisy = np.append(tone(500), pause), np.append(tone(500), pause + 0.5)
    made = equally_loud({"original": 0.1 * spoken, "noisy": 0.3 * noisy}, RATE)
    assert level_db(made["original"][:RATE]) == pytest.approx(-26, abs=0.01)
    np.testing.assert_allclose(made["noisy"][:RATE], made["original"][:RATE])


def test_what_would_clip_turns_all_down():
    click = 0.001 * tone(500)
    click[8000] = 0.9
    made = equally_loud({"original": 0.1 * tone(500), "click": click}, RATE)
    assert max(np.abs(y).max() for y in made.values()) == pytest.approx(0.99)
    assert level_db(made["original"]) == pytest.approx(level_db(made["click"]))
    assert level_db(made["original"]) < -30


@pytest.mark.parametrize("n_samples", [1, 319, 320, 321])
def test_silence_and_short_sounds_stay(n_samples):
    made = equally_loud({"original": np.zeros(n_samples), "other": np.full(n_samples, 0.5)}, RATE)
    np.testing.assert_array_equal(made["original"], np.zeros(n_samples))
    assert level_db(made["other"]) == pytest.approx(-26)


def test_speech_is_brought_to_the_level():
    y = speech(RATE, 2.0)
    made = equally_loud({"original": y, "half": y / 2}, RATE)
    np.testing.assert_allclose(made["half"], made["original"])
    assert -36 < level_db(made["original"]) < -26  # with its pauses


def test_a_low_pass_leaves_what_is_below():
    made = low_pass(tone(3400) + tone(4100), RATE, 3500)
    np.testing.assert_allclose(made, tone(3400), atol=1e-9)
