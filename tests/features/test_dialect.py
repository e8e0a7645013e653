"""Tests of the dialects: what the tools themselves gave, and the way back from it."""

from dataclasses import replace
from pathlib import Path

import librosa
import numpy as np
import pytest
from noise import noise_mfcc
from speech import speech

from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import preset_names
from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.dialect import DCTS, LOGARITHMS, Dialect, extract_dialect
from mfccinv.features.extract import extract_features, extract_log_mel

NAMES = preset_names("dialect")
WITH_ENERGY = [name for name in NAMES if resolve_dialect(name).energy]
LIBROSAS = {"librosa": 22050, "librosa_16k": 16000}
TOLERANCE = 1e-3  # of the tool's units: they compute in 32 bits


@pytest.fixture(scope="module")
def golden():
    with np.load(Path(__file__).parent / "golden" / "dialects.npz", allow_pickle=False) as arrays:
        return dict(arrays)


def changed(name, **values):
    return replace(resolve_dialect(name), **values)


class TestAgainstTheTools:
    @pytest.mark.parametrize("name", sorted(set(NAMES) - set(LIBROSAS) - {"asr", "htk", "htk_energy", "speechpy"}))
    def test_equals_what_the_tool_gave(self, golden, name):
        ours = extract_dialect(golden["y"] / 32768, resolve_dialect(name))
        assert ours.shape == golden[name].shape
        np.testing.assert_allclose(ours, golden[name], rtol=0, atol=TOLERANCE)

    def test_speechpy_leaves_out_the_last_frame(self, golden):
        ours = extract_dialect(golden["y"] / 32768, resolve_dialect("speechpy"))
        np.testing.assert_allclose(ours[:-1], golden["speechpy"], rtol=0, atol=TOLERANCE)

    def test_torchaudios_kaldi_is_kaldis(self, golden):
        ours = extract_dialect(golden["y"] / 32768, resolve_dialect("kaldi_c0"))
        np.testing.assert_allclose(ours, golden["kaldi_c0_of_torchaudio"], rtol=0, atol=TOLERANCE)

    def test_htk_of_the_power_is_kaldis_htk_compat(self, golden):
        """HTK's own default is the magnitude, which Kaldi can't do; all else is alike."""
        htk = resolve_dialect("htk")
        of_power = replace(htk, spec=replace(htk.spec, power=2, log_floor=1e-16))
        ours = extract_dialect(golden["y"] / 32768, of_power)
        np.testing.assert_allclose(ours, golden["htk_of_power"], rtol=0, atol=TOLERANCE)

    @pytest.mark.parametrize("htk", [False, True])
    @pytest.mark.parametrize("name", sorted(LIBROSAS))
    def test_equals_librosa(self, name, htk):
        y = speech(LIBROSAS[name], 1.0)
        dialect = resolve_dialect(name)
        spec = replace(dialect.spec, mel_scale="htk" if htk else "slaney", top_db=80.0)
        expected = librosa.feature.mfcc(y=y, sr=spec.sample_rate, htk=htk)
        ours = extract_dialect(y, replace(dialect, spec=spec))
        np.testing.assert_allclose(ours, expected.T, rtol=0, atol=TOLERANCE)

    def test_names_its_versions(self, golden):
        tools = ["python_speech_features", "speechpy", "kaldi-native-fbank", "torchaudio", "tensorflow"]
        tools += ["opensmile", "essentia"]
        assert [version.split()[0] for version in golden["versions"]] == tools


class TestReading:
    @pytest.mark.parametrize("name", sorted(set(NAMES) - set(WITH_ENERGY)))
    def test_gives_back_what_was_written(self, name):
        dialect = resolve_dialect(name)
        mfcc = noise_mfcc(dialect.spec, 20).astype(np.float64)
        np.testing.assert_allclose(dialect.read(dialect.write(mfcc)), mfcc, rtol=0, atol=1e-9)

    @pytest.mark.parametrize("name", sorted(set(NAMES) - set(WITH_ENERGY)))
    def test_of_sound_gives_our_own_mfcc(self, name):
        dialect = resolve_dialect(name)
        y = speech(dialect.spec.sample_rate, 0.5)
        ours, _ = extract_features(y, dialect.spec)
        np.testing.assert_allclose(dialect.read(extract_dialect(y, dialect)), ours, rtol=0, atol=2e-3)

    @pytest.mark.parametrize("name", sorted(set(NAMES) - set(WITH_ENERGY)))
    def test_of_all_coefficients_is_exact(self, name):
        dialect = resolve_dialect(name)
        dialect = replace(dialect, spec=dialect.spec.with_n_mfcc(dialect.spec.n_mels), lifter=0.0)
        y = speech(dialect.spec.sample_rate, 0.5)
        log_mel = extract_log_mel(y, dialect.spec).astype(np.float64)
        written = dialect.write(log_mel_to_mfcc(log_mel, dialect.spec))
        np.testing.assert_allclose(mfcc_to_log_mel(dialect.read(written), dialect.spec), log_mel, rtol=0, atol=1e-9)

    @pytest.mark.parametrize(
        ("name", "bias_db", "deviation_db"), [("python_speech_features", 0.9, 0.8), ("kaldi", 1.0, 2.5)]
    )
    def test_the_level_comes_back_from_the_energy(self, name, bias_db, deviation_db):
        dialect = resolve_dialect(name)
        y = speech(16000, 3.0)
        read = dialect.read(extract_dialect(y, dialect))
        ours, _ = extract_features(y, dialect.spec)
        np.testing.assert_allclose(read[:, 1:], ours[:, 1:], rtol=0, atol=2e-3)
        error_db = (read[:, 0] - ours[:, 0]) / np.sqrt(dialect.spec.n_mels)
        assert abs(error_db.mean()) < bias_db
        assert error_db.std() < deviation_db

    @pytest.mark.parametrize("name", WITH_ENERGY)
    def test_the_level_follows_the_energy(self, name):
        """Ten times the amplitude is 20 dB more in each band, whatever was known of the shape."""
        dialect = resolve_dialect(name)
        y = speech(16000, 0.5)
        quiet, loud = (dialect.read(extract_dialect(gain * y, dialect)) for gain in (0.05, 0.5))
        np.testing.assert_allclose((loud - quiet)[:, 0], 20 * np.sqrt(dialect.spec.n_mels), rtol=1e-3)

    def test_c0_that_comes_last(self):
        htk = resolve_dialect("htk")
        mfcc = np.zeros((1, 13))
        mfcc[0, 0] = 10.0
        assert np.flatnonzero(htk.write(mfcc) - htk.write(np.zeros((1, 13)))).tolist() == [12]

    @pytest.mark.parametrize("log", LOGARITHMS)
    @pytest.mark.parametrize("dct", DCTS)
    def test_closed_form(self, log, dct):
        """A flat log-mel frame of 30 dB in 80 bands, in units of 1/100: c0 is sqrt(80) times the logarithm of 10."""
        dialect = changed("asr", log=log, dct=dct, power_scale=0.01)
        written = dialect.write(log_mel_to_mfcc(np.full((1, 80), 30.0), dialect.spec))
        expected = {"db": 10.0, "ln": np.log(10), "log10": 1.0, "20log10": 20.0}[log] * np.sqrt(
            160 if dct == "htk" else 80
        )
        np.testing.assert_allclose(written, [[expected] + [0] * 19], atol=1e-12)


class TestColumns:
    @pytest.mark.parametrize(("n", "n_mfcc"), [(13, 13), (20, 20), (26, 13), (39, 13), (1, 1), (23, 23)])
    def test_deltas_are_left_out(self, n, n_mfcc):
        assert resolve_dialect("kaldi").of_columns(n).spec.n_mfcc == n_mfcc

    @pytest.mark.parametrize("n", [0, 24, 40])
    def test_too_many(self, n):
        with pytest.raises(ValueError, match=f"n_mfcc=13 coefficients, .* another number of up to 23, got {n}"):
            resolve_dialect("kaldi").of_columns(n)


class TestErrors:
    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"log": "log2"}, "log must be one of db, ln, log10, 20log10, got 'log2'"),
            ({"dct": "scipy"}, "dct must be one of orthonormal, htk, got 'scipy'"),
            ({"energy": "power"}, "energy must be one of None, signal, spectrum, got 'power'"),
            ({"full_scale": 0}, "full_scale and power_scale must be above 0, got 0 and 1"),
            ({"power_scale": -1}, "full_scale and power_scale must be above 0, got 32768 and -1"),
            ({"lifter": -1}, "lifter must be 0 or leave every coefficient a weight that can be undone; lifter=-1"),
            ({"c0_last": 1}, "c0_last must be true or false, got 1"),
        ],
    )
    def test_values_out_of_range(self, values, message):
        with pytest.raises(ValueError, match=message):
            changed("kaldi", **values)

    def test_a_lifter_in_the_specification(self):
        with pytest.raises(ValueError, match=r"a dialect's lifter is its own: features.lifter must be 0, got 22"):
            changed("kaldi", spec=replace(resolve_dialect("kaldi").spec, lifter=22.0))

    def test_an_energy_that_is_missing(self):
        with pytest.raises(ValueError, match="the energies of the frames stand for c0: give energy"):
            resolve_dialect("kaldi").write(np.zeros((1, 13)))

    @pytest.mark.parametrize("name", ["kald", "", "features/kaldi"])
    def test_an_unknown_name(self, name):
        with pytest.raises(ValueError, match=f"dialect must be a Dialect or one of asr, .*, got '{name}'"):
            resolve_dialect(name)


def test_a_dialect_itself_is_taken():
    dialect = Dialect(**vars(resolve_dialect("kaldi")))
    assert resolve_dialect(dialect) is dialect
