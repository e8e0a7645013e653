"""Tests of phase retrieval, of each method that there is: magnitude, length, level, tempo, start and seed."""

import librosa
import numpy as np
import pytest
from configurations import config_names, preset, settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from speech import speech

from mfccinv.features.extract import stft_magnitude
from mfccinv.synthesis.phase.gradients import gaussian_width
from mfccinv.synthesis.phase.peaks import continue_peaks
from mfccinv.synthesis.phase.problem import STARTS
from mfccinv.synthesis.phase.retrieval import PHASES, retrieve_phase
from mfccinv.synthesis.stft import Stft, spectral_convergence

METHODS = [name for name in config_names("phase") if settings("phase", name)["name"] in PHASES]
for name in ("learned", "rtisi_learned"):  # for the features of a network alone: see test_predicted_steps.py
    METHODS.remove(name)
FRAMINGS = [
    {},
    {"center": False},
    {"pad_mode": "reflect", "padding": 176},
    {"n_fft": 511},
    {"center": False, "n_fft": 511},
]
WORST_DB = {"random": -3, "griffin_lim": -20, "admm": -20, "rtisi_la": -20, "warm": -20}  # others: -14
ITERATIVE = ("griffin_lim", "admm", "rtisi_la")


def level(y):
    return np.sqrt(np.mean(y.astype(np.float64) ** 2))


def true_phase(y, spec):
    """Phase of a signal's own spectrogram."""
    n_frames = spec.n_frames(len(y))
    stft = Stft(spec, n_frames, len(y))
    begin = spec.margin
    span = np.zeros(max(stft.span, begin + len(y)), np.float32)
    span[begin : begin + len(y)] = y
    return np.angle(stft.forward(span[: stft.span]))


def retrieve(y, spec, name, *, magnitude=None, seed=0, initial_phase=None, length=True, **changed):
    """Sound of the magnitude of a sound; ``warm`` starts from the true phase."""
    magnitude = stft_magnitude(y, spec) if magnitude is None else magnitude
    if name == "warm" and initial_phase is None:
        initial_phase = true_phase(y, spec)
    return retrieve_phase(
        magnitude,
        spec,
        phase=settings("phase", name) | changed,
        seed=seed,
        length=len(y) if length is True else length,
        initial_phase=initial_phase,
    )


def convergence(y, made, spec):
    return spectral_convergence(stft_magnitude(y, spec), stft_magnitude(made, spec))


class TestEveryMethod:
    @pytest.mark.parametrize("name", METHODS)
    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    def test_true_magnitude_becomes_sound_with_that_magnitude(self, name, changed):
        spec, y = preset("asr", **changed), speech(16000, 1.5)
        made = retrieve(y, spec, name)
        assert (len(made), made.dtype) == (len(y), np.float32)
        assert convergence(y, made, spec) < WORST_DB.get(name, -14)
        assert level(made) == pytest.approx(level(y), rel=0.05 if name != "random" else 0.35)
        assert np.abs(made).max() < 2 * np.abs(y).max()

    @pytest.mark.parametrize("name", METHODS)
    def test_keeps_the_tempo(self, name):
        """Sound stays where it was: its envelope in steps of 10 ms is that of the original."""
        spec, y = preset("asr"), speech(16000, 1.5)
        made = retrieve(y, spec, name)
        before, after = (np.sqrt(np.mean(x.reshape(-1, 160) ** 2, axis=1)) for x in (y, made))
        lags = [np.corrcoef(before[10:-10], np.roll(after, lag)[10:-10])[0, 1] for lag in range(-5, 6)]
        assert np.argmax(lags) == 5
        assert lags[5] > 0.9

    @pytest.mark.parametrize("name", METHODS)
    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    @hypothesis_settings(max_examples=5, deadline=None)
    @given(length=st.integers(1, 20000))
    def test_length_is_that_asked_for(self, name, changed, length):
        spec = preset("asr", **changed)
        fewer = {"iterations": 1} if "iterations" in settings("phase", name) else {}
        made = retrieve(speech(16000, 0.2).astype(np.float32), spec, name, length=length, **fewer)
        assert len(made) == length
        assert (made[4000:] == 0).all()

    @pytest.mark.parametrize("name", METHODS)
    @pytest.mark.parametrize("changed", FRAMINGS, ids=str)
    def test_length_is_that_of_the_frames_if_none_is_asked_for(self, name, changed):
        spec = preset("asr", **changed)
        made = retrieve(speech(16000, 0.2), spec, name, length=None)
        assert 0 <= 3200 - len(made) < spec.hop_length

    @pytest.mark.parametrize("name", METHODS)
    def test_the_seed_decides(self, name):
        spec, y = preset("asr"), speech(16000, 0.3)
        np.testing.assert_array_equal(retrieve(y, spec, name, seed=3), retrieve(y, spec, name, seed=3))
        differs = np.abs(retrieve(y, spec, name, seed=3) - retrieve(y, spec, name, seed=4)).max()
        if name in ("random", "pghi", "admm"):
            assert differs > 0
        elif name in ("rtisi_la", "griffin_lim", "joint", "warm"):
            assert differs == 0

    @pytest.mark.parametrize("name", PHASES)
    def test_starts_from_the_phase_that_is_given(self, name):
        """The true phase leaves nothing to do, but where windows hardly see the newest frames of a stream."""
        spec, y = preset("asr"), speech(16000, 0.5)
        made = retrieve(y, spec, name, initial_phase=true_phase(y, spec))
        np.testing.assert_allclose(made, y, atol=(2e-2 if name == "rtisi_la" else 2e-3) * np.abs(y).max())

    @pytest.mark.parametrize("name", METHODS)
    @pytest.mark.parametrize("changed", [{}, {"pad_mode": "reflect", "preemphasis": 0.97}, {"center": False}], ids=str)
    def test_recordings_together_become_what_each_would_alone(self, name, changed):
        """Another phase to start from in each, and another level."""
        spec, y = preset("asr", **changed), speech(16000, 0.9)
        parts = [level * part for level, part in zip((1, 0.3, 0), np.split(y, 3), strict=True)]
        phases = [true_phase(part, spec) for part in parts]
        magnitudes = [stft_magnitude(part, spec) for part in parts]
        for start in (None, phases) if name != "warm" else (phases,):
            given = {"magnitude": np.stack(magnitudes), "initial_phase": start and np.stack(start)}
            together = retrieve(parts[0], spec, name, **given)
            assert together.shape == (3, 4800)
            for place, one in enumerate(together):
                given = {"magnitude": magnitudes[place], "initial_phase": start and start[place]}
                alone = retrieve(parts[0], spec, name, **given)
                np.testing.assert_allclose(one, alone, atol=1e-3 * np.abs(y).max())

    @pytest.mark.parametrize("name", METHODS)
    def test_takes_silence_and_single_frames(self, name):
        spec = preset("asr")
        for n_frames in (1, 5):
            silence = np.zeros((n_frames, 257))
            made = retrieve(np.zeros(400), spec, name, magnitude=silence, initial_phase=silence, length=None)
            assert not made.any()

    @pytest.mark.parametrize("name", PHASES)
    @pytest.mark.parametrize(
        ("magnitude", "message"),
        [
            (np.zeros((5, 256)), r"magnitude must be \(..., n_frames, n_bins=257\), got shape \(5, 256\)"),
            (np.zeros((0, 257)), r"magnitude must be \(..., n_frames, n_bins=257\), got shape \(0, 257\)"),
            (np.full((5, 257), np.nan), "magnitude must be finite and not negative"),
            (np.full((5, 257), -1.0), "magnitude must be finite and not negative"),
        ],
    )
    def test_what_is_no_magnitude_is_refused(self, name, magnitude, message):
        with pytest.raises(ValueError, match=message):
            retrieve(np.zeros(800), preset("asr"), name, magnitude=magnitude)

    def test_settings_out_of_range_are_refused(self):
        y, spec = np.ones(800), preset("asr")
        for name, changed, message in [
            ("griffin_lim", {"iterations": -1}, "phase.iterations must be a whole number of at least 0, got -1"),
            ("griffin_lim", {"momentum": -1}, "phase.momentum must be at least 0 and finite, got -1"),
            (
                "griffin_lim",
                {"start": "zero"},
                "phase.start must be one of random, noise, pghi, spsi, learned, learned:<run>, given, got",
            ),
            ("admm", {"rho": -0.1}, "phase.rho must be at least 0, got -0.1"),
            ("rtisi_la", {"look_ahead": -1}, "phase.look_ahead must be at least 0, got -1"),
            ("rtisi_la", {"iterations": 0}, "phase.iterations must be at least 1, got 0"),
        ]:
            with pytest.raises(ValueError, match=message):
                retrieve(y, spec, name, **changed)
        with pytest.raises(ValueError, match=r"phase\.start=given needs an initial phase"):
            retrieve_phase(np.ones((5, 257)), spec, phase=settings("phase", "warm"), seed=0)
        for name in PHASES:
            with pytest.raises(ValueError, match=r"the initial phase must be \(6, 257\), got \(5, 257\)"):
                retrieve(y, spec, name, initial_phase=np.zeros((5, 257)))
            with pytest.raises(ValueError, match="the initial phase must be finite"):
                retrieve(y, spec, name, initial_phase=np.full((6, 257), np.nan))
            with pytest.raises(ValueError, match="magnitude must be real"):
                retrieve(y, spec, name, magnitude=np.zeros((6, 257), complex))
            with pytest.raises(ValueError, match="length must be at least 1 sample or None, got -5"):
                retrieve(y, spec, name, length=-5)
        with pytest.raises(TypeError, match="iteration"):
            retrieve(y, spec, "griffin_lim", iteration=3)
        with pytest.raises(ValueError, match=r"^phase must be one of admm, griffin_lim.*, got 'vocoder'$"):
            retrieve_phase(np.ones((5, 257)), spec, phase={"name": "vocoder"}, seed=0)


class TestIterations:
    @pytest.mark.parametrize("name", ITERATIVE)
    def test_more_come_nearer(self, name):
        spec, y = preset("asr"), speech(16000, 1)
        errors = [convergence(y, retrieve(y, spec, name, iterations=n), spec) for n in (1, 8, 32)]
        assert errors[0] > errors[1] > errors[2]

    @pytest.mark.parametrize("name", ["griffin_lim", "admm"])
    def test_end_when_near_enough(self, name):
        spec, y = preset("asr"), speech(16000, 1)
        reached = convergence(y, retrieve(y, spec, name, iterations=1000, until_db=-15.0), spec)
        assert -25 < reached < -14
        assert convergence(y, retrieve(y, spec, name, iterations=100), spec) < reached - 3

    @pytest.mark.parametrize("name", ["griffin_lim", "admm"])
    def test_end_for_each_recording_when_it_is_near_enough(self, name):
        """A tone is soon near, noise never."""
        spec, rng = preset("asr"), np.random.default_rng(0)
        tone, noise = np.sin(0.3 * np.arange(4800)), rng.normal(size=4800)
        magnitudes = [stft_magnitude(y, spec) for y in (tone, noise, tone + 0.3 * noise)]
        ends = {"until_db": -12.0, "iterations": 20}
        together = retrieve(tone, spec, name, magnitude=np.stack(magnitudes), **ends)
        for magnitude, one in zip(magnitudes, together, strict=True):
            alone = retrieve(tone, spec, name, magnitude=magnitude, **ends)
            np.testing.assert_allclose(one, alone, atol=1e-3 * np.abs(alone).max())
        assert np.abs(together[0] - retrieve(tone, spec, name, magnitude=magnitudes[0], iterations=20)).max() > 0.01

    @pytest.mark.parametrize("name", ["admm", "rtisi_la"])
    @pytest.mark.parametrize("iterations", [10, 32])
    def test_no_worse_than_griffin_lim_of_as_many(self, name, iterations):
        spec, y = preset("asr"), speech(16000, 1.5)
        chosen = {name: {}, "griffin_lim": {"start": "random"}}
        errors = [convergence(y, retrieve(y, spec, n, iterations=iterations, **chosen[n]), spec) for n in chosen]
        assert errors[0] < errors[1] + 1.0

    @pytest.mark.parametrize("start", STARTS)
    def test_starts(self, start):
        spec, y = preset("asr"), speech(16000, 1)
        assert convergence(y, retrieve(y, spec, "griffin_lim", start=start, iterations=10), spec) < -12

    def test_a_better_start_ends_nearer(self):
        spec, y = preset("asr"), speech(16000, 1)
        random, spsi, pghi = (
            convergence(y, retrieve(y, spec, "griffin_lim", start=start, iterations=32), spec)
            for start in ("random", "spsi", "pghi")
        )
        assert spsi < random - 2
        assert pghi < random - 5

    def test_more_look_ahead_comes_nearer(self):
        spec, y = preset("asr"), speech(16000, 1)
        errors = [convergence(y, retrieve(y, spec, "rtisi_la", look_ahead=n), spec) for n in (0, 3)]
        assert errors[1] < errors[0] - 2


class TestGriffinLim:
    @pytest.mark.parametrize("momentum", [0.0, 0.99])
    def test_is_librosas(self, momentum):
        """From phase zero, which is librosa's start without a random one."""
        spec, y = preset("asr"), speech(16000, 1)
        magnitude = stft_magnitude(y, spec)
        zero = np.zeros_like(magnitude)
        ours = retrieve(y, spec, "griffin_lim", initial_phase=zero, iterations=32, momentum=momentum)
        theirs = librosa.griffinlim(
            magnitude.T,
            n_iter=32,
            hop_length=160,
            win_length=400,
            n_fft=512,
            pad_mode="constant",
            momentum=momentum,
            init=None,
            length=len(y),
        )
        errors = [convergence(y, made, spec) for made in (ours, theirs)]
        assert errors[0] == pytest.approx(errors[1], abs=0.7)


class TestPghi:
    @pytest.mark.parametrize(("window", "relative"), [("hann", 0.25645), ("hamming", 0.29794), ("blackman", 0.17954)])
    def test_widths_are_nearly_those_of_the_paper(self, window, relative):
        """Průša et al., 2017."""
        spec = preset("asr", window=window, win_seconds=0.032)
        assert gaussian_width(spec) / spec.win_length**2 == pytest.approx(relative, rel=0.03)

    def test_a_tone_keeps_its_frequency(self):
        spec = preset("asr")
        y = np.sin(2 * np.pi * 1234.5 * np.arange(16000) / 16000)
        made = retrieve(y, spec, "pghi")
        peak = np.argmax(np.abs(np.fft.rfft(made * np.hanning(16000))))
        assert peak == pytest.approx(1234.5, abs=3)


class TestSpsi:
    @pytest.mark.parametrize("frequency", [200.0, 1234.5, 5017.3])
    def test_a_tone_goes_on_as_it_is(self, frequency):
        """Without iterations: from frame to frame, the phase advances by the tone's own."""
        spec = preset("asr")
        y = np.sin(2 * np.pi * frequency * np.arange(16000) / 16000)
        phase = continue_peaks(stft_magnitude(y, spec), spec, seed=0)
        loudest = round(frequency * spec.n_fft / spec.sample_rate)
        advance = np.diff(phase[10:-10, loudest]) - 2 * np.pi * frequency * spec.hop_length / spec.sample_rate
        np.testing.assert_allclose(np.angle(np.exp(1j * advance)), 0, atol=0.05)

    def test_the_bins_of_a_tone_fit_together(self):
        """The phases of a sinusoid's bins alternate, as the window's middle is half a frame after its first sample."""
        spec = preset("asr")
        y = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
        made = retrieve(y, spec, "griffin_lim", iterations=0)
        assert convergence(y, made, spec) < -20

    def test_frames_without_a_peak_advance_by_their_bins(self):
        spec = preset("asr")
        phase = continue_peaks(np.ones((3, spec.n_bins)), spec, seed=0)
        assert phase.shape == (3, spec.n_bins)
        advance = np.exp(1j * np.diff(phase, axis=0))
        expected = np.exp(2j * np.pi * np.arange(spec.n_bins) * spec.hop_length / spec.n_fft)
        np.testing.assert_allclose(advance, np.broadcast_to(expected, advance.shape), atol=1e-3)
