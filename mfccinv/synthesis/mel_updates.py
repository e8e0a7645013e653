"""What multiplicative updates of a spectrum towards its mel frames are computed by."""

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from mfccinv.features.mel import mel_filters
from mfccinv.features.mel_spreading import bin_shares
from mfccinv.features.spec import FeatureSpec


@lru_cache(maxsize=8)
def update_filters(spec: FeatureSpec) -> tuple[csr_array, csr_array]:
    """Find the filters of the update ``energy *= back @ (target / (filters @ energy))``, float32.

    It lessens the Kullback-Leibler divergence of the spectra's mel frames from those wanted. Lee and Seung, Algorithms
    for non-negative matrix factorization, 2001, with fixed filters.

    Returns
    -------
    filters : (n_mels, n_bins)
        Mel filters.
    back : (n_bins, n_mels)
        Transpose of `bin_shares`: a bin in no band has zeros.
    """
    return csr_array(mel_filters(spec).astype(np.float32)), csr_array(bin_shares(spec).T.astype(np.float32))
