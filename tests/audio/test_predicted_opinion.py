"""Tests of predicted opinions: what DistillMOS is given. The packages themselves are too large to be tested with."""

import sys
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from mfccinv.audio import predicted_opinion
from mfccinv.audio.predicted_opinion import predict_mos


@pytest.fixture
def given(monkeypatch):
    """Stands for the packages, and holds the sounds that a model was given."""
    sounds = []

    class Model:
        def eval(self):
            return self

        def __call__(self, sound):
            sounds.append(sound)
            return np.array([[3.25]])

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(no_grad=nullcontext, from_numpy=lambda array: array))
    monkeypatch.setitem(sys.modules, "distillmos", SimpleNamespace(ConvTransformerSQAModel=Model))
    predicted_opinion._model.cache_clear()
    yield sounds
    predicted_opinion._model.cache_clear()


def test_the_model_hears_16_khz_in_single_precision(given):
    tone = np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    assert predict_mos(tone, 48000) == pytest.approx(3.25)
    [[heard]] = given
    assert heard.dtype == np.float32
    expected = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    np.testing.assert_allclose(heard[1000:-1000], expected[1000:-1000], atol=1e-3)
