"""Tests of a network that takes several numbers of MFCC, from its training to the sound: all by one small run."""

import numpy as np
import pytest
from configurations import composed, training_config
from noise import noise_log_mel
from programs import evaluate, train

import mfccinv
from mfccinv.experiments.rows import by_ground, read_rows
from mfccinv.features.cepstrum import log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.spec import SpecMismatch
from mfccinv.inversion.streams import StreamingInverter
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError
from mfccinv.training.train import resume

SEVERAL = ("features.n_mfcc=80", "min_mfcc=10", "training.steps_per_epoch=2", "training.batch_frames=256")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(shared_folder):
    """Trained for an epoch of two steps."""
    return train(training_config(shared_folder, *SEVERAL, "training.epochs=1", "run.name=several"))


def frames(spec, n_mfcc):
    log_mel = noise_log_mel(spec, 40)
    return log_mel, log_mel_to_mfcc(log_mel, spec)[:, :n_mfcc]


class TestTraining:
    def test_the_mean_over_the_numbers_counts_and_each_is_told(self, run):
        (row,), metrics = run.read_history(), run.metrics
        for name in ("val_loss", "val_snr", "val_lsd"):
            by_number = [row[f"{name}_{n}"] for n in (13, 20, 40)]
            assert row[name] == pytest.approx(np.mean(by_number))
        assert row["val_snr_13"] < row["val_snr_20"] < row["val_snr_40"]
        for n in (13, 20, 40):
            assert metrics[f"validation-{n}_mfcc"]["snr"] == pytest.approx(row[f"val_snr_{n}"], abs=1e-3)
        assert metrics["validation"]["snr_gain"] == pytest.approx(
            np.mean([metrics[f"validation-{n}_mfcc"]["snr_gain"] for n in (13, 20, 40)])
        )

    def test_goes_on_but_not_with_other_numbers(self, run):
        with pytest.raises(RunError, match=r"training.validated_mfcc can't change: history.csv has columns for each"):
            resume(run.folder, run.folder.parent, {"validated_mfcc": [13]})

    def test_starts_another_training(self, run, own_folder):
        base = ("training.learning_rate=1e-12", "training.epochs=1", "training.steps_per_epoch=1")
        adapted = train(training_config(own_folder, f"init={run.folder}", *base))
        assert adapted.task == run.task
        assert adapted.spec == run.spec
        for one, other in zip(adapted.load_model().weights, run.load_model().weights, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)

    def test_sharpness_is_measured_where_something_is_left_to_predict(self, own_folder):
        run = train(training_config(own_folder, *SEVERAL, "training.epochs=1", "training.validated_mfcc=[80]"))
        assert len(run.sharpness.factors(10)) == 70

    @pytest.mark.parametrize("numbers", ["[9]", "[20,81]", "[]"])
    def test_numbers_that_it_does_not_take(self, own_folder, numbers):
        with pytest.raises(
            ValueError, match=r"training.validated_mfcc must be some of 10 to 80, which the network tak"
        ):
            train(training_config(own_folder, *SEVERAL, f"training.validated_mfcc={numbers}"))


class TestScores:
    few = ("examples=0", "listened=0", "workers=1", "progress=false", "scored_split=validation")

    def test_with_a_number(self, run):
        """Those of the training are found again, and the baseline is the analytic inverse of so many."""
        folder, scores = evaluate(composed("evaluate", f"run={run.folder}", "n_mfcc=20", *self.few))
        assert folder == run.folder / "evaluation" / "demo-validation-20_mfcc"
        validated = run.metrics["validation-20_mfcc"]
        assert scores["total"]["model"]["snr"]["value"] == pytest.approx(validated["snr"], abs=1e-3)
        assert scores["gain"]["snr"]["value"] == pytest.approx(validated["snr_gain"], abs=1e-3)
        (row,) = [
            one
            for one in read_rows(run.folder.parent, "val_snr")[0]
            if one.ground.spec.n_mfcc == 20 and one.run == "several"
        ]
        assert row.others["demo-validation"]["snr"] == pytest.approx(validated["snr"], abs=1e-3)

    @pytest.mark.parametrize(("n_mfcc", "got"), [("null", "null: say which"), ("9", "9"), ("81", "81")])
    def test_without_or_with_another(self, run, n_mfcc, got):
        with pytest.raises(ValueError, match=rf"several takes 10 to 80 MFCC, got n_mfcc={got}$"):
            evaluate(composed("evaluate", f"run={run.folder}", f"n_mfcc={n_mfcc}", *self.few))

    def test_it_is_beside_the_runs_of_each_number(self, run, finished):
        rows, unreadable = read_rows(run.folder.parent, "val_snr")
        assert not [one for one in unreadable if "several" in one]
        own = [row for row in rows if row.run == "several"]
        assert sorted(row.ground.spec.n_mfcc for row in own) == [13, 20, 40]
        (beside,) = [group for group in by_ground(rows) if {"several", "finished"} <= {row.run for row in group}]
        (row,) = [row for row in beside if row.run == "several"]
        assert row.validation["snr"] == run.metrics["validation-20_mfcc"]["snr"]
        assert row.history[0]["val_snr"] == run.read_history()[0]["val_snr_20"]


class TestInversion:
    @pytest.mark.parametrize("n_mfcc", [10, 33])
    @pytest.mark.parametrize("by_run", [False, True])
    def test_takes_what_there_is(self, run, n_mfcc, by_run):
        _, mfcc = frames(run.spec, n_mfcc)
        spec = {"spec": run.folder} if by_run else {}
        mel = mfccinv.mfcc_to_mel(mfcc.T, checkpoint=run.folder, **spec)
        log_mel = 10 * np.log10(mel.T)
        np.testing.assert_allclose(log_mel_to_mfcc(log_mel, run.spec)[:, :n_mfcc], mfcc, atol=1e-3)
        assert np.abs(log_mel - mfcc_to_log_mel(mfcc, run.spec.with_n_mfcc(n_mfcc))).max() > 0.1

    def test_all_of_them_are_the_frames(self, run):
        log_mel, mfcc = frames(run.spec, 80)
        np.testing.assert_allclose(
            10 * np.log10(mfccinv.mfcc_to_mel(mfcc.T, checkpoint=run.folder).T), log_mel, atol=1e-3
        )

    def test_names_how_many_it_takes(self, run):
        with pytest.raises(SpecMismatch, match="several, which takes 10 to 80 MFCC: n_mfcc: 9 here, 80 there"):
            mfccinv.mfcc_to_mel(frames(run.spec, 9)[1].T, checkpoint=run.folder)

    def test_streams(self, run):
        spec = run.spec.with_n_mfcc(13)
        stream = StreamingInverter(
            spec, run=Run(run.folder), magnitude="pinv", phase={"name": "rtisi_la", "iterations": 1}
        )
        y = np.concatenate([stream.push(frames(run.spec, 13)[1]), stream.finish()])
        assert len(y) == spec.n_samples(40)
        assert np.isfinite(y).all()
