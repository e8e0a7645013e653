"""A network that Keras computes."""

from threading import Lock

import keras
import numpy as np

from mfccinv.inference.network import Network


class KerasNetwork(Network):
    """A model of Keras's as `mfccinv.inference.prediction.predict_frames` takes it.

    Parameters
    ----------
    model : keras.Model
        See `mfccinv.models.assembly.build_model`.
    """

    is_compiled = True

    def __init__(self, model: keras.Model):
        self._model = model
        self._alone = Lock()  # Keras makes the function that predicts at the first call
        self.input_name, self.n_inputs, self.n_outputs = (
            model.inputs[0].name,
            model.input_shape[-1],
            model.output_shape[-1],
        )
        fewest = (layer.fewest for layer in model.layers if hasattr(layer, "fewest"))
        self.fewest_inputs = min(fewest, default=self.n_inputs)

    def predict(self, batch: np.ndarray) -> np.ndarray:
        with self._alone:
            return np.asarray(self._model.predict_on_batch(batch))
