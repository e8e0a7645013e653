"""Devices of a training: how many there are, their precision, and whether the model is compiled for them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import keras

STEPS_AT_ONCE = 8
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


class Devices:
    """Devices and precision of a training; the backend, TensorFlow or JAX, was chosen at the import of Keras.

    Each of several devices computes a part of every batch, and the gradients are averaged. On JAX, by
    ``keras.distribution.DataParallel``, the result is that of one device. On TensorFlow, by
    ``tf.distribute.MirroredStrategy``, each device normalises (``batch_norm``) and clips its own part.

    Parameters
    ----------
    n : int >= 1
        Number of accelerators or, where there are none, of processors.
    precision : str
        One of `PRECISIONS`; in mixed ones, layers compute in 16 bits, and weights and losses stay in 32.
    jit_compile : bool
        Compile with XLA. JAX always does.

    Attributes
    ----------
    names : list of str
    replicas : int
        Parts of a batch whose gradients are scaled by ``1 / replicas``, clipped and added up.
    jit_compile : bool
        Whether Keras is to compile.
    steps_at_once : int
        Batches that Keras trains on before it comes back to Python; ``MirroredStrategy`` can't do several.

    Raises
    ------
    ValueError
        For an unknown precision, and for more devices than there are. For ``jit_compile`` and for ``mixed_float16`` on
        several devices with TensorFlow, which can't do either there.
    """

    def __init__(self, *, n: int, precision: str, jit_compile: bool):
        there_are = keras.distribution.list_devices()
        if precision not in PRECISIONS:
            raise ValueError(f"training.precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
        if not 1 <= n <= len(there_are):
            raise ValueError(f"training.devices={n}: there are {len(there_are)} ({', '.join(there_are)})")
        on_jax = keras.backend.backend() == "jax"
        self.replicas = 1 if on_jax else n
        if self.replicas > 1 and (jit_compile or precision == "mixed_float16"):
            what = "training.jit_compile=true" if jit_compile else f"training.precision={precision}"
            raise ValueError(f"{what} works on one device only, unless backend=jax")
        self.names = there_are[:n]
        self.steps_at_once = STEPS_AT_ONCE if self.replicas == 1 else 1
        self.jit_compile = jit_compile or on_jax
        self._precision = precision
        self._strategy = None
        if n > 1 and not on_jax:
            import tensorflow as tf  # the backend in use

            self._strategy = tf.distribute.MirroredStrategy([name.upper() for name in self.names])
        elif n > 1:
            self._strategy = keras.distribution.DataParallel(devices=self.names, auto_shard_dataset=False)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Open the scope in which the model is made, compiled, loaded and trained.

        A model that is made outside is for one device, in 32 bits.
        """
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self._precision)
        try:
            with self._strategy.scope() if self._strategy else nullcontext():
                yield
        finally:
            keras.config.set_dtype_policy(before)

    def check_batch(self, n_segments: int) -> None:
        """Refuse with ValueError a number of segments in a batch that the devices can't share out evenly."""
        if n_segments % len(self.names):
            raise ValueError(
                f"training.devices={len(self.names)} must divide the segments in a batch, training.batch_frames / "
                f"training.segment_frames = {n_segments}"
            )


def seed_weights(seed: int) -> None:
    """Seed the generators that draw weights: Python's, NumPy's and the backend's.

    On JAX, Keras would also load TensorFlow, to seed it and to save models, which takes 4 s and 460 MB. There is no
    setting against that. But Keras looks for TensorFlow only once, so TensorFlow is hidden while it looks.
    """
    hidden = keras.backend.backend() == "jax" and "tensorflow" not in sys.modules
    if hidden:
        sys.modules["tensorflow"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        keras.utils.set_random_seed(seed)
    finally:
        if hidden:
            del sys.modules["tensorflow"]
