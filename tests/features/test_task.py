"""Tests of the tasks: what is given and asked, and what of a specification matters."""

import numpy as np
import pytest
from configurations import preset
from noise import small_spec

from mfccinv.features.task import MFCC_TO_MEL, Task

SPEC = small_spec()


@pytest.mark.parametrize(
    ("source", "target", "given", "asked", "sizes"),
    [
        ("mfcc", "mel", "mfcc", "log_mel", (8, 24)),
        ("mel", "linear", "log_mel", "log_magnitude", (24, 257)),
        ("mfcc", "linear", "mfcc", "log_magnitude", (8, 257)),
        ("mel", "phase", "log_mel", "phase_steps", (24, 1028)),
    ],
)
def test_names_and_sizes(source, target, given, asked, sizes):
    task = Task(source, target)
    assert (task.inputs, task.outputs) == (given, asked)
    assert (task.n_inputs(SPEC), task.n_outputs(SPEC)) == sizes


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("melody", "mel", "source must be one of mfcc, mel, got 'melody'"),
        ("mfcc", "sound", "target must be one of mel, linear, phase, got 'sound'"),
        ("mel", "mel", "source=mel has mel frames already: it needs target=linear or phase"),
        ("mfcc", "phase", "target=phase needs source=mel, got source=mfcc"),
    ],
)
def test_others_are_refused(source, target, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Task(source, target)


def test_mfcc_do_not_matter_to_what_takes_mel_frames():
    one, other = preset("asr"), preset("asr", n_mfcc=13, lifter=22)
    assert Task("mel", "linear").relevant(one) == Task("mel", "linear").relevant(other)
    assert MFCC_TO_MEL.relevant(one) != MFCC_TO_MEL.relevant(other)
    assert Task("mel", "linear").relevant(preset("asr", n_mels=40)) != Task("mel", "linear").relevant(one)


class TestSeveralNumbers:
    task = Task(min_mfcc=3)

    def test_what_is_taken(self):
        assert [n for n in range(12) if self.task.takes(n, SPEC)] == [3, 4, 5, 6, 7, 8]
        assert [n for n in range(12) if MFCC_TO_MEL.takes(n, SPEC)] == [8]
        assert self.task.taken(SPEC) == "3 to 8 MFCC"
        assert MFCC_TO_MEL.taken(SPEC) == "8 MFCC"

    @pytest.mark.parametrize("fewest", [0, -1, 2.5, True, "10"])
    def test_no_number(self, fewest):
        with pytest.raises(
            ValueError, match=f"^min_mfcc must be a whole number of at least 1 or null, got {fewest!r}$"
        ):
            Task(min_mfcc=fewest)

    def test_needs_mfcc(self):
        with pytest.raises(ValueError, match=r"^min_mfcc=10 needs source=mfcc, got source=mel$"):
            Task("mel", "linear", 10)


def test_bins_beyond_the_bands_are_not_scored():
    """The first and the last filter begin and end at a bin of no weight."""
    spectra = np.arange(2 * SPEC.n_bins).reshape(2, -1)
    np.testing.assert_array_equal(Task("mel", "linear").scored(spectra, SPEC), spectra[:, 1:-1])
    assert MFCC_TO_MEL.scored(spectra, SPEC) is spectra


class TestFlow:
    def test_state_and_time_follow_the_mfcc(self):
        task = Task(flow=True)
        assert (task.n_inputs(SPEC), task.fewest_inputs(SPEC), task.n_outputs(SPEC)) == (25, 8, 24)
        assert task.takes(8, SPEC)
        assert not task.takes(9, SPEC)

    @pytest.mark.parametrize("task", [{"source": "mel", "target": "linear"}, {"target": "linear"}, {"min_mfcc": 3}])
    def test_of_other_frames(self, task):
        with pytest.raises(ValueError, match=r"^flow=true needs source=mfcc, target=mel and min_mfcc=null$"):
            Task(**task, flow=True)

    def test_no_truth_value(self):
        with pytest.raises(ValueError, match=r"^flow must be true or false, got 'yes'$"):
            Task(flow="yes")

    def test_nothing_left_to_draw(self):
        with pytest.raises(ValueError, match=r"^flow=true needs fewer MFCC than the 24 mel bands"):
            Task(flow=True).check_spec(small_spec(n_mfcc=24))
