"""Tests of the training on a part of the demo corpus: it learns, stops, goes on and says what went wrong."""

import json
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
import yaml
from configurations import composed, settings, training_config
from programs import train
from speech import speech

import mfccinv
from mfccinv.batches.segment_batches import SegmentBatches
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import DatasetError
from mfccinv.evaluation.evaluate import evaluate
from mfccinv.evaluation.frame_metrics import FrameSums
from mfccinv.evaluation.settings import EvaluateSettings
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.task import Task
from mfccinv.models.assembly import build_model
from mfccinv.run_folders import lookup
from mfccinv.run_folders.lookup import find_phase_run, find_run
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError, RunFolder
from mfccinv.system import interrupts, provenance
from mfccinv.training import train as training
from mfccinv.training import training_loop
from mfccinv.training.epoch import NonFiniteLoss
from mfccinv.training.loss import LOSSES
from mfccinv.training.optimizer import StoppingAdam
from mfccinv.training.schedules import best_epoch
from mfccinv.training.settings import TrainSettings
from mfccinv.training.train import rerun, resume

# Everything that has a state from one epoch to the next.
STATEFUL = (
    "model.dropout=0.2",
    "model.input_batch_norm=true",
    "training.learning_rate=0.02",
    "training.schedule=plateau",
    "training.weight_average=0.7",
    "training.plateau_patience=1",
    "training.epochs=4",
)


def scores_of(run):
    """History without the seconds that its epochs took."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in run.read_history()]


def assert_same_history(first, second):
    assert len(scores_of(first)) == len(scores_of(second))
    for one, other in zip(scores_of(first), scores_of(second), strict=True):
        assert one == pytest.approx(other, rel=1e-6)


def assert_same_model(first, second):
    weights = [run.load_model().get_weights() for run in (first, second)]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def validation_metrics(run):
    return json.loads((run.folder / "metrics.json").read_text())["validation"]


@pytest.fixture(scope="module")
def uninterrupted(shared_folder):
    """A finished run of four epochs."""
    return train(training_config(shared_folder, *STATEFUL, "run.name=uninterrupted"))


@pytest.mark.slow
class TestRerun:
    def test_gives_the_same_numbers(self, uninterrupted):
        """Dropout, the running average, the order of the data: all follow from the seed, which is written down."""
        again, differences = rerun(uninterrupted.folder, uninterrupted.folder.parent)
        assert again.folder == uninterrupted.folder.with_name("uninterrupted-again")
        assert differences == []
        assert_same_model(again, uninterrupted)

    def test_does_not_talk_to_a_cluster_that_a_run_names(self, copied, monkeypatch):
        """It would unpickle what it is sent, and be a stranger's."""
        config = yaml.safe_load(copied.config_text)
        config["dataset"]["executor"] = "tcp://127.0.0.1:9"
        (copied.folder / "config.yaml").write_text(yaml.safe_dump(config))
        asked = []
        monkeypatch.setattr(training, "train", lambda settings: asked.append(settings.build.dataset) or copied)
        rerun(copied.folder, copied.folder.parent)
        assert [dataset.executor for dataset in asked] == ["processes"]

    def test_names_the_file_of_a_setting_that_can_not_be(self, copied):
        config = yaml.safe_load(copied.config_text)
        (copied.folder / "config.yaml").write_text(yaml.safe_dump(config | {"loss": {"name": "none"}}))
        with pytest.raises(RunError, match=r"config.yaml: loss must be one of .*, got 'none'"):
            rerun("run", copied.folder.parent)

    def test_takes_a_run_from_before_a_setting_came(self, copied):
        config = yaml.safe_load(copied.config_text)
        del config["features"]["padding"], config["tracker"]
        (copied.folder / "config.yaml").write_text(yaml.safe_dump(config))
        again, differences = rerun("run", copied.folder.parent)
        assert differences == []
        assert again.spec == copied.spec


@pytest.mark.slow
class TestLinear:
    """Networks that predict linear spectra."""

    @pytest.mark.parametrize("source", ["mel", "mfcc"])
    def test_learns(self, source, linear_run):
        run = linear_run(source)
        first, second = run.read_history()
        assert second["val_loss"] < first["val_loss"]
        assert run.open_dataset().manifest["linear"]

    def test_keeps_its_task_where_another_training_starts_from_it(self, own_folder, linear_run):
        base = linear_run("mel")
        adapted = train(training_config(own_folder, f"init={base.folder}", "training.epochs=1"))
        assert adapted.task == base.task == Task("mel", "linear")


OF_PHASE = ("source=mel", "target=phase", "loss=phase_steps", "model.output=steps", "model.projection=false")


@pytest.fixture(scope="module")
def phase_run(shared_folder):
    options = ("model=tcn", "model.width=16", "dataset.limit=8", "training.epochs=2", "run.name=phase")
    return train(training_config(shared_folder, *OF_PHASE, *options))


@pytest.mark.slow
class TestPhase:
    """Networks that predict the phase's steps."""

    def test_learns(self, phase_run):
        run = phase_run
        first, second = run.read_history()
        assert second["val_loss"] < first["val_loss"] < 1 + 1e-6
        assert second["val_snr"] == pytest.approx(-10 * np.log10(second["val_loss"]))
        assert np.isnan(second["val_lsd"])
        assert run.open_dataset().manifest["phase"]
        assert next(iter(run.open_dataset().shards("validation")[0])).phase_steps.shape[1] == 4 * run.spec.n_bins

    def test_starts_phases_of_its_features_alone(self, phase_run, monkeypatch):
        run = phase_run
        monkeypatch.setattr(lookup, "_pretrained_runs", lambda: [run])
        assert find_phase_run("auto", run.spec) == run
        assert (
            find_phase_run(run.folder, replace(run.spec, window="povey", preemphasis=0.97, n_mels=20)).folder
            == run.folder
        )
        with pytest.raises(ValueError, match=r"phase predicts the phase of spectra with .*, not with .*hop_length=100"):
            find_phase_run(run.folder, replace(run.spec, hop_length=100))
        with pytest.raises(ValueError, match="asr_20 was trained with target=mel, target=phase is needed here"):
            find_phase_run("asr_20", run.spec)
        with pytest.raises(ValueError, match="no pretrained run takes these features: take another magnitude"):
            find_run("auto", run.spec, "mel")
        with pytest.raises(ValueError, match="phase was trained with target=phase, another target is needed here"):
            find_run(run.folder, run.spec, "mel")
        phase = settings("phase", "griffin_lim") | {"start": f"learned:{run.folder}", "iterations": 1}
        y = mfccinv.magnitude_to_audio(np.ones((run.spec.n_bins, 20)), spec=run.spec, phase=phase)
        assert np.isfinite(y).all()

    def test_what_it_is_not_for_is_told(self, phase_run):
        run = phase_run
        with pytest.raises(
            ValueError, match=r"phase predicts phases, which aren't scored here; phase=learned phase.start=learned:/"
        ):
            evaluate(EvaluateSettings.from_config(composed("evaluate", f"run={run.folder}")))
        with pytest.raises(ValueError, match=r"phase predicts phases, and only networks for spectra can be adapted"):
            mfccinv.adapt(speech(16000, 20.0), sample_rate=16000, name="june", checkpoint=run.folder)

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ("loss=snr", "loss=phase_steps is for target=phase, and for no other, got loss=snr"),
            ("model.output=residual", "target=phase needs model.output=steps and model.projection=false"),
            ("source=mfcc", "target=phase needs source=mel, got source=mfcc"),
            ("target=linear", "loss=phase_steps is for target=phase"),
        ],
    )
    def test_what_does_not_fit_is_told(self, shared_folder, changed, message):
        with pytest.raises(ValueError, match=message):
            train(training_config(shared_folder, "model=tcn", "dataset.limit=8", *OF_PHASE, changed))


@pytest.mark.slow
class TestTrain:
    def test_learns_and_beats_the_analytic_inverse_on_a_voice_it_does_not_know(self, own_folder):
        options = ("dataset.limit=12", "training.epochs=4", "training.batch_frames=256")
        run = train(training_config(own_folder, *options))
        history = run.read_history()
        assert [row["epoch"] for row in history] == [1, 2, 3, 4]
        assert {row["learning_rate"] for row in history} == {1e-3}
        assert history[-1]["loss"] < history[0]["loss"] - 0.5
        baseline = train(training_config(own_folder, *options, "model=pseudo_inverse"))
        assert validation_metrics(run)["snr"] > validation_metrics(baseline)["snr"] + 1.1

    def test_the_best_epoch_is_kept_and_patience_ends_it(self, own_folder):
        run = train(training_config(own_folder, "training.epochs=30", "training.patience=2", "model.hidden=[128]"))
        losses = [row["val_loss"] for row in run.read_history()]
        assert len(losses) == best_epoch(losses) + 2 < 30
        assert validation_metrics(run)["loss"] == pytest.approx(min(losses), rel=1e-6)
        assert min(losses) < losses[-1]
        assert validation_metrics(run)["snr"] == pytest.approx(run.read_history()[best_epoch(losses) - 1]["val_snr"])
        assert [path.name for path in run.folder.glob("epoch-*")] == [f"epoch-{len(losses):04d}.keras"]

    def test_another_seed_gives_another_run(self, own_folder, uninterrupted):
        other = train(training_config(own_folder, *STATEFUL, "training.seed=1", "training.epochs=1"))
        assert scores_of(other)[0]["loss"] != pytest.approx(scores_of(uninterrupted)[0]["loss"], rel=1e-3)

    def test_the_run_tells_what_made_it(self, uninterrupted):
        environment = json.loads((uninterrupted.folder / "environment.json").read_text())
        dataset = Dataset(training.Path(environment["dataset"]))
        assert environment["fingerprint"] == dataset.manifest["fingerprint"]
        assert environment["backend"] == keras.backend.backend()
        assert environment["devices"]
        assert environment["versions"]["keras"] == keras.__version__
        assert {"python", "mfccinv", "numpy", "tensorflow"} <= set(environment["versions"])
        assert "commit" in environment
        assert uninterrupted.spec == dataset.spec
        assert (uninterrupted.folder / "statistics.json").read_text() == (
            dataset.folder / "statistics.json"
        ).read_text()
        weights = uninterrupted.load_model().trainable_weights
        assert environment["trainable_parameters"] == sum(int(np.prod(weight.shape)) for weight in weights)

    def test_every_epoch_has_its_own_order_and_rate(self, own_folder, monkeypatch):
        """What the optimizer did is looked at when an epoch is saved; epochs are cut short to two steps."""
        epochs, steps, rates, start, save = [], [], [], SegmentBatches.start_epoch, Run.save_checkpoint

        def start_spy(batches, epoch):
            epochs.append(epoch)
            start(batches, epoch)

        def save_spy(run, model, epoch):
            steps.append(int(model.optimizer.iterations))
            rates.append(float(model.optimizer.learning_rate))
            save(run, model, epoch)

        monkeypatch.setattr(SegmentBatches, "start_epoch", start_spy)
        monkeypatch.setattr(Run, "save_checkpoint", save_spy)
        options = ("training.steps_per_epoch=2", "training.batch_frames=256", "training.schedule=cosine")
        run = train(training_config(own_folder, *options))
        assert epochs[-3:] == [0, 1, 2]
        assert steps == [2, 4, 6]
        assert rates == pytest.approx([row["learning_rate"] for row in run.read_history()])
        assert rates[0] == pytest.approx(1e-3)
        assert rates[2] < 0.5 * rates[0]

    def test_the_analytic_inverse_trains_nothing(self, own_folder):
        run = train(training_config(own_folder, "model=pseudo_inverse"))
        assert run.read_history() == []
        assert not list(run.folder.glob("epoch-*"))
        environment = json.loads((run.folder / "environment.json").read_text())
        assert environment["trainable_parameters"] == 0
        dataset = Dataset(training.Path(environment["dataset"]))
        sums = [
            FrameSums.of(utterance.log_mel, mfcc_to_log_mel(utterance.mfcc, dataset.spec))
            for utterance in dataset.features("validation")
        ]
        expected = FrameSums.stack(sums).total().summary()
        scores = validation_metrics(run)
        assert {name: scores[name] for name in expected} == pytest.approx(expected, abs=1e-3)

    @pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"phase_steps"}))
    def test_every_loss_trains_single_windows(self, own_folder, loss):
        run = train(
            training_config(
                own_folder,
                f"loss={loss}",
                "training.segment_frames=1",
                "training.batch_frames=64",
                "training.steps_per_epoch=3",
                "training.epochs=1",
                "training.gradient_clip=null",
            )
        )
        (row,) = run.read_history()
        assert np.isfinite(list(row.values())).all()
        analytic = build_model(run.config["model"], run.spec, run.statistics).get_weights()
        assert any(np.any(one != other) for one, other in zip(run.load_model().get_weights(), analytic, strict=True))


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
class TestInit:
    def test_starts_from_the_weights_statistics_and_model_of_a_run(self, own_folder, uninterrupted):
        """On other speech; the model and the features of the configuration do not count."""
        frozen = ("training.learning_rate=1e-12", "training.epochs=1", "model=conv", "features.n_mfcc=13")
        elsewhere = ("split=speaker", "split.validation=0", "split.test=0", "split.validation_speakers=[june]")
        started = train(training_config(own_folder, *frozen, *elsewhere, f"init={uninterrupted.folder}", "run.name=b"))
        assert started.spec == uninterrupted.spec
        assert started.config["model"] == uninterrupted.config["model"]
        assert started.open_dataset().folder != uninterrupted.open_dataset().folder
        np.testing.assert_array_equal(started.statistics.mfcc_mean, uninterrupted.statistics.mfcc_mean)
        for one, other in zip(started.load_model().weights, uninterrupted.load_model().weights, strict=True):
            if "moving" not in one.path:  # batch normalisation goes on
                np.testing.assert_allclose(one, other, atol=1e-6)

    def test_starts_from_it_even_if_killed_in_the_first_epoch(self, own_folder, uninterrupted, monkeypatch):
        def killed(*arguments, **options):
            raise KeyboardInterrupt

        frozen = ("training.learning_rate=1e-12", "training.epochs=1", f"init={uninterrupted.folder}")
        with monkeypatch.context() as patch:
            patch.setattr(training_loop, "train_epoch", killed)
            with pytest.raises(KeyboardInterrupt):
                train(training_config(own_folder, *frozen))
        resumed = resume("run", own_folder / "runs", {})
        for one, other in zip(resumed.load_model().weights, uninterrupted.load_model().weights, strict=True):
            if "moving" not in one.path:  # batch normalisation goes on
                np.testing.assert_allclose(one, other, atol=1e-6)

    def test_takes_another_number_of_mfcc_along(self, own_folder, uninterrupted):
        options = (
            "training.epochs=1",
            "training.learning_rate=1e-12",
            "features.n_mfcc=26",
            "model.input_batch_norm=true",
        )
        started = train(training_config(own_folder, *options, f"init_weights={uninterrupted.folder}"))
        assert started.spec == uninterrupted.spec.with_n_mfcc(26)
        assert len(started.statistics.mfcc_mean) == 26
        own, theirs = (run.load_model().trainable_weights for run in (started, uninterrupted))
        assert [weight.shape for weight in own] != [weight.shape for weight in theirs]
        np.testing.assert_allclose(own[-1], theirs[-1], atol=1e-6)

    def test_takes_another_target(self, own_folder, uninterrupted):
        options = ("training.epochs=1", "training.learning_rate=1e-12", "target=linear", "model.input_batch_norm=true")
        started = train(training_config(own_folder, *options, f"init_weights={uninterrupted.folder}"))
        assert started.task.target == "linear"
        for name, values in vars(started.open_dataset().statistics).items():
            np.testing.assert_array_equal(getattr(started.statistics, name), values)
        own, theirs = (run.load_model().trainable_weights for run in (started, uninterrupted))
        np.testing.assert_allclose(own[0], theirs[0], atol=1e-6)

    def test_weights_of_another_model_are_refused(self, own_folder, uninterrupted):
        with pytest.raises(
            ValueError, match=r"^weights of uninterrupted are for a model with model\.context=.*: say so"
        ):
            train(training_config(own_folder, f"init_weights={uninterrupted.folder}", "model.context=3"))

    def test_two_runs_to_start_from(self, own_folder):
        with pytest.raises(ValueError, match=r"^init=asr_20 takes all weights: leave out init_weights=asr_13$"):
            train(training_config(own_folder, "init=asr_20", "init_weights=asr_13"))

    def test_a_run_that_is_not_there_is_refused(self, own_folder):
        with pytest.raises(RunError, match="no run 'nowhere'"):
            train(training_config(own_folder, "init=nowhere"))


@pytest.mark.slow
class TestWeightAverage:
    def test_counts_in_place_of_the_weights_and_leaves_the_training_alone(self, own_folder):
        runs = {}
        for name, average in {"none": "null", "last": "0.0", "slow": "0.9"}.items():
            changes = (f"run.name={name}", f"training.weight_average={average}", "training.epochs=2")
            runs[name] = train(training_config(own_folder, *changes))
        rows = {name: run.read_history() for name, run in runs.items()}
        assert_same_history(runs["none"], runs["last"])
        assert_same_model(runs["none"], runs["last"])
        assert [row["loss"] for row in rows["slow"]] == pytest.approx([row["loss"] for row in rows["none"]])
        assert [row["val_loss"] for row in rows["slow"]] != pytest.approx([row["val_loss"] for row in rows["none"]])


class TestResume:
    @pytest.mark.slow
    def test_equals_an_uninterrupted_training(self, own_folder, uninterrupted):
        first = train(training_config(own_folder, *STATEFUL, "training.epochs=2"))
        assert len(first.read_history()) == 2
        resumed = resume("run", own_folder / "runs", {"epochs": 4})
        assert resumed.folder == first.folder
        assert_same_history(resumed, uninterrupted)
        assert_same_model(resumed, uninterrupted)
        assert len({row["learning_rate"] for row in resumed.read_history()}) > 1
        assert yaml.safe_load((resumed.folder / "config.yaml").read_text())["training"]["epochs"] == 4

    @pytest.mark.slow
    def test_equals_an_uninterrupted_training_on_live_variants(self, own_folder):
        live = ("augment=voices", "augment.live=true", "augment.copies=1", "dataset.limit=2")
        whole = train(training_config(own_folder, *live, "training.epochs=3", "run.name=whole"))
        train(training_config(own_folder, *live, "training.epochs=1"))
        resumed = resume("run", own_folder / "runs", {"epochs": 3})
        assert_same_history(resumed, whole)
        assert_same_model(resumed, whole)
        assert whole.open_dataset().manifest["augment"] is None
        assert rerun("whole", own_folder / "runs")[1] == []

    def test_a_run_from_before_a_setting_came_is_continued(self, copied):
        config = yaml.safe_load(copied.config_text)
        del config["training"]["precision"], config["training"]["devices"], config["dataset"]["linear"]
        del config["tracker"], config["augment"]
        (copied.folder / "config.yaml").write_text(yaml.safe_dump(config))
        resumed = resume("run", copied.folder.parent, {"epochs": 2})
        assert len(resumed.read_history()) == 2
        assert resumed.config["dataset"]["linear"] is False

    def test_what_made_it_is_written_down_anew(self, copied, monkeypatch):
        before = copied.environment
        monkeypatch.setattr(provenance, "source_commit", lambda: "another")
        resumed = resume("run", copied.folder.parent, {"epochs": 2, "seed": 1, "steps_per_epoch": 1})
        after = resumed.environment
        assert 0 < after["frames_per_epoch"] < before["frames_per_epoch"] / 2
        assert after == before | {"frames_per_epoch": after["frames_per_epoch"], "commit": "another"}
        assert "seed" not in before  # it is in config.yaml
        assert len(before["id"]) == 32

    def test_a_run_that_goes_on_is_not_finished_meanwhile(self, copied, monkeypatch):
        def killed(*arguments, **options):
            raise KeyboardInterrupt

        assert copied.is_finished
        with monkeypatch.context() as patch:
            patch.setattr(training_loop, "train_epoch", killed)
            with pytest.raises(KeyboardInterrupt) as interrupted:
                resume("run", copied.folder.parent, {"epochs": 2})
        assert not copied.is_finished
        command = f"mfccinv train resume={copied.folder}"
        assert str(interrupted.value) == f"epochs that are kept: 1; go on with: {command}"

    def test_says_where_nothing_is_left_to_train(self, copied, capsys):
        before = copied.read_history()
        assert resume("run", copied.folder.parent, {}).read_history() == before
        assert "\nnothing is left to train: 1 of training.epochs=1 are done\n" in capsys.readouterr().out

    @pytest.mark.parametrize("changed", [{"epochs": 1, "patience": 3}, {"patience": 1}])
    def test_a_finished_run_stays_as_it_was_configured_where_nothing_is_left(self, copied, changed):
        before = copied.config_text
        resume("run", copied.folder.parent, changed)
        assert RunFolder(copied.folder).config_text == before

    def test_a_run_without_its_checkpoint_stays_as_it_was_configured(self, copied):
        before = copied.config_text
        (copied.folder / "epoch-0001.keras").unlink()
        with pytest.raises(RunError, match=r"has no epoch-0001.keras to go on from, as .* with init=run$"):
            resume("run", copied.folder.parent, {"epochs": 2})
        assert RunFolder(copied.folder).config_text == before

    def test_scores_of_the_network_before_are_removed(self, copied):
        copied.add_metrics("voices-all", {"snr": 6.0})
        resume("run", copied.folder.parent, {"epochs": 2})
        assert set(RunFolder(copied.folder).metrics) == {"validation"}

    def test_the_history_is_written_alike_before_and_after(self, copied):
        resume("run", copied.folder.parent, {"epochs": 2})
        rows = (copied.folder / "history.csv").read_text().splitlines()
        assert [row.partition(",")[0] for row in rows] == ["epoch", "1", "2"]

    def test_needs_no_longer_the_run_that_it_started_from(self, copied):
        config = yaml.safe_load(copied.config_text)
        (copied.folder / "config.yaml").write_text(yaml.safe_dump(config | {"init": "gone"}))
        assert len(resume("run", copied.folder.parent, {"epochs": 2}).read_history()) == 2

    @pytest.mark.parametrize(
        "changed", [{"precision": "mixed_float16"}, {"optimizer": "muon"}, {"weight_average": 0.9}]
    )
    def test_what_the_optimizers_state_depends_on_stays(self, copied, changed):
        with pytest.raises(RunError, match=rf"training.{next(iter(changed))} can't change"):
            resume("run", copied.folder.parent, {"epochs": 2} | changed)
        assert len(copied.read_history()) == 1

    @pytest.mark.slow
    @pytest.mark.parametrize("killed_in", ["write_history", "remove_checkpoint"])
    def test_goes_on_wherever_the_training_was_killed(self, own_folder, uninterrupted, monkeypatch, killed_in):
        original, calls = getattr(Run, killed_in), []

        def killed(run, *arguments):
            calls.append(arguments)
            if len(calls) == 2:
                raise KeyboardInterrupt
            original(run, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(Run, killed_in, killed)
            with pytest.raises(KeyboardInterrupt):
                train(training_config(own_folder, *STATEFUL))
        folder = own_folder / "runs" / "run"
        assert len(Run(folder).read_history()) < 4
        (folder / ".tmp-killed.keras").write_bytes(b"half a checkpoint")
        resumed = resume("run", own_folder / "runs", {})
        assert_same_history(resumed, uninterrupted)
        assert_same_model(resumed, uninterrupted)
        assert [path.name for path in folder.glob("epoch-*")] == ["epoch-0004.keras"]
        assert not (folder / ".tmp-killed.keras").exists()

    def test_ctrl_c_that_python_dropped_ends_it(self, own_folder, monkeypatch):
        monkeypatch.setattr(interrupts._pressed, "is_waiting", True)
        with pytest.raises(KeyboardInterrupt, match="epochs that are kept: 0; go on with: mfccinv train resume="):
            train(training_config(own_folder))

    @pytest.mark.slow
    def test_a_finished_run_is_scored_again_and_left_as_it_was(self, own_folder, uninterrupted):
        folder = own_folder / "runs" / "copy"
        shutil.copytree(uninterrupted.folder, folder)
        (folder / "metrics.json").unlink()
        resumed = resume(str(folder), own_folder, {})
        assert_same_history(resumed, uninterrupted)
        assert validation_metrics(resumed) == pytest.approx(validation_metrics(uninterrupted), rel=1e-6)

    def test_another_data_set_is_refused(self, copied):
        environment = json.loads((copied.folder / "environment.json").read_text())
        path = copied.folder / "environment.json"
        path.write_text(json.dumps(environment | {"fingerprint": "another"}))
        with pytest.raises(RunError, match=r"is not the data set that .* was trained on"):
            resume("run", copied.folder.parent, {})
        path.write_text(json.dumps(environment | {"dataset": str(copied.folder / "gone")}))
        with pytest.raises(DatasetError, match=r"gone is not a complete data set"):
            resume("run", copied.folder.parent, {})

    def test_a_tracker_that_is_not_there_is_told_with_the_file_that_names_it(self, copied):
        config = yaml.safe_load(copied.config_text)
        (copied.folder / "config.yaml").write_text(yaml.safe_dump(config | {"tracker": {"name": "os"}}))
        with pytest.raises(RunError, match=r"config.yaml: tracker must be one of .*none.*, got 'os'"):
            resume("run", copied.folder.parent, {})

    def test_another_specification_is_refused(self, copied):
        path = copied.folder / "feature_spec.json"
        path.write_text(copied.spec.with_n_mfcc(13).to_json())
        with pytest.raises(ValueError, match=r"the feature specification differs .*: n_mfcc: 20 here, 13 there"):
            resume("run", copied.folder.parent, {})

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"epochs": 0}, "training.epochs must be at least 1, got 0"),
            ({"speed": 2}, "unknown training setting: speed"),
        ],
    )
    def test_wrong_settings_change_nothing(self, copied, changes, message):
        before = (copied.folder / "config.yaml").read_text()
        with pytest.raises(ValueError, match=message):
            resume("run", copied.folder.parent, changes)
        assert (copied.folder / "config.yaml").read_text() == before


class TestErrors:
    def test_a_loss_that_is_not_finite_names_its_step(self, own_folder):
        with pytest.raises(
            NonFiniteLoss, match=r"the loss became (nan|inf) in step 2 of epoch 1: try a lower training.learning_rate"
        ):
            train(training_config(own_folder, "training.learning_rate=1e30", "training.batch_frames=256"))
        assert not (own_folder / "runs" / "run" / "model.keras").exists()

    def test_a_gradient_that_is_not_finite_names_its_step_though_the_loss_is(self, own_folder, monkeypatch):
        finite = StoppingAdam._goes_on

        def goes_on(self, grads, iterations=None):
            bad = keras.ops.equal(self.iterations, 2)  # in the third step
            return keras.ops.logical_and(finite(self, grads, iterations), keras.ops.logical_not(bad))

        monkeypatch.setattr(StoppingAdam, "_goes_on", goes_on)
        with pytest.raises(NonFiniteLoss, match="a gradient became infinite or NaN in step 3 of epoch 1: try a lower"):
            train(training_config(own_folder, "training.batch_frames=256"))

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of infinite levels
    def test_a_validation_loss_that_is_not_finite_is_no_result(self, own_folder):
        with pytest.raises(NonFiniteLoss, match=r"the validation loss became (nan|inf) after epoch 1"):
            train(training_config(own_folder, "training.learning_rate=1e30", "training.steps_per_epoch=1"))
        folder = own_folder / "runs" / "run"
        assert not (folder / "model.keras").exists()
        resumed = resume("run", own_folder / "runs", {"learning_rate": 1e-3, "epochs": 1})
        assert np.isfinite(validation_metrics(resumed)["loss"])

    @pytest.mark.parametrize(
        ("override", "message"),
        [
            ("training.epochs=0", "training.epochs must be at least 1, got 0"),
            ("training.patience=0", "training.patience must be at least 1, got 0"),
            ("training.learning_rate=0", "training.learning_rate must be above 0, got 0"),
            ("training.schedule=step", "training.schedule must be one of constant, .*, trapezoid, got 'step'"),
            ("training.segment_frames=0", "training.segment_frames must be at least 1, got 0"),
            ("loss.name=l2", "loss must be one of .*, got 'l2'"),
            ("model.context=100000", "no utterance is as long as the context of 100000 frames"),
        ],
    )
    def test_wrong_settings_leave_no_run_behind(self, own_folder, override, message):
        with pytest.raises(ValueError, match=message):
            train(training_config(own_folder, override))
        assert not (own_folder / "runs").exists()

    def test_settings_that_a_model_lacks_are_told_before_a_data_set_is_built(self, tmp_path):
        config = training_config(tmp_path)
        config["model"] = {"name": "dense", "hidden": [16]}
        with pytest.raises(ValueError, match="model 'dense' lacks context, position, output, projection, activation"):
            train(config)
        assert not (tmp_path / "sets").exists()

    @pytest.mark.parametrize(
        ("override", "message"),
        [
            ("training.schedule=cosin", "training.schedule must be one of constant, .*, got 'cosin'"),
            ("training.optimizer=adm", "training.optimizer must be one of adam, muon, got 'adm'"),
            ("training.precision=float64", "training.precision must be one of .*, got 'float64'"),
            ("model.hidden=[0]", "model.hidden must hold widths of at least 1"),
        ],
    )
    def test_wrong_settings_of_the_training_are_told_before_a_data_set_is_built(self, tmp_path, override, message):
        with pytest.raises(ValueError, match=message):
            train(training_config(tmp_path, override))
        assert not list((tmp_path / "sets").glob("*/*.npz"))

    def test_a_name_that_no_run_can_have_is_told_before_a_data_set_is_built(self, tmp_path):
        with pytest.raises(ValueError, match=r"run\.name must be a name for a folder, .* got '\.\.'"):
            train(training_config(tmp_path, "run.name=.."))
        assert not (tmp_path / "sets").exists()


def test_notes_that_no_run_could_hold_are_refused(own_folder):
    config = training_config(own_folder) | {"notes": "x" * 5000}
    with pytest.raises(ValueError, match=r"^notes must have at most 4,096 characters, got 5,000: keep the rest"):
        TrainSettings.from_config(config)


def test_settings_that_no_run_could_keep_are_refused_before_the_data_set_is_built(own_folder):
    config = training_config(own_folder)
    config["split"]["test_speakers"] = [f"speaker-{number:08}" for number in range(4000)]
    with pytest.raises(ValueError, match=r"^the settings have \d+,\d+ bytes, and those of a run may have 65,536: of"):
        TrainSettings.from_config(config)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("weight_average=1.0", r"training.weight_average must be in \[0, 1\) or null, got 1.0"),
        ("gradient_clip=0", "training.gradient_clip must be above 0 or null, got 0"),
    ],
)
def test_settings_of_the_optimizer_out_of_range_are_refused(own_folder, changed, message):
    with pytest.raises(ValueError, match=message):
        TrainSettings.from_config(training_config(own_folder, f"training.{changed}"))
