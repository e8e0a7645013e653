"""Tests of run directories: what is read back, models that other processes load, and damage that is found."""

import json
import re
import shutil
import sys
import zipfile
from importlib.util import find_spec

import keras
import numpy as np
import pytest
import yaml
from configurations import settings
from damage import DAMAGES, without_checksums
from networks import SPEC, make_run, randomized
from noise import noise_mfcc, noise_statistics
from processes import COMPILED_SOON, run_python

from mfccinv.models.assembly import build_model
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED, RunError, RunFolder, pretrained_names
from mfccinv.system.atomic_files import TEMPORARY_PREFIX
from mfccinv.system.stored_files import DamagedFile

MODELS = {
    "dense": settings("model", "dense_500") | {"hidden": [16, 8], "dropout": 0.1, "layer_norm": True, "l2": 1e-3},
    "conv": settings("model", "conv_large") | {"channels": [8] * 2, "dilations": [2], "batch_norm": True},
    "forecast": settings("model", "dense_small") | {"position": "next", "output": "magnitude", "projection": False},
    "pseudo_inverse": settings("model", "pseudo_inverse"),
}


LOAD = """
import sys
import keras, numpy as np
import mfccinv.models.layers
# What a network starts with, which the file replaces; JAX compiles a program for every size that it draws.
keras.initializers.VarianceScaling.__call__ = lambda self, shape, dtype=None: np.zeros(shape, dtype)
tolerance_db, pretrained, expected, *names = sys.argv[1:]
by_keras = {name: keras.models.load_model(f"{name}/model.keras") for name in names}
widths = [keras.models.load_model(path).output_shape[-1] for path in pretrained.split()]
assert " ".join(map(str, widths)) == expected, widths
from mfccinv.run_folders.run import Run
mfcc = np.load("mfcc.npy")
for name, model in by_keras.items():
    expected = np.load(f"{name}.npy")
    for one in (model, Run.open(name, ".").load_model()):
        np.testing.assert_allclose(one(mfcc, training=False), expected, atol=float(tolerance_db))
"""


def make_model(name="dense", seed=0):
    """A model with random weights and, where there are any, random moving averages."""
    model = randomized(build_model(MODELS[name], SPEC, noise_statistics(SPEC)), seed)
    for weight in model.non_trainable_weights:
        if weight.name.startswith("moving"):
            weight.assign(np.random.default_rng(seed).uniform(0.5, 1.5, size=weight.shape).astype(np.float32))
    return model


def apply(model):
    return keras.ops.convert_to_numpy(model(noise_mfcc(SPEC, 60)[None], training=False))


class TestFiles:
    def test_history_is_read_as_it_was_written(self, tmp_path):
        run = make_run(tmp_path, model=MODELS["dense"])
        assert run.read_history() == []
        draws = {n: np.random.default_rng(n).normal(size=4) for n in (1, 2)}
        rows = [
            {
                "epoch": n,
                **dict(zip(("loss", "val_loss", "val_snr", "val_lsd"), draws[n], strict=True)),
                "seconds": 0.25,
            }
            for n in (1, 2)
        ]
        run.write_history(rows)
        assert run.read_history() == rows
        assert (run.folder / "history.csv").read_text().startswith("epoch,loss,val_loss,val_snr,val_lsd,seconds\n1,")

    def test_metrics_are_kept_by_name(self, tmp_path):
        run = make_run(tmp_path, model=MODELS["dense"])
        first, again = ({"loss": 0.5, "snr": snr, "lsd": 4.0} for snr in (1.0, 3.0))
        run.add_metrics("validation", first)
        run.add_metrics("test", {"snr": 2.0})
        run.add_metrics("validation", again)
        assert json.loads((run.folder / "metrics.json").read_text()) == {"validation": again, "test": {"snr": 2.0}}

    def test_changed_settings_are_written_down(self, tmp_path):
        run = make_run(tmp_path, model=MODELS["dense"])
        run.change_training({"epochs": 99})
        stored = yaml.safe_load((run.folder / "config.yaml").read_text())
        assert stored["training"] == settings("training", "default") | {"epochs": 99}
        assert stored["model"] == MODELS["dense"]
        with pytest.raises(RunError, match="unknown training setting: epoch, speed"):
            run.change_training({"speed": 1, "epoch": 2})

    def test_no_part_of_a_file_is_left_behind(self, tmp_path):
        run = make_run(tmp_path, model=MODELS["dense"])
        run.save_model(make_model())
        run.write_history([{"epoch": 1}])
        assert not [path for path in run.folder.iterdir() if path.name.startswith(TEMPORARY_PREFIX)]


class TestModel:
    @pytest.mark.filterwarnings("ignore:The structure of `inputs`")  # Keras alone expects a list of one
    @pytest.mark.parametrize("name", MODELS)
    def test_gives_the_same_after_loading(self, tmp_path, name):
        """By the run's own function, and by Keras alone."""
        run, model = make_run(tmp_path, model=MODELS[name]), make_model(name)
        run.save_model(model)
        np.testing.assert_array_equal(apply(run.load_model()), apply(model))
        by_keras_alone = apply(keras.saving.load_model(run.folder / "model.keras"))
        np.testing.assert_array_equal(np.squeeze(by_keras_alone), np.squeeze(apply(model)))

    @pytest.mark.slow
    def test_another_process_loads_it_too(self, tmp_path):
        """On the other backend where it is installed; Keras alone needs one import. The pretrained ones, too."""
        backend, tolerance_db = ("jax", 2e-3) if find_spec("jax") else ("tensorflow", 1e-4)
        for name in MODELS:
            run, model = make_run(tmp_path, name, MODELS[name]), make_model(name)
            run.save_model(model)
            np.save(tmp_path / f"{name}.npy", apply(model))
        np.save(tmp_path / "mfcc.npy", noise_mfcc(SPEC, 60)[None])
        runs = [Run(PRETRAINED / name) for name in pretrained_names()]
        pretrained = " ".join(str(run.weights_file) for run in runs)
        widths = " ".join(str(run.task.n_outputs(run.spec)) for run in runs)
        variables = {"KERAS_BACKEND": backend, "XLA_FLAGS": COMPILED_SOON}
        run_python("-c", LOAD, str(tolerance_db), pretrained, widths, *MODELS, cwd=tmp_path, **variables)

    def test_holds_neither_optimizer_nor_loss(self, tmp_path):
        run, model = make_run(tmp_path, model=MODELS["dense"]), make_model()
        model.compile("adam", loss="mse")
        model.optimizer.build(model.trainable_variables)
        run.save_model(model)
        assert not keras.saving.load_model(run.folder / "model.keras").compiled

    def test_nothing_that_the_file_names_is_imported(self, tmp_path, monkeypatch):
        """A stored class path is code of whoever wrote the file: only its weights are read."""
        run, model = make_run(tmp_path, model=MODELS["dense"]), make_model()
        run.save_model(model)
        monkeypatch.syspath_prepend(tmp_path)
        (tmp_path / "foreign_code.py").write_text("class Dense:\n    from_config = None\n")
        path = run.folder / "model.keras"
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        foreign = json.loads(members["config.json"]) | {"module": "foreign_code", "class_name": "Dense"}
        for layer in foreign["config"]["layers"]:
            layer.update(module="foreign_code", class_name="Dense", registered_name="foreign_code>Dense")
        members["config.json"] = json.dumps(foreign).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        without_checksums(run.folder)
        np.testing.assert_array_equal(apply(run.load_model()), apply(model))
        assert "foreign_code" not in sys.modules


class TestDamage:
    @pytest.fixture
    def run(self, tmp_path):
        run = make_run(tmp_path, model=MODELS["dense"])
        run.save_model(make_model())
        return run

    @pytest.mark.usefixtures("at_first_sight")
    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_damaged_model_is_refused(self, run, damage):
        path = run.folder / "model.keras"
        path.write_bytes(damage(path.read_bytes()))
        with pytest.raises(DamagedFile, match=rf"{re.escape(str(path))} is damaged, or was changed by"):
            run.load_model()
        without_checksums(run.folder)
        with pytest.raises(RunError, match=rf"{re.escape(str(path))} is damaged: .*; or it is of a model of another"):
            run.load_model()

    def test_an_archive_without_weights_is_refused(self, run):
        with zipfile.ZipFile(run.folder / "model.keras", "w") as archive:
            archive.writestr("config.json", "{}")
        without_checksums(run.folder)
        with pytest.raises(RunError, match="is damaged"):
            run.load_model()

    @pytest.mark.filterwarnings("ignore:Skipping nested container")  # Keras's, before it finds the weights missing
    @pytest.mark.parametrize(
        "changes",
        [{"hidden": [16]}, {"hidden": [8, 16]}, {"hidden": [16, 8, 80]}, {"context": 7}, {"batch_norm": True}],
        ids=str,
    )
    def test_weights_of_another_model_are_refused(self, run, changes):
        run.config["model"].update(changes)
        with pytest.raises(RunError, match="; or it is of a model of another configuration"):
            run.load_model()

    def test_a_missing_model_is_named(self, tmp_path):
        with pytest.raises(RunError, match=r"model.keras is missing: the run has no finished epoch"):
            make_run(tmp_path).load_model()

    @pytest.mark.parametrize("name", ["model.keras", "statistics.json", "feature_spec.json"])
    def test_a_file_that_was_removed_is_said_to_be_missing(self, run, name):
        """Though its checksum is recorded."""
        (run.folder / name).unlink()
        again = RunFolder(run.folder)
        with pytest.raises(RunError, match=f"{name} is missing: the run"):
            _ = again.spec, again.statistics, again.stored_file("model.keras")

    def test_an_unknown_model_is_refused(self, run):
        stored = yaml.safe_load((run.folder / "config.yaml").read_text())
        stored["model"]["name"] = "foreign.module.Network"
        (without_checksums(run.folder) / "config.yaml").write_text(yaml.safe_dump(stored))
        with pytest.raises(ValueError, match=r"model name must be one of .*, got 'foreign.module.Network'"):
            Run(run.folder).load_model()

    def test_a_configuration_that_names_a_class_is_refused(self, run):
        text = (run.folder / "config.yaml").read_text()
        (without_checksums(run.folder) / "config.yaml").write_text(text + "loss: !!python/object/apply:os.getcwd []\n")
        with pytest.raises(DamagedFile, match="could not determine a constructor"):
            _ = Run(run.folder).config


class TestCheckpoint:
    def compiled(self, seed):
        keras.utils.set_random_seed(seed)
        model = make_model("conv", seed=seed)
        model.compile(keras.optimizers.Adam(1e-3), loss="mse")
        return model

    def fit(self, model, epochs=1):
        mfcc = np.stack([noise_mfcc(SPEC, 48, seed) for seed in range(8)])
        model.fit(mfcc, np.zeros((8, 16, SPEC.n_mels), np.float32), epochs=epochs, shuffle=False, verbose=0)

    @pytest.mark.slow
    def test_goes_on_as_if_nothing_had_happened(self, tmp_path):
        """Weights, moving averages and the optimizer's moments are all there."""
        run, model = make_run(tmp_path, model=MODELS["conv"]), self.compiled(0)
        self.fit(model, epochs=2)
        run.save_checkpoint(model, 2)
        self.fit(model)
        resumed = self.compiled(1)
        run.load_checkpoint(resumed, 2)
        assert int(resumed.optimizer.iterations) == 2
        self.fit(resumed)
        for expected, variable in zip(model.variables, resumed.variables, strict=True):
            np.testing.assert_array_equal(variable.numpy(), expected.numpy(), err_msg=variable.path)
        assert int(resumed.optimizer.iterations) == 3

    def test_is_removed(self, tmp_path):
        run, model = make_run(tmp_path, model=MODELS["conv"]), self.compiled(0)
        run.save_checkpoint(model, 7)
        assert (run.folder / "epoch-0007.keras").is_file()
        run.remove_checkpoint(7)
        run.remove_checkpoint(7)
        assert not list(run.folder.glob("epoch-*"))

    def test_a_missing_or_damaged_one_is_named(self, tmp_path):
        run, model = make_run(tmp_path, model=MODELS["conv"]), self.compiled(0)
        with pytest.raises(RunError, match=r"epoch-0003.keras is missing"):
            run.load_checkpoint(model, 3)
        without_checksums(run.folder)
        shutil.copy(run.folder / "config.yaml", run.folder / "epoch-0003.keras")
        with pytest.raises(RunError, match=r"epoch-0003.keras is damaged"):
            run.load_checkpoint(model, 3)
