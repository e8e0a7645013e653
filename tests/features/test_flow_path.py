"""Tests of the path of flow matching: its ends, its velocity, and the MFCC, which never change."""

import numpy as np
import pytest
from noise import noise_log_mel, small_spec

from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.fine_structure import fine_structure
from mfccinv.features.flow_path import FlowPath

SPEC = small_spec()
PATH = FlowPath(SPEC, std_db=12.0)


@pytest.fixture
def true():
    return noise_log_mel(SPEC, 60).reshape(3, 20, SPEC.n_mels)


@pytest.fixture
def noise():
    return PATH.draw(np.random.default_rng(0), 3, 20)[0]


@pytest.mark.parametrize("time", [0.0, 0.3, 0.5, 0.99, 1.0])
def test_the_velocity_leads_from_the_noise_to_the_fine_structure(true, noise, time):
    time = np.full(3, time, np.float32)
    given, target = PATH.training_pair(true, noise, time)
    state = given[..., :-1]
    x = fine_structure(true, SPEC) / PATH.std_db
    velocity = PATH.velocity(target, state, time)
    np.testing.assert_allclose(velocity, x - noise, atol=1e-4)
    t = time[:, None, None]
    np.testing.assert_allclose(state + (1 - t) * velocity, x, atol=1e-4)
    np.testing.assert_allclose(PATH.frames(target, x), true, atol=1e-3)


def test_at_the_beginning_the_true_frames_are_asked_for(true, noise):
    given, target = PATH.training_pair(true, noise, np.zeros(3))
    np.testing.assert_array_equal(given[..., :-1], noise)
    np.testing.assert_allclose(target, true, atol=1e-4)


def test_what_is_asked_for_has_the_mfcc_and_varies_as_much_at_all_times(noise):
    true = noise_log_mel(SPEC, 3 * 20000).reshape(3, 20000, SPEC.n_mels)
    path = FlowPath(SPEC, std_db=15.0)  # that of these frames
    noise, _ = path.draw(np.random.default_rng(1), 3, 20000)
    _, target = path.training_pair(true, noise, np.array([0, 0.4, 0.9]))
    np.testing.assert_allclose(log_mel_to_mfcc(target, SPEC), log_mel_to_mfcc(true, SPEC), atol=1e-2)
    stds = fine_structure(target - mfcc_to_log_mel(log_mel_to_mfcc(target, SPEC), SPEC), SPEC).std(axis=(1, 2))
    np.testing.assert_allclose(stds, 15, rtol=0.03)


def test_each_segment_has_a_time_of_its_own_part():
    noise, time = PATH.draw(np.random.default_rng(3), 8, 5)
    assert noise.shape == (8, 5, 16)
    np.testing.assert_array_equal(np.floor(time * 8), np.arange(8))
    given = PATH.given(noise, time)
    assert given.shape == (8, 5, 17)
    np.testing.assert_array_equal(given[..., -1], np.repeat(time[:, None], 5, axis=1))
