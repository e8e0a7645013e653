"""Tests of the prints of recordings: the same sound has one, another has another, and silence none."""

import numpy as np
from noise import noise_log_mel, small_spec

from mfccinv.datasets.sound_print import STEP_DB, sound_print

SPEC = small_spec()


def test_the_same_sound_has_the_same_print_though_computed_elsewhere():
    """Versions of libraries differ by far less than a step."""
    log_mel = noise_log_mel(SPEC, 100)
    middle = log_mel - np.mod(log_mel.mean(axis=1, keepdims=True, dtype=np.float64), STEP_DB)
    assert len(sound_print(middle)) == 12
    assert sound_print(middle + 0.2 * STEP_DB) == sound_print(middle) == sound_print(middle - 0.2 * STEP_DB)


def test_another_sound_has_another_print():
    log_mels = [noise_log_mel(SPEC, length, seed) for length in (20, 50, 51) for seed in range(5)]
    log_mels += [log_mels[-1] + 1, log_mels[-1][::-1]]
    prints = {sound_print(log_mel) for log_mel in log_mels}
    assert len(prints) == 3 * 5 + 2
    assert "" not in prints


def test_silence_and_a_single_frame_have_none():
    assert sound_print(noise_log_mel(SPEC, 1)) == ""
    assert sound_print(np.full((30, 24), -100.0, np.float32)) == ""
