"""What the layers of this package are made of: their registration with Keras, and layers of fixed numbers.

A layer that is registered is found by its name, ``mfccinv>Standardize``, when a model is loaded; Keras needs its module
to be imported before.
"""

import keras
import numpy as np
from keras import ops

from mfccinv.configs.presets import Spec, resolve_spec
from mfccinv.features.spec import FeatureSpec
from mfccinv.inference.layer_constants import constants_of, unrounded

serializable = keras.saving.register_keras_serializable(package="mfccinv")


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

    def get_config(self):
        """Settings, with the name: Keras would leave it out of a layer that has no others."""
        return super().get_config()


class SpecLayer(FixedLayer):
    """One whose constants follow from the features alone.

    Parameters
    ----------
    spec : FeatureSpec, str, Path or dict
        See `mfccinv.configs.presets.resolve_spec`; a dictionary has `FeatureSpec`'s fields, as in stored models.
    """

    def __init__(self, spec: Spec | dict, **options):
        super().__init__(**options)
        self.spec = FeatureSpec.from_dict(spec) if isinstance(spec, dict) else resolve_spec(spec)
        self.add_constants()
        self.built = True

    def add_constants(self) -> None:
        """Make what ``call`` needs of ``self.spec``."""
        raise NotImplementedError

    def constants(self, *names: str) -> list[keras.Variable]:
        """Add what `constants_of` has of a layer of this class, under these names."""
        values = constants_of(type(self).__name__, self.spec)
        return [self.add_constant(name, value) for name, value in zip(names, values, strict=True)]

    def load_own_variables(self, store):
        """Take constants from a file; those that it has in half precision stay as they were computed."""
        computed = [ops.convert_to_numpy(weight) for weight in self.weights]
        super().load_own_variables(store)
        for weight, exact in zip(self.weights, computed, strict=True):
            weight.assign(unrounded(ops.convert_to_numpy(weight), exact))

    def get_config(self):
        return super().get_config() | {"spec": self.spec.as_dict()}


class FloorLayer(FixedLayer):
    """One that needs to know of the features only ``floor_db``, the level of digital silence."""

    def __init__(self, floor_db: float, **options):
        super().__init__(**options)
        self.floor_db = floor_db

    def get_config(self):
        return super().get_config() | {"floor_db": self.floor_db}
