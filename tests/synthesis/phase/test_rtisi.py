"""Tests of phase retrieval as a stream."""

import numpy as np
from configurations import preset
from speech import speech

from mfccinv.features.extract import stft_magnitude
from mfccinv.synthesis.phase.rtisi import Rtisi


def test_gives_a_hop_for_each_frame_after_the_look_ahead_and_all_in_the_end():
    spec = preset("asr")
    magnitude = stft_magnitude(speech(16000, 0.3), spec)
    inversion = Rtisi(spec, look_ahead=3, iterations=2)
    sizes = [len(inversion.push(frame)) for frame in magnitude]
    assert sizes == [0] * 3 + [160] * (len(magnitude) - 3)
    assert sum(sizes) + len(inversion.finish()) == 512 + 160 * (len(magnitude) - 1)


def test_what_is_out_does_not_depend_on_what_comes():
    spec = preset("asr")
    magnitude = stft_magnitude(speech(16000, 0.3), spec)
    outs = []
    for changed in (1.0, 5.0):
        inversion = Rtisi(spec, look_ahead=2, iterations=2)
        frames = magnitude * np.where(np.arange(len(magnitude)) < 20, 1.0, changed)[:, None]
        outs.append(np.concatenate([inversion.push(frame) for frame in frames]))
    same = (20 - 2) * 160
    np.testing.assert_array_equal(outs[0][:same], outs[1][:same])
    assert np.abs(outs[0] - outs[1]).max() > 1e-2
