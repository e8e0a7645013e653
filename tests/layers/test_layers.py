"""Tests of the public layers: they compute what the functions do, for each preset, and their gradients are right."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from configurations import preset
from pages import blocks
from places import REPOSITORY
from processes import COMPILED_SOON, run_python
from speech import speech, speech_features

import mfccinv
from mfccinv.configs.presets import preset_names, resolve_spec
from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.extract import extract_features
from mfccinv.features.spec import SpecMismatch
from mfccinv.layers import AnalyticInverse, GriffinLim, LogMel, MelToMagnitude, Mfcc, network_inverse
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.phase.retrieval import retrieve_phase

SECONDS = 0.6
PRESETS = preset_names("features")
OTHERS = {  # what no preset has
    "edge": preset("asr", pad_mode="edge"),
    "cover_end": preset("asr", cover_end=True, center=False),
    "cover_end, centred": preset("asr", cover_end=True, pad_mode="reflect"),
    "preemphasis": preset("asr", preemphasis=0.97),
    "no padding": preset("asr", padding=0),
    "top_db": preset("asr", top_db=40.0),
}
SPECS = {name: resolve_spec(name) for name in PRESETS} | OTHERS
# One that goes each way once: frames of power and of magnitude, the floor's two ways, pre-emphasis within frames.
SOME = ("asr", "hifigan", "torchaudio_log", "kaldi")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def griffin_lim(magnitude, spec, iterations, initial_phase=None):
    settings = {"name": "griffin_lim", "start": "spsi", "iterations": iterations, "momentum": 0.99, "until_db": None}
    return retrieve_phase(magnitude, spec, phase=settings, seed=0, initial_phase=initial_phase)


@pytest.fixture(scope="module")
def round_trip():
    """A model from sound to MFCC and back, for sounds of any length."""
    y = keras.Input((None,))
    mfcc = Mfcc("asr")(LogMel("asr")(y))
    magnitude = MelToMagnitude("asr", iterations=3)(AnalyticInverse("asr")(mfcc))
    return keras.Model(y, GriffinLim("asr", iterations=2, momentum=0.5)(magnitude))


@pytest.mark.parametrize("name", SPECS)
class TestValues:
    def test_log_mel_and_mfcc_of_speech(self, name):
        spec = SPECS[name]
        expected = speech_features(spec, SECONDS)
        log_mel = numpy(LogMel(spec, dtype="float64")(speech(spec.sample_rate, SECONDS)[None]))[0]
        assert log_mel.shape == expected.log_mel.shape
        np.testing.assert_allclose(log_mel, expected.log_mel, atol=1e-4)
        np.testing.assert_allclose(numpy(Mfcc(spec)(expected.log_mel)), expected.mfcc, atol=1e-3)

    def test_magnitude_of_log_mel(self, name):
        spec = SPECS[name]
        log_mel = speech_features(spec, SECONDS).log_mel
        expected = log_mel_to_magnitude(log_mel, spec, magnitude={"name": "kl", "iterations": 10})
        magnitude = numpy(MelToMagnitude(spec, iterations=10)(log_mel[None]))[0]
        assert np.abs(magnitude - expected).max() < 1e-4 * expected.max()

    def test_sound_of_magnitude(self, name):
        spec = SPECS[name]
        log_mel = speech_features(spec, SECONDS).log_mel
        magnitude = log_mel_to_magnitude(log_mel, spec, magnitude={"name": "kl", "iterations": 10})
        expected = griffin_lim(magnitude, spec, iterations=4)
        y = numpy(GriffinLim(spec, iterations=4, momentum=0.99)(magnitude[None]))[0]
        assert y.shape == expected.shape == (spec.n_samples(len(magnitude)),)
        # Where neighbouring bins are all but equal, rounding decides which is the peak.
        assert 10 * np.log10(np.sum(expected**2) / np.sum((y - expected) ** 2)) > 30


@pytest.mark.parametrize("pad_mode", ["constant", "reflect", "edge"])
@pytest.mark.parametrize("n_frames", [2, 3, 4])
def test_sound_of_few_frames(pad_mode, n_frames):
    """They may be too few for their padding to be made of the sound."""
    spec = preset("asr", pad_mode=pad_mode)
    magnitude, phase = np.random.default_rng(0).uniform(0.1, 3, size=(2, n_frames, spec.n_bins)).astype(np.float32)
    expected = griffin_lim(magnitude, spec, iterations=3, initial_phase=phase)
    y = numpy(GriffinLim(spec, iterations=3, momentum=0.99)(magnitude[None], phase[None]))[0]
    np.testing.assert_allclose(y, expected, atol=1e-3 * np.abs(expected).max())


def test_an_empty_batch_gives_none():
    magnitude = MelToMagnitude("asr", iterations=2)(np.zeros((0, 9, 80), np.float32))
    assert magnitude.shape == (0, 9, 257)
    assert GriffinLim("asr", iterations=2, momentum=0.99)(magnitude).shape == (0, 1280)


class TestGradients:
    """Each against the difference quotient along one direction, in double precision."""

    def check(self, layer, x, step=1e-6, rtol=1e-5):
        rng = np.random.default_rng(1)
        weights = rng.normal(size=layer(x).shape)
        weights = tf.constant(weights, layer(x).dtype)
        variable = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(variable)
            total = tf.reduce_sum(layer(variable) * weights)
        gradient = tape.gradient(total, variable).numpy()
        direction = rng.normal(size=x.shape).astype(x.dtype)
        ahead, behind = (
            float(tf.reduce_sum(layer(tf.constant(x + sign * step * direction)) * weights)) for sign in (1, -1)
        )
        assert np.sum(gradient * direction) == pytest.approx((ahead - behind) / (2 * step), rel=rtol, abs=1e-4)
        assert np.abs(gradient).max() > 0

    @pytest.mark.parametrize("name", SOME)
    def test_from_sound_to_mfcc(self, name):
        spec = resolve_spec(name)
        log_mel, mfcc = LogMel(spec, dtype="float64"), Mfcc(spec, dtype="float64")
        self.check(lambda y: mfcc(log_mel(y)), np.random.default_rng(0).normal(0, 0.1, size=(2, 3000)))

    @pytest.mark.parametrize("name", SOME)
    def test_from_mfcc_to_magnitude(self, name):
        spec = resolve_spec(name)
        inverse = AnalyticInverse(spec, dtype="float64")
        magnitude = MelToMagnitude(spec, iterations=5, dtype="float64")
        mfcc = log_mel_to_mfcc(np.random.default_rng(0).normal(-20, 10, size=(2, 5, spec.n_mels)), spec)
        self.check(lambda x: magnitude(inverse(x)), mfcc)

    @pytest.mark.parametrize("name", SOME)
    def test_from_magnitude_to_sound(self, name):
        spec, rng = resolve_spec(name), np.random.default_rng(0)
        layer = GriffinLim(spec, iterations=3, momentum=0.99, dtype="float64")
        magnitude = rng.uniform(0.1, 3, size=(2, 6, spec.n_bins))
        phase = rng.uniform(-np.pi, np.pi, size=magnitude.shape)
        self.check(lambda x: layer(x, phase), magnitude)

    def test_through_a_network(self):
        mfcc = speech_features(resolve_spec("asr"), SECONDS).mfcc[None, :20]
        self.check(network_inverse("asr", checkpoint="auto"), mfcc, step=3e-2, rtol=0.1)

    def test_silence_has_finite_ones(self):
        spec = resolve_spec("hifigan")
        y = tf.zeros((1, 2048))
        magnitude, sound = MelToMagnitude(spec, iterations=2), GriffinLim(spec, iterations=2, momentum=0.99)
        layers = (LogMel(spec), lambda x: sound(magnitude(x)))
        for layer, x in zip(layers, (y, tf.fill((1, 8, spec.n_mels), spec.floor_db)), strict=True):
            with tf.GradientTape() as tape:
                tape.watch(x)
                made = tf.reduce_sum(layer(x))
            assert np.isfinite(made)
            assert np.isfinite(tape.gradient(made, x)).all()


class TestModels:
    def test_takes_sounds_of_any_length(self, round_trip):
        assert round_trip.output_shape == (None, None)
        for n_samples in (4000, 4800):
            y = speech(16000)[None, :n_samples].astype(np.float32)
            mel = mfccinv.mfcc_to_mel(speech_features(resolve_spec("asr"), n_samples / 16000).mfcc.T, checkpoint=None)
            settings = {"name": "griffin_lim", "iterations": 2, "momentum": 0.5}
            expected = mfccinv.mel_to_audio(mel, magnitude={"name": "kl", "iterations": 3}, phase=settings)
            made = round_trip.predict_on_batch(y)[0]
            assert np.sum((made - expected) ** 2) < 1e-3 * np.sum(expected**2)

    def test_is_saved_and_loaded(self, round_trip, tmp_path):
        round_trip.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        y = speech(16000)[None, :4000].astype(np.float32)
        np.testing.assert_array_equal(loaded.predict_on_batch(y), round_trip.predict_on_batch(y))

    def test_sounds_of_unknown_length_are_covered_to_their_end(self):
        spec = OTHERS["cover_end"]
        y = keras.Input((None,))
        model = keras.Model(y, LogMel(spec)(y))
        for n_samples in (300, 512, 1000, 3000, 3040):
            made = model.predict_on_batch(np.ones((2, n_samples), np.float32))
            assert made.shape == (2, spec.n_frames(n_samples), spec.n_mels)

    def test_recordings_of_a_batch_are_alone(self):
        spec, rng = resolve_spec("librosa"), np.random.default_rng(0)
        y = rng.normal(0, [[1], [1e-3]], size=(2, 8000)).astype(np.float32)
        log_mel = LogMel(spec)
        np.testing.assert_allclose(log_mel(y)[1:], log_mel(y[1:]), atol=1e-4)
        magnitude = rng.uniform(0, [[[1]], [[1e-3]]], size=(2, 8, spec.n_bins)).astype(np.float32)
        sound = GriffinLim(spec, iterations=2, momentum=0.99)
        np.testing.assert_allclose(sound(magnitude)[1:], sound(magnitude[1:]), atol=1e-7)


class TestNetwork:
    def test_predicts_what_the_functions_do(self):
        spec = resolve_spec("asr").with_n_mfcc(13)
        mfcc = speech_features(spec, SECONDS).mfcc
        network = network_inverse(spec, checkpoint="auto")
        expected = 10 * np.log10(mfccinv.mfcc_to_mel(mfcc.T)).T
        np.testing.assert_allclose(network.predict_on_batch(mfcc[None])[0], expected, atol=1e-3)
        assert network.trainable_weights == []

    def test_refuses_what_no_network_takes(self):
        with pytest.raises(ValueError, match="no pretrained run takes these features"):
            network_inverse("speechpy", checkpoint="auto")
        with pytest.raises(SpecMismatch, match="n_mfcc"):
            network_inverse("asr", checkpoint="asr_13")


class TestErrors:
    def test_sound_without_a_frame(self):
        with pytest.raises(ValueError, match="at least one frame of n_fft=400 samples, got 399"):
            LogMel(preset("asr", center=False, n_fft=400))(np.zeros((1, 399)))

    @pytest.mark.parametrize("layer", [MelToMagnitude, lambda *a, **k: GriffinLim(*a, momentum=0.99, **k)])
    def test_iterations_below_zero(self, layer):
        with pytest.raises(ValueError, match="iterations must be"):
            layer("asr", iterations=-1)

    def test_momentum_below_zero(self):
        with pytest.raises(ValueError, match="momentum must be at least 0 and finite, got -1"):
            GriffinLim("asr", iterations=1, momentum=-1)

    def test_windows_that_leave_samples_out(self):
        with pytest.raises(ValueError, match="their windows leave out"):
            GriffinLim(preset("asr", hop_seconds=0.05), iterations=1, momentum=0.99)

    def test_a_single_frame(self):
        with pytest.raises(ValueError, match="at least two frames, got 1"):
            GriffinLim("asr", iterations=1, momentum=0.99)(np.ones((1, 1, 257)))

    def test_unknown_features(self):
        with pytest.raises(ValueError, match="spec must be a FeatureSpec"):
            AnalyticInverse("no_such")


def test_analytic_inverse_takes_a_preset():
    mfcc = speech_features(resolve_spec("asr"), SECONDS).mfcc
    np.testing.assert_allclose(AnalyticInverse("asr")(mfcc), mfcc_to_log_mel(mfcc, resolve_spec("asr")), atol=1e-3)


@pytest.mark.slow
def test_the_example_trains_what_it_says():
    """That of docs/layers.md: at first the network's own MFCC of the sound come out, and a step changes them."""
    [(_, code)] = blocks(REPOSITORY / "docs" / "layers.md", "python")
    made: dict = {}
    exec(code, made)
    model = made["model"]
    model.run_eagerly = True  # a step isn't worth compiling for
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) == 30_864
    x = speech_features(resolve_spec("asr"), 0.5).mfcc[None, :50]
    mel = mfccinv.mfcc_to_mel(x[0].T)
    phase = {"name": "griffin_lim", "iterations": 8}
    y = mfccinv.mel_to_audio(mel, magnitude={"name": "kl", "iterations": 10}, phase=phase)
    before = numpy(model(x))[0]
    off = before - extract_features(y, resolve_spec("asr"))[0]
    assert np.sqrt(np.mean(off**2)) < 0.3
    model.train_on_batch(x, x)
    assert np.abs(numpy(model(x))[0] - before).max() > 0.1


@pytest.mark.slow
def test_jax_computes_the_same(tmp_path):
    script = """
import jax, keras, numpy as np
from mfccinv.layers import AnalyticInverse, GriffinLim, LogMel, MelToMagnitude, Mfcc
layers = [LogMel("asr"), Mfcc("asr"), AnalyticInverse("asr"), MelToMagnitude("asr", iterations=2)]
layers.append(GriffinLim("asr", iterations=1, momentum=0.99))
def sound(y):
    for layer in layers:
        y = layer(y)
    return (y**2).sum(), y
(_, made), gradient = jax.jit(jax.value_and_grad(sound, has_aux=True))(np.load("y.npy"))
np.save("made.npy", made)
np.save("gradient.npy", gradient)
from mfccinv.configs.presets import resolve_spec
spec = resolve_spec("torchaudio")  # four of its bands hold no bin
frames = np.random.default_rng(0).uniform(spec.floor_db, 0, (1, 9, spec.n_mels)).astype("float32")
frames[:, 5:] = spec.floor_db
to_magnitude = MelToMagnitude(spec, iterations=2)
assert layers[-1](np.zeros((0, 9, 257), "float32")).shape == (0, 1280)
np.save("of_empty_bands.npy", jax.grad(lambda x: to_magnitude(x).sum())(frames))
"""
    y = speech(16000)[None, :8000].astype(np.float32)
    np.save(tmp_path / "y.npy", y)
    run_python("-c", script, cwd=tmp_path, KERAS_BACKEND="jax", XLA_FLAGS=COMPILED_SOON)
    layers = (LogMel("asr"), Mfcc("asr"), AnalyticInverse("asr"), MelToMagnitude("asr", iterations=2))
    expected = y
    for layer in (*layers, GriffinLim("asr", iterations=1, momentum=0.99)):
        expected = layer(expected)
    made, expected = np.load(tmp_path / "made.npy"), numpy(expected)
    assert np.sum((made - expected) ** 2) < 1e-3 * np.sum(expected**2)
    assert np.isfinite(np.load(tmp_path / "gradient.npy")).all()
    assert np.isfinite(np.load(tmp_path / "of_empty_bands.npy")).all()
