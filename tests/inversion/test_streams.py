"""Tests of the stream: whatever the portions, it gives what all at once gives, as early as it says."""

import numpy as np
import pytest
from configurations import preset, settings
from networks import randomized
from noise import noise_statistics
from speech import speech

from mfccinv.features.cepstrum import mfcc_to_log_mel, mfcc_to_whole_log_mel
from mfccinv.features.decibels import db_to_magnitude
from mfccinv.features.extract import extract_features, stft_magnitude
from mfccinv.features.spec import SpecMismatch
from mfccinv.features.task import Task
from mfccinv.inference.prediction import predict_frames
from mfccinv.inversion import streams
from mfccinv.inversion.streams import StreamingInverter
from mfccinv.models.assembly import build_model
from mfccinv.run_folders.loading import load_network
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import PRETRAINED
from mfccinv.synthesis.frames_to_audio import log_mel_to_audio
from mfccinv.synthesis.methods import Methods
from mfccinv.synthesis.phase.retrieval import retrieve_phase
from mfccinv.synthesis.phase.rtisi import Rtisi
from mfccinv.synthesis.stft import spectral_convergence

SPEC = preset("asr")
MAGNITUDE = settings("magnitude", "nnls")
PHASE = settings("phase", "rtisi_la") | {"iterations": 2}
STREAM = {"magnitude": MAGNITUDE, "phase": PHASE}


@pytest.fixture(scope="module")
def mfcc():
    return extract_features(speech(16000, 0.6), SPEC)[0]


def make_run(folder, position, **task):
    """A run of a small network with random weights."""
    task, model = Task(**task), settings("model", "dense_small") | {"hidden": [16], "context": 9, "position": position}
    statistics = noise_statistics(SPEC, linear=True)
    config = {"source": task.source, "target": task.target, "model": model}
    made = Run.create(folder, position, config, SPEC, statistics, {})
    made.save_model(randomized(build_model(model, SPEC, statistics, task)))
    return made


@pytest.fixture(scope="module", params=["centre", "last"])
def run(request, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs"), request.param)


def in_portions(inverter, mfcc, size):
    parts = [inverter.push(mfcc[start : start + size]) for start in range(0, len(mfcc), size)]
    return np.concatenate([*parts, inverter.finish()])


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("changed", [{"center": True}, {"center": False}, {"window": "boxcar"}])
def test_the_analytic_stream_is_all_at_once(mfcc, size, changed):
    spec = preset("asr", **changed)
    streamed = in_portions(StreamingInverter(spec, run=None, **STREAM), mfcc, size)
    at_once = log_mel_to_audio(mfcc_to_log_mel(mfcc, spec), spec, Methods(magnitude=MAGNITUDE, phase=PHASE), seed=0)
    assert streamed.shape == at_once.shape
    np.testing.assert_allclose(streamed, at_once, atol=1e-3 * np.abs(at_once).max())


def test_the_analytic_stream_puts_bands_without_a_bin_at_the_floor():
    spec = preset("torchaudio_log")
    mfcc = extract_features(speech(16000, 0.4), spec)[0]
    streamed = in_portions(StreamingInverter(spec, run=None, **STREAM), mfcc, 7)
    log_mel = mfcc_to_whole_log_mel(mfcc, spec)
    at_once = log_mel_to_audio(log_mel, spec, Methods(magnitude=MAGNITUDE, phase=PHASE), seed=0)
    np.testing.assert_allclose(streamed, at_once, atol=1e-3 * np.abs(at_once).max())


@pytest.mark.parametrize("size", [1, 16])
def test_the_networks_stream_is_all_at_once(mfcc, run, size):
    streamed = in_portions(StreamingInverter(SPEC, run=run, **STREAM), mfcc, size)
    [log_mel] = predict_frames(load_network(run), run.context, [mfcc])
    at_once = log_mel_to_audio(log_mel, SPEC, Methods(magnitude=MAGNITUDE, phase=PHASE), seed=0)
    assert streamed.shape == at_once.shape
    np.testing.assert_allclose(streamed, at_once, atol=2e-3 * np.abs(at_once).max())


def test_linear_spectra_of_a_network_need_no_magnitude(mfcc, tmp_path, monkeypatch):
    """Compared before and after the phase: in noise like this, it is another one for the last digit of a magnitude."""
    run, pushed = make_run(tmp_path, "centre", target="linear"), []

    class Told(Rtisi):
        def push(self, magnitude):
            pushed.append(magnitude)
            return super().push(magnitude)

    monkeypatch.setattr(streams, "Rtisi", Told)
    inverter = StreamingInverter(SPEC, run=run, **STREAM)
    streamed = in_portions(inverter, mfcc, 16)
    [frames] = predict_frames(load_network(run), run.context, [mfcc])
    np.testing.assert_allclose(pushed, db_to_magnitude(frames), rtol=1e-3)
    np.testing.assert_allclose(streamed, retrieve_phase(np.array(pushed), SPEC, phase=PHASE, seed=0), atol=1e-6)


def test_latency_is_what_is_said(mfcc, run):
    inverter = StreamingInverter(SPEC, run=run, **STREAM)
    assert inverter.latency_frames == 3 + {"centre": 4, "last": 0}[run.folder.name]
    assert inverter.latency_seconds == pytest.approx((512 + 160 * inverter.latency_frames) / 16000)
    sizes = [len(inverter.push(frame)) for frame in mfcc]
    first = next(place for place, size in enumerate(sizes) if size)
    padding = 256 // 160
    assert first == inverter.latency_frames + padding
    assert set(sizes[first + 1 :]) == {160}


def test_a_shipped_checkpoint_streams(mfcc):
    inverter = StreamingInverter(SPEC, run=Run.open("asr_20", PRETRAINED), **STREAM)
    assert inverter.latency_frames == 153
    y = in_portions(inverter, mfcc, 20)
    assert len(y) == 160 * (len(mfcc) - 1)
    assert np.isfinite(y).all()


def test_empty_portions_do_not_matter(mfcc, run):
    inverter = StreamingInverter(SPEC, run=run, **STREAM)
    assert len(inverter.push(mfcc[:0])) == 0
    parts = [inverter.push(portion) for portion in (mfcc[:20], mfcc[:0], mfcc[20:])]
    streamed = np.concatenate([*parts, inverter.finish()])
    whole = in_portions(StreamingInverter(SPEC, run=run, **STREAM), mfcc, 1000)
    np.testing.assert_allclose(streamed, whole, atol=1e-3 * np.abs(whole).max())


@pytest.mark.parametrize("hop_seconds", [0.01, 0.02, 0.024])
@pytest.mark.parametrize("look_ahead", [0, 2])
def test_length_is_that_of_all_at_once_for_any_hop(mfcc, hop_seconds, look_ahead):
    spec = preset("asr", hop_seconds=hop_seconds)
    phase = PHASE | {"look_ahead": look_ahead, "iterations": 1}
    inverter = StreamingInverter(spec, run=None, magnitude=MAGNITUDE, phase=phase)
    assert len(in_portions(inverter, mfcc[:21], 1)) == spec.n_samples(21) == 20 * spec.hop_length


def test_one_frame_is_what_it_is_at_once(mfcc):
    streamed = in_portions(StreamingInverter("asr", run=None, **STREAM), mfcc[20:21], 1)
    methods = Methods(magnitude=MAGNITUDE, phase=PHASE)
    at_once = log_mel_to_audio(mfcc_to_log_mel(mfcc[20:21], SPEC), SPEC, methods, seed=0)
    assert streamed.shape == (159,)
    np.testing.assert_allclose(streamed, at_once, atol=1e-3 * np.abs(at_once).max())


def test_one_frame_is_as_long_as_at_once_where_no_window_reaches(mfcc):
    spec = preset("asr", hop_seconds=0.0244)
    streamed = in_portions(StreamingInverter(spec, run=None, **STREAM), mfcc[20:21], 1)
    assert len(streamed) == spec.n_samples(1) == 389


def test_a_finished_stream_is_done(mfcc):
    inverter = StreamingInverter(SPEC, run=None, **STREAM)
    inverter.push(mfcc[:9])
    inverter.finish()
    assert len(inverter.finish()) == 0
    with pytest.raises(ValueError, match="the stream is finished"):
        inverter.push(mfcc[9])


def test_nothing_gives_nothing_and_ends_the_stream(mfcc):
    inverter = StreamingInverter(SPEC, run=None, **STREAM)
    assert len(inverter.finish()) == 0
    with pytest.raises(ValueError, match="the stream is finished"):
        inverter.push(mfcc[0])


def test_what_does_not_fit_is_refused(run, tmp_path):
    inverter = StreamingInverter(SPEC, run=None, **STREAM)
    with pytest.raises(ValueError, match=r"mfcc must be \(n_frames, n_mfcc=20\), got shape \(1, 13\)"):
        inverter.push(np.zeros(13))
    with pytest.raises(ValueError, match="mfcc must be finite"):
        inverter.push(np.full(20, np.nan))
    with pytest.raises(ValueError, match=r"mfcc must be an array of numbers, got .* of type <U1"):
        inverter.push(["1"] * 20)
    with pytest.raises(ValueError, match=r"^mfcc must be of levels from -10000 to 300 dB, got "):
        inverter.push(np.full(20, 1e30))
    with pytest.raises(ValueError, match=r"^spec must be a FeatureSpec, .*, got 'asr_'"):
        StreamingInverter("asr_", run=None, **STREAM)
    with pytest.raises(SpecMismatch, match="n_mfcc"):
        StreamingInverter(preset("asr", n_mfcc=13), run=run, **STREAM)
    of_mel = make_run(tmp_path, "centre", source="mel", target="linear")
    with pytest.raises(ValueError, match="centre was trained with source=mel, source=mfcc is needed here"):
        StreamingInverter(SPEC, run=of_mel, **STREAM)


class TestNetworksOfMagnitudeAndPhase:
    """The shipped ones, whose contexts are 101 and 19 frames."""

    @pytest.mark.parametrize("size", [1, 30, 1000])
    def test_are_what_they_are_at_once(self, mfcc, size):
        inverter = StreamingInverter(SPEC, run=None)
        assert inverter.latency_frames == 50 + 9 + 3
        streamed = in_portions(inverter, mfcc, size)
        methods = Methods.resolve(magnitude="learned", phase="rtisi_learned", vocoder=None)
        at_once = log_mel_to_audio(mfcc_to_log_mel(mfcc, SPEC), SPEC, methods, seed=0)
        assert streamed.shape == at_once.shape
        spectra = [stft_magnitude(y, SPEC) for y in (streamed, at_once)]
        assert spectral_convergence(*spectra) < -40

    def test_of_linear_spectra(self):
        """Kaldi's network predicts them, and that of the phase serves their frames, too."""
        spec = preset("kaldi")
        mfcc = extract_features(speech(16000, 0.6), spec)[0]
        inverter = StreamingInverter(spec, run=Run.open("kaldi", PRETRAINED))
        y = in_portions(inverter, mfcc, 20)
        assert len(y) == spec.n_samples(len(mfcc))
        assert np.isfinite(y).all()

    @pytest.mark.parametrize(
        ("phase", "told"),
        [
            ("joint", "got phase=joint phase.start=spsi"),
            ("pghi", "got phase=pghi$"),
            ({"name": "rtisi_la", "start": "spsi"}, "got phase=rtisi_la phase.start=spsi"),
        ],
    )
    def test_what_needs_all_frames_is_refused(self, phase, told):
        with pytest.raises(ValueError, match=f"a stream takes phase=rtisi_la or rtisi_learned, .*, {told}"):
            StreamingInverter(SPEC, run=None, phase=phase)
