"""Tests of the plausibility: what speech is passes in each dialect, and what isn't what it is said to be is named."""

from dataclasses import replace

import numpy as np
import pytest
from noise import noise_mfcc
from speech import speech

import mfccinv
from mfccinv.configs.dialects import in_decibels, resolve_dialect
from mfccinv.configs.presets import preset_names, resolve_spec
from mfccinv.features.dialect import extract_dialect
from mfccinv.features.extract import extract_features
from mfccinv.inversion import plausibility
from mfccinv.inversion.explanations import frames_in_rows
from mfccinv.inversion.normalisation import WERE_NORMALISED
from mfccinv.inversion.plausibility import better_explanation, require_frames_last, require_plausible

DIALECTS = preset_names("dialect")


def written(name, seconds=3.0, **changed):
    """MFCC of speech as a dialect has them, (n_mfcc, n_frames)."""
    dialect = replace(resolve_dialect(name), **changed)
    return extract_dialect(speech(dialect.spec.sample_rate, seconds), dialect).T


def normalised(mfcc):
    mean, deviation = (measure(axis=1, keepdims=True) for measure in (mfcc.mean, mfcc.std))
    return (mfcc - mean) / deviation


class TestAxes:
    @pytest.mark.parametrize("name", DIALECTS)
    @pytest.mark.parametrize("n_frames", [4, 13, 60])
    def test_frames_in_rows_are_found_at_any_length(self, name, n_frames):
        middle = written(name)[:, 40 : 40 + n_frames]
        require_frames_last(middle)
        with pytest.raises(ValueError, match=r"mfcc have their frames in rows, .*: give mfcc.T, or force=true"):
            require_frames_last(middle.T)

    def test_normalised_ones_are_found_too(self):
        mfcc = normalised(written("asr"))
        assert frames_in_rows(mfcc.T)
        assert not frames_in_rows(mfcc)

    @pytest.mark.parametrize(
        "array",
        [np.zeros((20, 20)), np.eye(20), np.ones((20, 1)), np.arange(20.0)[None], np.full((5, 5), np.inf)],
        ids=["zeros", "eye", "one frame", "one coefficient", "infinite"],
    )
    def test_what_has_no_axis_passes(self, array):
        assert not frames_in_rows(array)
        assert not frames_in_rows(array.T)

    def test_each_recording_is_looked_at(self):
        mfcc = written("asr")[:, 40:60]
        with pytest.raises(ValueError, match="in rows"):
            require_frames_last(np.stack([mfcc, mfcc.T]))


class TestSpeech:
    @pytest.mark.parametrize("name", DIALECTS)
    def test_passes_in_its_own_dialect(self, name):
        require_plausible(written(name), resolve_dialect(name))

    @pytest.mark.parametrize("preset", preset_names("features"))
    def test_passes_in_its_own_decibels(self, preset):
        spec = resolve_spec(preset)
        require_plausible(extract_features(speech(spec.sample_rate, 3.0), spec)[0].T, in_decibels(spec))

    @pytest.mark.parametrize("n", [3, 13, 20])
    def test_passes_with_another_number_of_coefficients(self, n):
        kaldi = resolve_dialect("kaldi").of_columns(n)
        require_plausible(extract_dialect(speech(16000, 3.0), kaldi).T, kaldi)

    @pytest.mark.parametrize("array", [np.zeros((20, 99)), np.random.default_rng(0).normal(size=(20, 99))])
    def test_what_nothing_explains_passes(self, array):
        require_plausible(array, resolve_dialect("asr"))

    def test_the_sample_rate_is_believed(self, monkeypatch):
        """However likely the other rate is: MFCC of the same analysis at another rate hardly differ."""
        monkeypatch.setattr(plausibility, "FAR", 0.0)
        monkeypatch.setattr(plausibility, "MARGIN", -np.inf)
        said = resolve_dialect("librosa_16k")
        likeliest = better_explanation([written("librosa").T], said, None)
        assert (likeliest.writing.name, likeliest.writing.change) != ("librosa", "")
        of_another_tool = better_explanation([written("librosa").T], resolve_dialect("htk").of_columns(20), None)
        assert (of_another_tool.writing.name, of_another_tool.writing.change) == ("librosa", "")

    def test_noise_passes(self):
        require_plausible(noise_mfcc(resolve_spec("asr"), 200).T, resolve_dialect("asr"))

    def test_few_frames_and_other_analyses_pass(self):
        asr = resolve_dialect("asr")
        require_plausible(normalised(written("asr"))[:, :49], asr)
        require_plausible(normalised(written("asr")), in_decibels(replace(asr.spec, n_mels=77)))


class TestCauses:
    @pytest.mark.parametrize("name", DIALECTS)
    def test_normalised(self, name):
        for mfcc, what in ((normalised(written(name)), "mean_and_variance"), (written(name), "mean")):
            centred = mfcc - mfcc.mean(axis=1, keepdims=True)
            with pytest.raises(ValueError, match=f"{WERE_NORMALISED[what]}: say normalised={what}, with statistics=<"):
                require_plausible(centred, resolve_dialect(name))
            require_plausible(centred, resolve_dialect(name), normalised=what)

    def test_normalised_otherwise_than_said(self):
        asr, mfcc = resolve_dialect("asr"), written("asr")
        with pytest.raises(ValueError, match=r"they weren't normalised: leave out normalised=mean, or force"):
            require_plausible(mfcc, asr, normalised="mean")
        with pytest.raises(ValueError, match="mean was normalised: say normalised=mean, with"):
            require_plausible(mfcc - mfcc.mean(axis=1, keepdims=True), asr, normalised="mean_and_variance")

    @pytest.mark.parametrize(
        ("given", "true", "changed", "cause"),
        [
            ("asr", "asr", {"log": "ln"}, r"another logarithm, as of dialect=asr with log=ln \(dialect.log=ln on"),
            ("kaldi_hires", "kaldi_hires", {"log": "db"}, "another logarithm, as of dialect=kaldi_hires with log=db"),
            ("asr", "asr", {"full_scale": 32768.0}, "samples of another scale, as of dialect=asr with full_scale=327"),
            ("kaldi", "kaldi", {"full_scale": 1.0}, "samples of another scale, as of dialect=kaldi with full_scale=1"),
            ("asr", "python_speech_features", {}, "like those of dialect=python_speech_features: say so"),
            ("htk", "htk", {"c0_last": False}, "another place of c0, as of dialect=htk with c0_last=false"),
        ],
    )
    def test_are_named(self, given, true, changed, cause):
        mfcc = written(true, **changed)
        dialect = resolve_dialect(given).of_columns(len(mfcc))
        with pytest.raises(ValueError, match=f"mfcc can't be what they are said to be: .*{cause}"):
            require_plausible(mfcc, dialect)

    def test_of_the_functions_that_people_call(self):
        mfcc = written("python_speech_features")
        with pytest.raises(ValueError, match="dialect=python_speech_features: say so, or force=true"):
            mfccinv.mfcc_to_audio(mfcc, checkpoint=None)
        with pytest.raises(ValueError, match="dialect=kaldi: say so"):
            mfccinv.mfcc_to_mel(written("kaldi"), dialect="htk", checkpoint=None)
        with pytest.raises(ValueError, match="in rows"):
            mfccinv.mfcc_to_mel(mfcc.T, dialect="python_speech_features", checkpoint=None)
        assert mfccinv.mfcc_to_mel(mfcc, checkpoint=None, force=True).shape == (80, mfcc.shape[1])
