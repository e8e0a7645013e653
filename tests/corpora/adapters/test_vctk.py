"""Tests of the layouts of VCTK."""

import pytest
from trees import facts, touch

from mfccinv.corpora.listing import list_corpus


class TestVCTK:
    @pytest.mark.parametrize("microphone", ["mic1", "mic2"])
    def test_version_0_92_by_microphone(self, tmp_path, microphone):
        names = [f"p225/p225_001_{microphone}.flac", f"s5/s5_001_{microphone}.flac"]
        touch(
            tmp_path / "wav48_silence_trimmed", "log.txt", "p225/p225_001_mic1.flac", "p225/p225_001_mic2.flac", *names
        )
        assert facts(list_corpus("vctk", root=tmp_path, microphone=microphone)) == [
            (f"wav48_silence_trimmed/{names[0]}", "p225", None),
            (f"wav48_silence_trimmed/{names[1]}", "s5", None),
        ]

    def test_version_0_80(self, tmp_path):
        touch(tmp_path / "wav48", "p225/p225_001.wav", "p376/p376_295.raw")
        assert facts(list_corpus("vctk", root=tmp_path, microphone="mic2")) == [
            ("wav48/p225/p225_001.wav", "p225", None)
        ]

    def test_a_folder_of_neither_version_is_refused(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"wav48_silence_trimmed \(0.92\) or wav48 \(0.80\) at"):
            list_corpus("vctk", root=tmp_path, microphone="mic1")

    def test_another_microphone_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="microphone must be one of mic1, mic2, got 'mic3'"):
            list_corpus("vctk", root=tmp_path, microphone="mic3")
