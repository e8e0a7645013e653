"""Tests of a vocoder as an ONNX file: a small network takes its place."""

import shutil
import sys

import numpy as np
import pytest
from configurations import preset, settings
from onnx import TensorProto, helper, numpy_helper, save
from programs import invert
from speech import speech

import mfccinv
from mfccinv.features.extract import extract_features
from mfccinv.synthesis.frames_to_audio import log_mel_to_audio
from mfccinv.synthesis.methods import Methods
from mfccinv.synthesis.vocoders.onnx import onnx


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A vocoder that gives each frame's lowest band, 256 times."""
    path = tmp_path_factory.mktemp("onnx") / "lowest.onnx"
    constants = {"zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "ones": np.ones((1, 1, 256), "f4")}
    nodes = [
        helper.make_node("Slice", ["mel", "zero", "one", "axis"], ["lowest"]),
        helper.make_node("Transpose", ["lowest"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("Mul", ["turned", "ones"], ["sound"]),
    ]
    graph = helper.make_graph(
        nodes,
        "lowest",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, [1, 80, "frames"])],
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, [1, "frames", 256])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return str(path)


class TestOnnx:
    SPEC = preset("hifigan")

    def frames(self):
        return extract_features(speech(22050, 0.5), self.SPEC)[1]

    def test_reads_natural_logarithms_with_frames_last(self, model):
        log_mel = self.frames()
        y = log_mel_to_audio(
            log_mel, self.SPEC, Methods(magnitude={}, phase={}, vocoder={"name": "onnx", "model": model}), seed=0
        )
        assert (y.shape, y.dtype) == ((256 * len(log_mel),), np.float32)
        np.testing.assert_allclose(y[::256], np.maximum(log_mel[:, 0] * np.log(10) / 20, np.log(1e-5)), rtol=1e-5)

    def test_the_file_may_be_in_the_home_folder(self, model, monkeypatch):
        folder, _, name = model.rpartition("/")
        monkeypatch.setenv("HOME", folder)
        y = onnx(self.frames(), self.SPEC, length=100, model=f"~/{name}")
        np.testing.assert_array_equal(y, onnx(self.frames(), self.SPEC, length=100, model=model))

    @pytest.mark.parametrize("length", [100, 99999])
    def test_length_is_that_asked_for(self, model, length):
        vocoder = {"name": "onnx", "model": model}
        methods = Methods(magnitude={}, phase={}, vocoder=vocoder)
        y = log_mel_to_audio(self.frames(), self.SPEC, methods, seed=0, length=length)
        assert len(y) == length

    def test_in_one_call_and_from_a_file(self, model, tmp_path):
        mel = 10 ** (self.frames().T / 20)
        vocoder = {"name": "onnx", "model": model}
        called = mfccinv.mel_to_audio(mel[None], spec="hifigan", vocoder=vocoder)
        assert called.shape == (1, 256 * mel.shape[1])
        np.save(tmp_path / "mel.npy", np.log(mel))
        config = {
            "input": str(tmp_path / "mel.npy"),
            "output": str(tmp_path / "out"),
            "format": "wav",
            "kind": "mel",
            "frames": "last",
            "scale": "ln",
            "features": settings("features", "hifigan"),
            "dialect": None,
            "normalised": None,
            "statistics": None,
            "key": None,
            "checkpoint": None,
            "detail": "mean",
            "force": False,
            "magnitude": settings("magnitude", "nnls"),
            "phase": settings("phase", "griffin_lim"),
            "vocoder": settings("vocoder", "onnx") | {"model": model},
            "seed": 0,
            "progress": False,
        }
        [done] = invert(config)
        assert done.seconds == pytest.approx(256 * mel.shape[1] / 22050)
        assert done.gain < 1
        [written] = invert(config | {"format": "mel"})
        np.testing.assert_allclose(np.load(written.path), np.log(mel), atol=1e-4)

    def test_what_is_not_installed_is_named(self, model, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
        fresh = shutil.copy(model, tmp_path / "fresh.onnx")  # not the one that another test opened
        with pytest.raises(ValueError, match=r"^vocoder=onnx needs onnxruntime: pip install 'mfccinv\[onnx\]'$"):
            onnx(self.frames(), self.SPEC, length=None, model=str(fresh))

    def test_what_is_no_model_is_refused(self, model, tmp_path):
        (tmp_path / "text.onnx").write_text("no model")
        for path, message in [
            (None, "vocoder.model must be the path of an ONNX file, got None"),
            (str(tmp_path / "nowhere.onnx"), "must be the path of an ONNX file"),
            (str(tmp_path / "text.onnx"), "text.onnx can't be run"),
        ]:
            methods = Methods(magnitude={}, phase={}, vocoder={"name": "onnx", "model": path})
            with pytest.raises(ValueError, match=message):
                log_mel_to_audio(self.frames(), self.SPEC, methods, seed=0)
        vocoder = {"name": "onnx", "model": model}
        with pytest.raises(ValueError, match=r"^vocoders read mel frames of magnitude"):
            log_mel_to_audio(np.zeros((5, 80)), preset("asr"), Methods(magnitude={}, phase={}, vocoder=vocoder), seed=0)
        with pytest.raises(ValueError, match=r"can't be run: .*mel"):
            log_mel_to_audio(
                np.zeros((5, 100)),
                preset("bigvgan"),
                Methods(magnitude={}, phase={}, vocoder={"name": "onnx", "model": model}),
                seed=0,
            )
