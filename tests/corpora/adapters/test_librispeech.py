"""Tests of the layout of LibriSpeech."""

import pytest
from trees import facts, touch

from mfccinv.corpora.listing import list_corpus


class TestLibriSpeech:
    @pytest.fixture
    def root(self, tmp_path):
        touch(
            tmp_path,
            "SPEAKERS.TXT",
            "train-clean-100/103/1240/103-1240-0000.flac",
            "train-clean-100/103/1240/103-1240-0001.flac",
            "train-clean-100/103/1240/103-1240.trans.txt",
            "train-clean-100/87/121553/87-121553-0000.flac",
            "dev-clean/84/121123/84-121123-0000.flac",
            "test-other/367/130732/367-130732-0000.flac",
            "notes/1/2/1-2-0000.flac",
        )
        return tmp_path

    def test_all_subsets_with_their_official_split(self, root):
        assert facts(list_corpus("librispeech", root=root, subsets=None)) == [
            ("dev-clean/84/121123/84-121123-0000.flac", "84", "validation"),
            ("test-other/367/130732/367-130732-0000.flac", "367", "test"),
            ("train-clean-100/103/1240/103-1240-0000.flac", "103", "train"),
            ("train-clean-100/103/1240/103-1240-0001.flac", "103", "train"),
            ("train-clean-100/87/121553/87-121553-0000.flac", "87", "train"),
        ]

    def test_chosen_subsets(self, root):
        (utterance,) = list_corpus("librispeech", root=root, subsets=["dev-clean"])
        assert utterance.path == root / "dev-clean/84/121123/84-121123-0000.flac"

    def test_a_subset_that_is_not_there_is_refused(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected a folder at .*train-clean-360; .*openslr"):
            list_corpus("librispeech", root=root, subsets=["train-clean-360"])

    def test_a_folder_without_subsets_is_refused(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected folders named train-\*, dev-\* or test-\* at"):
            list_corpus("librispeech", root=root / "notes", subsets=None)

    def test_a_subset_of_another_kind_is_refused(self, root):
        with pytest.raises(ValueError, match="must begin with one of train-, dev-, test-; got 'notes'"):
            list_corpus("librispeech", root=root, subsets=["notes"])

    def test_subsets_must_be_a_list(self, root):
        with pytest.raises(ValueError, match=r"subsets must be a list such as .* or null, got 'dev-clean'"):
            list_corpus("librispeech", root=root, subsets="dev-clean")
