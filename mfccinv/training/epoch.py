"""One epoch of a training, by Keras's ``fit``: progress on the terminal, dropout by seed, losses that aren't finite."""

from typing import NoReturn

import keras
import numpy as np
from tqdm import tqdm

from mfccinv.batches.live_batches import Batches
from mfccinv.system.interrupts import raise_if_interrupted

BAD_GRADIENT = "a gradient became infinite or NaN"
WHAT_TO_TRY = "try a lower training.learning_rate or training.gradient_clip"


class NonFiniteLoss(ArithmeticError):
    """A loss or a gradient became NaN or infinite."""


def train_epoch(
    model: keras.Model,
    average: keras.Model,
    batches: Batches,
    *,
    epoch: int,
    seed: int,
    progress: bool,
) -> float:
    """Train one epoch and return its mean loss.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    average : keras.Model
        The same network. Its trainable weights become the running average of the model's if the optimizer keeps one, or
        else the model's. The average is exponential, as in Tarvainen and Valpola, Mean teachers are better role models,
        2017.
    batches : SegmentBatches or LiveBatches
    epoch : int >= 1
        With ``seed``, and nothing else, it determines the order of batches and what dropout drops.
    seed : int
    progress : bool
        Whether to show a progress bar on a terminal.

    Raises
    ------
    NonFiniteLoss
        If the loss or a gradient is NaN or infinite. That is checked whenever Keras comes back to Python, see
        `Devices`; the weights are those before the step, see `mfccinv.training.optimizer.Stopping`.
    """
    _seed_dropout(model, seed, epoch)
    batches.start_epoch(epoch - 1)
    watch = _Watch(epoch, progress)
    failed: list[Exception] = []
    feed = _as_tensorflow(batches, failed) if keras.backend.backend() == "tensorflow" else batches
    try:
        fitted = model.fit(feed, epochs=1, shuffle=False, verbose=0, callbacks=[watch])
    except Exception:
        if failed:  # TensorFlow makes an error of its own of it, with the text of its traceback
            raise failed[0] from None
        raise
    finally:
        watch.close()
    # fit leaves the average, if one is kept, in the place of the weights
    _assign(average.trainable_weights, _values(model.trainable_variables))
    _assign(average.non_trainable_weights, _values(model.non_trainable_weights))
    _assign(model.trainable_variables, watch.weights)
    return float(fitted.history["loss"][0])


def _as_tensorflow(batches: Batches, failed: list[Exception]):
    """Wrap the batches in a ``tf.data.Dataset`` that draws one ahead; what a batch raises is put into ``failed``.

    Keras would make one itself, but one that tunes itself, which takes longer than a step: see docs/experiments.md.
    """
    import tensorflow as tf  # the backend in use

    signature = tuple(tf.TensorSpec(shape, tf.float32) for shape in batches.shapes)
    options = tf.data.Options()
    options.autotune.enabled = False

    def draw():
        try:
            for step in range(len(batches)):
                yield batches[step]
        except Exception as error:
            failed.append(error)
            raise

    drawn = tf.data.Dataset.from_generator(draw, output_signature=signature)
    return drawn.apply(tf.data.experimental.assert_cardinality(len(batches))).prefetch(1).with_options(options)


def _seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Seed dropout for an epoch: Keras doesn't save its state."""
    states = [variable for variable in model.non_trainable_variables if variable.name == "seed_generator_state"]
    draws = np.random.default_rng([seed, epoch]).integers(2**31, size=(len(states), 2))
    for state, draw in zip(states, draws, strict=True):
        state.assign(draw)


def _values(variables: list[keras.Variable]) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _assign(variables: list[keras.Variable], values: list[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


class _Watch(keras.callbacks.Callback):
    """Shows progress, stops at a loss that isn't finite, and remembers the weights at the end."""

    def __init__(self, epoch: int, progress: bool):
        super().__init__()
        self._epoch, self._progress = epoch, progress
        self._bar: tqdm | None = None

    def on_epoch_begin(self, epoch, logs=None):
        self._before = self._steps_done()
        self._bar = tqdm(
            total=self.params["steps"],
            desc=f"epoch {self._epoch}",
            unit="step",
            leave=False,
            disable=None if self._progress else True,
        )

    def on_train_batch_end(self, batch, logs=None):
        self._bar.update(batch + 1 - self._bar.n)
        raise_if_interrupted()
        if not np.isfinite(logs["loss"]):
            if keras.backend.backend() == "jax":
                self.model.jax_state_sync()
            self._raise(f"the loss became {logs['loss']}", batch + 1)
        if keras.backend.backend() != "jax" and self._steps_done() < 0:
            self._raise(BAD_GRADIENT, batch + 1)

    def on_epoch_end(self, epoch, logs=None):
        if self._steps_done() < 0:  # JAX keeps the optimizer's state to itself until now
            self._raise(BAD_GRADIENT, self.params["steps"])
        self.weights = _values(self.model.trainable_variables)

    def close(self):
        """Remove the progress bar, however the epoch ended."""
        if self._bar is not None:
            self._bar.close()

    def _steps_done(self) -> int:
        return int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def _raise(self, what: str, steps: int) -> NoReturn:
        """Tell of the step that wasn't finite, as the progress bar counts; it is one of the first ``steps``."""
        done = self._steps_done()
        where = f"in step {-done - self._before}" if done < 0 else f"by step {steps}"
        raise NonFiniteLoss(f"{what} {where} of epoch {self._epoch}: {WHAT_TO_TRY}")
