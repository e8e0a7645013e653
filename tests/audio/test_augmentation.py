"""Tests of the augmentation: each part does to real or synthetic sound what it says, and nothing else."""

import numpy as np
import pytest
from configurations import config_names, preset, settings
from scipy.signal import lfilter
from speech import speech

from mfccinv.audio.augmentation import (
    CODECS,
    HUM_HZ,
    Augmentation,
    add_hum,
    add_noise,
    clip,
    code,
    codecs_at,
    low_pass,
    reverberate,
    scale_envelope,
    smooth_filter,
)
from mfccinv.audio.sound_files import Recording
from mfccinv.features.extract import extract_features, stft_magnitude

RATE = 16000


def augmentation(**changed):
    return Augmentation(**settings("augment", "none") | {"copies": 1} | changed)


def recording(seconds=1.0, rate=RATE):
    return Recording(y=speech(rate, seconds).astype(np.float32), sample_rate=rate, source_rate=rate, source_channels=1)


def vowel(pitch_hz, formant_hz, seconds=0.5):
    """Pulses through one resonance, (n_samples,)."""
    pulses = np.zeros(round(seconds * RATE))
    pulses[:: round(RATE / pitch_hz)] = 1.0
    radius = np.exp(-np.pi * 300 / RATE)
    return lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * formant_hz / RATE), radius**2], pulses)


def spectrum(y):
    """Mean power spectrum and the frequency of its bins."""
    spec = preset("asr", n_fft=4096, win_seconds=0.25)
    energy = stft_magnitude(y, spec)[10:-10].astype(float) ** 2
    return energy.mean(axis=0), np.arange(spec.n_bins) * RATE / spec.n_fft


class TestSettings:
    @pytest.mark.parametrize("name", config_names("augment"))
    def test_every_preset_is_one(self, name):
        assert Augmentation(**settings("augment", name)).copies >= 0

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"copies": -1}, "augment.copies must be a whole number of at least 0, got -1"),
            ({"copies": 1.5}, "augment.copies must be a whole number"),
            ({"noise": 1.1}, r"augment.noise must be in \[0, 1\], got 1.1"),
            ({"level_db": -1}, "augment.level_db must be at least 0, got -1"),
            ({"speed": [1.2, 0.8]}, r"augment.speed must be a range such as \[0.8, 1.25\], got \[1.2, 0.8\]"),
            ({"envelope": [0, 1]}, "augment.envelope must be a range"),
            ({"clip_db": [-3, 6]}, "augment.clip_db must be a range"),
            ({"hum": -0.1}, r"augment.hum must be in \[0, 1\], got -0.1"),
        ],
    )
    def test_a_value_out_of_range_is_named(self, changed, message):
        with pytest.raises(ValueError, match=message):
            augmentation(**changed)


class TestVary:
    def test_nothing_asked_for_changes_nothing(self, rng):
        y, change_energy = augmentation().vary(recording(), RATE, rng)
        np.testing.assert_array_equal(y, recording().y)
        energy = np.abs(rng.standard_normal((3, 257)))
        np.testing.assert_allclose(change_energy(energy), energy)

    def test_the_generator_alone_decides(self):
        parts = ("reverberation", "noise", "hum", "clip", "low_pass", "codec")
        given = settings("augment", "voices") | dict.fromkeys(parts, 1.0)
        energy = np.abs(np.random.default_rng(9).standard_normal((3, 257))) + 1.0
        drawn = []
        for seed in (0, 0, 1):
            y, change_energy = Augmentation(**given).vary(recording(), RATE, np.random.default_rng(seed))
            drawn.append((y, change_energy(energy)))
        np.testing.assert_array_equal(drawn[0][0], drawn[1][0])
        np.testing.assert_array_equal(drawn[0][1], drawn[1][1])
        assert len(drawn[0][0]) != len(drawn[2][0])
        assert not np.allclose(drawn[0][1], drawn[2][1])

    def test_a_room_shorter_than_a_sample_is_one_sample_long(self, rng):
        room = {"reverberation": 1.0, "reverberation_seconds": [1e-6, 1e-6]}
        y, _ = augmentation(**room).vary(recording(), RATE, rng)
        assert len(y) == len(recording().y)
        assert np.isfinite(y).all()

    @pytest.mark.parametrize("rate", [16000, 22050])
    def test_speed_shortens_and_raises(self, rng, rate):
        y, _ = augmentation(speed=[1.25, 1.25]).vary(recording(1.0, rate), RATE, rng)
        assert len(y) == pytest.approx(RATE / 1.25, abs=2)

    def test_level_and_filter_are_decibels(self, rng):
        _, change_energy = augmentation(level_db=6.0).vary(recording(), RATE, rng)
        changed = 10 * np.log10(change_energy(np.ones((2, 257))))
        assert np.ptp(changed) < 1e-9
        assert 0.01 < np.abs(changed).max() < 30
        _, change_energy = augmentation(filter_db=3.0).vary(recording(), RATE, rng)
        assert np.ptp(change_energy(np.ones((2, 257))), axis=0) == pytest.approx(0)
        assert np.ptp(change_energy(np.ones((2, 257))), axis=1) == pytest.approx(2, abs=1.999)

    def test_input_and_target_of_a_variant_belong_together(self, rng):
        spec = preset("asr")
        y, change_energy = Augmentation(**settings("augment", "voices")).vary(recording(), RATE, rng)
        mfcc, log_mel = extract_features(y, spec, change_energy)
        _, unchanged = extract_features(y, spec)
        assert np.abs(log_mel - unchanged).max() > 1
        np.testing.assert_allclose(mfcc[:, 0], log_mel.sum(axis=1) / np.sqrt(spec.n_mels), rtol=1e-4)


class TestEnvelope:
    def test_moves_the_formant_and_leaves_the_pitch(self):
        spec = preset("asr", n_fft=1024, win_seconds=0.064)
        y = vowel(pitch_hz=125, formant_hz=1500)
        energy = stft_magnitude(y, spec)[5:-5].astype(float) ** 2
        moved = scale_envelope(energy, 1.2, RATE).mean(axis=0)
        bin_hz = RATE / 1024
        before, after = energy.mean(axis=0), moved
        assert np.argmax(before) * bin_hz == pytest.approx(1500, abs=70)
        assert np.argmax(after) * bin_hz == pytest.approx(1800, abs=70)
        comb = np.arange(8, 513, 8)  # 125 Hz
        for one in (before, after):
            log_energy = np.log(one)
            assert log_energy[comb].mean() > log_energy[np.minimum(comb + 4, 512)].mean() + 1

    def test_nothing_is_done_at_one(self, rng):
        energy = np.abs(rng.standard_normal((4, 257)))
        assert scale_envelope(energy, 1, RATE) is energy

    def test_there_and_back(self):
        """Within the range that is kept, and to what the lifter's slope lets through."""
        energy = stft_magnitude(speech(RATE, 1.0), preset("asr")).astype(float) ** 2 + 1e-9
        back = scale_envelope(scale_envelope(energy, 1.1, RATE), 1 / 1.1, RATE)
        error_db = 10 * np.log10(back / energy)[:, :220]
        assert np.sqrt(np.mean(error_db**2)) < 1.0

    def test_digital_silence_stays(self):
        assert scale_envelope(np.zeros((2, 257)), 1.2, RATE).max() < 1e-37


class TestParts:
    def test_a_room_has_the_energy_and_the_decay_asked_for(self, rng):
        click = np.zeros(RATE)
        click[100] = 1.0
        wet = reverberate(click, 8000, -6.0, rng)
        assert wet[:100] == pytest.approx(0, abs=1e-12)
        assert len(wet) == RATE + 7999  # what the room still says when the voice is done
        tail = wet[:RATE] - click
        assert 10 * np.log10(np.sum(tail**2)) == pytest.approx(-6, abs=0.01)
        early, late = (np.mean(tail[100 + n : 100 + n + 800] ** 2) for n in (0, 6400))
        assert 10 * np.log10(early / late) == pytest.approx(60 * 6400 / 8000, abs=3)

    def test_a_room_is_a_convolution(self):
        y = np.random.default_rng(1).standard_normal(500)
        room = reverberate(np.eye(1, 1)[0], 70, -3.0, np.random.default_rng(2))
        wet = reverberate(y, 70, -3.0, np.random.default_rng(2))
        np.testing.assert_allclose(wet, np.convolve(y, room), atol=1e-12)

    def test_noise_has_the_level_asked_for(self, rng):
        y = speech(RATE, 1.0)
        noise = add_noise(y, RATE, 20.0, rng) - y
        assert 10 * np.log10(np.mean(y**2) / np.mean(noise**2)) == pytest.approx(20, abs=1e-6)

    def test_noise_takes_any_length(self, rng):
        for n in (1, 2, 10007):
            assert add_noise(np.ones(n), RATE, 0.0, rng).shape == (n,)

    @pytest.mark.parametrize("seed", range(6))
    def test_hum_is_of_the_mains_and_has_the_level_asked_for(self, seed):
        y = speech(RATE, 4.0)
        hum = add_hum(y, RATE, 10.0, np.random.default_rng(seed)) - y
        assert 10 * np.log10(np.mean(y**2) / np.mean(hum**2)) == pytest.approx(10, abs=1e-6)
        energy, hz = spectrum(hum)
        strongest = hz[np.argmax(energy)]
        assert strongest < 5 or min(abs(strongest / f - round(strongest / f)) for f in HUM_HZ if f) < 0.06
        assert energy[hz > 60 * 13].sum() < 1e-4 * energy.sum()

    def test_clipping_cuts_at_the_level_asked_for(self):
        y = speech(RATE, 1.0)
        clipped = clip(y, 6.0)
        level = np.abs(y).max() * 10 ** (-6 / 20)
        np.testing.assert_array_equal(clipped[np.abs(y) <= level], y[np.abs(y) <= level])
        assert np.abs(clipped[np.abs(y) > level]) == pytest.approx(level)
        assert (np.abs(y) > level).sum() > 10

    def test_low_pass_leaves_what_is_below(self):
        y = np.random.default_rng(1).standard_normal(RATE)
        low = low_pass(y, RATE, 4000.0)
        assert len(low) == len(y)
        (before, hz), (after, _) = spectrum(y), spectrum(low)
        change_db = 10 * np.log10(after / before)
        assert np.abs(change_db[(hz > 100) & (hz < 3500)]).max() < 0.5
        assert change_db[hz > 4300].max() < -50
        assert low_pass(y, RATE, 8000.0) is y

    @pytest.mark.parametrize("codec", CODECS)
    @pytest.mark.parametrize("seconds", [0.3, 90])
    def test_codecs_keep_time_level_and_length(self, codec, seconds):
        """90 seconds: longer than what libsndfile's Vorbis encoder takes at once."""
        y = np.tile(speech(RATE, 0.3), round(seconds / 0.3))
        decoded = code(y, RATE, codec, 0.5)
        assert len(decoded) == len(y)
        start = slice(0, 4800)
        lags = np.correlate(np.pad(decoded[start], 50), y[start], "valid")
        assert np.argmax(lags) == 50
        error = np.sum((decoded - y) ** 2) / np.sum(y**2)
        assert 1e-6 < error < 0.1

    @pytest.mark.parametrize(
        ("rate", "codecs"),
        [
            *((rate, ["mp3", "vorbis"]) for rate in (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)),
            *((rate, ["vorbis"]) for rate in (4000, 44056, 96000, 200000)),
            (200001, []),
        ],
    )
    def test_variants_draw_from_the_codecs_that_take_the_rate(self, rng, monkeypatch, rate, codecs):
        drawn = set()

        def recorded(y, sample_rate, codec, compression):
            drawn.add(codec)
            return code(y, sample_rate, codec, compression)

        monkeypatch.setattr("mfccinv.audio.augmentation.code", recorded)
        for _ in range(8):
            augmentation(codec=1.0).vary(recording(0.1, rate), rate, rng)
        assert drawn == set(codecs)
        assert codecs_at(rate) == codecs  # their order decides what a seed draws

    def test_codecs_take_silence(self):
        assert np.abs(code(np.zeros(4000), RATE, "mp3", 0.5)).max() < 1e-6

    def test_filters_are_smooth(self):
        gain_db = smooth_filter(np.array([2.0, 0.0, 1.0]), 257)
        assert gain_db[[0, -1]] == pytest.approx([3.0, -3.0])
        assert np.abs(np.diff(gain_db)).max() < 0.1
