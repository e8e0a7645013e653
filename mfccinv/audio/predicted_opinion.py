"""The opinion of listeners, as DistillMOS predicts it, where the ``mos`` extra is installed."""

import importlib.util
from contextlib import redirect_stdout
from functools import lru_cache
from io import StringIO

import numpy as np
import soxr

RATE = 16000  # of the model's sound, Hz


def mos_is_installed() -> bool:
    """Whether the packages of the ``mos`` extra are there."""
    return all(importlib.util.find_spec(name) for name in ("distillmos", "torch"))


def predict_mos(y: np.ndarray, sample_rate: int) -> float:
    """Predict the mean opinion score of a sound by itself, 1 to 5.

    Stahl and Gamper, Distillation and pruning for scalable self-supervised representation-based speech quality
    assessment, 2025. It needs no original: microphone and room of the recording count, too.

    Parameters
    ----------
    y : (n_samples,), float, full scale 1
    sample_rate : int, Hz
    """
    import torch

    at_16k = np.asarray(soxr.resample(y, sample_rate, RATE), np.float32)
    with torch.no_grad():
        return float(_model()(torch.from_numpy(at_16k)[None])[0, 0])


@lru_cache(maxsize=1)
def _model():
    from distillmos import ConvTransformerSQAModel

    with redirect_stdout(StringIO()):  # it says where its weights are
        return ConvTransformerSQAModel().eval()
