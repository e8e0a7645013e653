"""Tests of the extraction: which recordings are taken."""

import numpy as np
import soundfile
from configurations import preset
from speech import speech

from mfccinv.audio.loudest import loudest_segment
from mfccinv.audio.sound_files import read_audio
from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.extraction import Extractor, Rejection
from mfccinv.datasets.shards import UtteranceFeatures
from mfccinv.features.extract import extract_log_mel


class TestExtractor:
    def extract(self, path, y, rate=16000, **changed):
        soundfile.write(path, y, rate, subtype="FLOAT")
        values = {"spec": preset("asr"), "min_seconds": 0.2, "silence_dbfs": -80.0} | changed
        (result,) = Extractor(**values)([Utterance(id="a", path=path, speaker=None)])
        return result

    def test_shortest_and_quietest_that_are_taken(self, tmp_path):
        path = tmp_path / "a.wav"
        assert isinstance(self.extract(path, np.full(3200, 0.1)), UtteranceFeatures)
        short = self.extract(path, np.full(3199, 0.1))
        assert short == Rejection("a", "too short: 0.200 s, at least 0.200 s are needed")
        assert isinstance(self.extract(path, np.full(3200, 1.001e-4)), UtteranceFeatures)
        silent = self.extract(path, np.full(3200, 0.999e-5))
        assert silent == Rejection("a", "silent: its peak is -100 dBFS, at least -80 are needed")

    def test_one_frame_is_always_needed(self, tmp_path):
        spec = preset("asr", center=False)
        assert len(self.extract(tmp_path / "a.wav", np.full(512, 0.1), min_seconds=0.0, spec=spec).mfcc) == 1
        short = self.extract(tmp_path / "a.wav", np.full(511, 0.1), min_seconds=0.0, spec=spec)
        assert short == Rejection("a", "too short: 0.032 s, at least 0.032 s are needed")

    def test_a_segment_is_the_loudest_stretch_at_the_rate_of_the_features(self, tmp_path):
        y = np.concatenate([np.full(1600, 0.1), speech(8000)[4000:8000], np.zeros(2000)])
        found = self.extract(tmp_path / "a.wav", y, rate=8000, segment_seconds=0.3)
        cut = loudest_segment(read_audio(tmp_path / "a.wav", 16000), 0.3)
        np.testing.assert_array_equal(found.log_mel, extract_log_mel(cut.y, preset("asr")))
        assert (len(found.log_mel), found.seconds, found.source_rate) == (31, 0.3, 8000)

    def test_what_is_too_short_is_so_before_zeros_are_added(self, tmp_path):
        y = np.full(1000, 0.1)
        assert len(self.extract(tmp_path / "a.wav", y, min_seconds=0.05, segment_seconds=0.5).mfcc) == 51
        assert self.extract(tmp_path / "a.wav", y, segment_seconds=0.5).reason.startswith("too short: 0.062 s")

    def test_channels_that_cancel_are_silent(self, tmp_path):
        result = self.extract(tmp_path / "a.wav", np.outer(np.full(8000, 0.5), [1, -1]))
        assert result.reason.startswith("silent: its peak is -240 dBFS")

    def test_a_recording_beyond_the_memory_is_rejected(self, tmp_path, monkeypatch):
        def fails(*arguments, **options):
            raise MemoryError

        monkeypatch.setattr("mfccinv.datasets.extraction.extract_features", fails)
        assert self.extract(tmp_path / "a.wav", np.full(3200, 0.1)) == Rejection("a", "too large for the memory")
