"""Tests of Hugging Face's AudioFolder: metadata, folders of splits, and labels."""

import json

import pytest
from trees import facts, touch, write

from mfccinv.corpora.listing import list_corpus


def audiofolder(root, *, labels_are_speakers=False):
    return list_corpus("audiofolder", root=root, extensions=[".wav", "FLAC"], labels_are_speakers=labels_are_speakers)


class TestMetadata:
    def test_at_the_top(self, tmp_path):
        rows = ["a.wav,anna,hello,,", "train/b.wav,,,1.5,2", "data/test-0/c.wav,carl,,,", "data/val/2024/d.wav,nan,,,"]
        write(tmp_path / "metadata.csv", "file_name,speaker_id,transcription,offset,duration", *rows)
        touch(tmp_path, "without a row.wav")
        listed = audiofolder(tmp_path)
        assert facts(listed) == [
            ("a.wav", "anna", None),
            ("data/test-0/c.wav", "carl", "test"),
            ("data/val/2024/d.wav", "nan", "validation"),
            ("train/b.wav@1.5", None, "train"),
        ]
        assert (listed[3].path, listed[3].duration_seconds) == (tmp_path / "train/b.wav", 2.0)

    def test_in_each_split(self, tmp_path):
        for split in ("train", "validation", "test"):
            row = json.dumps({"file_name": "audio/1.flac", "speaker": 7})
            write(tmp_path / "data" / split / "metadata.jsonl", row)
        listed = audiofolder(tmp_path)
        assert facts(listed) == [(f"data/{s}/audio/1.flac", "7", s) for s in ("test", "train", "validation")]
        assert listed[0].path == tmp_path / "data/test/audio/1.flac"

    def test_the_split_of_a_row_comes_first(self, tmp_path):
        write(tmp_path / "train/metadata.csv", "file_name,split", "1.wav,dev", "2.wav,")
        assert [utterance.split for utterance in audiofolder(tmp_path)] == ["validation", "train"]

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ({"file": "1.wav"}, "file_name must be a path, got None"),
            ({"file_name": "1.wav", "split": "eval"}, "split must be one of train, validation, test"),
            ({"file_name": "0.wav"}, "ids must be unique, 'train/0.wav' is in line 1, too"),
            ({"file_name": "1.wav", "speaker": "a" * 5000}, "speaker must have at most 4096 characters"),
        ],
    )
    def test_a_bad_row_is_refused_with_file_and_line(self, tmp_path, row, message):
        write(tmp_path / "train/metadata.jsonl", '{"file_name": "0.wav"}', json.dumps(row))
        with pytest.raises(ValueError, match=f"train/metadata.jsonl, line 2: {message}"):
            audiofolder(tmp_path)

    def test_the_same_file_in_two_tables_is_refused(self, tmp_path):
        write(tmp_path / "metadata.csv", "file_name", "train/1.wav")
        write(tmp_path / "train/metadata.csv", "file_name", "1.wav")
        message = r"train/metadata.csv, line 2: ids must be unique, 'train/1.wav' is in .*metadata.csv, line 2, too$"
        with pytest.raises(ValueError, match=message):
            audiofolder(tmp_path)

    def test_another_format_is_told(self, tmp_path):
        touch(tmp_path, "train/metadata.parquet", "train/1.wav")
        with pytest.raises(ValueError, match=r"metadata.parquet is not read: write it as metadata.csv"):
            audiofolder(tmp_path)


class TestWithoutMetadata:
    @pytest.mark.parametrize(
        ("labels_are_speakers", "speakers"), [(False, [None, None]), (True, ["dog", "2024_12_01"])]
    )
    def test_labels_and_splits(self, tmp_path, labels_are_speakers, speakers):
        touch(tmp_path, "test/dog/1.wav", "train/2024_12_01/2.flac", "train/dog/notes.txt", "other.csv")
        assert facts(audiofolder(tmp_path, labels_are_speakers=labels_are_speakers)) == [
            ("test/dog/1.wav", speakers[0], "test"),
            ("train/2024_12_01/2.flac", speakers[1], "train"),
        ]

    def test_the_folder_of_a_split_and_the_top_are_no_labels(self, tmp_path):
        touch(tmp_path, "1.wav", "train/2.wav")
        assert [utterance.speaker for utterance in audiofolder(tmp_path, labels_are_speakers=True)] == [None, None]
