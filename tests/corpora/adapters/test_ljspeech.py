"""Tests of the layout of LJ Speech."""

import pytest
from trees import facts, write

from mfccinv.corpora.listing import list_corpus


class TestLJSpeech:
    def test_ids_are_those_of_the_metadata(self, tmp_path):
        write(tmp_path / "metadata.csv", 'LJ001-0002|in "being|in being', "LJ001-0001|Printing, 1|Printing, one", "")
        (tmp_path / "wavs").mkdir()
        utterances = list_corpus("ljspeech", root=tmp_path)
        assert facts(utterances) == [("LJ001-0001", "LJ", None), ("LJ001-0002", "LJ", None)]
        assert utterances[0].path == tmp_path / "wavs/LJ001-0001.wav"

    @pytest.mark.parametrize("missing", ["metadata.csv", "wavs"])
    def test_a_missing_part_is_refused(self, tmp_path, missing):
        write(tmp_path / "metadata.csv", "LJ001-0001|a|a")
        (tmp_path / "wavs").mkdir()
        (tmp_path / missing).rename(tmp_path / "away")
        with pytest.raises(FileNotFoundError, match=f"at .*{missing}; download it from .*corpus.root="):
            list_corpus("ljspeech", root=tmp_path)

    @pytest.mark.parametrize("line", ["LJ001-0001,a", "|a|a"])
    def test_a_line_without_id_is_refused(self, tmp_path, line):
        write(tmp_path / "metadata.csv", line)
        (tmp_path / "wavs").mkdir()
        with pytest.raises(ValueError, match=r"metadata.csv, line 1: expected id\|text\|normalised text, got"):
            list_corpus("ljspeech", root=tmp_path)

    @pytest.mark.parametrize(
        ("key", "message"), [("a", "ids must be unique, 'a' is in line 1, too"), ("b" * 5000, "id must have at most")]
    )
    def test_an_id_that_cannot_be_is_refused_with_file_and_line(self, tmp_path, key, message):
        write(tmp_path / "metadata.csv", "a|x|x", f"{key}|y|y")
        (tmp_path / "wavs").mkdir()
        with pytest.raises(ValueError, match=rf"metadata.csv, line 2: {message}"):
            list_corpus("ljspeech", root=tmp_path)
