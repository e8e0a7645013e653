"""Tests of the sampler with a network that knows the answer: what it draws is distributed as it should be."""

import numpy as np
import pytest
from noise import noise_mfcc, small_spec

from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.features.fine_structure import add_fine_structure, fine_structure
from mfccinv.features.flow_path import FlowPath
from mfccinv.inference.flow_sampling import draw_frames
from mfccinv.inference.network import Network

SPEC = small_spec()
PATH = FlowPath(SPEC, std_db=10.0)
MEAN, STD = 0.7, 0.4  # of each coefficient, in units of the path's deviation


class Ideal(Network):
    """Predicts what is to be expected of fine structure that is normally distributed, whatever the MFCC."""

    input_name, is_compiled = "mfcc", False
    n_inputs, fewest_inputs, n_outputs = SPEC.n_mels + 1, SPEC.n_mfcc, SPEC.n_mels

    def predict(self, batch):
        mfcc, state, t = batch[..., : SPEC.n_mfcc], batch[..., SPEC.n_mfcc : -1], batch[..., -1:]
        of_noise, norm = 1 - t, np.sqrt(t**2 + (1 - t) ** 2)
        x = MEAN + t * STD**2 / (t**2 * STD**2 + of_noise**2) * (state - t * MEAN)
        noise = (state - t * x) / of_noise
        made = (of_noise * x - t * noise) / norm
        smooth = mfcc_to_log_mel(mfcc.astype(np.float32), SPEC)
        return add_fine_structure(smooth, np.float32(PATH.std_db) * made.astype(np.float32), SPEC)


def draw(mfcc, **options):
    return list(draw_frames(Ideal(), Context(1, "centre"), PATH, mfcc, **({"seed": 0} | options)))


def test_what_is_drawn_is_distributed_as_speech_is():
    mfcc = noise_mfcc(SPEC, 3000)
    [drawn] = draw([mfcc], steps=64)
    np.testing.assert_allclose(log_mel_to_mfcc(drawn, SPEC), mfcc, atol=1e-3)
    fine = fine_structure(drawn, SPEC) / PATH.std_db
    np.testing.assert_allclose(fine.mean(), MEAN, atol=0.01)
    np.testing.assert_allclose(fine.std(axis=0), STD, rtol=0.1)


def test_a_seed_and_a_number_draw_the_same_again_and_others_differ():
    mfcc = noise_mfcc(SPEC, 30)
    [one], [again], [sample], [seed] = draw([mfcc]), draw([mfcc]), draw([mfcc], sample=1), draw([mfcc], seed=1)
    np.testing.assert_array_equal(one, again)
    assert min(np.abs(one - other).mean() for other in (sample, seed)) > 1
    first, second = draw([mfcc, mfcc])
    np.testing.assert_array_equal(first, one)
    assert np.abs(first - second).mean() > 1


def test_digital_silence_stays_silent():
    silence = np.full((5, SPEC.n_mels), SPEC.floor_db, np.float32)
    [drawn] = draw([log_mel_to_mfcc(silence, SPEC)])
    np.testing.assert_allclose(drawn, silence, atol=1e-3)


@pytest.mark.parametrize("steps", [1, 4])
def test_a_step_is_enough_for_the_mean(steps):
    """Without any variance the path is a straight line that every number of steps follows."""
    [drawn] = draw([noise_mfcc(SPEC, 300)], steps=steps)
    fine = fine_structure(drawn, SPEC) / PATH.std_db
    np.testing.assert_allclose(fine.mean(), MEAN, atol=0.02)
