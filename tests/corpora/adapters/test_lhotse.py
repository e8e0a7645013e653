"""Tests of lhotse's manifests, some of which lhotse wrote: see ``golden/make_lhotse.py``."""

import gzip
import json
from pathlib import Path

import pytest
from trees import facts, touch

from mfccinv.corpora.listing import list_corpus

GOLDEN = Path(__file__).parents[1] / "golden" / "lhotse"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())


def lhotse(path, supervisions=None, base=None):
    return list_corpus("lhotse", path=path, supervisions=supervisions, base=base)


def recording(name="r", *, kind="file", source="/far/1.wav", channels=(0,), **more):
    sources = [{"type": kind, "channels": list(channels), "source": source}]
    return {"id": name, "sources": sources, "sampling_rate": 8000, "num_samples": 80000, "duration": 10.0} | more


def cut(name="c", *, of=None, **more):
    values = {"id": name, "start": 0.0, "duration": 10.0, "channel": 0, "recording": of or recording()}
    return values | {"supervisions": [], "type": "MonoCut"} | more


def supervision(name="s", **more):
    return {"id": name, "recording_id": "r", "start": 0.0, "duration": 1.0, "channel": 0, "speaker": "anna"} | more


def write(path, *rows):
    """Write a manifest as its name says."""
    lines = json.dumps(rows, indent=2) if ".json" in path.suffixes else "".join(json.dumps(row) + "\n" for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


def stretches(utterances):
    return [[u.id, str(u.path), u.speaker, u.offset_seconds, u.duration_seconds] for u in utterances]


class TestGolden:
    def test_cuts(self):
        assert stretches(lhotse(GOLDEN / "cuts.jsonl.gz")) == sorted(EXPECTED["cuts"])

    def test_recordings_and_supervisions(self):
        listed = lhotse(GOLDEN / "recordings.json", GOLDEN / "supervisions.jsonl")
        assert stretches(listed) == EXPECTED["supervisions"]
        assert str(listed[2].path) == "/corpus/2 b.wav"  # of the second channel


class TestUnits:
    @pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz", "r.json", "r.json.gz"])
    def test_recordings_alone_are_utterances_of_nobody(self, tmp_path, name):
        path = write(tmp_path / name, recording("b"), recording("a", source="/far/2.wav"))
        assert stretches(lhotse(path)) == [["a", "/far/2.wav", None, 0.0, None], ["b", "/far/1.wav", None, 0.0, None]]

    def test_supervisions_are_within_their_cut(self, tmp_path):
        own = [supervision("a", start=-1.5, duration=3), supervision("b", start=2.1, duration=9, speaker=None)]
        path = write(tmp_path / "cuts.jsonl", cut("c", start=4, duration=5, supervisions=own))
        assert stretches(lhotse(path)) == [
            ["c/a", "/far/1.wav", "anna", 4.0, 1.5],
            ["c/b", "/far/1.wav", None, 6.1, 2.9],
        ]

    def test_a_folder_of_manifests(self, tmp_path):
        for part in ("train-clean-5", "dev-clean-2"):
            write(tmp_path / f"mini_recordings_{part}.jsonl.gz", recording())
            write(tmp_path / f"mini_supervisions_{part}.jsonl.gz", supervision("s", speaker=part))
        write(tmp_path / "mini_cuts_test.jsonl.gz", cut())
        write(tmp_path / "mini_recordings_test.jsonl.gz", recording("not this"))
        touch(tmp_path, "notes.json", "mini_features_test.jsonl.gz")
        assert facts(lhotse(tmp_path)) == [
            ("mini_dev-clean-2/s", "dev-clean-2", "validation"),
            ("mini_test/c", None, "test"),
            ("mini_train-clean-5/s", "train-clean-5", "train"),
        ]
        with pytest.raises(ValueError, match=r"corpus.supervisions=s.jsonl needs corpus.path= to be recordings"):
            lhotse(tmp_path, "s.jsonl")
        write(tmp_path / "mini_cuts_test.jsonl", cut())
        with pytest.raises(ValueError, match=r"are of one part: name one of them with corpus.path="):
            lhotse(tmp_path)

    def test_relative_sources(self, tmp_path, monkeypatch):
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        touch(tmp_path, "wavs/1.wav")
        path = write(tmp_path / "data/manifests/r.jsonl", recording(source="wavs/1.wav"))
        assert lhotse(path)[0].path == tmp_path / "wavs/1.wav"
        assert lhotse(path, base=tmp_path / "data")[0].path == tmp_path / "data/wavs/1.wav"

    def test_all_channels_of_a_file_are_mixed_and_a_resampled_recording_is_the_same(self, tmp_path):
        stereo = recording(channels=(0, 1), transforms=[{"name": "Resample", "kwargs": {}}])
        path = write(tmp_path / "c.jsonl", cut(of=stereo, channel=[0, 1], type="MultiCut"))
        assert lhotse(path)[0].id == "c"


class TestRefusals:
    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (recording(kind="command", source="cat 1.wav"), "only sources of type file are read, got command: write"),
            (recording(kind="url", source="https://x"), "only sources of type file are read, got url"),
            (recording(kind="memory", source="UklGRg=="), "only sources of type file are read, got memory"),
            (cut(of=recording(kind="shar", source="")), "only sources of type file are read, got shar"),
            (cut(of=recording(channels=(0, 1))), r"no file holds the channels \[0\] alone, they have \[0, 1\]"),
            (cut(of=recording(transforms=[{"name": "Speed"}])), "the recording is transformed by Speed: write it"),
            ({"id": "c", "tracks": [], "type": "MixedCut"}, "a MixedCut is in no file: write it as one, CutSet.save"),
            ({"id": "c", "duration": 1.0, "type": "PaddingCut"}, "a PaddingCut is in no file"),
            ({"id": "c", "features": {}, "type": "MonoCut"}, "the cut has no recording; features alone are not read"),
            (cut(supervisions=["anna"]), r"supervisions must be a list of objects, got \['anna'\]"),
            (cut(supervisions=[supervision(start=10.0)]), "supervision 's' is not within the cut"),
            (cut(supervisions=[supervision(speaker=["a"])]), "speaker must be a name, got"),
            (cut(start=-1), "start must be at least 0 seconds, got -1.0"),
            (cut(channel="left"), "channels must be whole numbers, got 'left'"),
            (cut(name=7), "id must be a text, got 7"),
            (recording("ok"), "ids must be unique, 'ok' is in line 1, too"),
            ({"id": "r", "sources": []}, r"the recording's sources must be a list of objects, got \[\]"),
        ],
    )
    def test_what_is_no_file_or_wrong_is_refused_with_file_and_line(self, tmp_path, row, message):
        path = write(tmp_path / "m.jsonl", recording("ok"), row)
        with pytest.raises(ValueError, match=f"m.jsonl, line 2: {message}"):
            lhotse(path)

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (supervision(recording_id="x"), "s.jsonl, line 1: recording 'x' is not in .*r.jsonl"),
            (supervision(duration=0), "s.jsonl, line 1: duration must be more than 0 seconds"),
            (supervision(channel=1), None),
        ],
    )
    def test_supervisions(self, tmp_path, row, message):
        recordings, supervisions = write(tmp_path / "r.jsonl", recording()), write(tmp_path / "s.jsonl", row)
        if message is None:  # a file of one channel is whatever channel it is called
            assert lhotse(recordings, supervisions)[0].speaker == "anna"
        else:
            with pytest.raises(ValueError, match=message):
                lhotse(recordings, supervisions)

    def test_cuts_with_supervisions_beside_them(self, tmp_path):
        cuts, supervisions = write(tmp_path / "c.jsonl", cut()), write(tmp_path / "s.jsonl", supervision())
        with pytest.raises(ValueError, match=r"c.jsonl, line 1: corpus.supervisions= is for recordings"):
            lhotse(cuts, supervisions)

    def test_another_format(self, tmp_path):
        touch(tmp_path, "cuts.yaml")
        with pytest.raises(ValueError, match=r"a manifest must end in .jsonl or .json, .*cuts.yaml: `lhotse copy` can"):
            lhotse(tmp_path / "cuts.yaml")
