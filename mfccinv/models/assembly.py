"""From settings to a Keras model: normalisation → body → output → projection.

A model maps ``(batch, frames + context - 1, n_mfcc)`` to ``(batch, frames, n_mels)``: raw MFCC in, log-mel in dB out.
A single window is the case of one frame.
"""

import inspect
from collections.abc import Callable
from dataclasses import asdict

import keras

from mfccinv.context import Context
from mfccinv.models.conv import conv
from mfccinv.models.dense import dense
from mfccinv.models.layers import (
    AddResidual,
    AnalyticInverse,
    Crop,
    Destandardize,
    MagnitudeToDb,
    MfccProjection,
    Standardize,
)
from mfccinv.models.tcn import tcn
from mfccinv.registry import look_up
from mfccinv.spec import FeatureSpec
from mfccinv.statistics import Statistics

# A body takes standardised MFCC (batch, frames + context - 1, n_mfcc), the context and the number of bands, and its
# settings by keyword; it returns (batch, frames, n_mels).
MODELS: dict[str, Callable | None] = {"pseudo_inverse": None, "dense": dense, "conv": conv, "tcn": tcn}
OUTPUTS = ("residual", "log_mel", "magnitude")
SHARED_SETTINGS = ("name", "context", "target", "output", "projection")
GIVEN_TO_BODIES = ("x", "context", "n_mels", "start_at_zero")


def build_model(settings: dict, spec: FeatureSpec, statistics: Statistics | None) -> keras.Model:
    """Build the model that the settings describe.

    Parameters
    ----------
    settings : dict
        ``name`` in `MODELS`; ``context`` and ``target``, see `Context`; ``output``: ``residual`` (on top of the
        analytic inverse), ``log_mel`` (direct) or ``magnitude`` (direct, ReLU on linear mel magnitude);
        ``projection``: whether the output is made consistent with the MFCC; and the body's settings.
    spec : FeatureSpec
    statistics : Statistics or None
        Of the training split; None if they will be loaded with the weights.

    Raises
    ------
    ValueError
        For an unknown name, an unknown or missing setting and for values out of range.
    """
    _check_names(settings)
    body_settings = {key: value for key, value in settings.items() if key not in SHARED_SETTINGS}
    name, output, projection = settings["name"], settings["output"], settings["projection"]
    context = model_context(settings)
    if output not in OUTPUTS:
        raise ValueError(f"model.output must be one of {', '.join(OUTPUTS)}, got {output!r}")
    if not context.sees_target and (output == "residual" or projection):
        raise ValueError(
            "model.target=next hides the frame's own MFCC: it needs model.output=log_mel or magnitude "
            "and model.projection=false"
        )
    part = vars(statistics) if statistics else {}

    mfcc = keras.Input((None, spec.n_mfcc), name="mfcc")
    target_mfcc = mfcc
    if context.sees_target and context.length > 1:
        before = context.target_offset
        target_mfcc = Crop(before, context.length - 1 - before, dtype="float32")(mfcc)
    body = MODELS[name]
    if body is None:
        log_mel = AnalyticInverse(asdict(spec))(target_mfcc)
    else:
        x = Standardize(spec.n_mfcc, part.get("mfcc_mean"), part.get("mfcc_deviation"))(mfcc)
        x = body(x, context=context, n_mels=spec.n_mels, start_at_zero=output == "residual", **body_settings)
        if output == "magnitude":
            log_mel = MagnitudeToDb(spec.floor_db)(keras.layers.ReLU()(x))
        elif output == "log_mel":
            log_mel = Destandardize(spec.n_mels, part.get("log_mel_mean"), part.get("log_mel_deviation"))(x)
        else:
            residual = Destandardize(spec.n_mels, part.get("residual_mean"), part.get("residual_deviation"))(x)
            log_mel = AddResidual(spec.floor_db)(AnalyticInverse(asdict(spec))(target_mfcc), residual)
    if projection:
        log_mel = MfccProjection(asdict(spec))(log_mel, target_mfcc)
    return keras.Model(mfcc, log_mel, name=name)


def model_context(settings: dict) -> Context:
    """Context of the model that the settings describe."""
    return Context(settings["context"], settings["target"])


def _check_names(settings: dict) -> None:
    """Refuse a name that isn't in the registry and settings that aren't exactly those of the model."""
    body, _ = look_up("model name", MODELS, settings)
    own = [key for key in inspect.signature(body).parameters if key not in GIVEN_TO_BODIES] if body else []
    expected = [*SHARED_SETTINGS, *own]
    if set(settings) != set(expected):
        raise ValueError(
            f"model {settings['name']!r} takes the settings {', '.join(expected)}, got {', '.join(settings)}"
        )
