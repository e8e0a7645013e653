"""What the layers of stored networks compute, by any module that has the functions of `mfccinv.inference.numpy_ops`."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.inference import formulas, numpy_ops
from mfccinv.inference.layer_constants import constants_of, unrounded
from mfccinv.inference.stored_network import NeedsKeras, StoredLayer

Function = Callable[..., Any]  # of what the layer takes, each (batch, frames, n)
MOST_ITERATIONS = 1000  # of `MelConsistency`


@dataclass(frozen=True)
class LayerFunctions:
    """Finds what layers compute.

    Parameters
    ----------
    ops : module or object
        What computes: `mfccinv.inference.numpy_ops`, or what has functions of the same names.
    spec : FeatureSpec
        Of the network.
    most_frames : int
        A layer that needs more frames at once is refused.
    """

    ops: ModuleType | Any
    spec: FeatureSpec
    most_frames: int

    def of(self, layer: StoredLayer) -> Function:
        """Find what a layer computes.

        Raises
        ------
        NeedsKeras
            If there is no formula for a layer of its kind, or with these settings.
        KeyError, TypeError, ValueError
            If settings or weights are missing, or aren't what the layer has.
        """
        if layer.kind not in FORMULAS:
            raise NeedsKeras(f"there is no formula for a layer {layer.kind}")
        return FORMULAS[layer.kind](self, layer)

    def _crop(self, layer: StoredLayer) -> Function:
        settings = layer.settings
        before, after = settings["cropping"] if "cropping" in settings else (settings["before"], settings["after"])
        if min(before, after) < 0:
            raise ValueError(f"it crops {before} and {after} frames")
        return lambda x: x[:, before : -after or None]

    def _standardize(self, layer: StoredLayer) -> Function:
        mean, std = layer.numbered(2)
        return lambda x: (x - mean) / std

    def _destandardize(self, layer: StoredLayer) -> Function:
        mean, std = layer.numbered(2)
        return lambda x: x * std + mean

    def _dense(self, layer: StoredLayer) -> Function:
        kernel, bias = _kernel_and_bias(layer)
        if layer.kind == "ScaledDense":
            gamma, beta = layer.weights["gamma"], layer.weights["beta"]
            kernel, bias = formulas.scaled_weights(numpy_ops, kernel, bias, gamma, beta)
        if layer.parts:
            of_weights = LayerFunctions(numpy_ops, self.spec, self.most_frames)
            affine = [of_weights.of(part) for part in layer.parts]
            kernel, bias = formulas.affine_weights(numpy_ops, kernel, bias, affine)
        activation = self._activation(layer)
        return lambda x: activation(self.ops.affine(x, kernel, bias))

    def _conv(self, layer: StoredLayer) -> Function:
        _require(layer, strides=[1], padding="valid", data_format="channels_last", groups=1)
        kernel, bias = _kernel_and_bias(layer)
        length, n_in, n_out = kernel.shape
        [dilation] = layer.settings["dilation_rate"]
        windows, activation = self._windows_of(length, dilation), self._activation(layer)
        rows = kernel.reshape(length * n_in, n_out)
        return lambda x: activation(self.ops.affine(windows(x), rows, bias))

    def _activation(self, layer: StoredLayer) -> Function:
        name = layer.settings["activation"]
        if name not in self.ops.ACTIVATIONS:
            raise NeedsKeras(f"there is no formula for the activation {name!r}")
        return self.ops.ACTIVATIONS[name]

    def _relu(self, layer: StoredLayer) -> Function:
        _require(layer, max_value=None, negative_slope=0.0, threshold=0.0)
        return self.ops.ACTIVATIONS["relu"]

    def _windows(self, layer: StoredLayer) -> Function:
        return self._windows_of(layer.settings["length"], layer.settings["dilation"])

    def _windows_of(self, length: int, dilation: int) -> Function:
        if not 0 <= (length - 1) * dilation < self.most_frames:
            raise ValueError(f"its windows of {length} frames, {dilation} apart, are longer than the context")
        return lambda x: formulas.context_windows(self.ops, x, length, dilation)

    def _loudness_statistics(self, layer: StoredLayer) -> Function:
        length = layer.settings["length"]
        if not 1 <= length <= self.most_frames:
            raise ValueError(f"its statistics of {length} frames are longer than the context")
        return lambda x: formulas.loudness_statistics(self.ops, x, length)

    def _layer_normalization(self, layer: StoredLayer) -> Function:
        _require(layer, axis=[-1], center=True, scale=True, rms_scaling=False)
        gamma, beta = layer.numbered(2)
        return lambda x: self.ops.layer_normalization(x, gamma, beta, layer.settings["epsilon"])

    def _batch_normalization(self, layer: StoredLayer) -> Function:
        _require(layer, axis=-1)
        names = [name for name in ("scale", "center") if layer.settings[name]] + ["mean", "variance"]
        weights = dict(zip(names, layer.numbered(len(names)), strict=True))
        std = np.sqrt(weights["variance"] + np.float32(layer.settings["epsilon"]))
        factor = weights.get("scale", np.float32(1)) / std
        offset = weights.get("center", np.float32(0)) - weights["mean"] * factor
        return lambda x: x * factor + offset

    def _analytic_inverse(self, layer: StoredLayer) -> Function:
        inverse, silence = self._of_spec(layer)
        return lambda mfcc: formulas.analytic_inverse(self.ops, mfcc, inverse, silence, self.spec.floor_db)

    def _add_residual(self, layer: StoredLayer) -> Function:
        return lambda analytic, residual: formulas.add_residual(self.ops, analytic, residual, self.spec.floor_db)

    def _null_space(self, layer: StoredLayer) -> Function:
        forward, inverse = self._of_spec(layer)
        return lambda residual: formulas.null_space(self.ops, residual, forward, inverse)

    def _mfcc_projection(self, layer: StoredLayer) -> Function:
        forward, inverse, silence = self._of_spec(layer)
        return lambda log_mel, mfcc: formulas.project_onto_mfcc(
            self.ops, log_mel, mfcc, forward, inverse, silence, self.spec.floor_db
        )

    def _of_spec(self, layer: StoredLayer) -> list[np.ndarray]:
        """A layer's constants, which follow from the features; see `unrounded`."""
        computed = constants_of(layer.kind, self.spec)
        return list(map(unrounded, layer.numbered(len(computed)), computed))

    def _magnitude_to_db(self, layer: StoredLayer) -> Function:
        return lambda magnitude: formulas.magnitude_to_db(self.ops, magnitude, self.spec.floor_db)

    def _flow_inputs(self, layer: StoredLayer) -> Function:
        return lambda x: formulas.zero_if_unknown(self.ops, x)

    def _only_mfcc(self, layer: StoredLayer) -> Function:
        n_mfcc = layer.settings["fewest"]
        return lambda x: formulas.first_coefficients(self.ops, x, n_mfcc)

    def _flow_output(self, layer: StoredLayer) -> Function:
        return lambda mean, rest, given: formulas.flow_output(self.ops, mean, rest, given)

    def _time_features(self, layer: StoredLayer) -> Function:
        return lambda given: formulas.time_features(self.ops, given)

    def _modulate(self, layer: StoredLayer) -> Function:
        return lambda x, scale_and_shift: formulas.modulate(self.ops, x, scale_and_shift)

    def _unknown_mfcc(self, layer: StoredLayer) -> Function:
        steps, start = layer.numbered(2)
        return lambda x: formulas.unknown_mfcc(self.ops, x, steps, start)

    def _unknown_part(self, layer: StoredLayer) -> Function:
        [basis] = self._of_spec(layer)
        return lambda coefficients, mfcc: formulas.unknown_part(self.ops, coefficients, mfcc, basis)

    def _spread_log_mel(self, layer: StoredLayer) -> Function:
        weights_by_band, offset = self._of_spec(layer)
        return lambda log_mel: formulas.spread_log_mel(self.ops, log_mel, weights_by_band, offset)

    def _mel_of_linear(self, layer: StoredLayer) -> Function:
        [filters] = self._of_spec(layer)
        levels = self.spec.db_per_decade, self.spec.floor_db
        return lambda level: formulas.mel_of_linear(self.ops, level, filters, *levels)

    def _mel_consistency(self, layer: StoredLayer) -> Function:
        filters, back, uncovered = self._of_spec(layer)
        iterations = layer.settings["iterations"]
        if iterations > MOST_ITERATIONS:
            raise ValueError(f"it has {iterations} iterations, {MOST_ITERATIONS} is the most that is computed")
        levels = self.spec.db_per_decade, self.spec.floor_db
        return lambda level, log_mel: formulas.mel_consistency(
            self.ops, level, log_mel, filters, back, uncovered, *levels, iterations
        )

    def _keep_silence(self, layer: StoredLayer) -> Function:
        return lambda level, log_mel: formulas.keep_silence(self.ops, level, log_mel, self.spec.floor_db)

    def _add(self, layer: StoredLayer) -> Function:
        return lambda *terms: sum(terms[1:], terms[0])

    def _unchanged(self, layer: StoredLayer) -> Function:
        return lambda x: x


def _kernel_and_bias(layer: StoredLayer) -> tuple[np.ndarray, np.ndarray]:
    kernel = layer.weights["0"]
    return kernel, layer.weights["1"] if layer.settings["use_bias"] else np.zeros(kernel.shape[-1], np.float32)


def _require(layer: StoredLayer, **settings: Any) -> None:
    for name, value in settings.items():
        if layer.settings.get(name, value) != value:
            raise NeedsKeras(f"there is no formula for a layer {layer.kind} with {name}={layer.settings[name]!r}")


# By the name of the class, Keras's or ours.
FORMULAS: dict[str, Callable[[LayerFunctions, StoredLayer], Function]] = {
    "Activation": LayerFunctions._activation,
    "Add": LayerFunctions._add,
    "AddResidual": LayerFunctions._add_residual,
    "AnalyticInverse": LayerFunctions._analytic_inverse,
    "BatchNormalization": LayerFunctions._batch_normalization,
    "ContextWindows": LayerFunctions._windows,
    "Conv1D": LayerFunctions._conv,
    "Crop": LayerFunctions._crop,
    "Cropping1D": LayerFunctions._crop,
    "Dense": LayerFunctions._dense,
    "Destandardize": LayerFunctions._destandardize,
    "Dropout": LayerFunctions._unchanged,
    "FlowInputs": LayerFunctions._flow_inputs,
    "FlowOutput": LayerFunctions._flow_output,
    "KeepSilence": LayerFunctions._keep_silence,
    "LayerNormalization": LayerFunctions._layer_normalization,
    "LoudnessStatistics": LayerFunctions._loudness_statistics,
    "MagnitudeToDb": LayerFunctions._magnitude_to_db,
    "MelConsistency": LayerFunctions._mel_consistency,
    "MelOfLinear": LayerFunctions._mel_of_linear,
    "MfccProjection": LayerFunctions._mfcc_projection,
    "Modulate": LayerFunctions._modulate,
    "NullSpace": LayerFunctions._null_space,
    "OnlyMfcc": LayerFunctions._only_mfcc,
    "OutputDense": LayerFunctions._dense,
    "ReLU": LayerFunctions._relu,
    "ScaledDense": LayerFunctions._dense,
    "SpreadLogMel": LayerFunctions._spread_log_mel,
    "Standardize": LayerFunctions._standardize,
    "StateDense": LayerFunctions._dense,
    "TimeFeatures": LayerFunctions._time_features,
    "UnknownMfcc": LayerFunctions._unknown_mfcc,
    "UnknownPart": LayerFunctions._unknown_part,
}
