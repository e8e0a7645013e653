"""Tests of the layout of Common Voice."""

import pytest
from trees import facts, write

from mfccinv.corpora.listing import list_corpus


class TestCommonVoice:
    @pytest.fixture
    def root(self, tmp_path):
        header = "client_id\tpath\tsentence"
        write(tmp_path / "cy/train.tsv", header, 'aa\tcv_1.mp3\t"Bore da', "aa\tcv_2.mp3\tNos da")
        write(tmp_path / "cy/dev.tsv", header, "bb\tcv_3.mp3\tDiolch")
        write(tmp_path / "cy/test.tsv", header, "cc\tcv_4.mp3\tHwyl")
        write(tmp_path / "cy/validated.tsv", header, "dd\tcv_5.mp3\tIawn", "aa\tcv_1.mp3\tBore da")
        (tmp_path / "cy/clips").mkdir()
        return tmp_path

    def test_official_tables(self, root):
        utterances = list_corpus("common_voice", root=root, language="cy", tables="official")
        assert facts(utterances) == [
            ("cy/clips/cv_1.mp3", "aa", "train"),
            ("cy/clips/cv_2.mp3", "aa", "train"),
            ("cy/clips/cv_3.mp3", "bb", "validation"),
            ("cy/clips/cv_4.mp3", "cc", "test"),
        ]
        assert utterances[0].path == root / "cy/clips/cv_1.mp3"

    @pytest.mark.parametrize("language", ["cy", None])
    @pytest.mark.parametrize("place", ["", "cy"])
    def test_the_only_language_or_its_own_folder(self, root, place, language, monkeypatch):
        expected = list_corpus("common_voice", root=root, language="cy", tables="official")
        assert list_corpus("common_voice", root=root / place, language=language, tables="official") == expected
        monkeypatch.chdir(root / place)
        assert facts(list_corpus("common_voice", root=".", language=language, tables="official")) == facts(expected)

    def test_one_of_several_languages_must_be_named(self, root):
        (root / "de/clips").mkdir(parents=True)
        with pytest.raises(ValueError, match=r"corpus.language must be one of cy, de, which are in .*; got null$"):
            list_corpus("common_voice", root=root, language=None, tables="official")

    def test_a_folder_without_a_language_is_refused(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected the folder of a language.* at .*clips; download"):
            list_corpus("common_voice", root=root / "cy" / "clips", language=None, tables="official")

    def test_another_language_than_that_of_the_folder_is_refused(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected a folder at .*cy/en; .* set corpus.language="):
            list_corpus("common_voice", root=root / "cy", language="en", tables="official")

    def test_a_clip_in_two_tables_is_refused(self, root):
        write(root / "cy/dev.tsv", "client_id\tpath", "bb\tcv_3.mp3", "aa\tcv_2.mp3")
        message = r"dev.tsv, line 3: ids must be unique, 'cy/clips/cv_2.mp3' is in .*train.tsv, line 3, too$"
        with pytest.raises(ValueError, match=message):
            list_corpus("common_voice", root=root, language="cy", tables="official")

    def test_a_name_that_is_too_long_is_refused_with_file_and_line(self, root):
        write(root / "cy/dev.tsv", "client_id\tpath", f"{'b' * 5000}\tcv_3.mp3")
        with pytest.raises(ValueError, match=r"dev.tsv, line 2: speaker must have at most 4096 characters"):
            list_corpus("common_voice", root=root, language="cy", tables="official")

    def test_validated_table(self, root):
        assert facts(list_corpus("common_voice", root=root, language="cy", tables="validated")) == [
            ("cy/clips/cv_1.mp3", "aa", None),
            ("cy/clips/cv_5.mp3", "dd", None),
        ]

    def test_a_missing_table_is_refused(self, root):
        (root / "cy/dev.tsv").unlink()
        with pytest.raises(FileNotFoundError, match=r"expected a file at .*dev.tsv; .*commonvoice"):
            list_corpus("common_voice", root=root, language="cy", tables="official")

    def test_a_missing_language_is_refused_with_the_setting_to_change(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected a folder at .*en; .* set corpus.language= to"):
            list_corpus("common_voice", root=root, language="en", tables="official")

    def test_another_choice_of_tables_is_refused(self, root):
        with pytest.raises(ValueError, match="tables must be one of official, validated, got 'other'"):
            list_corpus("common_voice", root=root, language="cy", tables="other")

    def test_a_row_without_speaker_is_refused(self, root):
        write(root / "cy/dev.tsv", "client_id\tpath", "\tcv_3.mp3")
        with pytest.raises(ValueError, match=r"dev.tsv, line 2: expected a client_id and a path, got"):
            list_corpus("common_voice", root=root, language="cy", tables="official")
