"""Tests of a folder of sound files: which files, and who speaks in them."""

import os
import re

import pytest
from trees import facts, touch

from mfccinv.corpora.listing import list_corpus


class TestFolder:
    EXTENSIONS = (".wav", "FLAC", ".ogg", ".mp3")

    def list(self, root, speaker_part=0):
        return list_corpus("folder", root=root, extensions=self.EXTENSIONS, speaker_part=speaker_part)

    def test_finds_sound_at_any_depth_and_skips_what_is_hidden(self, tmp_path):
        touch(
            tmp_path, "b/x/1.WAV", "b/x/1.flac", "a/2.Mp3", "a/notes.txt", ".trash/3.wav", "a/._2.wav", "a/.git/4.wav"
        )
        assert facts(self.list(tmp_path)) == [
            ("a/2.Mp3", "a", None),
            ("b/x/1.WAV", "b", None),
            ("b/x/1.flac", "b", None),
        ]

    @pytest.mark.parametrize(
        ("speaker_part", "speaker"),
        [
            (0, "train"),
            (1, "anna"),
            (2, "7.take"),
            (-1, "7.take"),
            (-2, "anna"),
            (-3, "train"),
            (r"/(\w)\w+/", "a"),
            (None, None),
        ],
    )
    def test_speaker_is_a_part_of_the_path(self, tmp_path, speaker_part, speaker):
        touch(tmp_path, "train/anna/7.take.wav")
        (utterance,) = self.list(tmp_path, speaker_part)
        assert utterance.speaker == speaker

    def test_speaker_can_begin_the_file_name(self, tmp_path):
        touch(tmp_path, "103-1240.wav", "87-121.wav")
        assert [utterance.speaker for utterance in self.list(tmp_path, r"^(\d+)-")] == ["103", "87"]

    @pytest.mark.parametrize("speaker_part", [2, -3])
    def test_a_part_that_a_path_lacks_is_refused(self, tmp_path, speaker_part):
        touch(tmp_path, "anna/1.wav")
        with pytest.raises(ValueError, match=rf"must be in \[-2, 1\] for 'anna/1.wav', got {speaker_part}; null"):
            self.list(tmp_path, speaker_part)

    @pytest.mark.parametrize("pattern", [r"^(\d+)-", r"^(\d*)"])
    def test_an_expression_that_finds_no_speaker_is_refused(self, tmp_path, pattern):
        touch(tmp_path, "anna/1.wav")
        with pytest.raises(ValueError, match=r"finds no speaker in 'anna/1.wav'"):
            self.list(tmp_path, pattern)

    @pytest.mark.parametrize(
        ("speaker_part", "message"), [("0", "'0' with 0 groups"), ("(", "'(': missing"), (1.5, "1.5"), (True, "True")]
    )
    def test_a_speaker_part_of_another_kind_is_refused(self, tmp_path, speaker_part, message):
        expected = "must be an integer, a regular expression with one group, or null; got "
        with pytest.raises(ValueError, match=re.escape(expected + message)):
            self.list(tmp_path, speaker_part)

    @pytest.mark.parametrize("extensions", ["wav", []])
    def test_extensions_must_be_a_list(self, tmp_path, extensions):
        with pytest.raises(ValueError, match=r"extensions must be a list such as \[.wav, .flac\], got"):
            list_corpus("folder", root=tmp_path, extensions=extensions, speaker_part=None)

    def test_follows_links_but_not_round_in_circles(self, tmp_path):
        touch(tmp_path, "elsewhere/1.wav", "root/bert/2.wav")
        try:
            os.symlink(tmp_path / "elsewhere", tmp_path / "root/anna")
            os.symlink(tmp_path / "root", tmp_path / "elsewhere/back")
        except OSError:
            pytest.skip("no links here")
        assert [utterance.id for utterance in self.list(tmp_path / "root")] == ["anna/1.wav", "bert/2.wav"]
