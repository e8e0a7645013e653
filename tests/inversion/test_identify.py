"""Tests of the identification: each dialect is found, with its sound and without, whatever was done to the numbers."""

from dataclasses import replace

import numpy as np
import pytest
from configurations import composed
from places import DEMO
from programs import call
from speech import SPEECH, speech

from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import preset_names
from mfccinv.features.dialect import extract_dialect
from mfccinv.inversion.identify import (
    IdentifySettings,
    describe_matches,
    identify,
    matches_of_mfcc,
    matches_with_sound,
)

DIALECTS = preset_names("dialect")


def written(name, **changed):
    """MFCC of speech as a dialect has them, (n_frames, n_mfcc)."""
    dialect = replace(resolve_dialect(name), **changed)
    return extract_dialect(speech(dialect.spec.sample_rate), dialect)


def sound_at(sample_rate):
    return speech(sample_rate)


def first(matches):
    writing = matches[0].writing
    return writing.name, writing.change, writing.normalised


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identify")
    np.save(folder / "rows.npy", written("kaldi"))
    np.savez(folder / "two.npz", a=written("htk").T, b=written("torchaudio").T)
    return folder


class TestWithoutSound:
    @pytest.mark.parametrize("name", DIALECTS)
    def test_finds_the_dialect(self, name):
        matches = matches_of_mfcc(written(name))
        assert first(matches) == (name, "", None)
        assert matches[0].is_near
        assert sum(match.score for match in matches) == pytest.approx(1)
        assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)

    def test_of_what_has_no_shape_there_is_none(self):
        assert matches_of_mfcc(np.zeros((100, 13))) == []

    def test_noise_is_near_nothing(self):
        noise = np.random.default_rng(0).normal(size=(100, 13))
        assert not any(match.is_near for match in matches_of_mfcc(noise))


class TestWithSound:
    @pytest.mark.parametrize("name", DIALECTS)
    def test_finds_the_dialect(self, name):
        matches = matches_with_sound(written(name), sound_at)
        assert first(matches) == (name, "", None)
        assert matches[0].score == pytest.approx(1, abs=1e-3)

    def test_finds_what_was_changed(self):
        assert first(matches_with_sound(written("kaldi", lifter=0.0), sound_at)) == ("kaldi", "lifter=0", None)
        htk = written("htk", full_scale=1.0)
        assert first(matches_with_sound(htk, sound_at)) == ("htk", "full_scale=1", None)

    def test_finds_what_was_normalised(self):
        mfcc = written("kaldi_hires")
        centred = mfcc - mfcc.mean(axis=0)
        assert first(matches_with_sound(centred, sound_at)) == ("kaldi_hires", "", "mean")
        scaled = centred / mfcc.std(axis=0)
        assert first(matches_with_sound(scaled, sound_at)) == ("kaldi_hires", "", "mean_and_variance")

    def test_frames_that_were_cut_off_and_deltas(self):
        mfcc = written("python_speech_features")[2:-5]
        assert first(matches_with_sound(np.hstack([mfcc, 0 * mfcc, 0 * mfcc]), sound_at))[0] == "python_speech_features"

    def test_another_sound_is_like_none(self):
        noise = np.random.default_rng(0).normal(size=48000) / 10
        assert matches_with_sound(written("kaldi"), lambda rate: noise)[0].score < 0.5


class TestProgram:
    def test_tells_the_ranking_and_the_command(self, folder):
        done = call("identify", "input=rows.npy", f"sound={SPEECH}", "top=2", cwd=folder)
        lines = done.stdout.splitlines()
        assert done.code == 0
        assert lines[0] == f"rows.npy: {len(written('kaldi'))} frames of 13 columns"
        assert lines[1].split() == ["likeness"]
        assert lines[2].split() == ["dialect=kaldi", "100.0", "%"]
        assert len(lines) == 5
        assert lines[4] == "mfccinv invert input=rows.npy dialect=kaldi frames=first checkpoint=null"

    def test_of_an_archive(self, folder):
        config = composed("identify", f"input={folder / 'two.npz'}", "key=b")
        settings = IdentifySettings.from_config(config)
        assert "dialect=torchaudio checkpoint=null" in describe_matches(identify(settings), settings)

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            (["input=two.npz", "key=c"], "two.npz has no array 'c'"),
            (["input=three.npz"], "input three.npz is not there, or no file"),
            ([], "nothing to identify: say input=<file of MFCC>"),
            (["input=rows.npy", "top=0"], "top must be at least 1, got 0"),
            (["input=rows.npy", f"sound={DEMO / 'missing.wav'}"], "missing.wav: missing"),
        ],
    )
    def test_errors(self, folder, settings, message):
        done = call("identify", *settings, cwd=folder)
        assert done.code == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
