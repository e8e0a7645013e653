"""Tests of what sharpens predictions: factors of measured deviations, the file, and networks that are sharpened."""

import json

import numpy as np
import pytest
from networks import SMALL, SPEC, make_run, make_small, randomized
from noise import noise_mfcc, noise_statistics

from mfccinv.features.cepstrum import log_mel_to_mfcc
from mfccinv.features.fine_structure import fine_structure
from mfccinv.inference.prediction import predict_frames
from mfccinv.models.assembly import build_model
from mfccinv.run_folders.loading import load_network, load_once
from mfccinv.run_folders.run_folder import PRETRAINED, RunError, RunFolder, pretrained_names
from mfccinv.run_folders.sharpness import Sharpness
from mfccinv.system.stored_files import DamagedFile

N = SPEC.n_mels - SPEC.n_mfcc
MEASURED = Sharpness({SPEC.n_mfcc: np.linspace(4, 9, N)}, {SPEC.n_mfcc: np.full(N, 1.0)})


PRETRAINED_RUNS = [RunFolder(PRETRAINED / name) for name in pretrained_names()]


class TestFactors:
    def test_deviations_go_half_way_in_the_logarithm(self):
        np.testing.assert_allclose(MEASURED.factors(SPEC.n_mfcc), np.sqrt(np.linspace(4, 9, N)))

    def test_what_is_not_predicted_stays(self):
        assert (Sharpness({8: np.ones(4)}, {8: np.zeros(4)}).factors(8) == 1).all()

    def test_of_several_numbers_the_nearest_counts(self):
        both = Sharpness({8: np.full(16, 4.0), 16: np.full(8, 9.0)}, {8: np.ones(16), 16: np.ones(8)})
        assert both.factors(10) == pytest.approx(np.full(14, 2.0))
        assert both.factors(14) == pytest.approx(np.full(10, 3.0))
        assert both.factors(6) == pytest.approx(np.full(18, 2.0))
        assert both.factors(24).shape == (0,)


class TestFile:
    def test_is_read_as_it_was_written(self, tmp_path):
        path = tmp_path / "sharpness.json"
        path.write_text(MEASURED.to_json())
        found = Sharpness.load(path, SPEC)
        np.testing.assert_allclose(found.factors(SPEC.n_mfcc), MEASURED.factors(SPEC.n_mfcc), rtol=1e-4)

    @pytest.mark.parametrize(
        "values",
        [
            {},
            [],
            {"8": {"true": [1.0] * N}},
            {"8": {"true": [1.0] * N, "predicted": [1.0] * (N - 1)}},
            {"8": {"true": [1.0] * N, "predicted": [-1.0] * N}},
            {"8": {"true": [1e9] * N, "predicted": [1.0] * N}},
            {"8": {"true": [float("nan")] * N, "predicted": [1.0] * N}},
            {"8": {"true": "much", "predicted": [1.0] * N}},
            {"24": {"true": [], "predicted": []}},
            {"0": {"true": [1.0] * 24, "predicted": [1.0] * 24}},
            {"many": {"true": [1.0] * N, "predicted": [1.0] * N}},
            {"8": 3},
        ],
        ids=str,
    )
    def test_refuses_what_can_be_no_deviations(self, tmp_path, values):
        path = tmp_path / "sharpness.json"
        path.write_text(json.dumps(values))
        with pytest.raises(DamagedFile, match=r"sharpness\.json"):
            Sharpness.load(path, SPEC)


class TestNetworks:
    @pytest.fixture
    def run(self, tmp_path):
        run = make_run(tmp_path)
        run.save_model(randomized(make_small("dense")))
        return run

    def test_predictions_have_more_fine_structure_and_the_same_mfcc(self, run):
        run.write_sharpness(MEASURED)
        mfcc = noise_mfcc(SPEC, 30)
        for by_keras in (False, True):
            mean, sharp = (
                next(predict_frames(load_network(run, detail, by_keras=by_keras), run.context, [mfcc]))
                for detail in ("mean", "sharp")
            )
            factors = MEASURED.factors(SPEC.n_mfcc)
            np.testing.assert_allclose(fine_structure(sharp, SPEC), factors * fine_structure(mean, SPEC), atol=0.05)
            np.testing.assert_allclose(log_mel_to_mfcc(sharp, SPEC), mfcc, atol=1e-2)
            assert np.abs(sharp - mean).max() > 1

    def test_each_number_of_mfcc_has_its_factors(self, tmp_path):
        spec = SPEC.with_n_mfcc(16)
        run = make_run(tmp_path, model=SMALL["dense"] | {"output": "residual"}, spec=spec, min_mfcc=8)
        model = build_model(run.config["model"], spec, noise_statistics(spec), run.task)
        run.save_model(randomized(model))
        measured = {8: np.full(16, 4.0), 16: np.full(8, 9.0)}
        run.write_sharpness(Sharpness(measured, {n: np.ones(24 - n) for n in measured}))
        inputs = [noise_mfcc(spec, 20)[:, :n] for n in (8, 16)]
        mean, sharp = (
            list(predict_frames(load_network(run, detail), run.context, inputs)) for detail in ("mean", "sharp")
        )
        for n, factor, before, after in zip((8, 16), (2, 3), mean, sharp, strict=True):
            own = spec.with_n_mfcc(n)
            np.testing.assert_allclose(fine_structure(after, own), factor * fine_structure(before, own), atol=0.05)

    def test_both_are_loaded_once(self, run):
        run.write_sharpness(MEASURED)
        mean, sharp = (load_once(run.folder, detail)[0] for detail in ("mean", "sharp"))
        assert load_once(run.folder, "sharp")[0] is sharp is not mean
        assert sharp._network is mean, "its weights are in the memory once"

    def test_other_measures_are_seen(self, run):
        run.write_sharpness(MEASURED)
        before, _ = load_once(run.folder, "sharp")
        run.write_sharpness(Sharpness(MEASURED.predicted, MEASURED.predicted))
        batch = noise_mfcc(SPEC, 10)[None]
        assert np.abs(load_once(run.folder, "sharp")[0].predict(batch) - before.predict(batch)).max() > 1

    def test_an_older_run_has_none(self, run):
        with pytest.raises(RunError, match=r"sharpness\.json is missing, which detail=sharp needs: mfccinv train resu"):
            load_network(run, "sharp")

    def test_another_task_has_none(self, tmp_path):
        run = make_run(tmp_path, model=SMALL["dense"] | {"position": "next", "output": "log_mel", "projection": False})
        with pytest.raises(RunError, match="can't be sharpened"):
            load_network(run, "sharp")

    def test_unknown_detail(self, run):
        with pytest.raises(ValueError, match="detail must be one of mean, sharp, sample, got 'much'"):
            load_network(run, "much")


@pytest.mark.parametrize("run", [run for run in PRETRAINED_RUNS if run.has_sharpness], ids=lambda run: run.folder.name)
def test_pretrained_runs_can_be_sharpened(run):
    factors = run.sharpness.factors(run.spec.n_mfcc)
    assert factors.shape == (run.spec.n_mels - run.spec.n_mfcc,)
    assert 1 <= factors.min() <= factors.max() < 6
