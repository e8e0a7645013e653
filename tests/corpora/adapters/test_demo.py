"""Tests of the layout of the demo corpus."""

import pytest
from trees import facts, touch, write

from mfccinv.corpora.listing import list_corpus


class TestDemo:
    def test_split_is_that_of_the_table(self, tmp_path):
        write(
            tmp_path / "speakers.csv", "speaker,split,licence", 'anna,train,"CC BY 4.0, see LICENCE"', "bert,test,BSD"
        )
        touch(tmp_path, "anna/1.flac", "anna/2.flac", "anna/LICENCE.txt", "bert/1.flac", "licences/x.flac")
        assert facts(list_corpus("demo", root=tmp_path)) == [
            ("anna/1.flac", "anna", "train"),
            ("anna/2.flac", "anna", "train"),
            ("bert/1.flac", "bert", "test"),
        ]

    def test_a_listed_speaker_without_folder_is_refused(self, tmp_path):
        write(tmp_path / "speakers.csv", "speaker,split", "anna,train")
        with pytest.raises(FileNotFoundError, match=r"Demo corpus not found: expected a folder at .*anna"):
            list_corpus("demo", root=tmp_path)

    def test_white_space_in_the_header_does_not_count(self, tmp_path):
        touch(tmp_path, "anna/1.flac")
        write(tmp_path / "speakers.csv", "speaker, split", "anna,train")
        assert [one.split for one in list_corpus("demo", root=tmp_path)] == ["train"]

    @pytest.mark.parametrize("row", ["anna,dev", ",train", "anna"])
    def test_a_bad_row_is_refused(self, tmp_path, row):
        write(tmp_path / "speakers.csv", "speaker,split", row)
        with pytest.raises(
            ValueError, match=r"speakers.csv, line 2: expected a speaker and one of train, validation, test"
        ):
            list_corpus("demo", root=tmp_path)

    def test_a_missing_table_is_refused(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"expected a file at .*speakers.csv; it comes with the repository"):
            list_corpus("demo", root=tmp_path)

    def test_a_speaker_who_is_listed_twice_is_refused(self, tmp_path):
        touch(tmp_path, "anna/1.flac")
        write(tmp_path / "speakers.csv", "speaker,split", "anna,train", "anna,test")
        with pytest.raises(ValueError, match=r"speakers.csv, line 3: ids must be unique, 'anna/1.flac' is in line 2"):
            list_corpus("demo", root=tmp_path)
