"""What the layers of this package are made of: their registration with Keras, and layers of fixed numbers.

A layer that is registered is found by its name, ``mfccinv>Standardize``, when a model is loaded; Keras needs its module
to be imported before.
"""

import keras
import numpy as np
from keras import ops

from mfccinv.features.spec import FeatureSpec

serializable = keras.saving.register_keras_serializable(package="mfccinv")
SILENCE_DB = 1.0  # a frame whose loudest band is less above the floor is digital silence


class FixedLayer(keras.layers.Layer):
    """A float32 layer whose only weights are constants, given when it is made or loaded with the model."""

    def __init__(self, **options):
        super().__init__(**({"dtype": "float32"} | options))

    def add_constant(self, name: str, value: np.ndarray) -> keras.Variable:
        """Add a non-trainable weight that holds ``value``."""
        return self.add_weight(
            name=name,
            shape=value.shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(value, dtype),
            trainable=False,
        )


class SpecLayer(FixedLayer):
    """One whose constants follow from the features alone, given as a dictionary of `FeatureSpec`'s fields."""

    def __init__(self, spec: dict, **options):
        super().__init__(**options)
        self.spec = FeatureSpec.from_dict(spec)
        self.add_constants()
        self.built = True

    def add_constants(self) -> None:
        """Make what ``call`` needs of ``self.spec``."""
        raise NotImplementedError

    def get_config(self):
        return super().get_config() | {"spec": self.spec.as_dict()}


class FloorLayer(FixedLayer):
    """One that needs to know of the features only ``floor_db``, the level of digital silence."""

    def __init__(self, floor_db: float, **options):
        super().__init__(**options)
        self.floor_db = floor_db

    def get_config(self):
        return super().get_config() | {"floor_db": self.floor_db}


def zero_if_unknown(values):
    """Put zeros for NaN, which stands for what isn't known of the MFCC; any shape."""
    return ops.where(ops.isnan(values), 0.0, values)


def speech_gate(log_mel, floor_db: float):
    """0 for frames (..., n_mels) of digital silence, 1 for others, (..., 1).

    It begins to grow `SILENCE_DB` above the floor, beyond what rounding does, and is 1 one dB later.
    """
    return ops.clip(ops.max(log_mel, axis=-1, keepdims=True) - (floor_db + SILENCE_DB), 0.0, 1.0)
