"""Tests of a voice's speech: which seconds are held out, and that nothing is shared with the training."""

import numpy as np
import pytest
from noise import small_spec
from speech import speech

from mfccinv.audio.sound_files import Recording
from mfccinv.training.voice import divide, frames_of_voice

RATE = 1000
SPEC = small_spec()
SETTINGS = {
    "linear": False,
    "held_out": 5,
    "piece_seconds": 5.0,
    "least_seconds": 1.0,
    "copies": 0,
    "speed": (0.95, 1.05),
    "seed": 0,
}


def recording(begin, end):
    """Samples that count on, so that each is known."""
    return Recording(np.arange(begin * RATE, end * RATE, dtype=np.float32), RATE, RATE, 1)


def bounds(recordings):
    return [(int(one.y[0]) // RATE, int(one.y[-1] + 1) // RATE) for one in recordings]


def test_one_long_file_is_cut():
    training, held_out = divide([recording(0, 60)], held_out=5, piece_seconds=5.0)
    assert bounds(held_out) == [(10, 15), (35, 40)]
    assert bounds(training) == [(0, 10), (15, 35), (40, 60)]


def test_short_files_stay_whole_and_count_on():
    files = [recording(4 * n, 4 * n + 4) for n in range(8)]
    training, held_out = divide(files, held_out=5, piece_seconds=5.0)
    assert bounds(held_out) == [(8, 12), (28, 32)]
    assert len(training) == 6


@pytest.mark.parametrize("lengths", [(60,), (3, 50, 2, 2, 9), (11, 11, 11)])
def test_every_sample_is_on_one_side(lengths):
    ends = np.cumsum(lengths)
    files = [recording(end - length, end) for end, length in zip(ends, lengths, strict=True)]
    training, held_out = divide(files, held_out=5, piece_seconds=5.0)
    samples = np.concatenate([one.y for one in (*training, *held_out)])
    assert sorted(samples) == list(range(ends[-1] * RATE))


def test_values_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"held_out must be at least 2 .* got 1 and 5"):
        divide([], held_out=1, piece_seconds=5.0)


def voice(seconds, **changes):
    y = np.resize(speech(SPEC.sample_rate), round(seconds * SPEC.sample_rate)).astype(np.float32)
    one = Recording(y, SPEC.sample_rate, SPEC.sample_rate, 1)
    return frames_of_voice([one], SPEC, **SETTINGS | changes)


def test_a_short_file_has_something_held_out():
    frames = voice(2.0)
    assert frames.held_out.seconds.sum() == pytest.approx(0.4, abs=1e-3)
    assert frames.training.seconds.sum() == pytest.approx(1.6, abs=1e-3)
    assert frames.held_out.log_mel.shape[1] == SPEC.n_mels
    assert frames.held_out.log_magnitude is None
    assert len(frames.prints) == 1


def test_variants_are_of_the_training_alone():
    plain, varied = voice(2.0), voice(2.0, copies=2, speed=(0.8, 0.8))
    assert len(varied.training.ids) == 3 * len(plain.training.ids)
    frames = len(plain.training.mfcc)
    np.testing.assert_array_equal(varied.training.mfcc[:frames], plain.training.mfcc)
    assert len(varied.training.mfcc) == pytest.approx(frames * (1 + 2 / 0.8), rel=0.03)
    np.testing.assert_array_equal(varied.held_out.mfcc, plain.held_out.mfcc)


def test_copies_of_a_recording_are_left_out():
    """One would be held out, and the other trained on."""
    y = speech(SPEC.sample_rate).astype(np.float32)
    one, other = (Recording(part, SPEC.sample_rate, SPEC.sample_rate, 1) for part in np.array_split(y, 2))
    alone = frames_of_voice([one, other], SPEC, **SETTINGS)
    with pytest.warns(UserWarning, match="2 of 4 recordings are copies of others, and left out"):
        copied = frames_of_voice([one, one, other, one], SPEC, **SETTINGS)
    np.testing.assert_array_equal(copied.held_out.mfcc, alone.held_out.mfcc)
    np.testing.assert_array_equal(copied.training.mfcc, alone.training.mfcc)


def test_pieces_shorter_than_a_frame_are_refused():
    with pytest.raises(ValueError, match=r"adaptation\.piece_seconds is too short: a frame needs \d+ samples"):
        voice(2.0, piece_seconds=0.001)


def test_too_little_speech_is_told():
    with pytest.raises(ValueError, match=r"too little speech: at least 10 s of the voice are needed, got 2\.0 s"):
        voice(2.0, least_seconds=10.0)
