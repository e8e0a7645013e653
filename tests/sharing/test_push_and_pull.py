"""Tests of runs that are shared and come back: what is in them, what is refused, and that they work."""

import io
import json
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from campaign.archives import Executes
from configurations import composed
from damage import flip_a_bit, without_checksums
from networks import SMALL, make_finished_run, randomized
from noise import noise_mfcc
from programs import call

from mfccinv.inference.stored_network import weight_arrays
from mfccinv.models.assembly import build_model
from mfccinv.run_folders.adapted_from import AdaptedFrom
from mfccinv.run_folders.loading import load_network, stored_network
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder
from mfccinv.sharing import half_precision
from mfccinv.sharing.contents import MOST_BYTES
from mfccinv.sharing.pull import PullSettings, pull
from mfccinv.sharing.push import PushSettings, push
from mfccinv.system.checksums import RECORD, quick_checksum
from mfccinv.system.stored_files import read_json

WHOLE = {"README.md", "checksums.json", "config.yaml", "environment.json", "feature_spec.json", "history.csv"}
WHOLE |= {"metrics.json", "model.keras", "statistics.json"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small run with all that lies in a folder of one."""
    run = make_finished_run(tmp_path_factory.mktemp("runs"), "small")
    run.save_checkpoint(_compiled(run), 1)
    (run.folder / "evaluation" / "demo-test").mkdir(parents=True)
    (run.folder / "evaluation" / "demo-test" / "anna.wav").write_bytes(b"a voice")
    (run.folder / ".training.lock").touch()
    (run.folder / "notes.txt").write_text("mine")
    return run


def _compiled(run):
    model = build_model(run.config["model"], run.spec, run.statistics)
    model.compile("adam", "mse")
    return model


@pytest.fixture
def run(trained, tmp_path):
    """A copy of it, in which files may change."""
    return Run(shutil.copytree(trained.folder, tmp_path / "own" / "small"))


@pytest.fixture
def shared(trained, tmp_path):
    """Its folder as it is shared, where files may change."""
    pushed(trained, tmp_path / "shared" / "small")
    return tmp_path / "shared" / "small"


def pushed(run, to, **changes):
    """Share a run; return what was told of it before."""
    told = []
    values = composed("push") | {"run": str(run.folder), "to": str(to)} | changes
    assert push(PushSettings.from_config(values), told.append) == str(to)
    return told


def pulled(source, root, **changes):
    return pull(PullSettings.from_config(composed("pull") | {"from": str(source), "root": str(root)} | changes))


def _arrays(path):
    """The arrays of weights in a ``.keras`` file by their names, as they are stored."""
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
        return {array.name: array[()] for array in weight_arrays(weights)}


def recorded(folder):
    """Make the record of a shared folder that of the files that are in it."""
    names = {path.name for path in folder.iterdir()} - {"README.md", RECORD}
    (folder / RECORD).write_text(json.dumps({name: [quick_checksum(folder / name)] for name in sorted(names)}))
    return folder


class TestPush:
    def test_shares_what_makes_a_run_and_no_more(self, trained, shared):
        assert {path.name for path in shared.iterdir()} == WHOLE
        assert "epoch-0001.keras" in read_json(trained.folder / RECORD)
        sums = read_json(shared / RECORD)
        assert sums.keys() == WHOLE - {"README.md", RECORD}
        assert all(len(known) == 1 for known in sums.values())
        for name in sums:
            assert (shared / name).read_bytes() == (trained.folder / name).read_bytes()

    def test_tells_before_what_is_shared(self, trained, tmp_path):
        [told] = pushed(trained, tmp_path / "small.zip")
        assert told.startswith(f"small to {tmp_path / 'small.zip'}: 9 files, 0.1 MB (README.md, checksums.json, ")

    def test_a_run_that_is_not_finished_is_refused(self, run, tmp_path):
        run.remove_metrics()
        with pytest.raises(ValueError, match=r"small isn't finished: mfccinv train resume=.*small goes on with it$"):
            pushed(run, tmp_path / "a.zip")

    @pytest.mark.usefixtures("at_first_sight")
    @pytest.mark.parametrize("name", ["model.keras", "history.csv", "metrics.json", "config.yaml"])
    def test_a_damaged_run_is_refused(self, run, name, tmp_path):
        flip_a_bit(run.folder / name)
        with pytest.raises(ValueError, match=rf"{name} is damaged, or was changed by hand"):
            pushed(run, tmp_path / "a.zip")
        assert not (tmp_path / "a.zip").exists()

    def test_damage_that_no_record_tells_is_found_by_reading(self, run, tmp_path):
        """Of an older run, say; the message names the run's own file and no copy of it."""
        (without_checksums(run.folder) / "feature_spec.json").write_text("{}")
        with pytest.raises(ValueError, match=rf"{run.folder}: feature_spec.json"):
            pushed(run, tmp_path / "a.zip")

    def test_half_precision_takes_half_the_space_and_predicts_nearly_the_same(self, trained, tmp_path):
        pushed(trained, tmp_path / "half", weights="float16")
        rounded = RunFolder(tmp_path / "half")
        stored, kept = (_arrays(folder / "model.keras") for folder in (rounded.folder, trained.folder))
        assert {name: array.astype(np.float16).tobytes() for name, array in kept.items()} == {
            name: array.tobytes() for name, array in stored.items()
        }
        mfcc = noise_mfcc(trained.spec, 64)[None]
        by_numpy, by_keras = (load_network(rounded, by_keras=by_keras).predict(mfcc) for by_keras in (False, True))
        np.testing.assert_allclose(by_numpy, by_keras, atol=1e-3)
        assert 0 < np.abs(by_numpy - load_network(trained).predict(mfcc)).max() < 0.2

    @pytest.mark.parametrize(("spare", "compression"), [(half_precision.SPARE_BYTES, "gzip"), (0, None)])
    def test_half_precision_packs_no_more_than_is_read(self, trained, tmp_path, monkeypatch, spare, compression):
        """Arrays that unpack to much more than their file holds are refused."""
        monkeypatch.setattr(half_precision, "SPARE_BYTES", spare)
        monkeypatch.setattr(half_precision, "FEWEST_PACKED", 64)  # the network is small
        pushed(trained, tmp_path / "half", weights="float16")
        with zipfile.ZipFile(tmp_path / "half" / "model.keras") as archive:
            content = io.BytesIO(archive.read("model.weights.h5"))
        with h5py.File(content, "r") as file:
            large = [array for array in weight_arrays(file) if array.size >= half_precision.FEWEST_PACKED]
            assert {array.compression for array in large} == {compression}

    def test_a_weight_that_half_precision_can_not_hold_is_told(self, trained, tmp_path):
        model = _compiled(trained)
        model.trainable_weights[0].assign(np.full(model.trainable_weights[0].shape, 1e5, np.float32))
        folder = shutil.copytree(trained.folder, tmp_path / "large")
        model.save(folder / "model.keras")
        with pytest.raises(ValueError, match=r"large has a weight that is too large for weights=float16$"):
            pushed(RunFolder(without_checksums(folder)), tmp_path / "half", weights="float16")
        assert not (tmp_path / "half").exists()

    def test_a_run_of_an_older_version_gets_a_record(self, run, tmp_path):
        without_checksums(run.folder)
        pushed(run, tmp_path / "shared")
        assert read_json(tmp_path / "shared" / RECORD).keys() == WHOLE - {"README.md", RECORD}

    @pytest.mark.parametrize("name", ["a.zip", "folder"])
    def test_nothing_is_replaced(self, trained, name, tmp_path):
        (tmp_path / name).write_text("mine")
        with pytest.raises(ValueError, match=rf"to must be new, and .*{name} is there: nothing is replaced"):
            pushed(trained, tmp_path / name)
        assert (tmp_path / name).read_text() == "mine"

    @pytest.mark.parametrize("name", ["learned_from.json", "README.md"])
    def test_a_link_to_elsewhere_is_not_followed(self, run, name, tmp_path):
        (tmp_path / "secret").write_text("secret")
        (run.folder / name).symlink_to(tmp_path / "secret")
        with pytest.raises(ValueError, match=rf"{name} is no file, but a link"):
            pushed(run, tmp_path / "a.zip")

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"to": None}, "to must be hf://owner/name, a .zip file or a folder, got null"),
            ({"to": "hf://small"}, "to must be hf://owner/name or hf://owner/name@revision, got 'hf://small'"),
            ({"license": "CC BY 4.0"}, "license must be a name such as mit or cc-by-4.0, got 'CC BY 4.0'"),
            ({"license": "mit\ntags: [x]"}, "license must be a name such as mit or cc-by-4.0, got"),
            ({"weights": "float8"}, "weights must be one of float32, float16, got 'float8'"),
            ({"private": "maybe"}, "private must be true or false, got 'maybe'"),
        ],
    )
    def test_a_wrong_setting_is_told(self, changed, message):
        with pytest.raises(ValueError, match=message):
            PushSettings.from_config(composed("push") | {"to": "a.zip"} | changed)

    def test_its_own_card_goes_with_it(self, run, tmp_path):
        (run.folder / "README.md").write_text("# Mine\n")
        pushed(run, tmp_path / "shared")
        assert (tmp_path / "shared" / "README.md").read_text().endswith("---\n\n# Mine\n")


class TestAdaptedRuns:
    @pytest.fixture
    def adapted(self, tmp_path):
        """A difference of nought to a pretrained run."""
        return self.make(tmp_path, RunFolder(PRETRAINED / "asr_13"))

    def make(self, place, base):
        run = Run.create(place / "adapted", "june", base.config, base.spec, base.statistics, {"commit": None})
        unchanged = np.zeros_like(stored_network(base)[0].weights[3], np.float16)
        run.save_difference({"3": unchanged}, base)
        run.add_metrics("validation", {"loss": 1.0, "snr": 9.5, "lsd": 4.0})
        return run

    def test_a_difference_to_a_pretrained_run_travels_without_it(self, adapted, tmp_path):
        pushed(adapted, tmp_path / "june.zip")
        run = pulled(tmp_path / "june.zip", tmp_path / "runs")
        names = {path.name for path in run.folder.iterdir()}
        assert names == WHOLE - {"model.keras", "history.csv"} | {"adaptation.json", "difference.npz"}
        assert "A difference to the run `asr_13`, which it needs." in (run.folder / "README.md").read_text()
        load_network(run)

    def test_one_is_in_half_precision_already(self, adapted, tmp_path):
        with pytest.raises(ValueError, match=r"june is a difference, whose numbers are float16 already: leave out"):
            pushed(adapted, tmp_path / "june.zip", weights="float16")

    def test_one_to_a_run_of_ones_own_is_refused(self, trained, tmp_path):
        with pytest.raises(ValueError, match=r"june is a difference to .*small, which others don't have: share that"):
            pushed(self.make(tmp_path, trained), tmp_path / "june.zip")

    def test_one_whose_base_is_not_here_is_not_pulled(self, adapted, tmp_path):
        pushed(adapted, tmp_path / "june")
        (tmp_path / "june" / "adaptation.json").write_text(AdaptedFrom("somebody's", "0" * 32).to_json())
        with pytest.raises(ValueError, match=r"june is a difference to the run somebody's, which isn't there"):
            pulled(recorded(tmp_path / "june"), tmp_path / "runs")


class TestPull:
    @pytest.mark.parametrize("form", ["small.zip", "small"])
    def test_predicts_what_the_run_did(self, trained, form, tmp_path):
        pushed(trained, tmp_path / form)
        run = pulled(tmp_path / form, tmp_path / "runs")
        assert run.folder == tmp_path / "runs" / "small"
        mfcc = noise_mfcc(run.spec, 64)[None]
        np.testing.assert_array_equal(load_network(run).predict(mfcc), load_network(trained).predict(mfcc))
        assert run.config == trained.config

    def test_takes_of_a_folder_what_makes_a_run(self, run, tmp_path):
        """A run's own folder, whose record names the optimizer's state, is shared before it is pulled."""
        with pytest.raises(ValueError, match=r"small: 'epoch-0001.keras' is never shared: mfccinv push makes of a run"):
            pulled(run.folder, tmp_path / "runs")
        run.remove_checkpoint(1)
        names = {path.name for path in pulled(run.folder, tmp_path / "runs").folder.iterdir()}
        assert names == WHOLE - {"README.md"}

    def test_a_pulled_run_can_be_shared_again(self, trained, tmp_path):
        pushed(trained, tmp_path / "small.zip")
        run = pulled(tmp_path / "small.zip", tmp_path / "runs")
        pushed(run, tmp_path / "again.zip")
        assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "small.zip").read_bytes()

    def test_never_over_a_run(self, shared, tmp_path):
        folder = pulled(shared, tmp_path / "runs").folder
        (folder / "mine").touch()
        with pytest.raises(ValueError, match=r"name must be new, and .*runs/small is there: nothing is replaced"):
            pulled(shared, tmp_path / "runs")
        assert (folder / "mine").exists()
        (tmp_path / "runs" / "link").symlink_to(tmp_path / "nowhere")
        with pytest.raises(ValueError, match=r"runs/link is there"):
            pulled(shared, tmp_path / "runs", name="link")
        assert pulled(shared, tmp_path / "runs", name="other").folder.name == "other"

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"from": None}, "from must be hf://owner/name, a .zip file or a folder, got null"),
            ({"from": "nothing.zip"}, "from must be hf://.*, and there is no nothing.zip"),
            ({"from": ["a"]}, r"from must be a text, got \['a'\]"),
            ({"from": ".", "name": "../a"}, "name must be a name without folders, got ../a; root=checkpoints is"),
            ({"from": ".", "name": "/a"}, "name must be a name without folders, got /a"),
            ({"from": ".", "name": ".."}, "name must be a name for a folder"),
            ({"from": ".", "name": ""}, "name must be a name without folders"),
        ],
    )
    def test_a_wrong_setting_is_told(self, changed, message):
        with pytest.raises(ValueError, match=message):
            PullSettings.from_config(composed("pull") | changed)

    def test_a_name_may_look_like_a_number(self, shared, tmp_path):
        assert pulled(shared, tmp_path / "runs", name=7).folder.name == "7"


def _link(path):
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def _pipe(path):
    path.unlink()
    os.mkfifo(path)


def _folder(path):
    path.unlink()
    path.mkdir()


def _code(path):
    path.write_text("model: !!python/object/apply:os.system ['touch executed']\n")


def _pickle(path):
    path.write_bytes(pickle.dumps(Executes("executed")))


def _larger(path):
    path.write_bytes(bytes(MOST_BYTES[path.name] + 1))


def _nan(path):
    run = Run(path.parent)
    model = build_model(run.config["model"], run.spec, run.statistics)
    model.weights[-1].assign(np.full(model.weights[-1].shape, np.nan))
    model.save(path)


def _other_model(path):
    run = Run(path.parent)
    randomized(build_model(SMALL["conv"], run.spec, run.statistics)).save(path)


def _unfinished(path):
    path.write_text('{"demo-test": {"snr": 1.0}}')


WRONG = {  # each in a run whose record agrees with it
    "a link": ("model.keras", _link, "model.keras is no file, but a link"),
    "a pipe": ("config.yaml", _pipe, "config.yaml is no file, but a link, a folder, a pipe or a device"),
    "a folder": ("statistics.json", _folder, "statistics.json is no file, but a link, a folder"),
    "code in YAML": ("config.yaml", _code, "config.yaml is damaged: it is no YAML of plain values"),
    "a text that is too large": ("config.yaml", _larger, "config.yaml has more than 65,536 bytes"),
    "a pickle": ("model.keras", _pickle, "model.keras is damaged: "),
    "weights that are NaN": ("model.keras", _nan, "model.keras is damaged: it holds weights that aren't finite"),
    "no scores": ("metrics.json", _unfinished, "metrics.json has no validation scores: the run isn't finished"),
    "no metrics": ("metrics.json", Path.unlink, "metrics.json has no validation scores"),
    "no network": ("model.keras", Path.unlink, "model.keras is missing"),
    "no statistics": ("statistics.json", Path.unlink, "statistics.json is missing: this is no run"),
    "no configuration": ("config.yaml", Path.unlink, "config.yaml is missing: this is no run that mfccinv push made"),
}


@pytest.mark.parametrize(("name", "change", "message"), WRONG.values(), ids=WRONG)
def test_what_is_found_to_be_wrong_leaves_nothing_behind(shared, name, change, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change(shared / name)
    if not (shared / name).exists() or ((shared / name).is_file() and not (shared / name).is_symlink()):
        recorded(shared)
    with pytest.raises(ValueError, match=message) as refused:
        pulled(shared, tmp_path / "runs")
    assert str(refused.value).startswith(str(shared))
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "executed").exists()


RECORDS = {
    "no record": (None, "checksums.json is missing: this is no run that mfccinv push made"),
    "a file that it hasn't": ({"history.csv": None}, r"small: 'history.csv' isn't in checksums.json"),
    "a file that isn't there": ({"../../secret": ["0" * 32]}, r"small: '\.\./\.\./secret' is never shared"),
    "another checksum": ({"history.csv": ["0" * 32]}, r"small: history.csv is damaged: its checksum isn't that of"),
    "one of itself": ({RECORD: ["0" * 32], "README.md": ["0" * 32], "a": ["0" * 32]}, "small: 'a' is never shared"),
    "no checksum": ({"history.csv": []}, r"small: checksums.json is damaged: history.csv can't have the checksums"),
    "a number for a checksum": ({"history.csv": [1]}, r"checksums.json is damaged: history.csv can't have the checks"),
}


@pytest.mark.parametrize(("changed", "message"), RECORDS.values(), ids=RECORDS)
def test_the_record_must_be_that_of_the_files(shared, changed, message, tmp_path):
    if changed is None:
        (shared / RECORD).unlink()
    else:
        sums = {name: known for name, known in (read_json(shared / RECORD) | changed).items() if known is not None}
        (shared / RECORD).write_text(json.dumps(sums))
    with pytest.raises(ValueError, match=message):
        pulled(shared, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_full_disk_leaves_nothing_of_a_run(shared, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left on device"):
        pulled(shared, tmp_path / "runs")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [".lock"]


def test_from_program_to_program(tmp_path):
    """What is shared is pulled, inverts and says that its speech isn't here."""
    make_finished_run(tmp_path / "checkpoints", "small")
    told = call("push", "to=small.zip", cwd=tmp_path)
    assert told.stdout.splitlines()[1] == "small.zip"
    assert call("pull", "from=small.zip", cwd=tmp_path).stderr == (
        "error: name must be new, and checkpoints/small is there: nothing is replaced\n"
    )
    told = call("pull", "from=small.zip", "name=2026", cwd=tmp_path)
    assert (told.code, told.stdout.splitlines()[0]) == (0, "checkpoints/2026:")
    run = RunFolder(tmp_path / "checkpoints" / "2026")
    np.save(tmp_path / "mfcc.npy", noise_mfcc(run.spec, 50).T)
    features = (
        "features.n_mels=24",
        "features.n_mfcc=8",
        "force=true",
        "progress=false",
        "phase=joint",
        "phase.iterations=1",
    )
    told = call("invert", "input=mfcc.npy", "checkpoint=2026", *features, cwd=tmp_path)
    assert told.stdout == "mfcc.npy → inverted/mfcc.wav: 0.49 s at 16000 Hz\n"


def test_a_pretrained_name_is_told_to_mean_another_run(trained, tmp_path):
    pushed(trained, tmp_path / "asr_20.zip")
    told = call("pull", "from=asr_20.zip", cwd=tmp_path).stdout
    assert told.endswith("here asr_20 is this run now, and not the one that comes with the package\n")
    assert "here asr_20 is" not in call("pull", "from=asr_20.zip", "root=elsewhere", cwd=tmp_path).stdout
