"""From settings to a Keras model: normalisation → body → output → projection.

A model maps ``(batch, frames + context - 1, n_mfcc)`` to ``(batch, frames, n_mels)``: raw MFCC in, log-mel in dB out;
or mel frames in, linear spectra out, as its task says. A single window is the case of one frame. If the task has a
fewest number of MFCC, those of a segment that aren't known are NaN, the last ones of every frame; so are the state and
the time, behind the MFCC, of a network that samples are drawn from, where the mean is asked for.
"""

import inspect
from dataclasses import replace

import keras
import numpy as np

from mfccinv.configs.typed import check_arguments
from mfccinv.datasets.statistics import Statistics
from mfccinv.features.context import Context
from mfccinv.features.flow_path import STATE_FRAMES
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import MFCC_TO_MEL, Task
from mfccinv.models.flow_head import flow_head
from mfccinv.models.flow_layers import FlowInputs, FlowOutput, OnlyMfcc
from mfccinv.models.layers import Destandardize, OutputDense, Standardize, StateDense
from mfccinv.models.linear_layers import KeepSilence, MelConsistency, MelOfLinear, SpreadLogMel
from mfccinv.models.mel_layers import AddResidual, AnalyticInverse, MagnitudeToDb, MfccProjection, NullSpace
from mfccinv.models.unknown_layers import UnknownMfcc, UnknownPart
from mfccinv.system.registry import Registry

# A body takes standardised frames (batch, frames + context - 1, n_inputs), the context, a function that makes its last
# layer, and its settings by keyword. It returns (batch, frames, n_outputs), or None to add nothing to the analytic
# inverse.
MODELS = Registry("model name", "mfccinv.models.bodies")
OUTPUTS = ("residual", "log_mel", "magnitude")  # of spectra
STEPS = "steps"  # of the phase
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
        analytic inverse), ``log_mel`` (direct), ``magnitude`` (direct, ReLU on linear mel magnitude) or ``steps`` (of
        the phase, direct, with ``target=phase`` alone);
        ``projection``: whether the output is made consistent with the inputs; and the body's settings.
    spec : FeatureSpec
    statistics : Statistics or None
        Of the training split; None if they will be loaded with the weights.
    task : Task

    Raises
    ------
    ValueError
        For an unknown name, an unknown or missing setting and for values out of range; if the body doesn't make one row
        for each frame; if the task's MFCC are of several numbers, and there is no body or its residual isn't projected.
    """
    check_settings(settings)
    task.check_spec(spec)
    body_settings = {key: value for key, value in settings.items() if key not in SHARED_SETTINGS}
    name, output, projection = settings["name"], settings["output"], settings["projection"]
    context = task.context(settings)
    if output not in (*OUTPUTS, STEPS):
        raise ValueError(f"model.output must be one of {', '.join((*OUTPUTS, STEPS))}, got {output!r}")
    if not context.sees_target and task.target == "linear":
        raise ValueError("target=linear needs a context with the frame, got model.position=next")
    if not context.sees_target and (output == "residual" or projection):
        raise ValueError(
            "model.position=next hides the frame's own MFCC: it needs model.output=log_mel or magnitude "
            "and model.projection=false"
        )
    if (task.target == "phase") != (output == STEPS) or (output == STEPS and projection):
        raise ValueError(
            "target=phase needs model.output=steps and model.projection=false, and nothing else has them, got "
            f"target={task.target}, model.output={output} and model.projection={str(projection).lower()}"
        )
    if task.flow and not (output == "residual" and projection and context.sees_target):
        raise ValueError("flow=true needs model.output=residual, model.projection=true and a context with the frame")
    if task.target == "linear" and output != "residual":
        raise ValueError(f"target=linear needs model.output=residual, got {output!r}")

    inputs = keras.Input((None, task.n_inputs(spec)), name=task.inputs)
    mfcc = OnlyMfcc(spec.n_mfcc)(inputs) if task.flow else inputs
    own = _frames_to_predict(mfcc, context)
    x = _standardized(Standardize, task.inputs, mfcc.shape[-1], statistics)(mfcc)
    if task.min_mfcc is not None:
        x = UnknownMfcc(spec.n_mfcc, task.min_mfcc)(x)
    of_last, of_body = (output, projection, spec, statistics, task), Context.of(settings)
    last = _LastOfFlow(*of_last, inputs=inputs, context=of_body) if task.flow else _OutputLayer(*of_last)
    x = MODELS[name](x, context=of_body, output=last, **body_settings)
    if x is not None:
        _check_rows(inputs, x, name, context, task.n_outputs(spec))
    elif last.is_made:
        raise ValueError(f"model {name!r} returns nothing: it must return what output(y) returns")
    if task.target == "phase" and x is None:
        raise ValueError(f"target=phase needs a network, not model {name!r}")
    if task.flow and x is None:
        raise ValueError(f"flow=true needs a network, not model {name!r}")
    if task.min_mfcc is not None and x is None:
        raise ValueError(f"min_mfcc needs a network, not model {name!r}: checkpoint=null takes any number of MFCC")
    if task.min_mfcc is not None and output == "residual" and not projection:
        raise ValueError("min_mfcc needs model.projection=true, or another model.output than residual")
    if task.target == "phase":
        outputs = x
    elif task.target == "mel":
        outputs = _find_mel(own, x, output, projection, spec, task)
    else:
        outputs = _find_linear(own, x, projection, spec, task)
    return keras.Model(inputs, outputs, name=name)


def _frames_to_predict(x, context: Context):
    """Take away the frames of context around those to predict, if these are among them."""
    if not context.sees_target or context.length == 1:
        return x
    before = context.target_offset
    return keras.layers.Cropping1D((before, context.length - 1 - before), dtype="float32")(x)


class _OutputLayer:
    """Makes the last layer: dB, mel magnitudes, or phase steps; residuals and steps start at zero."""

    def __init__(self, output: str, projection: bool, spec: FeatureSpec, statistics: Statistics | None, task: Task):
        self.is_made = False
        self._output, self._projection = output, projection
        self._spec, self._statistics, self._task = spec, statistics, task
        self._size = task.n_outputs(spec)

    def __call__(self, x, penalty: keras.regularizers.Regularizer | None = None):
        self.is_made = True
        start = "zeros" if self._output in ("residual", STEPS) else "glorot_uniform"
        affine = self._affine(self._statistics)
        return OutputDense(self._size, affine, kernel_initializer=start, kernel_regularizer=penalty)(x)

    def _affine(self, statistics: Statistics | None) -> list[keras.layers.Layer]:
        """Layers that a last layer ends in: in dB, and with no part that the MFCC tell, if it is asked for."""
        output, task, affine = self._output, self._task, []
        if output == "residual" and task.target == "mel" and task.min_mfcc is not None:
            moments = statistics.coefficients(self._spec) if statistics else (None, None)
            affine.append(Destandardize(self._size, *moments))  # of the DCT: `UnknownPart` takes what is unknown
        elif output not in ("magnitude", STEPS):
            name = "detail" if task.target == "linear" else output
            affine.append(_standardized(Destandardize, name, self._size, statistics))
        if self._projection and task.target == "mel" and output == "residual" and task.min_mfcc is None:
            affine.append(NullSpace(self._spec))
        return affine


class _LastOfFlow(_OutputLayer):
    """Makes the last layer of the mean and, on top of what goes into it, the head with a last layer of its own.

    Parameters
    ----------
    inputs
        Of the network: MFCC, state and time.
    context : Context
        Of the mean's network.
    """

    def __init__(self, *settings, inputs, context: Context):
        super().__init__(*settings)
        self._inputs, self._context = inputs, context

    def __call__(self, x, penalty: keras.regularizers.Regularizer | None = None):
        mean, around = super().__call__(x, penalty), Context(STATE_FRAMES, self._context.position)
        given = _frames_to_predict(self._inputs, self._context)
        known = FlowInputs(self._spec.n_mfcc)(given)
        states = _standardized(Standardize, self._task.inputs, self._task.n_inputs(self._spec), self._statistics)(known)
        no_mean = self._statistics and replace(self._statistics, residual_mean=np.zeros(self._size))
        last = StateDense(self._size, self._affine(no_mean), kernel_initializer="zeros")
        rest = last(flow_head(x, states))
        return FlowOutput()(_frames_to_predict(mean, around), rest, _frames_to_predict(given, around))


def _find_mel(own, x, output: str, projection: bool, spec: FeatureSpec, task: Task):
    """Find log-mel frames from MFCC ``own`` and the body's prediction ``x`` (None: there is no body)."""
    if x is None:
        return AnalyticInverse(spec)(own)
    if output == "residual":  # whose projection is in its last layer, if the number of MFCC is one
        x = x if task.min_mfcc is None else UnknownPart(spec)(x, own)
        return AddResidual(spec.floor_db)(AnalyticInverse(spec)(own), x)
    log_mel = MagnitudeToDb(spec.floor_db)(keras.layers.ReLU()(x)) if output == "magnitude" else x
    return MfccProjection(spec)(log_mel, own) if projection else log_mel


def _find_linear(own, x, projection: bool, spec: FeatureSpec, task: Task):
    """Find linear spectra from MFCC or mel frames ``own``: the body's detail ``x`` on top of spread mel frames."""
    analytic = log_mel = AnalyticInverse(spec)(own) if task.source == "mfcc" else own
    linear = SpreadLogMel(spec)(analytic)
    if x is not None:
        linear = keras.layers.Add(dtype="float32")([linear, x])
    if projection:
        if task.source == "mfcc":
            log_mel = MfccProjection(spec)(MelOfLinear(spec)(linear), own)
        linear = MelConsistency(spec, CONSISTENCY_ITERATIONS)(linear, log_mel)
    return KeepSilence(spec.floor_db)(linear, analytic)


def _standardized(layer: type[Standardize], name: str, size: int, statistics: Statistics | None) -> Standardize:
    """Make a layer that standardises the frames of a name, or undoes it; what is behind them in ``size`` stays."""
    known = vars(statistics) if statistics else {}
    mean, std = known.get(f"{name}_mean"), known.get(f"{name}_std")
    if mean is None or std is None:
        return layer(size)
    behind = size - len(mean)
    return layer(size, np.pad(mean, (0, behind)), np.pad(std, (0, behind), constant_values=1.0))


def check_settings(settings: dict) -> None:
    """Refuse with ValueError a name that isn't in the registry and settings that aren't exactly those of the model."""
    missing = [key for key in SHARED_SETTINGS if key not in settings]
    if "name" in missing:
        raise ValueError(f"a model lacks {', '.join(missing)}: all models have {', '.join(SHARED_SETTINGS)}")
    body, _ = MODELS.resolve(settings)
    own = [key for key in inspect.signature(body).parameters if key not in GIVEN_TO_BODIES]
    missing += [key for key in own if key not in settings]
    unknown = [str(key) for key in settings if key not in (*SHARED_SETTINGS, *own)]
    if missing or unknown:
        wrong = [f"lacks {', '.join(missing)}"] if missing else []
        wrong += [f"doesn't know {', '.join(unknown)}"] if unknown else []
        raise ValueError(
            f"model {settings['name']!r} {' and '.join(wrong)}: all models have {', '.join(SHARED_SETTINGS)}; its own "
            f"settings are {', '.join(own) or 'none'}"
        )
    check_arguments(body, {key: settings[key] for key in own}, "model")


def _check_rows(inputs, x, name: str, context: Context, n_outputs: int) -> None:
    """Refuse with ValueError what a body returned unless it is a row of ``n_outputs`` values for each frame.

    Shapes alone are computed, for two frames: one would not show a body that makes one row whatever it is given.
    """
    n_frames, n_rows = 2, context.length + 1
    rows = f"{n_rows} rows, which are {n_frames} frames with context={context.length}"
    given = keras.KerasTensor((1, n_rows, inputs.shape[-1]), inputs.dtype)
    try:
        made = keras.Function(inputs, x).compute_output_spec(given).shape
    except ValueError as error:
        raise ValueError(f"model {name!r} can't take {rows}: {error}") from error
    if made != (1, n_frames, n_outputs):
        raise ValueError(
            f"model {name!r} must make one row of {n_outputs} values for each frame: of {rows}, it must make (batch, "
            f"{n_frames}, {n_outputs}), got (batch, {', '.join(map(str, made[1:]))})"
        )
