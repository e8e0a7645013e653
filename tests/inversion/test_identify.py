"""Tests of the identification: each dialect is found, with its sound and without, whatever was done to the numbers."""

from dataclasses import replace

import librosa
import numpy as np
import pytest
from configurations import composed
from places import DEMO
from programs import call
from speech import SPEECH, speech

import mfccinv
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import preset_names
from mfccinv.features.dialect import extract_dialect
from mfccinv.inversion.identify import matches_of_mfcc, matches_with_sound
from mfccinv.inversion.identify_files import IdentifySettings, describe_matches, identify_files

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
    np.save(folder / "silence.npy", written("kaldi")[:1].repeat(100, axis=0).T)
    np.save(folder / "short.npy", written("kaldi")[:2].T)
    np.save(folder / "wide.npy", np.random.default_rng(0).normal(size=(2000, 3000)))
    np.savez(folder / "two.npz", a=written("htk").T, b=written("torchaudio_log").T)
    return folder


class TestWithoutSound:
    @pytest.mark.parametrize("name", DIALECTS)
    def test_finds_the_dialect(self, name):
        matches = matches_of_mfcc([written(name)])
        assert first(matches) == (name, "", None)
        assert matches[0].is_near
        assert sum(match.score for match in matches) == pytest.approx(1)
        assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)

    def test_of_what_has_no_shape_there_is_none(self):
        assert matches_of_mfcc([np.zeros((100, 13))]) == []

    def test_noise_is_near_nothing(self):
        noise = np.random.default_rng(0).normal(size=(100, 13))
        assert not any(match.is_near for match in matches_of_mfcc([noise]))

    def test_several_recordings_are_surer_than_one(self):
        frames = written("librosa_16k")
        parts = np.array_split(frames, len(frames) // 12)
        alone, pooled = (
            next(match.score for match in matches_of_mfcc(recordings) if match.name == "librosa_16k")
            for recordings in (parts[:1], parts)
        )
        assert pooled > alone

    def test_what_is_constant_among_them_is_passed_over(self):
        frames = written("kaldi")
        [one, other] = (matches_of_mfcc(each)[0] for each in ([frames], [frames, np.zeros((50, 13))]))
        assert (one.name, one.score) == (other.name, other.score)


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

    @pytest.mark.parametrize(("name", "rate"), [("librosa", 22050), ("librosa_16k", 16000)])
    def test_quiet_passages_are_what_librosa_makes_of_them(self, name, rate):
        """Its default floor, 80 dB below the loudest band, is far above digital silence."""
        y = np.concatenate([speech(rate), np.zeros(rate)])
        best = mfccinv.identify(librosa.feature.mfcc(y=y, sr=rate), sound=y, sample_rate=rate)[0]
        assert (best.name, best.differing) == (name, "")
        assert best.score > 0.99

    def test_another_sound_is_like_none(self):
        noise = np.random.default_rng(0).normal(size=48000) / 10
        assert matches_with_sound(written("kaldi"), lambda rate: noise)[0].score < 0.5


class TestFunction:
    def test_ranks_the_dialects(self):
        matches = mfccinv.identify(written("kaldi").T)
        assert (matches[0].name, matches[0].differing, matches[0].normalised) == ("kaldi", "", None)
        assert matches[0].dialect == resolve_dialect("kaldi")
        assert str(matches[0]).startswith("dialect=kaldi ")

    def test_takes_many_recordings_and_their_sound(self):
        halves = np.array_split(written("kaldi")[:200], 2)
        expected = [match.score for match in matches_of_mfcc(halves)]
        for given in ([frames.T for frames in halves], np.stack([frames.T for frames in halves])):
            assert [match.score for match in mfccinv.identify(given)] == pytest.approx(expected)
        with_sound = mfccinv.identify(written("htk").T, sound=speech(22050), sample_rate=22050)
        assert with_sound[0].name == "htk"

    def test_what_it_finds_is_what_inverts(self):
        """As it is, with a setting changed, and normalised."""
        mfcc = written("kaldi_hires", lifter=0.0).T
        [found, *_] = mfccinv.identify(mfcc, sound=speech(16000), sample_rate=16000)
        assert found.differing == "lifter=0"
        mfccinv.mfcc_to_mel(mfcc, dialect=found.dialect, normalised=found.normalised, checkpoint=None)

    @pytest.mark.parametrize(
        ("mfcc", "sound", "message"),
        [
            ([np.eye(13), np.eye(14)], {}, "mfcc must be of one number of coefficients"),
            ([], {}, "mfcc must be of one number of coefficients"),
            (np.zeros(13), {}, "mfcc must be .* not empty, got shape"),
            (np.eye(13), {"sound": np.zeros(9)}, "sound must be of one recording, and have a sample_rate"),
            (np.zeros((2, 13, 9)), {"sound": np.zeros(9), "sample_rate": 16000}, "sound must be of one recording"),
            (
                np.eye(13),
                {"sound": np.zeros((9, 2)), "sample_rate": 16000},
                r"sound must be \(n_samples,\), .* \(9, 2\)",
            ),
            (np.eye(13), {"sound": np.zeros(0), "sample_rate": 16000}, r"sound must be \(n_samples,\), .* \(0,\)"),
            (np.eye(13), {"sound": np.zeros(9, np.int16), "sample_rate": 16000}, "of floating-point .* got int16"),
            (np.eye(13), {"sound": np.zeros(9), "sample_rate": "16000"}, "sample_rate must be a whole number"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, mfcc, sound, message):
        with pytest.raises(ValueError, match=message):
            mfccinv.identify(mfcc, **sound)

    def test_frames_in_rows_are_refused(self):
        with pytest.raises(ValueError, match=r"mfcc have their frames in rows, .*: give mfcc.T"):
            mfccinv.identify(written("kaldi"))


class TestProgram:
    def test_tells_the_ranking_and_the_command(self, folder):
        done = call("identify", "input=rows.npy", f"sound={SPEECH}", "top=2", cwd=folder)
        lines = done.stdout.splitlines()
        assert done.code == 0
        assert lines[0] == f"rows.npy: {len(written('kaldi'))} frames of 13 columns"
        assert lines[1].split() == ["likeness"]
        assert lines[2].split() == ["dialect=kaldi", "100.0", "%"]
        assert len(lines) == 5
        assert lines[4] == "mfccinv invert input=rows.npy dialect=kaldi frames=first"

    def test_of_an_archive(self, folder):
        config = composed("identify", f"input={folder / 'two.npz'}", "key=b")
        settings = IdentifySettings.from_config(config)
        command = describe_matches(identify_files(settings), settings).splitlines()[-1]
        assert command == f"mfccinv invert input={folder / 'two.npz'} key=b dialect=torchaudio_log checkpoint=null"

    def test_a_command_quotes_a_name_with_a_space(self, tmp_path):
        np.save(tmp_path / "my mfcc.npy", written("kaldi").T)
        done = call("identify", "input=my mfcc.npy", cwd=tmp_path)
        assert done.stdout.splitlines()[-1].startswith("mfccinv invert input='my mfcc.npy' dialect=kaldi")

    def test_of_a_folder(self, tmp_path):
        """Arrays of another number of columns, and what can't be read, are passed over."""
        for k, part in enumerate(np.array_split(written("kaldi"), 3)):
            np.save(tmp_path / f"{k}.npy", part)
        np.save(tmp_path / "labels.npy", np.zeros((9, 40)))
        (tmp_path / "damaged.npy").write_bytes(b"no array")
        settings = IdentifySettings.from_config(composed("identify", f"input={tmp_path}"))
        found = identify_files(settings)
        assert (found.n_arrays, found.n_frames, found.is_first) == (3, len(written("kaldi")), True)
        assert f"{tmp_path}: {found.n_frames} frames of 13 columns in 3 arrays" in describe_matches(found, settings)

    def test_what_was_normalised_is_put_back_by_the_command(self, folder):
        mfcc = written("kaldi")
        np.save(folder / "centred.npy", mfcc - mfcc.mean(axis=0))
        settings = IdentifySettings.from_config(composed("identify", f"input={folder / 'centred.npy'}"))
        command = describe_matches(identify_files(settings), settings).splitlines()[-1]
        assert command.endswith("normalised=mean frames=first")

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            (["input=two.npz", "key=c"], "two.npz has no array 'c'"),
            ([f"input={next(DEMO.rglob('*.flac'))}"], ".mat, and sound the recording they are of)"),
            (["input=three.npz"], "input three.npz is not there, or no file and no folder"),
            ([], "nothing to identify: say input=<file of MFCC>"),
            (["input=rows.npy", "top=0"], "top must be at least 1, got 0"),
            (["input=rows.npy", f"sound={DEMO / 'missing.wav'}"], "missing.wav: missing"),
            (["input=silence.npy"], "silence.npy: a coefficient is the same in all frames, as in silence: that tells"),
            (["input=short.npy"], "short.npy: 2 frames are too few to tell, 4 would do"),
            (["input=wide.npy"], "wide.npy: no dialect has 2000 columns"),
        ],
    )
    def test_errors(self, folder, settings, message):
        done = call("identify", *settings, cwd=folder)
        assert done.code == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_dialects_own_number_of_columns_are_coefficients():
    """Though half of them be slopes of the others."""
    mfcc = librosa.feature.mfcc(y=speech(22050, 1.0), sr=22050, n_mfcc=10)
    columns = np.vstack([mfcc, librosa.feature.delta(mfcc)])
    mel = mfccinv.mfcc_to_mel(columns, dialect="librosa", checkpoint=None, force=True)
    kept = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=20)
    np.testing.assert_allclose(kept, columns, atol=1e-3)


def test_forty_coefficients_are_no_twenty_with_their_deltas():
    """Librosa's dialect has 20."""
    mfcc = librosa.feature.mfcc(y=speech(22050, 2.0), sr=22050, n_mfcc=40)
    best = mfccinv.identify(mfcc)[0]
    assert (best.name, best.dialect.spec.n_mfcc) == ("librosa", 40)
    deltas = np.vstack([mfcc[:20], librosa.feature.delta(mfcc[:20])])
    assert mfccinv.identify(deltas)[0].dialect.spec.n_mfcc == 20
    mel = mfccinv.mfcc_to_mel(mfcc, dialect="librosa", checkpoint=None)
    kept = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=40)
    np.testing.assert_allclose(kept, mfcc, atol=1e-3)
