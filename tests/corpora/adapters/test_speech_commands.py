"""Tests of the layout of Speech Commands."""

import pytest
from trees import facts, touch, write

from mfccinv.corpora.listing import list_corpus


class TestSpeechCommands:
    def test_official_split_without_the_noise(self, tmp_path):
        touch(
            tmp_path,
            "yes/0a7c2a8d_nohash_0.wav",
            "yes/0a7c2a8d_nohash_1.wav",
            "no/1b4c9b89_nohash_0.wav",
            "no/2c_nohash_0.wav",
            "_background_noise_/pink_noise.wav",
            "README.md",
        )
        write(tmp_path / "validation_list.txt", "no/1b4c9b89_nohash_0.wav")
        write(tmp_path / "testing_list.txt", "no/2c_nohash_0.wav")
        assert facts(list_corpus("speech_commands", root=tmp_path)) == [
            ("no/1b4c9b89_nohash_0.wav", "1b4c9b89", "validation"),
            ("no/2c_nohash_0.wav", "2c", "test"),
            ("yes/0a7c2a8d_nohash_0.wav", "0a7c2a8d", "train"),
            ("yes/0a7c2a8d_nohash_1.wav", "0a7c2a8d", "train"),
        ]

    def test_a_missing_list_is_refused(self, tmp_path):
        write(tmp_path / "validation_list.txt")
        with pytest.raises(FileNotFoundError, match=r"expected a file at .*testing_list.txt; download"):
            list_corpus("speech_commands", root=tmp_path)

    def test_a_name_without_speaker_is_refused(self, tmp_path):
        touch(tmp_path, "validation_list.txt", "testing_list.txt", "yes/mine.wav")
        with pytest.raises(ValueError, match=r"expected names like <speaker>_nohash_<n>.wav, got .*mine.wav"):
            list_corpus("speech_commands", root=tmp_path)
