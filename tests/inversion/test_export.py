"""Tests of networks written for other tools: they predict the same there, and say what they take."""

import json

import numpy as np
import onnx
import pytest
from networks import SMALL, make_run, randomized

from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion import export as exporting
from mfccinv.inversion.export import ExportSettings, describe_exported, export
from mfccinv.models.assembly import build_model
from mfccinv.run_folders.run_folder import PRETRAINED, RunError, RunFolder


def settings(run, folder, format="onnx", **changes):
    values = {"run": str(run), "root": folder, "format": format, "output": folder / f"made.{format}"}
    return ExportSettings.from_config(values | changes)


@pytest.fixture
def run(tmp_path):
    run = make_run(tmp_path, "small", SMALL["dense"])
    run.save_model(randomized(build_model(SMALL["dense"], run.spec, run.statistics)))
    return run


@pytest.mark.parametrize("format", ["onnx", "saved_model"])
def test_the_file_predicts_what_the_run_does(run, tmp_path, format):
    exported = export(settings(run.folder, tmp_path, format))
    assert exported.difference_db < 1e-3
    assert "predicts the same, to " in describe_exported(exported)
    again = export(settings(run.folder, tmp_path, format))  # an earlier one is replaced
    assert again == exported


def test_a_network_that_samples_are_drawn_from(tmp_path):
    run = make_run(tmp_path, "flow", SMALL["dense"], flow=True)
    run.save_model(randomized(build_model(SMALL["dense"], run.spec, run.statistics, run.task)))
    assert export(settings(run.folder, tmp_path)).difference_db < 1e-3


def test_a_program_of_pytorch_is_written(run, tmp_path):
    torch = pytest.importorskip("torch")
    exported = export(settings(run.folder, tmp_path, "torch", output=tmp_path / "made.pt2"))
    assert exported.difference_db < 1e-3
    about = {"feature_spec": "", "task": ""}
    program = torch.export.load(exported.path, extra_files=about).module()
    assert FeatureSpec.from_json(about["feature_spec"]) == run.spec
    for shape in ((1, 1), (3, 40)):
        assert program(torch.zeros(*shape, run.spec.n_mfcc)).shape == (*shape, run.spec.n_mels)


def test_pytorch_is_asked_for_where_it_is_missing(run, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(ValueError, match="format=torch needs PyTorch"):
        export(settings(run.folder, tmp_path, "torch"))


def test_a_file_for_phones_is_written(run, tmp_path):
    exported = export(settings(run.folder, tmp_path, "litert", output=tmp_path / "made.tflite"))
    assert exported.path.read_bytes()[4:8] == b"TFL3"
    assert exported.difference_db is None or exported.difference_db < 1e-3


def test_a_shipped_network_keeps_its_specification(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exported = export(settings("asr_20", tmp_path, output=None))
    assert exported.path.name == "asr_20.onnx"
    assert exported.difference_db < 1e-3
    about = {one.key: one.value for one in onnx.load(exported.path).metadata_props}
    assert FeatureSpec.from_dict(json.loads(about["feature_spec"])) == RunFolder(PRETRAINED / "asr_20").spec
    assert json.loads(about["task"]) == {"source": "mfcc", "target": "mel", "min_mfcc": None, "flow": False}


def test_the_working_directory_has_a_name(run, tmp_path, monkeypatch):
    monkeypatch.chdir(run.folder)
    [name] = {run.folder.name}
    exported = export(settings(".", tmp_path, output=None))
    assert exported.path.name == f"{name}.onnx"
    exported.path.unlink()


def test_what_can_not_be_tried_is_told(run, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name == "onnxruntime" else object())
    told = describe_exported(export(settings(run.folder, tmp_path)))
    assert told.endswith("made.onnx: not tried, onnxruntime isn't installed")
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"^format=onnx needs onnx: pip install 'mfccinv\[onnx\]'$"):
        export(settings(run.folder, tmp_path))


class TestErrors:
    def test_an_unknown_format(self, tmp_path):
        with pytest.raises(ValueError, match="format must be one of onnx, torch, litert, saved_model, got 'mp3'"):
            settings("asr_20", tmp_path, "mp3")

    def test_no_such_run(self, tmp_path):
        with pytest.raises(RunError, match="no run 'nobody'"):
            export(settings("nobody", tmp_path))

    def test_a_run_that_forecasts(self, tmp_path):
        model = SMALL["dense"] | {"position": "next", "output": "log_mel", "projection": False}
        with pytest.raises(ValueError, match="it forecasts, which is no inversion"):
            export(settings(make_run(tmp_path, model=model).folder, tmp_path))

    def test_a_folder_of_something_else_stays(self, run, tmp_path):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("years")
        with pytest.raises(ValueError, match="output must be new or an earlier saved_model file"):
            export(settings(run.folder, tmp_path, "saved_model", output=tmp_path / "mine"))
        assert (tmp_path / "mine" / "thesis.txt").is_file()

    @pytest.mark.parametrize("format", ["onnx", "torch", "litert"])
    def test_a_file_of_something_else_stays(self, run, tmp_path, format):
        (tmp_path / "thesis.txt").write_text("years")
        for place in (tmp_path / "thesis.txt", tmp_path):
            with pytest.raises(ValueError, match=f"output must be new or an earlier {format} file"):
                export(settings(run.folder, tmp_path, format, output=place))
        assert (tmp_path / "thesis.txt").read_text() == "years"


def test_frames_of_silence_are_silent_there(run, tmp_path):
    """Frames that the network leaves alone, at the level of digital silence."""
    path = export(settings(run.folder, tmp_path)).path
    silence = np.zeros((1, 3, run.spec.n_mfcc), np.float32)
    silence[..., 0] = run.spec.floor_db * np.sqrt(run.spec.n_mels)
    np.testing.assert_allclose(exporting.FORMATS["onnx"].predict(path, silence), run.spec.floor_db, atol=1e-3)
