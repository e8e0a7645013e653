"""Tests of the layout of Speech Commands."""

import pytest
from trees import facts, touch, write

from mfccinv.corpora.adapters.speech_commands import official_split
from mfccinv.corpora.listing import list_corpus

# Speakers of the release whom its own lists have, and one whom neither has.
LISTED = {
    "0c540988": "test",
    "5170b77f": "test",
    "87070229": "test",
    "7a49163e": "validation",
    "026290a7": "validation",
    "099d52ad": "validation",
    "004ae714": "train",
}


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

    @pytest.mark.parametrize("speaker", LISTED)
    def test_the_rule_gives_the_lists(self, speaker):
        assert official_split(speaker) == LISTED[speaker]

    def test_a_set_without_lists_is_split_by_the_rule(self, tmp_path):
        touch(tmp_path, *(f"go/{speaker}_nohash_0.wav" for speaker in LISTED))
        assert {u.speaker: u.split for u in list_corpus("speech_commands", root=tmp_path)} == LISTED

    def test_flac_files_are_taken_and_the_lists_name_them_as_wav(self, tmp_path):
        touch(tmp_path, "go/a_nohash_0.flac", "go/b_nohash_0.flac", "go/b_nohash_0.wav", "testing_list.txt")
        write(tmp_path / "validation_list.txt", "go/a_nohash_0.wav")
        assert facts(list_corpus("speech_commands", root=tmp_path)) == [
            ("go/a_nohash_0.flac", "a", "validation"),
            ("go/b_nohash_0.wav", "b", "train"),
        ]
