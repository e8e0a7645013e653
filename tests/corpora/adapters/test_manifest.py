"""Tests of tables of recordings: formats, stretches, names of splits, and what is refused."""

import json
from pathlib import Path

import pytest
from trees import facts, write

from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.utterance import Utterance


class TestManifest:
    def test_csv_with_all_columns(self, tmp_path):
        path = write(
            tmp_path / "list.csv",
            "\ufeffaudio_filepath,speaker,split,offset,duration,text",
            'a/1.wav,anna,train,,,"hello, you"',
            "/far/2.wav,bert,dev,1.5,2,",
            f"{tmp_path}/a/3.wav,,,,,",
        )
        assert list_corpus("manifest", path=path) == [
            Utterance("/far/2.wav@1.5", Path("/far/2.wav"), "bert", "validation", 1.5, 2.0),
            Utterance("a/1.wav", tmp_path / "a/1.wav", "anna", "train"),
            Utterance("a/3.wav", tmp_path / "a/3.wav", None),
        ]

    @pytest.mark.parametrize("extension", [".jsonl", ".json", ".JSONL"])
    def test_json_lines(self, tmp_path, extension):
        rows = [
            {"audio_filepath": "1.wav", "speaker": 0, "duration": 3.25, "text": "hello"},
            {"audio_filepath": "./2.wav", "split": "test", "offset": None},
        ]
        path = write(tmp_path / f"list{extension}", json.dumps(rows[0]), "", json.dumps(rows[1]))
        assert list_corpus("manifest", path=path) == [
            Utterance("1.wav", tmp_path / "1.wav", "0", None, 0.0, 3.25),
            Utterance("2.wav", tmp_path / "2.wav", None, "test"),
        ]

    def test_tsv(self, tmp_path):
        path = write(tmp_path / "list.tsv", "audio_filepath\tspeaker", "1, 2.wav\tanna")
        assert facts(list_corpus("manifest", path=path)) == [("1, 2.wav", "anna", None)]

    @pytest.mark.parametrize("column", ["speaker", " Speaker ", "speaker_id", "Speaker-ID", "spk"])
    def test_speakers_by_other_names(self, tmp_path, column):
        """With a blank behind the name, one voice would be two."""
        path = write(tmp_path / "list.csv", f"audio_filepath, {column}", "1.wav,nsh", "2.wav, nsh ", "3.wav, ")
        assert [utterance.speaker for utterance in list_corpus("manifest", path=path)] == ["nsh", "nsh", None]

    def test_the_speaker_comes_before_what_is_nearly_called_so(self, tmp_path):
        path = write(tmp_path / "list.csv", "client_id,audio_filepath,speaker", "7,1.wav,anna")
        assert [utterance.speaker for utterance in list_corpus("manifest", path=path)] == ["anna"]

    @pytest.mark.parametrize(
        ("name", "split"),
        [
            ("train", "train"),
            ("validation", "validation"),
            ("valid", "validation"),
            ("val", "validation"),
            ("dev", "validation"),
            ("test", "test"),
        ],
    )
    def test_names_of_splits(self, tmp_path, name, split):
        path = write(tmp_path / "list.csv", "audio_filepath,split", f"1.wav,{name}")
        assert list_corpus("manifest", path=path)[0].split == split

    def test_ids_of_stretches_do_not_depend_on_the_other_rows_or_their_order(self, tmp_path):
        rows = ["a.wav,0,1", "a.wav,1.50,1", "a.wav,1234.5678,1", "b.wav,,"]
        header = "audio_filepath,offset,duration"
        expected = ["a.wav", "a.wav@1.5", "a.wav@1234.5678", "b.wav"]
        forward = list_corpus("manifest", path=write(tmp_path / "list.csv", header, *rows))
        backward = list_corpus("manifest", path=write(tmp_path / "list.csv", header, *reversed(rows)))
        assert [utterance.id for utterance in forward] == expected
        assert backward == forward
        for row, key in zip(rows, expected, strict=True):
            (alone,) = list_corpus("manifest", path=write(tmp_path / "list.csv", header, row))
            assert alone.id == key

    def test_stretches_that_begin_together_are_told_apart_by_their_duration(self, tmp_path):
        path = write(tmp_path / "list.csv", "audio_filepath,offset,duration", "a.wav,2,1", "a.wav,2,3.5", "a.wav,2,")
        ids = [utterance.id for utterance in list_corpus("manifest", path=path)]
        assert ids == ["a.wav@2.0+1.0", "a.wav@2.0+3.5", "a.wav@2.0+end"]

    def test_white_space_around_names_and_values_does_not_count(self, tmp_path):
        header = "audio_filepath, Speaker , Split,DURATION, Offset"
        path = write(tmp_path / "list.csv", header, "a.wav, anna, train, 2 ,", " b.wav,bert , , ,1 ")
        one, other = list_corpus("manifest", path=path)
        assert (one.speaker, one.split, one.duration_seconds, one.offset_seconds) == ("anna", "train", 2.0, 0.0)
        assert (other.id, other.speaker, other.split, other.duration_seconds) == ("b.wav@1.0", "bert", None, None)

    @pytest.mark.parametrize(("name", "separator"), [("list.csv", ","), ("list.tsv", "\t")])
    def test_a_quote_that_is_not_closed_swallows_no_rows(self, tmp_path, name, separator):
        rows = (separator.join(row) for row in (("audio_filepath", "text"), ("a.wav", '"Hello'), ("b.wav", "hi")))
        path = write(tmp_path / name, *rows)
        with pytest.raises(ValueError, match=rf"{name}, line \d: unexpected end of data"):
            list_corpus("manifest", path=path)

    def test_the_same_stretch_twice_is_refused(self, tmp_path):
        path = write(tmp_path / "list.csv", "audio_filepath,offset", "a.wav,2", "b.wav,2", "./a.wav,2.0")
        with pytest.raises(
            ValueError, match=r"list.csv, line 4: same file, offset and duration as line 2 \(a.wav@2.0\)"
        ):
            list_corpus("manifest", path=path)

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ({"speaker": "anna"}, "audio_filepath must be a path, got None"),
            ({"audio_filepath": " "}, "audio_filepath must be a path, got ''"),
            ({"audio_filepath": 3}, "audio_filepath must be a path, got 3"),
            ({"audio_filepath": "a.wav", "offset": "soon"}, "offset must be a number of seconds, got 'soon'"),
            ({"audio_filepath": "a.wav", "offset": True}, "offset must be a number of seconds, got True"),
            ({"audio_filepath": "a.wav", "duration": [1]}, r"duration must be a number of seconds, got \[1\]"),
            ({"audio_filepath": "a.wav", "duration": "nan"}, "duration must be a number of seconds, got 'nan'"),
            ({"audio_filepath": "a.wav", "offset": -1}, "offset must be at least 0 seconds, got -1.0"),
            ({"audio_filepath": "a.wav", "duration": 0}, "duration must be more than 0 seconds, got 0.0"),
            ({"audio_filepath": "a.wav", "offset": 10**400}, "offset must be a number of seconds, got 1000"),
            ({"audio_filepath": "a.wav", "duration": "1e309"}, "duration must be a number of seconds, got '1e309'"),
            ({"audio_filepath": "a.wav", "duration": float("inf")}, "duration must be a number of seconds, got inf"),
            ({"audio_filepath": "a.wav", "speaker": ["anna"]}, r"speaker must be a name, got \['anna'\]"),
            ({"audio_filepath": "a" * 4097}, "id must have at most 4096 characters, got 4097: 'aaa"),
            ({"audio_filepath": "a", "speaker": "b" * 10**6}, "speaker must have at most 4096 characters, got 1000000"),
            ({"audio_filepath": "\ud800.wav"}, r"id must be text, got '\\ud800.wav': surrogates not allowed"),
            ({"audio_filepath": "a.wav", "split": {"a": 1}}, "split must be one of"),
            (
                {"audio_filepath": "a.wav", "split": "eval"},
                "split must be one of train, validation, test, dev, valid, val or empty, got 'eval'",
            ),
        ],
    )
    def test_a_bad_row_is_refused_with_file_and_line(self, tmp_path, row, message):
        path = write(tmp_path / "list.jsonl", '{"audio_filepath": "ok.wav"}', json.dumps(row))
        with pytest.raises(ValueError, match=f"list.jsonl, line 2: {message}"):
            list_corpus("manifest", path=path)

    @pytest.mark.parametrize("name", ["a\0.wav", "b" * 300 + ".wav", "\udce9.wav", "a.wav"])
    def test_a_file_that_cannot_be_there_is_listed(self, tmp_path, name):
        """It has a name, under which it is rejected when it is to be read."""
        path = write(tmp_path / "list.jsonl", json.dumps({"audio_filepath": name, "offset": 1e308, "duration": 1e308}))
        (listed,) = list_corpus("manifest", path=path)
        assert (listed.path, listed.offset_seconds) == (tmp_path / name, 1e308)

    def test_a_name_with_a_nul_in_a_table(self, tmp_path):
        path = write(tmp_path / "list.csv", "audio_filepath,speaker", "a\0.wav,anna")
        assert facts(list_corpus("manifest", path=path)) == [("a\0.wav", "anna", None)]

    @pytest.mark.parametrize("line", ['["a.wav"]', "a.wav", '{"audio_filepath": "a.wav"'])
    def test_what_is_no_json_object_is_refused(self, tmp_path, line):
        with pytest.raises(ValueError, match=r"list.json, line 1: expected one JSON object a line, got"):
            list_corpus("manifest", path=write(tmp_path / "list.json", line))

    def test_an_unquoted_comma_is_refused(self, tmp_path):
        path = write(tmp_path / "list.csv", "audio_filepath,speaker", "a, b.wav,anna")
        with pytest.raises(ValueError, match=r"line 2: more fields than the header has columns, surplus \['anna'\]"):
            list_corpus("manifest", path=path)

    def test_a_table_without_the_column_is_refused(self, tmp_path):
        path = write(tmp_path / "list.csv", "file,speaker", "a.wav,anna")
        with pytest.raises(ValueError, match="line 1: expected the columns audio_filepath, got file, speaker"):
            list_corpus("manifest", path=path)

    def test_another_extension_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"must end in one of .csv, .tsv, .jsonl, .json, got .*list.txt"):
            list_corpus("manifest", path=write(tmp_path / "list.txt", "a.wav"))

    def test_another_encoding_is_refused(self, tmp_path):
        (tmp_path / "list.csv").write_bytes("audio_filepath\né.wav\n".encode("latin-1"))
        with pytest.raises(ValueError, match=r"list.csv must be UTF-8 text"):
            list_corpus("manifest", path=tmp_path / "list.csv")
