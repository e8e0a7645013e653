"""Adam that changes nothing any more once a gradient isn't finite."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mfccinv")
class StoppingAdam(keras.optimizers.Adam):
    """Adam (Kingma and Ba, 2015) that stays where it is from the first step on whose gradient has a NaN or infinity.

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


def _negative(iterations):
    """Minus the number of the step that follows; once negative, it stays."""
    iterations = ops.convert_to_tensor(iterations)
    return ops.where(ops.less(iterations, 0), iterations, -iterations - 1)
