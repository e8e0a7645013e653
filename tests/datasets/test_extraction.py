"""Tests of the extraction: which recordings are taken."""

import numpy as np
import soundfile
from configurations import preset

from mfccinv.corpora.utterance import Utterance
from mfccinv.datasets.extraction import Extractor, Rejection
from mfccinv.datasets.shards import UtteranceFeatures


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

    def test_channels_that_cancel_are_silent(self, tmp_path):
        result = self.extract(tmp_path / "a.wav", np.outer(np.full(8000, 0.5), [1, -1]))
        assert result.reason.startswith("silent: its peak is -240 dBFS")

    def test_a_recording_beyond_the_memory_is_rejected(self, tmp_path, monkeypatch):
        def fails(*arguments, **options):
            raise MemoryError

        monkeypatch.setattr("mfccinv.datasets.extraction.extract_features", fails)
        assert self.extract(tmp_path / "a.wav", np.full(3200, 0.1)) == Rejection("a", "too large for the memory")
