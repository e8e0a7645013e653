"""Optimizers that change nothing any more once a gradient isn't finite."""

import keras
from keras import ops

OUTPUT_LAYER = "^(output|state)_dense"  # whose kernel Muon leaves to Adam


class Stopping:
    """What makes an optimizer stay where it is from the first step on whose gradient has a NaN or infinity.

    ``iterations`` is then negative: minus the number of that step, counted from 1. So a training that is told of it
    later, since Keras takes several steps at once, still has the weights before that step, and knows which one it was.
    """

    def apply(self, grads, trainable_variables=None):
        """Update the variables in place, as Keras's TensorFlow trainer asks; see `keras.optimizers.Optimizer.apply`."""
        if keras.backend.backend() != "tensorflow":  # where stateless_apply decides, and calls this
            super().apply(grads, trainable_variables)
            return
        if not self.built:  # what makes variables can't stand in a branch
            self.build(trainable_variables)
        update = super().apply
        ops.cond(self._goes_on(grads), lambda: update(grads, trainable_variables), self._stop)

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """Return updated variables, as Keras's JAX trainer asks; see `keras.optimizers.Optimizer.stateless_apply`."""
        optimizer_variables = [ops.convert_to_tensor(one) for one in optimizer_variables]  # a wrapper gives variables
        place = [variable is self.iterations for variable in self.variables].index(True)
        iterations = optimizer_variables[place]
        stopped = [*optimizer_variables[:place], _negative(iterations), *optimizer_variables[place + 1 :]]
        update = super().stateless_apply
        return ops.cond(
            self._goes_on(grads, iterations),
            lambda: update(optimizer_variables, grads, trainable_variables),
            lambda: (trainable_variables, stopped),
        )

    def _goes_on(self, grads, iterations=None):
        """Whether no gradient before this one, nor this one, has a value that isn't finite."""
        finite = [ops.all(ops.isfinite(grad)) for grad in grads if grad is not None]
        iterations = self.iterations if iterations is None else iterations
        return ops.all(ops.stack([*finite, ops.greater_equal(iterations, 0)]))

    def _stop(self):
        self.iterations.assign(_negative(self.iterations))


@keras.saving.register_keras_serializable(package="mfccinv")
class StoppingAdam(Stopping, keras.optimizers.Adam):
    """Adam (Kingma and Ba, 2015), see `Stopping`."""


@keras.saving.register_keras_serializable(package="mfccinv")
class StoppingMuon(Stopping, keras.optimizers.Muon):
    """Muon (Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024), see `Stopping`."""


ADAMS = {True: StoppingAdam, False: keras.optimizers.Adam}  # by whether they stop
MUONS = {True: StoppingMuon, False: keras.optimizers.Muon}
OPTIMIZERS = ("adam", "muon")


def make_optimizer(
    name: str, learning_rate: float, *, largest_gradient: float | None, weight_average: float | None, stops: bool
) -> keras.optimizers.Optimizer:
    """Make an optimizer.

    Parameters
    ----------
    name : {"adam", "muon"}
        ``muon`` makes a kernel's update orthogonal, so that all its directions are learned alike; it is scaled to the
        size of Adam's (Liu et al., Muon is scalable for LLM training, 2025). Biases, scales, kernels that aren't
        matrices, and the last layer are updated by Adam.
    learning_rate : float > 0
    largest_gradient : float > 0 or None
        Norm that all gradients together are clipped to; None: none.
    weight_average : float in [0, 1) or None
        Share of the past in a running average of the weights; None: no average.
    stops : bool
        Whether it stays where a gradient isn't finite, see `Stopping`.

    Raises
    ------
    ValueError
        For an unknown name.
    """
    options = {
        "global_clipnorm": largest_gradient,
        "use_ema": weight_average is not None,
        "ema_momentum": weight_average or 0.0,
    }
    if name == "adam":
        return ADAMS[stops](learning_rate, **options)
    if name == "muon":
        no_decay = {"weight_decay": None, "adam_weight_decay": None}
        return MUONS[stops](learning_rate, exclude_layers=[OUTPUT_LAYER], **no_decay, **options)
    raise ValueError(f"training.optimizer must be one of {', '.join(OPTIMIZERS)}, got {name!r}")


def _negative(iterations):
    """Minus the number of the step that follows; once negative, it stays."""
    iterations = ops.convert_to_tensor(iterations)
    return ops.where(ops.less(iterations, 0), iterations, -iterations - 1)
