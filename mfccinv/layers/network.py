"""A trained network as a layer."""

from pathlib import Path

import keras

from mfccinv.configs.presets import Spec, resolve_spec
from mfccinv.models.whole import whole_model
from mfccinv.run_folders.lookup import find_run
from mfccinv.run_folders.run import Run


def network_inverse(spec: Spec, checkpoint: str | Path) -> keras.Model:
    """Load the network that inverts MFCC: (batch, frames, n_mfcc) → (batch, frames, n_outputs), dB.

    Its weights aren't trained on: set ``trainable``, and they are. MFCC that aren't known, of a network that takes
    several numbers, are NaN. So are, for the mean, the state and the time of a network that samples are drawn from,
    which takes them behind the MFCC.

    Parameters
    ----------
    spec, checkpoint
        See `mfccinv.inversion.arrays.mfcc_to_mel`; there must be a network.

    Returns
    -------
    network : keras.Model
        Its outputs are log-mel frames or, of a run with ``target=linear``, linear spectra.

    Raises
    ------
    ValueError, mfccinv.features.spec.SpecMismatch, mfccinv.run_folders.run_folder.RunError
        As `mfccinv.run_folders.lookup.find_run` and `mfccinv.run_folders.run.Run.load_model`.

    Examples
    --------
    >>> import numpy as np
    >>> from mfccinv.layers import network_inverse
    >>> tuple(network_inverse("asr", checkpoint="auto")(np.zeros((2, 50, 20))).shape)
    (2, 50, 80)
    """
    run = Run(find_run(checkpoint, resolve_spec(spec), source="mfcc").folder)
    network = whole_model(run.load_model(), run.context)
    network.trainable = False
    return network
