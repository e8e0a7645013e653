"""A neural vocoder in an ONNX file."""

from functools import lru_cache

import numpy as np

from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.arguments import check_length
from mfccinv.synthesis.vocoder_frames import natural_log_mel
from mfccinv.system.path_settings import path_setting


def onnx(log_mel: np.ndarray, spec: FeatureSpec, *, length: int | None, model: str | None) -> np.ndarray:
    """Make sound by a vocoder in an ONNX file, which takes (1, n_mels, n_frames) and returns samples in any shape.

    Parameters
    ----------
    log_mel : (n_frames, n_mels), dB
    spec : FeatureSpec
    length : int, samples, or None
        Length to return: longer sound is cut off, and silence follows shorter sound. None: all that the vocoder makes.
    model : str
        Path of the file.

    Returns
    -------
    y : (n_samples,), float32

    Raises
    ------
    ValueError
        If the file isn't there, is no model or has other inputs; if the spec is not of magnitude (``power=1``); if
        onnxruntime isn't installed.
    """
    path = model and path_setting("vocoder.model", model)
    if not path or not path.is_file():
        raise ValueError(f"vocoder.model must be the path of an ONNX file, got {model!r}")
    length = check_length(length)
    frames = natural_log_mel(log_mel, spec)[None]
    try:
        session = _open_session(str(path), path.stat().st_mtime_ns)
        inputs = session.get_inputs()
        if len(inputs) != 1:
            raise ValueError(f"it has {len(inputs)} inputs, not mel frames alone")
        [sound, *_] = session.run(None, {inputs[0].name: frames})
    except ImportError:
        raise ValueError("vocoder=onnx needs onnxruntime: pip install 'mfccinv[onnx]'") from None
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
