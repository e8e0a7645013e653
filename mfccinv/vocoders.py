"""Neural vocoders: mel frames as they read them, and a vocoder that is given as an ONNX file.

Their recipes for mel frames are presets of features, so that nothing needs to be converted: ``hifigan`` (Kong, Kim and
Bae, HiFi-GAN, 2020), ``waveglow`` (Prenger, Valle and Catanzaro, WaveGlow, 2019; Tacotron 2), ``bigvgan`` (Lee et al.,
BigVGAN, 2023; 24 kHz, 100 bands) and ``vocos`` (Siuzdak, Vocos, 2024).
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from mfccinv.spec import FeatureSpec


def natural_log_mel(log_mel: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Turn log-mel frames into what vocoders read: the natural logarithm of the mel magnitude, frames last.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
        One of magnitude: ``power=1``; its ``log_floor`` is what vocoders clamp to.

    Returns
    -------
    mel : (n_mels, n_frames), float32

    Raises
    ------
    ValueError
        If the spec's mel frames are of power.
    """
    if spec.power != 1:
        raise ValueError(
            "vocoders read mel frames of magnitude: features.power=1, as in hifigan, waveglow, bigvgan and vocos"
        )
    return np.ascontiguousarray(np.maximum(log_mel, spec.floor_db).T * (np.log(10) / 20), np.float32)


def onnx(log_mel: np.ndarray, spec: FeatureSpec, *, length: int | None, model: str | None) -> np.ndarray:
    """Waveform by a vocoder in an ONNX file, which takes (1, n_mels, n_frames) and returns samples in any shape.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    length : int, samples, or None
        Length to return: the end is cut off, or silence follows; None is what comes.
    model : str
        Path of the file.

    Returns
    -------
    y : (n_samples,), float32

    Raises
    ------
    ValueError
        If the file isn't there, is no model or has other inputs; if onnxruntime isn't installed.
    """
    if not model or not Path(model).is_file():
        raise ValueError(f"phase.model must be the path of an ONNX file, got {model!r}")
    if length is not None and length < 1:
        raise ValueError(f"length must be at least 1 sample or None, got {length}")
    frames = natural_log_mel(log_mel, spec)[None]
    try:
        session = _open_session(model, Path(model).stat().st_mtime_ns)
        inputs = session.get_inputs()
        if len(inputs) != 1:
            raise ValueError(f"it has {len(inputs)} inputs, not mel frames alone")
        [sound, *_] = session.run(None, {inputs[0].name: frames})
    except ImportError:
        raise ValueError("phase=onnx needs onnxruntime: pip install -e '.[onnx]'") from None
    except Exception as error:  # onnxruntime's exceptions have no common base but Exception
        if type(error).__module__.startswith("onnxruntime") or isinstance(error, ValueError):
            raise ValueError(f"{model} can't be run: {error}") from error
        raise
    y = np.ravel(sound).astype(np.float32)
    return y if length is None else np.pad(y[:length], (0, max(0, length - len(y))))


@lru_cache(maxsize=2)
def _open_session(model: str, changed: int):
    """Load a model once, and anew when its file was changed."""
    import onnxruntime

    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


VOCODERS: dict[str, Callable[..., np.ndarray]] = {"onnx": onnx}
