"""Tests of several corpora as one."""

import pytest
from trees import facts, touch, write

from mfccinv.corpora.listing import list_corpus

FOLDER_OF_WAVES = {"name": "folder", "extensions": ["wav"], "speaker_part": 0}


class TestSeveral:
    def test_ids_and_speakers_carry_the_name_of_their_part(self, tmp_path):
        touch(tmp_path, "here/anna/1.wav", "there/anna/1.wav", "there/2.wav")
        parts = {"a": FOLDER_OF_WAVES | {"root": "here"}, "b": FOLDER_OF_WAVES | {"root": str(tmp_path / "there")}}
        listed = list_corpus("several", root=tmp_path, parts=parts)
        assert facts(listed) == [
            ("a/anna/1.wav", "a/anna", None),
            ("b/2.wav", "b/2", None),
            ("b/anna/1.wav", "b/anna", None),
        ]
        assert listed[0].path == tmp_path / "here/anna/1.wav"

    def test_a_part_can_be_left_out_and_speakers_may_be_unknown(self, tmp_path):
        touch(tmp_path, "there/1.wav")
        parts = {"a": None, "b": FOLDER_OF_WAVES | {"root": "there", "speaker_part": None}}
        assert facts(list_corpus("several", root=tmp_path, parts=parts)) == [("b/1.wav", None, None)]

    def test_an_official_split_of_one_part_is_not_that_of_all(self, tmp_path):
        write(tmp_path / "list.csv", "audio_filepath,split", "1.wav,test")
        parts = {"a": {"name": "manifest", "path": "list.csv"}}
        assert facts(list_corpus("several", root=tmp_path, parts=parts)) == [("a/1.wav", None, None)]

    def test_a_wrong_setting_of_a_part_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="'folder' takes the settings"):
            list_corpus("several", root=tmp_path, parts={"a": {"name": "folder", "root": "here"}})
