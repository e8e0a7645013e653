"""Tests of the transform and its inverse, for every framing that a spec can describe."""

import numpy as np
import pytest
import scipy.signal
from configurations import PRESETS, preset
from speech import speech

from mfccinv.features.extract import stft_magnitude
from mfccinv.features.window import padded_window
from mfccinv.synthesis.phase.rtisi import Rtisi
from mfccinv.synthesis.stft import Stft, spectral_convergence, window_coverage, with_magnitude

FRAMINGS = [
    {},
    {"center": False},
    {"pad_mode": "reflect"},
    {"pad_mode": "edge"},
    {"pad_mode": "reflect", "padding": 176},
    {"n_fft": 511},
    {"center": False, "n_fft": 511},
    {"window": "boxcar", "hop_length": 400, "hop_seconds": 0.025},
]


def spec_of(changed):
    return preset("asr", **{name: value for name, value in changed.items() if name != "hop_length"})


class TestStft:
    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    @pytest.mark.parametrize("n_samples", [8000, 8123])
    def test_the_inverse_gives_the_signal_back(self, rng, changed, n_samples):
        spec = spec_of(changed)
        y = speech(16000)[:n_samples].astype(np.float32)
        n_frames = spec.n_frames(n_samples)
        stft = Stft(spec, n_frames, n_samples)
        covered = n_samples if spec.center else stft.span
        span = np.zeros(stft.span, np.float32)
        begin = spec.margin
        inside = y[: min(covered, stft.span - begin)]
        span[begin : begin + len(inside)] = inside
        spectrum = stft.forward(span)
        assert (spectrum.shape, spectrum.dtype) == ((n_frames, spec.n_bins), np.complex64)
        back = stft.signal(stft.inverse(spectrum))
        assert (back.shape, back.dtype) == ((n_samples,), np.float32)
        edge = 0 if spec.center and spec.n_fft % 2 == 0 and spec.padding is None else spec.n_fft // 4  # seen well
        if spec.padding is not None:
            edge = spec.n_fft // 2 - spec.padding + spec.hop_length
        seen = slice(edge, len(inside) - edge)
        np.testing.assert_allclose(back[seen], y[seen], atol=2e-6 if edge == 0 else 2e-5)

    @pytest.mark.parametrize("changed", FRAMINGS[:7], ids=str)
    def test_what_is_found_is_padded_as_it_is_when_it_is_analysed(self, changed):
        spec = spec_of(changed)
        y = speech(16000)[:8123]
        magnitude = stft_magnitude(y, spec)
        stft = Stft(spec, len(magnitude), len(y))
        noise = np.random.default_rng(0).standard_normal(stft.span).astype(np.float32)
        span = stft.inverse(magnitude * np.exp(1j * np.angle(stft.forward(noise))))
        np.testing.assert_allclose(np.abs(stft.forward(span)), stft_magnitude(stft.signal(span), spec), atol=1e-4)

    def test_the_inverse_is_the_nearest(self, rng):
        """The error of a least-squares estimate is orthogonal to every spectrogram of a signal."""
        stft = Stft(preset("asr", window="hamming", win_seconds=0.032), 20, 19 * 160)
        shape = (20, 257)
        target = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
        error = np.fft.irfft(target - stft.forward(stft.inverse(target)), axis=1)
        other = np.zeros(stft.span, np.float32)
        other[256 : 256 + 3040] = rng.standard_normal(3040)
        product = np.sum(error * np.fft.irfft(stft.forward(other), axis=1))
        assert abs(product) < 1e-4 * np.linalg.norm(error) * np.linalg.norm(np.fft.irfft(stft.forward(other), axis=1))

    @pytest.mark.parametrize("n_frames", [3, 200, 399])
    def test_refining_imposes_the_magnitude_whatever_the_threads(self, rng, monkeypatch, n_frames):
        spec = preset("asr")
        magnitude = rng.uniform(size=(n_frames, spec.n_bins)).astype(np.float32)
        found = []
        for n_threads in ("1", "2", "5"):
            monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
            stft = Stft(spec, n_frames)
            span = np.random.default_rng(0).normal(size=stft.span).astype(np.float32)
            found.append(stft.refine(span, magnitude))
        expected = stft.inverse(with_magnitude(stft.forward(span), magnitude))
        np.testing.assert_allclose(found[0], expected, atol=1e-5)
        np.testing.assert_array_equal(found[1], found[0])
        np.testing.assert_array_equal(found[2], found[0])

    @pytest.mark.parametrize("n_threads", ["1", "3"])
    def test_revising_changes_each_frame_once(self, rng, monkeypatch, n_threads):
        monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
        stft = Stft(preset("asr"), 600)
        span = rng.standard_normal(stft.span).astype(np.float32)
        gains = rng.uniform(size=(600, 257)).astype(np.float32)
        found = stft.revise(span, lambda spectrum, block: gains[block] * spectrum)
        np.testing.assert_allclose(found, stft.inverse(gains * stft.forward(span)), atol=1e-5)

    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    def test_several_signals_are_transformed_as_each_is(self, rng, changed):
        spec = spec_of(changed)
        alone, together = Stft(spec, 20, 3300), Stft(spec, 20, 3300, leading=(2, 3))
        span = rng.standard_normal((2, 3, alone.span), dtype=np.float32)
        magnitude = rng.uniform(size=(2, 3, 20, spec.n_bins)).astype(np.float32)
        refined = together.refine(span, magnitude)
        for found, of_one in [
            (together.forward(span), lambda place: alone.forward(span[place])),
            (together.inverse(magnitude), lambda place: alone.inverse(magnitude[place])),
            (refined, lambda place: alone.refine(span[place], magnitude[place])),
            (together.signal(refined), lambda place: alone.signal(refined[place])),
        ]:
            for place in np.ndindex(2, 3):
                np.testing.assert_allclose(found[place], of_one(place), atol=1e-5)

    @pytest.mark.parametrize("n_threads", ["1", "3"])
    def test_threads_share_the_frames_of_several_signals(self, rng, monkeypatch, n_threads):
        monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
        stft = Stft(preset("asr"), 200, leading=(4,))
        span = rng.standard_normal((4, stft.span), dtype=np.float32)
        gains = rng.uniform(size=(4, 200, 257)).astype(np.float32)
        found = stft.revise(span, lambda spectrum, block: gains[:, block] * spectrum)
        np.testing.assert_allclose(found, stft.inverse(gains * stft.forward(span)), atol=1e-5)

    @pytest.mark.parametrize("pad_mode", ["constant", "reflect", "edge"])
    @pytest.mark.parametrize(("hop_seconds", "length"), [(0.024, 8300), (0.0249, 8000), (0.01, 8123)])
    def test_any_hop_and_length_will_do(self, pad_mode, hop_seconds, length):
        spec = preset("asr", pad_mode=pad_mode, hop_seconds=hop_seconds, padding=None if length != 8123 else 100)
        magnitude = stft_magnitude(speech(16000)[:length], spec)
        stft = Stft(spec, len(magnitude), length)
        y = stft.signal(stft.inverse(magnitude.astype(np.complex64)))
        assert len(y) == length
        assert np.isfinite(y).all()

    @pytest.mark.parametrize(
        ("changed", "unseen"),
        [
            ({"hop_seconds": 0.025}, "1 of hop_length=400"),  # where Hann's window begins with 0
            ({"hop_seconds": 0.05}, "401 of hop_length=800"),
            ({"win_seconds": 2 / 16000}, "159 of hop_length=160"),
            ({"window": "hamming", "hop_seconds": 401 / 16000}, "1 of hop_length=401"),
        ],
    )
    def test_samples_that_no_window_sees_are_refused(self, changed, unseen):
        spec = preset("asr", **changed)
        with pytest.raises(
            ValueError, match=f"^no sound can be made .* leave out {unseen} samples: window=.* n_fft=512"
        ):
            Stft(spec, 20)
        with pytest.raises(ValueError, match=r"^no sound can be made"):
            Rtisi(spec, look_ahead=0, iterations=1)

    @pytest.mark.parametrize("name", PRESETS)
    def test_every_preset_makes_sound(self, name):
        spec = preset(name)
        assert scipy.signal.check_NOLA(padded_window(spec), spec.n_fft, spec.n_fft - spec.hop_length)
        assert window_coverage(spec).min() > 0.1 * window_coverage(spec).max()

    def test_no_frames_are_refused(self):
        with pytest.raises(ValueError, match="at least one frame is needed, got 0"):
            Stft(preset("asr"), 0)

    def test_length_beyond_the_frames_is_silence(self):
        stft = Stft(preset("asr"), 10, 5000)
        y = stft.signal(np.ones(stft.span, np.float32))
        assert len(y) == 5000
        assert (y[:1440] == 1).all()
        assert (y[1440 + 160 :] == 0).all()


class TestMagnitude:
    def test_is_replaced_and_the_phase_kept(self, rng):
        spectrum = rng.standard_normal((4, 5)) + 1j * rng.standard_normal((4, 5))
        magnitude = rng.uniform(0, 2, (4, 5))
        changed = with_magnitude(spectrum, magnitude)
        np.testing.assert_allclose(np.abs(changed), magnitude, rtol=1e-6)
        np.testing.assert_allclose(np.angle(changed[magnitude > 0]), np.angle(spectrum[magnitude > 0]), rtol=1e-6)

    def test_stays_zero_where_there_is_no_phase(self):
        np.testing.assert_array_equal(with_magnitude(np.zeros(2, np.complex64), np.array([1.0, 2.0], "f4")), [0, 0])


def test_spectral_convergence_is_in_decibels():
    magnitude = np.full((3, 4), 2.0)
    assert spectral_convergence(magnitude, 0.9 * magnitude) == pytest.approx(-20)
    assert spectral_convergence(magnitude, 0 * magnitude) == pytest.approx(0)
    assert spectral_convergence(0 * magnitude, 0 * magnitude) == 0
    assert spectral_convergence(magnitude, magnitude) < -200
