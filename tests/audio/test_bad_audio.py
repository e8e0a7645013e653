"""Tests of bad and odd files of many kinds: each is read or rejected as it should be, in little memory."""

import tracemalloc

import numpy as np
from bad_audio import EITHER, READ, REJECTED, bad_audio, make_special_files

from mfccinv.audio.sound_files import UnusableAudio, read_audio


def outcome(path):
    """Whether a file is read or rejected; any other error is the test's."""
    try:
        recording = read_audio(path, 16000)
    except UnusableAudio:
        return REJECTED
    assert len(recording.y) > 0
    assert np.isfinite(recording.y).all()
    return READ


def test_files_are_read_or_rejected_as_expected(tmp_path):
    wrong = []
    tracemalloc.start()
    try:
        for bad in bad_audio():
            (tmp_path / bad.name).write_bytes(bad.content)
            found = outcome(tmp_path / bad.name)
            if bad.expectation not in (found, EITHER):
                wrong.append((bad.name, bad.expectation, found))
        assert not wrong
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


def test_names_are_unique():
    names = [bad.name for bad in bad_audio()]
    assert len(set(names)) == len(names) > 200


def test_what_is_no_file_is_rejected(tmp_path):
    for path in make_special_files(tmp_path):
        assert outcome(path) == REJECTED


def test_the_seed_decides():
    first, again, other = ([(bad.name, len(bad.content)) for bad in bad_audio(seed)] for seed in (1, 1, 2))
    assert first == again != other
