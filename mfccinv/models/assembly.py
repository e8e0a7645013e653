"""From settings to a Keras model: normalisation → body → output → projection.

A model maps ``(batch, frames + context - 1, n_mfcc)`` to ``(batch, frames, n_mels)``: raw MFCC in, log-mel in dB out;
or mel frames in, linear spectra out, as its task says. A single window is the case of one frame.
"""

import inspect
from dataclasses import asdict

import keras

from mfccinv.configs.typed import check_arguments
from mfccinv.datasets.statistics import Statistics
from mfccinv.features.context import Context
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import MFCC_TO_MEL, Task
from mfccinv.models.blocks import Output
from mfccinv.models.layers import Destandardize, OutputDense, Standardize
from mfccinv.models.linear_layers import KeepSilence, MelConsistency, MelOfLinear, SpreadLogMel
from mfccinv.models.mel_layers import AddResidual, AnalyticInverse, MagnitudeToDb, MfccProjection, NullSpace
from mfccinv.system.registry import Registry

# A body takes standardised frames (batch, frames + context - 1, n_inputs), the context, a function that makes its last
# layer, and its settings by keyword. It returns (batch, frames, n_outputs), or None to add nothing to the analytic
# inverse.
MODELS = Registry("model name", "mfccinv.models.bodies")
OUTPUTS = ("residual", "log_mel", "magnitude")
SHARED_SETTINGS = ("name", "context", "position", "output", "projection")
GIVEN_TO_BODIES = ("x", "context", "output")
CONSISTENCY_ITERATIONS = 10  # no setting, and not that of magnitude=kl: trained networks depend on it


def build_model(
    settings: dict, spec: FeatureSpec, statistics: Statistics | None, task: Task = MFCC_TO_MEL
) -> keras.Model:
    """Build the model that the settings describe.

    Parameters
    ----------
    settings : dict
        ``name`` in `MODELS`; ``context`` and ``position``, see `Context`; ``output``: ``residual`` (on top of the
        analytic inverse), ``log_mel`` (direct) or ``magnitude`` (direct, ReLU on linear mel magnitude);
        ``projection``: whether the output is made consistent with the inputs; and the body's settings.
    spec : FeatureSpec
    statistics : Statistics or None
        Of the training split; None if they will be loaded with the weights.
    task : Task

    Raises
    ------
    ValueError
        For an unknown name, an unknown or missing setting and for values out of range.
    """
    _check_names(settings)
    body_settings = {key: value for key, value in settings.items() if key not in SHARED_SETTINGS}
    name, output, projection = settings["name"], settings["output"], settings["projection"]
    context = Context.of(settings)
    if output not in OUTPUTS:
        raise ValueError(f"model.output must be one of {', '.join(OUTPUTS)}, got {output!r}")
    if not context.sees_target and (output == "residual" or projection):
        raise ValueError(
            "model.position=next hides the frame's own MFCC: it needs model.output=log_mel or magnitude "
            "and model.projection=false"
        )
    if task.target == "linear" and output != "residual":
        raise ValueError(f"target=linear needs model.output=residual, got {output!r}")

    inputs = keras.Input((None, task.n_inputs(spec)), name=task.inputs)
    own = inputs  # of the frames to predict, without those around them
    if context.sees_target and context.length > 1:
        before = context.target_offset
        own = keras.layers.Cropping1D((before, context.length - 1 - before), dtype="float32")(inputs)
    x = _standardized(Standardize, task.inputs, task.n_inputs(spec), statistics)(inputs)
    last = _output_layer(output, projection, spec, statistics, task)
    x = MODELS[name](x, context=context, output=last, **body_settings)
    if task.target == "mel":
        outputs = _find_mel(own, x, output, projection, spec)
    else:
        outputs = _find_linear(own, x, projection, spec, task)
    return keras.Model(inputs, outputs, name=name)


def _output_layer(
    output: str, projection: bool, spec: FeatureSpec, statistics: Statistics | None, task: Task
) -> Output:
    """Return a function that makes the last layer: dB, or mel magnitudes; residuals start at zero."""
    size = task.n_outputs(spec)
    affine: list[keras.layers.Layer] = []
    if output != "magnitude":
        name = "detail" if task.target == "linear" else output
        affine.append(_standardized(Destandardize, name, size, statistics))
    if projection and task.target == "mel" and output == "residual":
        affine.append(NullSpace(asdict(spec)))
    start = "zeros" if output == "residual" else "glorot_uniform"

    def make(x, penalty: keras.regularizers.Regularizer | None):
        return OutputDense(size, affine, kernel_initializer=start, kernel_regularizer=penalty)(x)

    return make


def _find_mel(own, x, output: str, projection: bool, spec: FeatureSpec):
    """Find log-mel frames from MFCC ``own`` and the body's prediction ``x`` (None: there is no body)."""
    if x is None:
        return AnalyticInverse(asdict(spec))(own)
    if output == "residual":  # whose projection is in its last layer
        return AddResidual(spec.floor_db)(AnalyticInverse(asdict(spec))(own), x)
    log_mel = MagnitudeToDb(spec.floor_db)(keras.layers.ReLU()(x)) if output == "magnitude" else x
    return MfccProjection(asdict(spec))(log_mel, own) if projection else log_mel


def _find_linear(own, x, projection: bool, spec: FeatureSpec, task: Task):
    """Find linear spectra from MFCC or mel frames ``own``: the body's detail ``x`` on top of spread mel frames."""
    analytic = log_mel = AnalyticInverse(asdict(spec))(own) if task.source == "mfcc" else own
    linear = SpreadLogMel(asdict(spec))(analytic)
    if x is not None:
        linear = keras.layers.Add(dtype="float32")([linear, x])
    if projection:
        if task.source == "mfcc":
            log_mel = MfccProjection(asdict(spec))(MelOfLinear(asdict(spec))(linear), own)
        linear = MelConsistency(asdict(spec), CONSISTENCY_ITERATIONS)(linear, log_mel)
    return KeepSilence(spec.floor_db)(linear, analytic)


def _standardized(layer: type[Standardize], name: str, size: int, statistics: Statistics | None) -> Standardize:
    """Make a layer that standardises the frames of a name, or undoes it."""
    known = vars(statistics) if statistics else {}
    return layer(size, known.get(f"{name}_mean"), known.get(f"{name}_std"))


def _check_names(settings: dict) -> None:
    """Refuse a name that isn't in the registry and settings that aren't exactly those of the model."""
    body, _ = MODELS.resolve(settings)
    own = [key for key in inspect.signature(body).parameters if key not in GIVEN_TO_BODIES]
    expected = [*SHARED_SETTINGS, *own]
    if set(settings) != set(expected):
        raise ValueError(
            f"model {settings['name']!r} takes the settings {', '.join(expected)}, got {', '.join(settings)}"
        )
    check_arguments(body, {key: settings[key] for key in own}, "model")
