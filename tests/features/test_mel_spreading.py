"""Tests of mel frames that are spread over the bins."""

import numpy as np
import pytest
from configurations import PRESETS, preset

from mfccinv.features.mel import mel_filters
from mfccinv.features.mel_spreading import spread_log_mel


@pytest.mark.parametrize("features", PRESETS)
def test_spreading_is_right_for_flat_spectra(features):
    """A flat spectrum's mel frames, whatever its level, come out flat at that level, in every bin."""
    spec = preset(features)
    for level_db in (-50, 20):
        energy = np.full((2, spec.n_bins), 10 ** (level_db / spec.db_per_decade))
        log_mel = spec.db_per_decade * np.log10(np.maximum(energy @ mel_filters(spec).T, 1e-30))
        np.testing.assert_allclose(spread_log_mel(log_mel, spec), level_db, atol=1e-6)
