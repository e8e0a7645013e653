"""From settings to a Keras model: normalisation → body → output → projection.

A model maps ``(batch, frames + context - 1, n_mfcc)`` to ``(batch, frames, n_mels)``: raw MFCC in, log-mel in dB out.
A single window is the case of one frame.
"""

from collections.abc import Callable
from dataclasses import asdict

import keras

from mfccinv.context import Context
from mfccinv.models.conv import conv
from mfccinv.models.dense import dense
from mfccinv.models.layers import AnalyticInverse, Crop, Destandardize, MagnitudeToDb, MfccProjection, Standardize
from mfccinv.spec import FeatureSpec
from mfccinv.statistics import Statistics

# A body takes standardised MFCC (batch, frames + context - 1, n_mfcc), the context and the number of bands, and its
# settings by keyword; it returns (batch, frames, n_mels).
MODELS: dict[str, Callable | None] = {"pseudo_inverse": None, "dense": dense, "conv": conv}
OUTPUTS = ("residual", "log_mel", "magnitude")


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
        For an unknown name or setting and for values out of range.
    """
    body_settings = dict(settings)
    name = body_settings.pop("name")
    output, projection = body_settings.pop("output"), body_settings.pop("projection")
    context = Context(body_settings.pop("context"), body_settings.pop("target"))
    if name not in MODELS:
        raise ValueError(f"model name must be one of {', '.join(MODELS)}, got {name!r}")
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
        target_mfcc = Crop(context.target_offset, context.length - 1 - context.target_offset)(mfcc)
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
            log_mel = AnalyticInverse(asdict(spec))(target_mfcc) + residual
    if projection:
        log_mel = MfccProjection(asdict(spec))(log_mel, target_mfcc)
    return keras.Model(mfcc, log_mel, name=name)


def model_context(settings: dict) -> Context:
    """Context of the model that the settings describe."""
    return Context(settings["context"], settings["target"])
