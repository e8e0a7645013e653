"""Tests of normalised coefficients: what was taken away is put back, from files, from a network and from speech."""

import struct
from dataclasses import replace

import kaldiio
import numpy as np
import pytest
import soundfile
from configurations import composed
from programs import invert
from speech import speech

import mfccinv
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import resolve_spec
from mfccinv.features.dialect import extract_dialect
from mfccinv.features.extract import extract_features
from mfccinv.inversion.normalisation import CoefficientStatistics, own_statistics, read_statistics
from mfccinv.inversion.speech_statistics import speech_statistics
from mfccinv.run_folders.run_folder import RunFolder

OWN = "statistics=null: what was taken from each coefficient is put back as"


def sums(frames):
    """What compute-cmvn-stats writes of frames, (2, n + 1)."""
    return np.vstack([[*frames.sum(axis=0), len(frames)], [*(frames**2).sum(axis=0), 0]])


@pytest.fixture(scope="module")
def frames():
    """Kaldi's MFCC, (n_frames, 13)."""
    return extract_dialect(speech(16000, 2.0), resolve_dialect("kaldi")).astype(np.float64)


def normalised(frames, how):
    centred = frames - frames.mean(axis=0)
    return centred / frames.std(axis=0) if how == "mean_and_variance" else centred


class TestGiven:
    @pytest.mark.parametrize("how", ["mean", "mean_and_variance"])
    def test_give_the_coefficients_back(self, frames, how):
        known = {"mean": frames.mean(axis=0), "std": frames.std(axis=0)}
        deltas = np.ones_like(frames)
        given = np.hstack([normalised(frames, how), deltas]).T
        found = CoefficientStatistics.of(known).put_back(given, how, 13)
        np.testing.assert_allclose(found[:13], frames.T, rtol=0, atol=1e-4)
        np.testing.assert_array_equal(found[13:], deltas.T)

    @pytest.mark.parametrize("how", ["mean", "mean_and_variance"])
    def test_give_the_same_mel_spectrogram(self, frames, how):
        known = {"mean": list(frames.mean(axis=0)), "std": tuple(frames.std(axis=0))}
        options = {"dialect": "kaldi", "checkpoint": None}
        expected = mfccinv.mfcc_to_mel(frames.T, **options)
        found = mfccinv.mfcc_to_mel(normalised(frames, how).T, normalised=how, statistics=known, **options)
        np.testing.assert_allclose(found, expected, rtol=1e-3)

    def test_wrong_ones_are_found_out(self, frames):
        known = {"mean": np.zeros(13), "std": np.ones(13)}
        with pytest.raises(ValueError, match="mfcc can't be what they are said to be: each coefficient's mean was"):
            mfccinv.mfcc_to_mel(
                normalised(frames, "mean").T, normalised="mean", statistics=known, dialect="kaldi", checkpoint=None
            )

    @pytest.mark.parametrize(
        ("how", "statistics", "message"),
        [
            ("variance", None, "normalised must be one of None, mean, mean_and_variance, got 'variance'"),
            (None, {"mean": [0.0] * 13}, "statistics are of what was normalised: say normalised=mean or"),
            ("mean", {"mean": [0.0] * 12}, "statistics are of 12 coefficients, the MFCC have 13"),
            ("mean", {"mean": [0.0] * 20}, "statistics are of 20 coefficients, the MFCC have 13"),
            ("mean_and_variance", {"mean": [0.0] * 13}, "statistics have no std: normalised=mean_and_variance needs"),
            ("mean", {"std": [1.0] * 13}, "statistics must have mean, and std if the variance was normalised, got std"),
            ("mean", {"mean": [0.0] * 13, "std": [0.0] * 13}, "as many std as mean, and all above 0"),
            ("mean", {"mean": [0.0] * 13, "std": [1.0] * 12}, "as many std as mean, and all above 0"),
            ("mean", {"mean": [np.nan] * 13}, "the mean of statistics must be finite"),
            ("mean", 3, "statistics must be a dict with mean and std, or a file, got 3"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, frames, how, statistics, message):
        with pytest.raises(ValueError, match=message):
            mfccinv.mfcc_to_mel(frames.T, normalised=how, statistics=statistics, dialect="kaldi", checkpoint=None)


class TestFiles:
    @pytest.mark.parametrize("text", [True, False])
    @pytest.mark.parametrize("keyed", [True, False])
    def test_kaldis_sums(self, tmp_path, frames, text, keyed):
        if keyed:
            kaldiio.save_ark(str(tmp_path / "a.ark"), {"global": sums(frames)}, text=text)
        else:
            kaldiio.save_mat(str(tmp_path / "a.ark"), sums(frames)) if not text else (tmp_path / "a.ark").write_text(
                " [\n" + "\n".join(" ".join(map(repr, map(float, row))) for row in sums(frames)) + " ]\n"
            )
        found = read_statistics(tmp_path / "a.ark", "anybody")
        np.testing.assert_allclose(found["mean"], frames.mean(axis=0), rtol=1e-3)
        np.testing.assert_allclose(found["std"], frames.std(axis=0), rtol=1e-3)

    def test_kaldis_speakers(self, tmp_path, frames):
        matrices = {"a": sums(frames), "a-b": sums(2 * frames), "c": sums(3 * frames)}
        kaldiio.save_ark(str(tmp_path / "a.ark"), matrices)
        for utterance, factor in (("a-1", 1), ("a-b-1", 2), ("c", 3)):
            found = read_statistics(tmp_path / "a.ark", utterance)["mean"]
            np.testing.assert_allclose(found, factor * frames.mean(axis=0), rtol=1e-5)
        for utterance in ("b-1", None):
            with pytest.raises(ValueError, match=r"a.ark has no statistics .*: none of its 3 keys \(a, a-b, c, …\)"):
                read_statistics(tmp_path / "a.ark", utterance)

    def test_arrays(self, tmp_path, frames):
        mean, std = frames.mean(axis=0), frames.std(axis=0)
        np.savez(tmp_path / "a.npz", mean=mean, std=std, other=frames)
        np.save(tmp_path / "a.npy", np.stack([mean, std]))
        np.savetxt(tmp_path / "a.csv", np.stack([mean, std]), delimiter=",")
        for name in ("a.npz", "a.npy", "a.csv"):
            found = read_statistics(tmp_path / name, None)
            np.testing.assert_allclose([found["mean"], found["std"]], [mean, std])

    def test_one_row_is_the_mean(self, tmp_path):
        for rows in (np.arange(3.0), np.arange(3.0)[None]):
            np.save(tmp_path / "a.npy", rows)
            found = read_statistics(tmp_path / "a.npy", None)
            assert list(found) == ["mean"]
            np.testing.assert_array_equal(found["mean"], [0, 1, 2])

    def test_a_file_that_changed_is_read_again(self, tmp_path):
        for value in (1.0, 2.0):
            np.savez(tmp_path / "a.npz", mean=np.full(3, value), **({"std": np.ones(3)} if value == 2 else {}))
            assert read_statistics(tmp_path / "a.npz", None)["mean"][0] == value

    @pytest.mark.parametrize(
        ("array", "message"),
        [(np.zeros((3, 13)), r"got shape \(3, 13\)"), (np.zeros((2, 2, 2)), "one-dimensional or two-dimensional")],
    )
    def test_others_are_refused(self, tmp_path, array, message):
        np.save(tmp_path / "a.npy", array)
        with pytest.raises(ValueError, match=message):
            read_statistics(tmp_path / "a.npy", None)

    @pytest.mark.parametrize(("count", "square"), [(0, 1), (10, 0)])
    def test_sums_that_cannot_be_are_refused(self, tmp_path, count, square):
        kaldiio.save_ark(str(tmp_path / "a.ark"), {"a": np.array([[1.0, count], [square, 0.0]])})
        with pytest.raises(ValueError, match=r"a\.ark has no statistics of coefficients: "):
            read_statistics(tmp_path / "a.ark", "a")

    def test_of_an_archives_utterances(self, tmp_path, frames):
        """Each utterance gets its own speaker's back; normalised or not, the sound is the same."""
        for name, factor in (("a-1", 1.0), ("b-1", 1.1)):
            plain, gone = {name: factor * frames}, {name: normalised(factor * frames, "mean")}
            for archive, matrices in (("plain.ark", plain), ("gone.ark", gone)):
                kaldiio.save_ark(str(tmp_path / archive), matrices, append=name != "a-1")
        kaldiio.save_ark(str(tmp_path / "cmvn.ark"), {"a": sums(frames), "b": sums(1.1 * frames)})
        options = ["dialect=kaldi", "checkpoint=null", "phase=griffin_lim", "phase.iterations=0", "progress=false"]
        back = ["normalised=mean", f"statistics={tmp_path / 'cmvn.ark'}"]
        expected, found = (
            [soundfile.read(one.path)[0] for one in invert(composed("invert", f"input={tmp_path / source}", *more))]
            for source, more in (
                ("plain.ark", [f"output={tmp_path / 'a'}", *options]),
                ("gone.ark", [f"output={tmp_path / 'b'}", *options, *back]),
            )
        )
        assert len(found) == 2
        assert np.abs(np.subtract(found, expected)).max() < 0.01 * np.abs(expected).max()


class TestHtk:
    """A file whose header says that the means were taken away."""

    @pytest.fixture
    def source(self, tmp_path):
        frames = extract_dialect(speech(16000, 2.0), resolve_dialect("htk"))
        centred = (frames - frames.mean(axis=0)).astype(">f4")
        header = struct.pack(">iihH", len(frames), 100_000, 52, 0o24006)  # MFCC_Z_0
        (tmp_path / "a.mfc").write_bytes(header + centred.tobytes())
        return [f"input={tmp_path / 'a.mfc'}", f"output={tmp_path / 'out'}", "dialect=htk", "checkpoint=null"]

    def test_is_refused_with_the_remedy(self, source):
        with pytest.raises(ValueError, match=r"a.mfc: HTK's _Z: each coefficient's mean was normalised: say nor"):
            invert(composed("invert", *source))

    def test_is_inverted_when_it_is_said(self, source):
        with pytest.warns(UserWarning, match=OWN):
            [done] = invert(
                composed(
                    "invert", *source, "normalised=mean", "phase=griffin_lim", "phase.iterations=0", "progress=false"
                )
            )
        assert done.path.is_file()


class TestOwn:
    def test_of_a_network(self):
        mfcc = extract_features(speech(16000, 2.0), resolve_spec("asr"))[0].T
        known = RunFolder.open("asr_20").statistics
        for how, std in (("mean", 1.0), ("mean_and_variance", known.mfcc_std[:, None])):
            given = normalised(mfcc.T, how).T
            with pytest.warns(UserWarning, match=f"^{OWN} the training of asr_20 has it on average$"):
                found = mfccinv.mfcc_to_mel(given, normalised=how)
            expected = mfccinv.mfcc_to_mel(std * given + known.mfcc_mean[:, None])
            np.testing.assert_allclose(found, expected, rtol=1e-3)

    @pytest.mark.parametrize("name", ["htk", "kaldi", "torchaudio", "speechpy", "librosa"])
    def test_of_speech_as_the_tool_writes_it(self, name):
        """In its order and unit: they are near those of a voice."""
        dialect = resolve_dialect(name)
        written = extract_dialect(speech(dialect.spec.sample_rate), dialect)
        with pytest.warns(UserWarning, match=f"^{OWN} speech has it on average$"):
            own = own_statistics(dialect.spec, dialect, None)
        assert own.mean.shape == own.std.shape == (dialect.spec.n_mfcc,)
        assert np.corrcoef(own.mean, written.mean(axis=0))[0, 1] > 0.8
        assert np.abs(np.log(own.std / written.std(axis=0))).mean() < 0.4

    def test_are_exact_for_a_closed_form(self):
        """The averages of speech, written by the tool, are what is put back."""
        dialect = replace(resolve_dialect("htk"), lifter=0.0)
        known = speech_statistics(dialect)
        with pytest.warns(UserWarning, match=OWN):
            own = own_statistics(dialect.spec, dialect, None)
        np.testing.assert_allclose(own.mean, dialect.write(known.coefficient_mean[None, :13])[0], rtol=1e-6)
        np.testing.assert_allclose(own.std[0], known.coefficient_std[1] * np.log(10) / 20, rtol=1e-6)

    def test_with_a_lifter_of_the_specification(self):
        spec = replace(resolve_spec("asr"), lifter=22.0)
        with pytest.warns(UserWarning, match=OWN):
            own, plain = (own_statistics(one, None, None) for one in (spec, replace(spec, lifter=0.0)))
        np.testing.assert_allclose(own.mean, plain.mean * spec.lifter_weights)
        np.testing.assert_allclose(own.std, plain.std * spec.lifter_weights)

    def test_of_unknown_features_there_are_none(self):
        spec = replace(resolve_spec("asr"), n_mels=77)
        with pytest.raises(ValueError, match="what was taken away from these features isn't known: give statistics"):
            mfccinv.mfcc_to_mel(np.zeros((20, 9)), spec=spec, normalised="mean", checkpoint=None)


def test_statistics_that_are_not_there():
    with pytest.raises(ValueError, match=r"statistics nowhere\.ark is not there, or no file"):
        invert(composed("invert", "input=a.npy", "normalised=mean", "statistics=nowhere.ark"))


def test_only_mfcc_are_normalised():
    with pytest.raises(ValueError, match="normalised=mean is of MFCC, got kind=mel"):
        invert(composed("invert", "input=a.npy", "kind=mel", "scale=db", "normalised=mean"))


@pytest.mark.parametrize("setting", ["checkpoint=asr_20", "detail=sharp"])
def test_only_mfcc_have_a_network_of_their_own(setting):
    with pytest.raises(ValueError, match=f"^{setting} is of MFCC, got kind=mel: .* magnitude.checkpoint=$"):
        invert(composed("invert", "input=a.npy", "kind=mel", "scale=db", setting))
