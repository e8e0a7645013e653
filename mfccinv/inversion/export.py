"""Networks in files of other tools: raw MFCC in, log-mel frames in dB out, of utterances of any length."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mfccinv.configs.typed import typed
from mfccinv.inference.prediction import predict_frames
from mfccinv.inference.stored_network import NeedsKeras
from mfccinv.run_folders.loading import load_network, stored_network
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.atomic_files import exclusive, temporary_beside, temporary_folder_beside
from mfccinv.system.native_output import keras_import

CHECKED_FRAMES = 200


@dataclass(frozen=True, kw_only=True)
class ExportSettings:
    """Settings of an export; ``configs/export.yaml`` has their defaults.

    Parameters
    ----------
    run, root : str, Path
        Name of the run, and folder of runs, see `mfccinv.run_folders.run_folder.RunFolder.open`.
    format : str
        One of `FORMATS`.
    output : Path or None
        File to write, or folder of a ``saved_model``; None: the run's name in the working directory.

    Raises
    ------
    ValueError
        For an unknown format.
    """

    run: str
    root: Path
    format: str
    output: Path | None

    def __post_init__(self):
        if self.format not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {self.format!r}")

    @classmethod
    def from_config(cls, config: dict) -> "ExportSettings":
        """Make the settings from a configuration: plain values of these settings; errors as this class."""
        return typed(cls, config)


@dataclass(frozen=True)
class Exported:
    """A file that was written.

    Parameters
    ----------
    path : Path
    difference_db : float or None
        Largest difference of what it predicts, of random frames, from the run's own predictions; None: the package that
        runs such files isn't installed.
    runtime : str
        Name of that package.
    """

    path: Path
    difference_db: float | None
    runtime: str


def export(settings: ExportSettings) -> Exported:
    """Write the network of a run in a format of another tool, and run the file for a check.

    The file takes frames (batch, frames, n_inputs), float32, dB, and returns (batch, frames, n_outputs), dB; the first
    and the last frame are repeated inside to complete the context. MFCC that aren't known, of a network that takes
    several numbers, are NaN, and so are the state and the time of one that samples are drawn from, for the mean.

    Raises
    ------
    mfccinv.run_folders.run_folder.RunError
        If the run isn't there or is damaged.
    ValueError
        If the run forecasts, the packages are missing that write such a file, or the network has layers that it can't
        hold; if there is a file or folder in the place of the output that is no earlier one.
    """
    run = RunFolder.open(settings.run, settings.root)
    if not run.context.sees_target:
        raise ValueError(f"{run.folder} was trained with model.position=next: it forecasts, which is no inversion")
    form = FORMATS[settings.format]
    output = settings.output or Path(_name_of(run) + form.ending)
    if output.exists() and not form.is_earlier(output):
        raise ValueError(f"output must be new or an earlier {settings.format} file ({form.ending}), {output} is there")
    with exclusive(output.parent):
        form.write(run, output)
    difference = _difference(run, form, output) if find_spec(form.runtime.partition(".")[0]) else None
    return Exported(output, difference, form.runtime)


def describe_exported(exported: Exported) -> str:
    """Tell what was written, in a line."""
    if exported.difference_db is None:
        return f"{exported.path}: not tried, {exported.runtime} isn't installed"
    return f"{exported.path}: {exported.runtime} predicts the same, to {exported.difference_db:.1g} dB"


def _name_of(run: RunFolder) -> str:
    return run.folder.resolve().name  # of the working directory, too


def _difference(run: RunFolder, form: "_Format", path: Path) -> float:
    n_inputs = run.task.n_inputs(run.spec)
    moments = vars(run.statistics)
    mean, std = (moments[f"{run.task.inputs}_{moment}"][:n_inputs] for moment in ("mean", "std"))
    frames = np.random.default_rng(0).normal(size=(CHECKED_FRAMES, n_inputs)).astype(np.float32)
    frames[:, : len(mean)] = mean + std * frames[:, : len(mean)]
    [own] = predict_frames(load_network(run), run.context, [frames])
    return float(np.abs(form.predict(path, frames[None])[0] - own).max())


@contextmanager
def _named(output: Path, suffix: str) -> Iterator[Path]:
    """Path to write in the place of ``output``, with the suffix that a tool insists on."""
    with temporary_beside(output) as temporary:
        named = temporary.with_suffix(suffix)
        yield named
        named.replace(temporary)


def _onnx_model(run: RunFolder, format: str):
    """The network of a run as an ONNX model, which a format is made of."""
    if find_spec("onnx") is None:
        raise ValueError(f"format={format} needs onnx: pip install 'mfccinv[onnx]'")
    from mfccinv.inference.onnx_file import onnx_model  # its package is an extra

    try:
        stored, whole = stored_network(run)
        return onnx_model(stored, whole.spec, whole.task, whole.context, _name_of(run))
    except NeedsKeras as error:
        raise ValueError(f"{run.folder} can't be written as {format}: {error}") from error


def _write_onnx(run: RunFolder, output: Path) -> None:
    model = _onnx_model(run, "onnx")
    with temporary_beside(output) as temporary:
        temporary.write_bytes(model.SerializeToString())


def _predict_onnx(path: Path, frames: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    [predicted] = session.run(None, {session.get_inputs()[0].name: frames})
    return predicted


def _write_torch(run: RunFolder, output: Path) -> None:
    if find_spec("torch") is None:
        raise ValueError("format=torch needs PyTorch: see pytorch.org for how to install it")
    model = _onnx_model(run, "torch")
    from mfccinv.inference.torch_file import save_torch  # it isn't among the package's extras

    with _named(output, ".pt2") as named:
        save_torch(model, named)


def _predict_torch(path: Path, frames: np.ndarray) -> np.ndarray:
    import torch

    with torch.no_grad(), path.open("rb") as file:
        return torch.export.load(file).module()(torch.from_numpy(frames)).numpy()


def _write_litert(run: RunFolder, output: Path) -> None:
    with _named(output, ".tflite") as named:
        _whole_model(run).export(named, format="litert", verbose=False)


def _predict_litert(path: Path, frames: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    [given], [made] = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], frames.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], frames)
    interpreter.invoke()
    return interpreter.get_tensor(made["index"])


def _write_saved_model(run: RunFolder, output: Path) -> None:
    with temporary_folder_beside(output) as temporary:
        _whole_model(run).export(temporary / "model", format="tf_saved_model", verbose=False)
        if output.exists():
            shutil.rmtree(output)
        (temporary / "model").rename(output)


def _predict_saved_model(path: Path, frames: np.ndarray) -> np.ndarray:
    with keras_import():
        import tensorflow as tf
    [predicted] = tf.saved_model.load(str(path)).signatures["serving_default"](tf.constant(frames)).values()
    return predicted.numpy()


def _whole_model(run: RunFolder):
    with keras_import():
        from mfccinv.models.whole import whole_model
        from mfccinv.run_folders.run import Run
    return whole_model(Run(run.folder).load_model(), run.context)


@dataclass(frozen=True)
class _Format:
    """A format: how its files end, how they are written and run, and by which package."""

    ending: str
    runtime: str
    write: Callable[[RunFolder, Path], None]
    predict: Callable[[Path, np.ndarray], np.ndarray]

    def is_earlier(self, path: Path) -> bool:
        """Whether what is in the place of the output looks like an earlier one: it is written anew."""
        if self.ending.startswith("."):
            return path.is_file() and path.suffix == self.ending
        return (path / "saved_model.pb").is_file()


FORMATS = {
    "onnx": _Format(".onnx", "onnxruntime", _write_onnx, _predict_onnx),
    "torch": _Format(".pt2", "torch", _write_torch, _predict_torch),
    "litert": _Format(".tflite", "ai_edge_litert", _write_litert, _predict_litert),
    "saved_model": _Format("_saved_model", "tensorflow", _write_saved_model, _predict_saved_model),
}
