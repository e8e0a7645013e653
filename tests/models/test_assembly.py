"""Tests of the models: the contract of every preset, the analytic start, the projection, settings and errors."""

import inspect
import re
from typing import ClassVar

import keras
import librosa
import numpy as np
import pytest
from configurations import config_names, settings
from networks import SMALL, SPEC, apply, make_small, randomized, target_mfcc, windows
from noise import noise_log_mel, noise_mfcc, noise_statistics, small_spec
from registries import add_module

from mfccinv.evaluation.frame_metrics import LARGEST_SNR_DB, spectral_snr
from mfccinv.features.cepstrum import dct_basis, log_mel_to_mfcc, mfcc_to_log_mel, project_onto_mfcc
from mfccinv.features.context import POSITIONS, Context
from mfccinv.models.assembly import MODELS, OUTPUTS, build_model
from mfccinv.models.blocks import ACTIVATIONS
from mfccinv.models.mel_layers import MfccProjection

PRESETS = config_names("model")
TRAINED_PRESETS = [name for name in PRESETS if name != "pseudo_inverse"]


def make(preset, spec=SPEC, **changes):
    return build_model(settings("model", preset) | changes, spec, noise_statistics(spec))


def contexts_of_presets():
    """Every preset with its own context and, where its layers allow, 5, 9 and 15 frames."""
    pairs = []
    for preset in TRAINED_PRESETS:
        own = settings("model", preset)
        blocks = (own["kernel"] - 1) * sum(own["dilations"]) if "dilations" in own else 0
        least = (own.get("first_kernel") or 1) + blocks
        for length in sorted({own["context"], least, *(n for n in (5, 9, 15) if n >= least)}):
            pairs.append((preset, length))
    return pairs


class TestContract:
    @pytest.mark.parametrize("position", POSITIONS)
    @pytest.mark.parametrize(("preset", "length"), contexts_of_presets())
    def test_a_run_of_frames_equals_its_windows_one_by_one(self, preset, length, position):
        blind = {"output": "log_mel", "projection": False} if position == "next" else {}
        model = randomized(make(preset, context=length, position=position, **blind))
        assert model.input_shape == (None, None, SPEC.n_mfcc)
        assert model.output_shape == (None, None, SPEC.n_mels)
        mfcc = noise_mfcc(SPEC, 6 + length)
        run = apply(model, mfcc)
        one_by_one = keras.ops.convert_to_numpy(model(windows(mfcc, length), training=False))
        assert run.shape == (7, SPEC.n_mels)
        assert one_by_one.shape == (7, 1, SPEC.n_mels)
        np.testing.assert_allclose(run, one_by_one[:, 0], atol=1e-3)
        assert np.ptp(run, axis=0).min() > 0.1

    @pytest.mark.parametrize("position", POSITIONS)
    def test_a_run_equals_its_windows_with_statistics(self, position):
        blind = {"output": "log_mel", "projection": False} if position == "next" else {}
        model = randomized(make_small("tcn with statistics", position=position, **blind))
        mfcc = noise_mfcc(SPEC, 30)
        one_by_one = keras.ops.convert_to_numpy(model(windows(mfcc, 21), training=False))
        np.testing.assert_allclose(apply(model, mfcc), one_by_one[:, 0], atol=1e-3)

    @pytest.mark.parametrize("preset", PRESETS)
    def test_every_frame_of_the_context_counts_and_no_other(self, preset):
        output = {"output": "log_mel", "projection": False} if preset in TRAINED_PRESETS else {}
        model = randomized(make(preset, **output))
        length = settings("model", preset)["context"]
        rows = np.arange(length + 2)
        mfcc = np.tile(noise_mfcc(SPEC, length + 2), (length + 3, 1, 1))
        mfcc[rows, rows] += 50  # another frame in each, and none in the last
        outputs = keras.ops.convert_to_numpy(model(mfcc, training=False))[:, 1]
        moved = np.abs(outputs[:-1] - outputs[-1]).max(axis=-1)
        np.testing.assert_array_equal(np.flatnonzero(moved > 1e-4), rows[1:-1])

    @pytest.mark.parametrize("preset", TRAINED_PRESETS)
    def test_the_same_seed_gives_the_same_weights(self, preset):
        def weights(seed):
            keras.utils.set_random_seed(seed)
            model = make(preset, output="log_mel", projection=False)  # a residual model's last layer starts at zero
            return np.concatenate([weight.ravel() for weight in model.get_weights()])

        np.testing.assert_array_equal(weights(0), weights(0))
        assert np.any(weights(0) != weights(1))


class TestAnalyticStart:
    @pytest.mark.parametrize("position", ["centre", "last"])
    @pytest.mark.parametrize("projection", [True, False])
    @pytest.mark.parametrize("preset", PRESETS)
    def test_an_untrained_residual_model_is_the_analytic_inverse(self, preset, projection, position):
        """But for the mean residual, which is known without training."""
        model = make(preset, position=position, projection=projection)
        context = Context.of(settings("model", preset) | {"position": position})
        mfcc = noise_mfcc(SPEC, context.length + 30)
        expected = mfcc_to_log_mel(target_mfcc(mfcc, context), SPEC)
        if preset in TRAINED_PRESETS:
            expected = expected + noise_statistics(SPEC).residual_mean
        np.testing.assert_allclose(apply(model, mfcc), expected, atol=1e-3)

    @pytest.mark.parametrize("lifter", [0, 22])
    @pytest.mark.parametrize("n_mfcc", [1, 8, 24])
    def test_pseudo_inverse_equals_librosa(self, n_mfcc, lifter):
        spec = small_spec(n_mfcc=n_mfcc, lifter=lifter)
        mfcc = noise_mfcc(spec, 30)
        expected = librosa.feature.inverse.mfcc_to_mel(
            mfcc.T.astype(np.float64), n_mels=spec.n_mels, ref=1.0, lifter=lifter
        ).T
        np.testing.assert_allclose(apply(make("pseudo_inverse", spec), mfcc), 10 * np.log10(expected), atol=1e-3)


class TestProjection:
    @pytest.mark.parametrize("lifter", [0, 22])
    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.parametrize("body", SMALL)
    def test_the_output_has_the_mfcc_of_the_input_whatever_the_weights(self, body, output, lifter):
        spec = small_spec(lifter=lifter)
        model = randomized(make_small(body, spec, output=output, projection=True))
        mfcc = noise_mfcc(spec, 40)
        predicted = apply(model, mfcc)
        kept = target_mfcc(mfcc, Context.of(SMALL[body]))
        np.testing.assert_allclose(log_mel_to_mfcc(predicted, spec), kept, atol=1e-3)
        unprojected = apply(randomized(make_small(body, spec, output=output, projection=False)), mfcc)
        assert np.abs(log_mel_to_mfcc(unprojected, spec) - kept).max() > 1

    @pytest.mark.parametrize("lifter", [0, 22])
    def test_changes_nothing_but_the_kept_coefficients(self, lifter):
        spec = small_spec(lifter=lifter)
        guess, mfcc = noise_log_mel(spec, 50), noise_mfcc(spec, 50, seed=1)
        projected = keras.ops.convert_to_numpy(MfccProjection(spec)(guess, mfcc))
        np.testing.assert_allclose(projected, project_onto_mfcc(guess, mfcc, spec), atol=1e-3)
        lost = dct_basis(spec.n_mels, spec.n_mels)[spec.n_mfcc :]
        np.testing.assert_allclose(projected @ lost.T, guess @ lost.T, atol=1e-3)

    @pytest.mark.parametrize("body", SMALL)
    def test_all_coefficients_leave_nothing_to_guess(self, body):
        spec = small_spec(n_mfcc=24)
        model = randomized(make_small(body, spec, projection=True))
        log_mel = noise_log_mel(spec, 40)
        true = target_mfcc(log_mel, Context.of(SMALL[body]))
        assert spectral_snr(true, apply(model, log_mel_to_mfcc(log_mel, spec)), 1).min() > 80

    @pytest.mark.parametrize("body", SMALL)
    def test_digital_silence_is_exact(self, body):
        """To the last digit: the analytic inverse scores the largest SNR there, and so must what is built on it."""
        silence = np.full((40, SPEC.n_mels), SPEC.floor_db, np.float32)
        model = randomized(make_small(body))
        predicted = apply(model, log_mel_to_mfcc(silence, SPEC))
        assert spectral_snr(silence[: len(predicted)], predicted, 1).min() == LARGEST_SNR_DB


class TestSettings:
    @pytest.mark.parametrize("body", SMALL)
    def test_penalties_are_added_to_the_losses(self, body):
        model = randomized(make_small(body, l1=0.5, l2=0.25))
        kernels = [weight.numpy() for weight in model.trainable_weights if weight.name == "kernel"]
        expected = sum(0.5 * np.abs(kernel).sum() + 0.25 * (kernel**2).sum() for kernel in kernels)
        assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-4)
        assert not make_small(body).losses

    @pytest.mark.parametrize("body", SMALL)
    def test_dropout_acts_in_training_alone(self, body):
        keras.utils.set_random_seed(0)
        model = randomized(make_small(body, dropout=0.5))
        mfcc = noise_mfcc(SPEC, 30)[None]
        trained = [keras.ops.convert_to_numpy(model(mfcc, training=True)) for _ in range(2)]
        assert np.abs(trained[0] - trained[1]).max() > 0.1
        np.testing.assert_array_equal(model(mfcc, training=False), model(mfcc, training=False))
        without = randomized(make_small(body))
        np.testing.assert_allclose(model(mfcc, training=False), without(mfcc, training=False), atol=1e-4)

    @pytest.mark.parametrize("body", ["dense", "conv"])
    @pytest.mark.parametrize(("setting", "layer"), [("batch_norm", "Batch"), ("layer_norm", "Layer")])
    def test_normalisation_follows_every_layer(self, body, setting, layer):
        model = make_small(body, **{setting: True})
        found = [one for one in model.layers if type(one).__name__ == f"{layer}Normalization"]
        assert len(found) == {"dense": 1, "conv": 3}[body]

    @pytest.mark.parametrize("hidden", [[], [16], [16, 8]])
    def test_the_input_can_be_batch_normalised(self, hidden):
        """By a layer whose scale and offset are trained, as Keras's are."""
        size = SMALL["dense"]["context"] * SPEC.n_mfcc
        plain = make_small("dense", hidden=hidden)
        model = make_small("dense", hidden=hidden, input_batch_norm=True)
        (found,) = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
        assert found.moving_mean.shape == (size,)
        assert model.count_params() == plain.count_params() + 4 * size
        assert len(model.trainable_weights) == len(plain.trainable_weights) + 2

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_activations(self, activation):
        assert np.isfinite(apply(randomized(make_small("dense", activation=activation)), noise_mfcc(SPEC, 9))).all()

    def test_skip_connections_add_the_frames_in_the_middle(self):
        """With all weights zero nothing but the skip connections is left: the input, cropped at both ends."""
        spec = small_spec()
        changes = {"channels": [spec.n_mfcc] * 3, "context": 9, "output": "log_mel", "projection": False}
        model = make_small("conv", spec, skip_connections=True, **changes)
        for weight in model.trainable_weights:
            weight.assign(np.zeros(weight.shape, np.float32))
        body = keras.Model(model.inputs[0], model.layers[-1].input)
        mfcc, statistics = noise_mfcc(spec, 20), noise_statistics(spec)
        standard = (mfcc - statistics.mfcc_mean) / statistics.mfcc_std
        np.testing.assert_allclose(apply(body, mfcc), standard[4:-4], atol=1e-4)


class TestRegistry:
    @pytest.mark.parametrize("name", MODELS)
    def test_every_body_has_a_preset_with_exactly_its_settings(self, name):
        presets = [settings("model", preset) for preset in PRESETS]
        presets = [preset for preset in presets if preset["name"] == name]
        assert presets
        given = {"x", "context", "n_outputs", "start_at_zero"}
        parameters = inspect.signature(MODELS[name]).parameters
        for parameter in list(parameters.values())[1:]:
            assert parameter.kind is parameter.KEYWORD_ONLY
            assert parameter.default is parameter.empty
        for preset in presets:
            assert set(preset) == {"name", "context", "position", "output", "projection"} | (set(parameters) - given)


class TestOwnBodies:
    """What is told of a body that a person adds."""

    SHARED: ClassVar = {"context": 5, "position": "centre", "output": "residual", "projection": True}

    @pytest.fixture
    def build(self, monkeypatch, tmp_path):
        """Function that builds a model of a body, given by the lines of its function."""

        def of(lines, n_mfcc=8, **changes):
            text = f"import keras\n\n\ndef own(x, *, context, output):\n    {lines}\n"
            add_module(monkeypatch, tmp_path, "mfccinv/models/bodies/own.py", text)
            return build_model({"name": "own"} | self.SHARED | changes, small_spec(n_mfcc=n_mfcc), None)

        return of

    def test_the_penalty_may_be_left_out(self, build):
        model = build("return output(keras.layers.Conv1D(4, context.length)(x))")
        assert model.predict_on_batch(np.zeros((1, 7, 8), np.float32)).shape == (1, 3, 24)
        assert not model.losses

    @pytest.mark.parametrize(
        ("lines", "made"),
        [
            ("return output(keras.layers.Conv1D(4, context.length, padding='same')(x))", "6, 24"),
            ("return output(keras.layers.Conv1D(4, 3)(x))", "4, 24"),
            ("return output(keras.layers.GlobalAveragePooling1D(keepdims=True)(x))", "1, 24"),
            ("return output(keras.layers.LSTM(4)(x))", "24"),
            ("return keras.layers.Conv1D(4, context.length)(x)", "2, 4"),
        ],
    )
    def test_rows_that_are_not_those_of_the_frames(self, build, lines, made):
        """A body that always makes one row would go unnoticed with one frame, and be broadcast over others."""
        message = (
            "model 'own' must make one row of 24 values for each frame: of 6 rows, which are 2 frames with context=5, "
            f"it must make (batch, 2, 24), got (batch, {made})"
        )
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            build(lines)

    def test_a_body_that_needs_more_context(self, build):
        with pytest.raises(
            ValueError, match=r"model 'own' can't take 6 rows, which are 2 frames with context=5: .*size"
        ):
            build("return output(keras.layers.Conv1D(4, 9)(x))")

    def test_a_forgotten_return(self, build):
        with pytest.raises(ValueError, match=r"model 'own' returns nothing: it must return what output\(y\) returns"):
            build("output(keras.layers.Conv1D(4, context.length)(x))")


class TestErrors:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"name": "dens"}, rf"model name must be one of {', '.join(MODELS)}, got 'dens'"),
            ({"output": "mel"}, "model.output must be one of residual, log_mel, magnitude, steps, got 'mel'"),
            ({"position": "first"}, "position must be one of centre, last, next, got 'first'"),
            ({"context": 0}, r"context must be a whole number in \[1, 1048576\], got 0"),
            ({"activation": "sine"}, "model.activation must be one of leaky_relu, .*, got 'sine'"),
            ({"dropout": 1.0}, r"model.dropout must be in \[0, 1\), got 1.0"),
            ({"dropout": -0.1}, r"model.dropout must be in \[0, 1\), got -0.1"),
            ({"l1": -1.0}, "model.l1 and model.l2 must be at least 0, got -1.0 and 0.0"),
            ({"hidden": [16, 0]}, r"model.hidden must hold widths of at least 1, got \[16, 0\]"),
            ({"width": 3}, "model 'dense' doesn't know width: all models have name, .*; its own settings are hidden, "),
            ({"position": "next"}, "model.position=next hides the frame's own MFCC: it needs model.output=log_mel"),
            ({"position": "next", "output": "log_mel"}, "and model.projection=false"),
        ],
    )
    def test_dense(self, changes, message):
        with pytest.raises(ValueError, match=message):
            make_small("dense", **changes)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"context": 4},
                r"model.context must be at least 5 frames for model.kernel=3 and model.dilations=\[1, 1\], got 4",
            ),
            (
                {"dilations": [1]},
                r"one dilation for each layer but the first: 2 for model.channels=\[16, 16, 16\], got \[1\]",
            ),
            ({"kernel": 0}, "model.channels, model.dilations and model.kernel must be at least 1"),
            ({"channels": [16, -1, 16]}, "model.channels, model.dilations and model.kernel must be at least 1"),
        ],
    )
    def test_conv(self, changes, message):
        with pytest.raises(ValueError, match=message):
            make_small("conv", **changes)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"width": 0}, "model.width, model.first_kernel, model.kernel and model.dilations must be at least 1"),
            ({"context": 6}, "model.context must be at least 7 frames for model.first_kernel=None, model.kernel=3"),
            ({"first_kernel": 4}, "at least 10 frames for model.first_kernel=4, model.kernel=3"),
            ({"first_kernel": 2}, "model.context must be 8 frames, or what is beyond goes unused, got 9"),
            ({"dropout": 1.0}, r"model.dropout must be in \[0, 1\), got 1.0"),
        ],
    )
    def test_tcn(self, changes, message):
        with pytest.raises(ValueError, match=message):
            make_small("tcn", **changes)

    def test_settings_of_another_model_are_not_ignored(self):
        with pytest.raises(ValueError, match=r"model 'pseudo_inverse' doesn't know hidden: .* own settings are none$"):
            make("pseudo_inverse", hidden=[16])

    @pytest.mark.parametrize(
        ("missing", "message"),
        [
            (("projection",), "^model 'dense' lacks projection: all models have name, context, position, output, proj"),
            (("output", "context", "hidden"), "^model 'dense' lacks context, output, hidden: all"),
            (("position", "name"), "^a model lacks name, position: all models have name, context, position, output, "),
        ],
    )
    def test_all_settings_that_lack_are_named_at_once(self, missing, message):
        incomplete = {key: value for key, value in SMALL["dense"].items() if key not in missing}
        with pytest.raises(ValueError, match=message):
            build_model(incomplete, SPEC, None)
