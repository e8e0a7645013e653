"""Networks that take whole utterances: the context at their edges is made inside."""

import keras
from keras import ops

from mfccinv.features.context import Context
from mfccinv.models.base_layers import serializable


@serializable
class RepeatEdges(keras.layers.Layer):
    """Repeat the first frame ``before`` times and the last one ``after`` times, (batch, frames, n)."""

    def __init__(self, before: int, after: int, **options):
        super().__init__(**options)
        self.before, self.after = before, after

    def call(self, x):
        first, last = (
            ops.repeat(x[:, place], n, axis=1)
            for place, n in ((slice(0, 1), self.before), (slice(-1, None), self.after))
        )
        return ops.concatenate([first, x, last], axis=1)

    def compute_output_shape(self, input_shape):
        batch, frames, n = input_shape
        return (batch, None if frames is None else frames + self.before + self.after, n)

    def get_config(self):
        return super().get_config() | {"before": self.before, "after": self.after}


def whole_model(model: keras.Model, context: Context) -> keras.Model:
    """Make a model of utterances of one that takes its context: (batch, frames, n_inputs) → (batch, frames, n_outputs).

    Parameters
    ----------
    model : keras.Model
        See `mfccinv.models.assembly.build_model`.
    context : Context
        The model's; it sees the frame that is predicted.
    """
    inputs = keras.Input((None, model.input_shape[-1]), name=model.inputs[0].name)
    before = context.target_offset
    return keras.Model(inputs, model(RepeatEdges(before, context.length - 1 - before)(inputs)), name=model.name)
