"""Tests of a network that samples are drawn from, from its training to the sound: all by one small run."""

import numpy as np
import pytest
from configurations import composed, training_config
from noise import noise_log_mel
from programs import evaluate, train

import mfccinv
from mfccinv.app.methods import Material, methods
from mfccinv.app.writings import Writing
from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.decibels import mel_to_log_mel
from mfccinv.inference.flow_sampling import draw_frames
from mfccinv.inference.network import Network
from mfccinv.inference.numpy_network import NumpyNetwork
from mfccinv.inversion.streams import StreamingInverter
from mfccinv.run_folders.loading import details_of, load_network
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunError
from mfccinv.synthesis.methods import Methods
from mfccinv.training.loss import make_loss
from mfccinv.training.train import resume
from mfccinv.training.validation import flow_loss

FLOW = ("flow=true", "loss=mse_db", "training.steps_per_epoch=4", "training.batch_frames=256", "training.epochs=1")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(finished, shared_folder):
    """Trained for an epoch of four steps."""
    return train(training_config(shared_folder, *FLOW, f"init_weights={finished.folder}", "run.name=flow"))


@pytest.fixture
def log_mel(run):
    return noise_log_mel(run.spec, 40)


@pytest.fixture
def mfcc(run, log_mel):
    return log_mel_to_mfcc(log_mel, run.spec).T


class TestTraining:
    def test_offers_samples(self, run):
        assert run.task.flow
        assert details_of(run) == ("mean", "sharp", "sample")

    def test_its_loss_is_that_of_all_times(self, run):
        """It is the same at each call."""
        [row] = run.read_history()
        model, context = run.load_model(), run.context
        shards = run.open_dataset().shards("validation")
        losses = [flow_loss(model, context, shards, make_loss({"name": "mse_db"}), run.flow_path) for _ in range(2)]
        assert losses[0] == losses[1] == pytest.approx(row["val_loss"], rel=1e-4)
        assert row["val_snr"] > 0

    def test_goes_on(self, run):
        again = resume(run.folder, run.folder.parent, {"epochs": 2})
        assert [row["epoch"] for row in again.read_history()] == [1, 2]
        assert again.task.flow

    def test_its_mean_is_that_of_the_run_it_began_with(self, run, finished, mfcc):
        for after in (run, resume(run.folder, run.folder.parent, {"epochs": 3})):
            of_both = [mfccinv.mfcc_to_mel(mfcc, checkpoint=one.folder, force=True) for one in (after, finished)]
            np.testing.assert_allclose(*(mel_to_log_mel(mel, run.spec) for mel in of_both), atol=1e-3)

    def test_needs_a_run_to_begin_with(self, own_folder):
        with pytest.raises(
            ValueError, match=r"^flow=true draws samples around the mean of a trained run: name it with"
        ):
            train(training_config(own_folder, *FLOW))

    def test_is_not_adapted(self, run):
        with pytest.raises(
            RunError, match=r"draws samples \(flow=true\), and only networks for the mean can be adapte"
        ):
            mfccinv.adapt(
                np.random.default_rng(0).normal(0, 0.1, 640_000), sample_rate=16_000, checkpoint=run.folder, name="flow"
            )


class TestSamples:
    def test_several_are_possible_spectra_of_the_mfcc(self, run, mfcc):
        how = {"checkpoint": run.folder, "detail": "sample", "force": True}
        drawn = mfccinv.mfcc_to_mel(np.stack([mfcc, mfcc]), samples=3, **how)
        assert drawn.shape == (3, 2, run.spec.n_mels, 40)
        for one in drawn.reshape(6, run.spec.n_mels, 40):
            np.testing.assert_allclose(log_mel_to_mfcc(mel_to_log_mel(one, run.spec).T, run.spec), mfcc.T, atol=2e-2)
        levels = mel_to_log_mel(drawn, run.spec)
        assert np.abs(np.diff(levels, axis=0)).mean() > 1
        [one] = mfccinv.mfcc_to_mel(np.stack([mfcc, mfcc]), samples=1, **how)
        np.testing.assert_array_equal(one, drawn[0])
        np.testing.assert_array_equal(mfccinv.mfcc_to_mel(mfcc, **how), drawn[0, 0])
        other = mfccinv.mfcc_to_mel(mfcc, seed=1, **how)
        assert np.abs(mel_to_log_mel(other, run.spec) - levels[0, 0]).mean() > 1

    def test_what_the_mfcc_tell_is_computed_once(self, run, mfcc, monkeypatch):
        network, computed = load_network(run, "sample"), []
        of_mfcc = NumpyNetwork.outputs_of_mfcc
        monkeypatch.setattr(
            NumpyNetwork, "outputs_of_mfcc", lambda self, batch: computed.append(batch) or of_mfcc(self, batch)
        )
        [drawn] = draw_frames(network, run.context, run.flow_path, [mfcc.T], seed=0)
        assert len(computed) == 1
        monkeypatch.setattr(NumpyNetwork, "for_same_mfcc", Network.for_same_mfcc)
        [of_whole] = draw_frames(network, run.context, run.flow_path, [mfcc.T], seed=0)
        np.testing.assert_array_equal(drawn, of_whole)

    def test_sound(self, run, mfcc):
        y = mfccinv.mfcc_to_audio(mfcc, checkpoint=run.folder, detail="sample", samples=2, force=True)
        assert y.shape == (2, run.spec.n_samples(40))
        assert np.isfinite(y).all()

    @pytest.mark.parametrize(("detail", "samples"), [("mean", 2), ("sharp", 1), ("sample", 0), ("sample", 1.5)])
    def test_no_number_of_samples(self, run, mfcc, detail, samples):
        with pytest.raises(ValueError, match=r"^samples must be a whole number of at least 1, with detail=sample, got"):
            mfccinv.mfcc_to_mel(mfcc, checkpoint=run.folder, detail=detail, samples=samples, force=True)

    def test_a_run_for_the_mean_alone(self, finished, mfcc):
        with pytest.raises(RunError, match=r"can only predict the mean: detail=sample needs a run trained with"):
            mfccinv.mfcc_to_mel(mfcc, checkpoint=finished.folder, detail="sample", force=True)
        with pytest.raises(RunError, match=r"detail=sample needs a run trained with flow=true"):
            load_network(finished, "sample")

    def test_without_a_network(self, mfcc):
        with pytest.raises(ValueError, match=r"^detail=sample needs a network, got checkpoint=None"):
            mfccinv.mfcc_to_mel(mfcc, checkpoint=None, detail="sample", force=True)

    def test_features_that_no_pretrained_run_draws_samples_of(self, mfcc):
        with pytest.raises(ValueError, match=r"^no pretrained run draws samples of these features.*flow=true$"):
            mfccinv.mfcc_to_mel(mfcc[:11], detail="sample", force=True)


class TestElsewhere:
    def test_an_evaluation_scores_a_sample(self, run):
        few = ("examples=0", "listened=0", "workers=1", "progress=false", "scored_split=validation")
        by_detail = {}
        for detail in ("mean", "sample"):
            folder, scores = evaluate(composed("evaluate", f"run={run.folder}", f"detail={detail}", *few))
            assert folder.name == "demo-validation" + ("" if detail == "mean" else "-sample")
            by_detail[detail] = scores["total"]["model"]["snr"]["value"]
        assert by_detail["sample"] < by_detail["mean"] - 1, "a guess is wrong more often than the mean"

    def test_a_report_plays_several_samples(self, run):
        how = (f"run={run.folder}", "detail=sample", "samples=3", "examples=1", "listened=1")
        folder, scores = evaluate(composed("evaluate", *how, "workers=1", "progress=false", "scored_split=validation"))
        heard = {path.name.split(".")[-2] for path in (folder / "audio").glob("*.wav")}
        assert heard == {"original", "true_mel", "pseudo_inverse", "model", "sample_2", "sample_3"}
        sounds = [path.read_bytes() for path in (folder / "audio").glob("*.wav")]
        assert len(set(sounds)) == len(sounds)
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert page.count("<audio ") == len(sounds)
        assert "<figcaption>sample 3</figcaption>" in page
        assert not {"sample_2", "sample_3"} & set(scores["audio"]["methods"])

    @pytest.mark.parametrize("wrong", [("samples=0", "detail=sample"), ("samples=2",)])
    def test_a_report_of_no_samples(self, run, wrong):
        with pytest.raises(ValueError, match=r"^samples must be at least 1, and 1 unless detail=sample, got [02]$"):
            evaluate(composed("evaluate", f"run={run.folder}", *wrong))

    def test_the_page_makes_several_samples(self, run):
        made = methods({"flow": run}, samples=2)
        assert list(made) == ["analytic inverse", "flow", "flow, sample 1", "flow, sample 2"]
        writing = Writing.of("features=asr", run.spec.n_mfcc)
        mfcc = log_mel_to_mfcc(noise_log_mel(writing.spec, 40), writing.spec).T
        sound = Methods.resolve(magnitude="pinv", phase="griffin_lim", vocoder=None)
        how = {"normalised": None, "force": True, "length": None, "seed": 5}
        material = Material(mfcc=mfcc, writing=writing, synthesis=sound, **how)
        drawn = [made[f"flow, sample {n}"](material).log_mel for n in (1, 2)]
        expected = [
            mfccinv.mfcc_to_mel(mfcc, checkpoint=run.folder, detail="sample", force=True, seed=s) for s in (5, 6)
        ]
        for log_mel, mel in zip(drawn, expected, strict=True):
            np.testing.assert_array_equal(log_mel, mel_to_log_mel(mel.T, writing.spec))

    def test_a_stream_has_the_mean(self, run, mfcc):
        stream = StreamingInverter(
            run.spec, run=Run(run.folder), magnitude="pinv", phase={"name": "rtisi_la", "iterations": 1}
        )
        y = np.concatenate([stream.push(mfcc.T), stream.finish()])
        assert len(y) == run.spec.n_samples(40)
        assert np.isfinite(y).all()
