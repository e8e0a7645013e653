"""Tests of corpora with files that can't be read: each is rejected with its reason, and the others are taken."""

import json
import os

import pytest
import soundfile
from configurations import build_config, settings
from programs import build, plan_of
from speech import speech
from trees import write

from mfccinv.datasets import extraction
from mfccinv.system.stored_files import read_json_lines

SPLIT = {"by": "utterance", "validation": 0.3, "test": 0.3}


@pytest.fixture(autouse=True)
def in_process(monkeypatch):
    """Extraction in this process."""
    monkeypatch.setattr(extraction, "ordered_map", lambda function, tasks, workers, executor: map(function, tasks))


@pytest.fixture
def corpus(tmp_path):
    """Folder of ten recordings."""
    (tmp_path / "corpus").mkdir()
    for number in range(10):
        start = number * 1600
        soundfile.write(tmp_path / "corpus" / f"{number}.wav", speech(16000)[start : start + 6400], 16000)
    return tmp_path / "corpus"


def reasons(built):
    """Reason of each rejection up to its colon."""
    return {row["id"]: row["reason"].split(":")[0] for row in read_json_lines(built.folder / "rejected.jsonl")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("sample_rate", [16000, None])
def test_in_a_folder(tmp_path, corpus, sample_rate):
    os.mkfifo(corpus / "-pipe.wav")
    (corpus / "circle.wav").symlink_to("circle.wav")
    (corpus / "broken.wav").symlink_to("nowhere.wav")
    (corpus / os.fsdecode(b"caf\xe9.wav")).write_text("no sound")
    given = settings("corpus", "folder") | {"root": str(corpus), "speaker_part": None}
    features = {"sample_rate": sample_rate}
    built = build(build_config(tmp_path / "sets", corpus=given, split=SPLIT, features=features, limit=None))
    assert built.spec.sample_rate == 16000
    assert sorted(built.utterances) == [f"{number}.wav" for number in range(10)]
    assert reasons(built) == {
        "-pipe.wav": "not a file, but a folder, a pipe, a socket or a device",
        "broken.wav": "missing",
        "caf\udce9.wav": "not audio",
        "circle.wav": "unreadable",
    }


def test_in_a_manifest(tmp_path, corpus):
    rows = [{"audio_filepath": f"{number}.wav"} for number in range(10)] + [
        {"audio_filepath": "a\0b.wav"},
        {"audio_filepath": "long" * 75 + ".wav"},
        {"audio_filepath": "0.wav/1.wav"},
        {"audio_filepath": "."},
        {"audio_filepath": "0.wav", "offset": 1e308},
        {"audio_filepath": "1.wav", "offset": 0.1, "duration": 1e308},
    ]
    given = {"name": "manifest", "path": str(write(corpus / "list.jsonl", *map(json.dumps, rows)))}
    built = build(build_config(tmp_path / "sets", corpus=given, split=SPLIT, limit=None))
    assert sorted(built.utterances) == [f"{number}.wav" for number in range(10)]
    assert reasons(built) == {
        ".": "not a file, but a folder, a pipe, a socket or a device",
        "0.wav/1.wav": "unreadable",
        "0.wav@1e+308": "too short",
        "1.wav@0.1": "too short",
        "a\0b.wav": "missing",
        "long" * 75 + ".wav": "unreadable",
    }


def test_a_folder_that_may_not_be_entered(tmp_path, corpus, monkeypatch):
    given = {
        "name": "manifest",
        "path": str(write(corpus / "list.csv", "audio_filepath", *(f"{n}.wav" for n in range(10)))),
    }
    config = build_config(tmp_path / "sets", corpus=given, split=SPLIT, limit=None)
    whole = plan_of(config).fingerprint
    stat = type(corpus).stat

    def refuse(path, **options):
        if path.name == "3.wav":
            raise PermissionError(13, "Permission denied", path)
        return stat(path, **options)

    monkeypatch.setattr(type(corpus), "stat", refuse)
    built = build(config)
    assert built.manifest["fingerprint"] != whole
    assert reasons(built) == {"3.wav": "unreadable"}
