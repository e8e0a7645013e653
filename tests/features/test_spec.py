"""Tests of the feature specification: what is refused, what is derived, what is counted."""

import json
import os
from dataclasses import FrozenInstanceError, asdict

import librosa
import numpy as np
import pytest
from configurations import PRESETS, preset, settings
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from mfccinv.features.extract import stft_magnitude
from mfccinv.features.spec import (
    FLOORS,
    MEL_NORMS,
    MEL_SCALES,
    MEL_SHAPES,
    PAD_MODES,
    PREEMPHASES,
    WEIGHTINGS,
    WINDOWS,
    FeatureSpec,
    SpecMismatch,
)
from mfccinv.features.spec_fields import LARGEST, NEUTRAL

WHOLE = ("sample_rate", "n_fft", "win_length", "hop_length", "n_mels", "n_mfcc", "power")
FINITE = ("f_min_hz", "f_max_hz", "log_floor", "lifter")


def changed(**values):
    """The fields of the asr preset, some of them changed."""
    return FeatureSpec(**asdict(preset("asr")) | values)


@st.composite
def specs(draw):
    """Any specification."""
    rate, n_fft = draw(st.integers(2, 200_000)), draw(st.integers(1, 8192))
    n_mels = draw(st.integers(1, 256))
    f_min, f_max = sorted(draw(st.lists(st.floats(0, rate / 2), min_size=2, max_size=2, unique=True)))
    return FeatureSpec(
        sample_rate=rate,
        n_fft=n_fft,
        win_length=draw(st.integers(1, n_fft)),
        hop_length=draw(st.integers(1, 8192)),
        window=draw(st.sampled_from(WINDOWS)),
        center=draw(st.booleans()),
        pad_mode=draw(st.sampled_from(PAD_MODES)),
        padding=draw(st.none() | st.integers(0, 8192)),
        cover_end=draw(st.booleans()),
        remove_dc=draw(st.booleans()),
        preemphasis=draw(st.sampled_from([0.0, 0.97])),
        preemphasis_within=draw(st.sampled_from(PREEMPHASES)),
        power=draw(st.sampled_from([1, 2])),
        weighting=draw(st.sampled_from(WEIGHTINGS)),
        n_mels=n_mels,
        f_min_hz=f_min,
        f_max_hz=f_max,
        mel_scale=draw(st.sampled_from(MEL_SCALES)),
        mel_norm=draw(st.sampled_from(MEL_NORMS)),
        mel_shape=draw(st.sampled_from(MEL_SHAPES)),
        floor=draw(st.sampled_from(FLOORS)),
        log_floor=draw(st.floats(1e-300, 1e10)),
        top_db=draw(st.none() | st.floats(0.1, 1e6)),
        n_mfcc=draw(st.integers(1, n_mels)),
        lifter=draw(st.sampled_from([0, 1e4])),
    )


class TestRefusals:
    @pytest.mark.parametrize("name", [*WHOLE, "padding"])
    @pytest.mark.parametrize("value", [np.float64(2), np.bool_(True), np.array(2)])
    def test_numpys_fractions_truths_and_arrays_are_no_counts(self, name, value):
        with pytest.raises(ValueError, match=f"^{name} must be a whole number of at least [01], got "):
            changed(**{name: value})

    @pytest.mark.parametrize("value", [np.bool_(True), np.float32("nan"), np.float64("inf"), np.complex64(1)])
    def test_numpys_truths_and_what_is_not_finite_are_no_quantities(self, value):
        with pytest.raises(ValueError, match=r"^top_db must be a finite number, got "):
            changed(top_db=value)

    @pytest.mark.parametrize("value", [np.int64(1), np.float64(1), "yes"])
    def test_a_number_is_no_truth(self, value):
        with pytest.raises(ValueError, match=r"^center must be true or false, got "):
            changed(center=value)

    @pytest.mark.parametrize("name", WHOLE)
    @pytest.mark.parametrize("value", [0, -1, 1.0, True, "2", None])
    def test_a_count_must_be_a_whole_number(self, name, value):
        with pytest.raises(ValueError, match=f"^{name} must be a whole number of at least 1, got {value!r}$"):
            changed(**{name: value})

    @pytest.mark.parametrize("name", [*FINITE, "top_db"])
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), False, "1"])
    def test_a_quantity_must_be_finite(self, name, value):
        with pytest.raises(ValueError, match=f"^{name} must be a finite number, got {value!r}$"):
            changed(**{name: value})

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"center": 1}, r"center must be true or false, got 1"),
            ({"window": "hanning"}, r"window must be one of hann, .*, povey, got 'hanning'"),
            ({"pad_mode": "wrap"}, r"pad_mode must be one of constant, reflect, edge, got 'wrap'"),
            ({"padding": -1}, r"padding must be a whole number of at least 0, got -1"),
            ({"padding": 0.5}, r"padding must be a whole number of at least 0, got 0.5"),
            ({"mel_scale": "bark"}, r"mel_scale must be one of slaney, htk, got 'bark'"),
            ({"mel_norm": None}, r"mel_norm must be one of slaney, sum, none, got None"),
            ({"weighting": "a"}, r"weighting must be one of none, A, B, C, D, iso226, got 'a'"),
            ({"power": 3}, r"power must be one of 1, 2, got 3"),
            ({"win_length": 513}, r"win_length must be in \[1, n_fft=512\], got 513"),
            ({"f_min_hz": -1}, r"sample_rate / 2 = 8000 must hold, got f_min_hz=-1, f_max_hz=8000"),
            ({"f_min_hz": 8000}, r"0 <= f_min_hz < f_max_hz <= sample_rate / 2 .* got f_min_hz=8000, f_max_hz=8000"),
            ({"f_max_hz": 8000.5}, r"must hold, got f_min_hz=0, f_max_hz=8000.5"),
            ({"n_mfcc": 81}, r"n_mfcc must be in \[1, n_mels=80\], got 81"),
            ({"log_floor": 0}, r"log_floor must be above 0, got 0"),
            ({"log_floor": -1e-5}, r"log_floor must be above 0, got -1e-05"),
            ({"top_db": 0}, r"top_db must be above 0 or null, got 0"),
            ({"lifter": -22}, r"lifter must be 0 or leave every coefficient .* lifter=-22 with n_mfcc=20 does not"),
        ],
    )
    def test_a_value_outside_its_range_is_named(self, values, message):
        with pytest.raises(ValueError, match=message):
            changed(**values)

    @pytest.mark.parametrize("value", [2**40, 10**400])
    @pytest.mark.parametrize("name", LARGEST)
    def test_a_count_has_an_upper_bound(self, name, value):
        with pytest.raises(ValueError, match=f"^{name} must be at most {LARGEST[name]}, got 1"):
            changed(**{name: value})

    def test_filters_beyond_what_memory_is_for_are_refused(self):
        with pytest.raises(ValueError, match=r"n_mels \* \(n_fft // 2 \+ 1\) must be at most 8388608, got n_mels=2048"):
            changed(n_mels=2048, n_fft=2**20)

    @pytest.mark.parametrize("value", [10**400, -(10**400), 1e301])
    def test_a_quantity_beyond_what_a_float_holds_is_refused(self, value):
        with pytest.raises(ValueError, match=r"^log_floor must be a finite number, got .{1,60}$"):
            changed(log_floor=value)

    def test_a_lifter_next_to_nothing_is_refused(self):
        with pytest.raises(ValueError, match="lifter must be 0 or leave every coefficient"):
            changed(lifter=1e-320)

    def test_a_lifter_that_erases_a_coefficient_is_refused(self):
        erasing = brentq(lambda lifter: 1 + lifter / 2 * np.sin(15 * np.pi / lifter), 7.6, 14)
        with pytest.raises(ValueError, match="lifter must be 0 or leave every coefficient a weight that can be undone"):
            changed(lifter=erasing)
        with pytest.raises(ValueError, match="lifter must be 0 or leave"):
            changed(lifter=1.00001 * erasing)
        changed(lifter=erasing, n_mfcc=14)

    def test_nothing_changes_afterwards(self):
        with pytest.raises(FrozenInstanceError):
            preset("asr").n_mels = 40


class TestFromSettings:
    @pytest.mark.parametrize("name", PRESETS)
    def test_every_preset_is_a_specification(self, name):
        assert isinstance(preset(name), FeatureSpec)

    def test_seconds_become_samples(self):
        spec = preset("asr")
        assert (spec.win_length, spec.hop_length, spec.f_max_hz) == (400, 160, 8000.0)
        assert preset("asr", sample_rate=11025).win_length == 276  # 275.625

    def test_null_takes_the_rate_of_the_corpus_and_all_that_follows_from_it(self):
        spec = FeatureSpec.from_settings(settings("features", "notebook") | {"sample_rate": None}, native_rate=44100)
        assert (spec.sample_rate, spec.win_length, spec.hop_length) == (44100, 882, 441)
        assert (spec.n_fft, spec.f_max_hz) == (1024, 22050.0)

    def test_a_given_rate_is_kept_whatever_the_corpus_has(self):
        assert FeatureSpec.from_settings(settings("features", "asr"), native_rate=44100) == preset("asr")

    @given(st.integers(1, 8192))
    def test_fft_is_the_smallest_power_of_two_that_holds_the_window(self, win_length):
        n_fft = preset("librosa", n_fft=None, win_length=win_length).n_fft
        assert n_fft.bit_count() == 1
        assert n_fft / 2 < win_length <= n_fft

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"sample_rate": None}, "sample_rate=null stands for the corpus's own rate, which is not known here"),
            ({"sample_rate": "16000"}, "sample_rate must be a whole number of at least 1, got '16000'"),
            ({"win_length": 400}, "give win_length or win_seconds, not both"),
            ({"hop_length": 160}, "give hop_length or hop_seconds, not both"),
            ({"hop_seconds": "10 ms"}, "hop_seconds must be a finite number, got '10 ms'"),
            ({"hop_seconds": 1e299}, r"hop_seconds must be a finite number, got 1.6e\+303"),
            ({"hop_seconds": 1e9}, "hop_length must be at most 1048576, got 16000000000000"),
            ({"hop_seconds": 1e-9}, "hop_length must be a whole number of at least 1, got 0"),
            ({"win_seconds": None}, "missing feature setting: win_length"),
            ({"win_seconds": None, "n_fft": None}, "win_length must be a whole number of at least 1, got None"),
            ({"n_mel": 80}, r"unknown feature setting: n_mel \(known: center, cover_end, .*, window\)"),
        ],
    )
    def test_wrong_settings_are_refused(self, values, message):
        with pytest.raises(ValueError, match=f"^{message}"):
            preset("asr", **values)

    def test_names_may_be_of_any_kind(self):
        with pytest.raises(ValueError, match=r"^unknown feature setting: 7, n_mel "):
            FeatureSpec.from_settings(settings("features", "asr") | {7: 80, "n_mel": 80})

    @pytest.mark.parametrize("name", sorted(settings("features", "asr").keys() - NEUTRAL))
    def test_no_setting_has_a_default(self, name):
        values = settings("features", "asr")
        del values[name]
        missing = name.replace("seconds", "length")
        with pytest.raises(ValueError, match=f"missing feature setting: {missing}|{missing} must be .* got None"):
            FeatureSpec.from_settings(values)


class TestNumPy:
    """NumPy's numbers and truths are those that they stand for."""

    @pytest.mark.parametrize("kind", [np.int16, np.uint32, np.int64])
    def test_whole_numbers(self, kind):
        spec = changed(n_mels=kind(64), n_mfcc=kind(13), hop_length=kind(200), padding=kind(156), f_max_hz=kind(7000))
        assert spec == changed(n_mels=64, n_mfcc=13, hop_length=200, padding=156, f_max_hz=7000)
        assert {type(value) for value in (spec.n_mels, spec.n_mfcc, spec.hop_length, spec.padding)} == {int}
        assert (type(spec.f_max_hz), hash(spec)) == (float, hash(changed(**asdict(spec))))
        assert FeatureSpec.from_json(spec.to_json()) == spec

    @pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
    def test_quantities(self, kind):
        spec = changed(f_min_hz=kind(50), top_db=kind(80), lifter=kind(22))
        assert spec == changed(f_min_hz=50, top_db=80, lifter=22)
        assert {type(value) for value in (spec.f_min_hz, spec.top_db, spec.lifter)} == {float}

    def test_truths(self):
        assert changed(center=np.bool_(False)).center is False
        assert '"center": true' in changed(center=np.bool_(True)).to_json()

    def test_settings(self):
        spec = preset("asr", sample_rate=np.int64(8000), win_seconds=np.float64(0.025), n_fft=None)
        assert spec == preset("asr", sample_rate=8000, n_fft=None)
        assert (type(spec.win_length), type(spec.n_fft), spec.n_fft) == (int, int, 256)

    def test_a_number_of_few_bits_does_not_overflow(self):
        assert changed(n_mels=np.int8(100), n_mfcc=np.int8(100)).n_bins == 257


class TestJson:
    @given(specs())
    def test_round_trip(self, spec):
        assert FeatureSpec.from_json(spec.to_json()) == spec
        stored = json.loads(spec.to_json())
        assert list(NEUTRAL | stored | asdict(spec)) == [
            *NEUTRAL,
            *(name for name in asdict(spec) if name not in NEUTRAL),
        ]
        assert not stored.items() & {(name, value) for name, value in NEUTRAL.items()}

    def test_holds_nothing_that_version_0_1_did_not_know_unless_it_changes_something(self):
        new = {"cover_end", "remove_dc", "preemphasis", "preemphasis_within", "weighting", "mel_shape", "floor"}
        assert not new & set(json.loads(preset("asr").to_json()))
        assert new & set(json.loads(preset("kaldi").to_json())) == new - {"cover_end", "weighting", "floor"}

    def test_is_read_from_a_file(self, tmp_path):
        (tmp_path / "spec.json").write_text(preset("notebook").to_json())
        assert FeatureSpec.load(tmp_path / "spec.json") == preset("notebook")

    def test_unknown_and_missing_fields_are_refused(self):
        values = asdict(preset("asr"))
        with pytest.raises(ValueError, match="unknown feature setting: dither"):
            FeatureSpec.from_json(json.dumps(values | {"dither": 1}))
        del values["power"], values["center"]
        with pytest.raises(ValueError, match="missing feature setting: center, power"):
            FeatureSpec.from_json(json.dumps(values))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "Expecting value"),
            (b"\xff\xfe", "can't decode"),
            (b"[1]", r"it must hold an object, got list"),
            (b'{"n_fft": ' + b"[" * 30_000, "maximum recursion depth exceeded"),
            (b'{"n_fft": 512, "n_fft": 512}', "n_fft comes twice"),
            (b'{"n_fft": ' + b"9" * 5_000 + b"}", "Exceeds the limit"),
            (preset("asr").to_json().replace("1e-10", "NaN").encode(), "NaN is no JSON"),
            (preset("asr").to_json().replace('"hann"', '"' + "x" * 9999 + '"').encode(), r"window .{1,130}$"),
        ],
    )
    def test_a_damaged_file_is_named(self, tmp_path, content, message):
        path = tmp_path / "spec.json"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"spec\.json is (damaged|no feature specification): .*{message}"):
            FeatureSpec.load(path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "spec.json")
        with pytest.raises(ValueError, match=r"spec\.json is no file"):
            FeatureSpec.load(tmp_path / "spec.json")


class TestRequireEqual:
    def test_the_same_is_accepted(self):
        preset("asr").require_equal(preset("asr"), "a run")

    def test_every_differing_field_is_listed_with_both_values(self):
        with pytest.raises(SpecMismatch) as raised:
            preset("asr").require_equal(changed(n_mfcc=13, top_db=80, window="hamming"), "run 7")
        assert str(raised.value) == (
            "the feature specification differs from that of run 7: window: 'hann' here, 'hamming' there; "
            "top_db: None here, 80.0 there; n_mfcc: 20 here, 13 there"
        )

    def test_number_of_coefficients_can_be_changed(self):
        assert preset("asr").with_n_mfcc(13) == changed(n_mfcc=13)
        with pytest.raises(ValueError, match=r"n_mfcc must be in \[1, n_mels=80\], got 100"):
            preset("asr").with_n_mfcc(100)


class TestDerived:
    def test_values(self):
        spec, magnitude = preset("asr"), preset("notebook")
        assert (spec.n_bins, spec.frames_per_second, spec.db_per_decade) == (257, 100.0, 10.0)
        assert (magnitude.n_bins, magnitude.frames_per_second, magnitude.db_per_decade) == (513, 100.0, 20.0)
        assert spec.floor_db == pytest.approx(-100)
        assert magnitude.floor_db == pytest.approx(-100)
        assert changed(n_fft=511).n_bins == 256

    def test_lifter_weights_are_those_of_librosa(self):
        """Which are HTK's and Kaldi's of the next coefficient: theirs begin with a weight of 1."""
        weights = changed(lifter=22, n_mfcc=12).lifter_weights
        frames = np.random.default_rng(0).normal(size=(80, 1))
        without, liftered = (librosa.feature.mfcc(S=frames, n_mfcc=12, lifter=lifter) for lifter in (0, 22))
        np.testing.assert_allclose(weights * without[:, 0], liftered[:, 0])
        htk = 1 + 11 * np.sin(np.pi * np.arange(13) / 22)
        np.testing.assert_allclose(weights, htk[1:])
        np.testing.assert_array_equal(preset("asr").lifter_weights, np.ones(20))

    @given(
        st.integers(1, 64),
        st.integers(1, 100),
        st.booleans(),
        st.sampled_from(PAD_MODES),
        st.none() | st.integers(0, 100),
        st.integers(0, 300),
    )
    def test_frames_are_counted_as_they_are_made(self, n_fft, hop_length, center, pad_mode, padding, n_samples):
        framing = {"n_fft": n_fft, "hop_length": hop_length, "center": center, "pad_mode": pad_mode, "padding": padding}
        spec, y = changed(win_length=1, **framing), np.ones(n_samples)
        if n_samples == 0 or spec.n_frames(n_samples) == 0:
            with pytest.raises(ValueError, match=rf"y must hold at least one frame .* got {n_samples}"):
                stft_magnitude(y, spec)
        elif pad_mode == "reflect" and 0 < spec.margin >= n_samples:
            with pytest.raises(ValueError, match="pad_mode=reflect needs more than"):
                stft_magnitude(y, spec)
        else:
            assert stft_magnitude(y, spec).shape == (spec.n_frames(n_samples), spec.n_bins)

    def test_padding_moves_the_frames(self):
        """With (n_fft - hop_length) // 2, frame t is frame t of the signal without padding, half a hop later."""
        y = np.random.default_rng(0).standard_normal(4000)
        padded = stft_magnitude(y, changed(padding=176))
        assert len(padded) == 4000 // 160
        np.testing.assert_allclose(padded[2], stft_magnitude(y[2 * 160 - 176 :], changed(center=False))[0], rtol=1e-5)

    @given(st.integers(1, 64), st.integers(1, 100), st.none() | st.integers(0, 100), st.integers(0, 5))
    def test_samples_have_as_many_frames_as_they_are_counted_for(self, n_fft, hop_length, padding, n_frames):
        """A hop more has a frame more; what is all padding counts as the longest signal that has so many frames."""
        spec = changed(win_length=1, n_fft=n_fft, hop_length=hop_length, padding=padding)
        n_samples = spec.n_samples(n_frames)
        assert n_samples == 0 or spec.n_frames(n_samples) == n_frames
        covered = n_fft + hop_length * (n_frames - 1) - 2 * spec.margin
        longest = max((n for n in range(1, 800) if spec.n_frames(n) == n_frames), default=0)
        assert n_samples == (covered if covered > 0 and n_frames > 0 else longest if n_frames else 0)

    def test_samples_of_one_frame(self):
        assert [preset(name).n_samples(1) for name in ("asr", "librosa", "hifigan")] == [159, 511, 256]
        assert [preset("asr", center=False).n_samples(n) for n in (0, 1, 2)] == [0, 512, 672]

    def test_frame_counts_at_the_edges(self):
        assert [changed(center=True).n_frames(n) for n in (1, 159, 160, 320)] == [1, 1, 2, 3]
        assert [changed(center=False).n_frames(n) for n in (511, 512, 671, 672)] == [0, 1, 1, 2]
