"""Tests of the choice of methods: which network or algorithm takes the place of ``auto``, and of ``joint``."""

import numpy as np
import pytest
from configurations import preset, settings
from speech import speech

import mfccinv
from mfccinv.features.decibels import log_mel_to_mel
from mfccinv.features.extract import extract_log_mel
from mfccinv.synthesis.methods import Methods, choose_phase

GRIFFIN_LIM = settings("phase", "griffin_lim")


class TestAuto:
    @pytest.mark.parametrize(
        ("features", "given", "expected"),
        [
            ("asr", ("auto", "auto"), ("learned", "learned")),
            ("asr", ("kl", "auto"), ("kl", "joint")),
            ("asr", ("auto", "joint"), ("kl", "joint")),
            ("asr", ("auto", "pghi"), ("kl", "pghi")),
            ("asr", ("auto", "learned"), ("learned", "learned")),
            ("asr", ("learned", "auto"), ("learned", "learned")),
            ("asr", ("learned", "joint"), ("learned", "griffin_lim")),
            ("librosa", ("auto", "auto"), ("kl", "joint")),
            ("kaldi", ("auto", "auto"), ("kl", "joint")),  # there is a network of the phase, and none of the magnitude
        ],
    )
    def test_of_mel_frames(self, features, given, expected):
        methods = Methods.resolve(magnitude=given[0], phase=given[1], vocoder=None).chosen(preset(features))
        assert methods.magnitude == settings("magnitude", expected[0])
        assert methods.phase == settings("phase", expected[1])

    @pytest.mark.parametrize(
        ("features", "has_start", "expected"),
        [
            ("asr", False, "learned"),
            ("asr", True, "griffin_lim"),
            ("kaldi", False, "learned"),
            ("librosa", False, "griffin_lim"),
        ],
    )
    def test_of_spectra(self, features, has_start, expected):
        chosen = choose_phase({"name": "auto"}, preset(features), has_start=has_start)
        assert chosen == settings("phase", expected)

    def test_is_what_all_functions_do(self):
        mel = log_mel_to_mel(extract_log_mel(speech(16000, 1.0), preset("asr")), preset("asr")).T
        y = mfccinv.mel_to_audio(mel)
        np.testing.assert_array_equal(y, mfccinv.mel_to_audio(mel, magnitude="learned", phase="learned"))
        np.testing.assert_array_equal(y, mfccinv.magnitude_to_audio(mfccinv.mel_to_magnitude(mel)))
        magnitude = mfccinv.mel_to_magnitude(mel, magnitude="kl")
        assert not np.array_equal(magnitude, mfccinv.mel_to_magnitude(mel))


class TestFixedMagnitude:
    SPEC = preset("asr")

    def test_griffin_lim_takes_the_place_of_joint_for_as_much_time(self):
        assert choose_phase(settings("phase", "joint"), self.SPEC) == GRIFFIN_LIM

    def test_the_start_and_the_momentum_stay(self):
        changed = {"start": "pghi", "iterations": 4, "momentum": 0.5}
        fixed = choose_phase(settings("phase", "joint") | changed, self.SPEC)
        assert fixed == GRIFFIN_LIM | changed | {"iterations": 6}

    def test_other_methods_stay(self):
        assert choose_phase(settings("phase", "rtisi_la"), self.SPEC) == settings("phase", "rtisi_la")
