"""Tests of the builder: what a data set holds, what makes it another one, and that no interruption changes a byte."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import soundfile
from configurations import build_config, preset, settings
from ffmpeg_sound import can_encode, encode
from places import DEMO
from programs import build, plan_of
from speech import speech

from mfccinv.audio.unusable import NEEDS_PYAV
from mfccinv.corpora.splits import stable_fraction
from mfccinv.corpora.utterance import SPLITS
from mfccinv.datasets import builder, extraction, shard_writer
from mfccinv.datasets.manifest import FORMAT_VERSION, DatasetError
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.datasets.shards import shard_pairs
from mfccinv.features.cepstrum import mfcc_to_log_mel
from mfccinv.features.context import Context
from mfccinv.features.extract import extract_features
from mfccinv.features.mel import empty_bands, mel_filters
from mfccinv.features.spec import FeatureSpec
from mfccinv.reporting.terminal import describe_dataset
from mfccinv.system import atomic_files as files
from mfccinv.system.atomic_files import write_json
from mfccinv.system.checksums import sha256
from mfccinv.system.stored_files import read_json, read_json_lines

SPEAKERS = {"anna": "train", "bert": "validation", "carl": "test"}
BY_LIST = {"by": "speaker", "validation": 0, "test": 0, "validation_speakers": ["bert"], "test_speakers": ["carl"]}


@pytest.fixture
def in_process(monkeypatch):
    """Extraction in this process; a list of how often it was begun."""
    begun = []

    def ordered_map(function, tasks, workers, executor):
        begun.append(workers)
        return map(function, tasks)

    monkeypatch.setattr(extraction, "ordered_map", ordered_map)
    return begun


def folder_corpus(root, seconds=0.4, n=4, speakers=tuple(SPEAKERS)):
    """A corpus of files root/<speaker>/<n>.wav, each another stretch of real speech, all with the same times."""
    place = count()
    for speaker in speakers:
        for number in range(n):
            path = root / speaker / f"{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            start = round(0.1 * next(place) * 16000)
            soundfile.write(path, speech(16000)[start : start + round(seconds * 16000)], 16000)
            os.utime(path, (1e9, 1e9))
    return settings("corpus", "folder") | {"root": str(root)}


def folder_settings(tmp_path, corpus=None, **changed):
    """Settings of a build of a folder corpus of three speakers, one a split."""
    corpus = corpus or folder_corpus(tmp_path / "corpus")
    return build_config(tmp_path / "sets", corpus=corpus, **{"split": BY_LIST, "limit": None} | changed)


def contents(folder):
    """Checksum of every file of a data set but its lock."""
    return {path.name: sha256(path) for path in folder.iterdir() if path.name != ".lock"}


class TestContents:
    def test_counts_agree(self, demo):
        assert set(demo.manifest["splits"]) == set(SPLITS)
        for split in SPLITS:
            summary, shards = demo.manifest["splits"][split], demo.shards(split)
            features = list(demo.features(split))
            assert summary["utterances"] == len(features) == 2
            assert summary["speakers"] == len({one.speaker for one in features})
            assert summary["frames"] == sum(len(shard.mfcc) for shard in shards)
            assert summary["pairs"] == sum(len(shard_pairs(shard, Context(9, "centre"))[0]) for shard in shards)
            assert summary["pairs"] == summary["frames"] - 2 * 8
            assert summary["seconds"] == pytest.approx(sum(one.seconds for one in features), abs=1e-3)
            entries = [entry for entry in demo.manifest["shards"] if entry["split"] == split]
            for name in ("utterances", "frames", "pairs"):
                assert sum(entry[name] for entry in entries) == summary[name]

    def test_manifest_tells_what_it_was_built_from(self, demo):
        given = build_config(demo.folder.parent, workers=2)
        stored = demo.manifest
        assert demo.folder.name == f"demo-{stored['fingerprint'][:12]}"
        assert stored["format_version"] == FORMAT_VERSION
        assert stored["corpus"] == given["corpus"]
        assert stored["split"] == given["split"] | {"rule": "official", "speaker_disjoint": True}
        assert stored["context"] == {"length": 9, "position": "centre"}
        for name in ("min_seconds", "silence_dbfs", "shard_frames"):
            assert stored[name] == given["dataset"][name]
        assert stored["rejected"] == 0
        assert "segment_seconds" not in stored  # so that fingerprints are as they were before there were segments
        assert stored["versions"]["numpy"] == np.__version__
        assert demo.spec == preset("asr")

    def test_shards_are_as_the_manifest_says(self, demo):
        names = [entry["name"] for entry in demo.manifest["shards"]]
        assert names == ["train-00000.npz", "validation-00000.npz", "test-00000.npz"]
        assert sorted(path.name for path in demo.folder.glob("*.npz")) == sorted(names)
        for entry in demo.manifest["shards"]:
            path = demo.folder / entry["name"]
            assert (entry["sha256"], entry["bytes"]) == (sha256(path), path.stat().st_size)
            with np.load(path) as arrays:
                assert arrays["context"].tolist() == [9, 4]
        assert not list(demo.damaged_shards())

    def test_segments_have_one_length(self, tmp_path, in_process):
        built = build(folder_settings(tmp_path, segment_seconds=0.3))
        features = [one for split in SPLITS for one in built.features(split)]
        assert {(len(one.mfcc), one.seconds) for one in features} == {(31, 0.3)}
        assert built.manifest["segment_seconds"] == 0.3

    def test_every_frame_is_that_of_its_file(self, demo):
        for split in SPLITS:
            for one in demo.features(split):
                row = demo.utterances[one.id]
                y, rate = soundfile.read(row["path"])
                mfcc, log_mel = extract_features(y, demo.spec)
                # The builder reads in single precision.
                np.testing.assert_allclose(one.log_mel, log_mel, atol=1e-3)
                np.testing.assert_allclose(one.mfcc, mfcc, atol=1e-3)
                assert len(one.mfcc) == demo.spec.n_frames(len(y)) == row["frames"]
                assert (row["split"], row["speaker"]) == (split, one.speaker)
                assert (row["source_rate"], row["source_channels"]) == (rate, 1) == (one.source_rate, 1)
                assert row["seconds"] == pytest.approx(len(y) / rate, abs=1e-3)
                assert Path(row["path"]).is_absolute()
                assert one.id in demo.shards(split)[0].ids
                assert row["shard"] == f"{split}-00000.npz"

    def test_statistics_are_those_of_the_training_frames_alone(self, tmp_path, in_process):
        built = build(folder_settings(tmp_path, shard_frames=50))
        frames = {"train": list(built.features("train")), "test": list(built.features("test"))}
        assert len(built.shards("train")) > 1
        for split, equal in (("train", True), ("test", False)):
            mfcc, log_mel = (
                np.concatenate([getattr(one, name) for one in frames[split]]).astype(np.float64)
                for name in ("mfcc", "log_mel")
            )
            residual = log_mel - mfcc_to_log_mel(mfcc, built.spec)
            for name, rows in (("mfcc", mfcc), ("log_mel", log_mel), ("residual", residual)):
                stored = [getattr(built.statistics, f"{name}_{kind}") for kind in ("mean", "std")]
                assert equal == np.allclose(stored, [rows.mean(axis=0), rows.std(axis=0)], atol=1e-5)

    def test_rate_and_channels_of_the_source_are_recorded(self, tmp_path, in_process, rng):
        corpus = folder_corpus(tmp_path / "corpus")
        path = tmp_path / "corpus" / "anna" / "stereo.flac"
        soundfile.write(path, rng.uniform(-0.5, 0.5, size=(44100, 2)), 44100)
        built = build(folder_settings(tmp_path, corpus))
        (one,) = (one for one in built.features("train") if one.id == "anna/stereo.flac")
        assert (one.source_rate, one.source_channels, one.seconds) == (44100, 2, 1.0)
        assert len(one.mfcc) == built.spec.n_frames(16000)
        row = built.utterances["anna/stereo.flac"]
        assert (row["source_rate"], row["source_channels"]) == (44100, 2)

    def test_stretches_of_a_file_are_utterances(self, tmp_path, in_process):
        path = DEMO / "june" / "conf-getchannel.flac"
        rows = [
            {"audio_filepath": str(path), "offset": n, "duration": 0.5, "split": split}
            for n, split in enumerate(SPLITS)
        ]
        (tmp_path / "list.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        corpus = {"name": "manifest", "path": str(tmp_path / "list.jsonl")}
        built = build(folder_settings(tmp_path, corpus, split={"by": "official"}))
        y, _ = soundfile.read(path)
        for n, split in enumerate(SPLITS):
            (one,) = built.features(split)
            assert (one.speaker, one.seconds) == ("", 0.5)
            expected = extract_features(y[16000 * n : 16000 * n + 8000], built.spec)[1]
            np.testing.assert_allclose(one.log_mel, expected, atol=1e-3)
            assert built.manifest["splits"][split]["speakers"] == 0
            assert built.utterances[one.id]["offset_seconds"] == n
        assert not built.manifest["split"]["speaker_disjoint"]

    def test_null_takes_the_rate_of_the_corpus(self, tmp_path, in_process):
        features = settings("features", "notebook") | {"sample_rate": None}
        built = build(folder_settings(tmp_path, features=features | {"n_mels": 38}))
        assert built.spec == FeatureSpec.from_settings(features, native_rate=16000)

    @pytest.mark.parametrize("name", [b"caf\xe9.wav", "a\u2028b.wav".encode(), "naïve é.wav".encode()])
    def test_any_file_name_will_do(self, tmp_path, in_process, name):
        corpus = folder_corpus(tmp_path / "corpus", n=1)
        folder = tmp_path / "corpus" / "anna"
        try:
            os.rename(folder / "0.wav", os.path.join(os.fsencode(folder), name))
        except OSError:
            pytest.skip("not a name on this file system")
        built = build(folder_settings(tmp_path, corpus))
        assert [one.id for one in built.features("train")] == [f"anna/{os.fsdecode(name)}"]
        assert {one.id for split in SPLITS for one in built.features(split)} == set(built.utterances)


class TestShards:
    def test_are_closed_when_they_hold_enough(self, tmp_path, in_process):
        given = folder_settings(tmp_path, folder_corpus(tmp_path / "corpus", n=7))
        whole = build(given)
        given["dataset"]["shard_frames"] = 100  # an utterance of 0.4 s has 41
        parts = build(given)
        assert parts.folder != whole.folder
        for split in SPLITS:
            shards = parts.shards(split)
            assert [shard.path.name for shard in shards] == [f"{split}-{n:05d}.npz" for n in range(3)]
            assert [len(shard.mfcc) for shard in shards] == [3 * 41, 3 * 41, 41]
            for one, other in zip(whole.features(split), parts.features(split), strict=True):
                assert one.id == other.id
                np.testing.assert_array_equal(one.mfcc, other.mfcc)
        for name, values in vars(whole.statistics).items():
            if values is not None:
                np.testing.assert_allclose(getattr(parts.statistics, name), values, atol=1e-9)

    def test_linear_spectra_are_stored_if_asked_for(self, tmp_path, in_process):
        """They are those of the sound; the mel frames are the filters' sums of them."""
        given = folder_settings(tmp_path, folder_corpus(tmp_path / "corpus", n=7))
        without = build(given)
        given["dataset"]["linear"] = True
        built = build(given)
        assert without.folder != built.folder
        assert built.spec == without.spec
        for one, other in zip(built.features("train"), without.features("train"), strict=True):
            assert other.log_magnitude is None
            np.testing.assert_array_equal(one.log_mel, other.log_mel)
            energy = 10 ** (one.log_magnitude.astype(float) / 10)
            log_mel = 10 * np.log10(np.maximum(energy @ mel_filters(built.spec).T, built.spec.log_floor))
            np.testing.assert_allclose(log_mel, one.log_mel, atol=0.01)
        assert built.statistics.log_magnitude_mean.shape == (built.spec.n_bins,)
        assert np.isfinite(built.statistics.detail_std).all()
        assert without.statistics.detail_std is None

    def test_plain_pairs_are_those_of_the_shards(self, tmp_path, in_process):
        built = build(folder_settings(tmp_path, plain_pairs=True, context=4, position="next", shard_frames=100))
        plain = sorted(path.name for path in built.folder.glob("pairs-*.npz"))
        assert plain == sorted(f"pairs-{entry['name']}" for entry in built.manifest["shards"])
        for split in SPLITS:
            for shard in built.shards(split):
                x, y = shard_pairs(shard, Context(4, "next"))
                with np.load(shard.path.with_name(f"pairs-{shard.path.name}"), allow_pickle=False) as arrays:
                    np.testing.assert_array_equal(arrays["x"], x)
                    np.testing.assert_array_equal(arrays["y"], y)
                assert x.shape[1:] == (4, 20)

    def test_plain_pairs_are_added_to_what_is_there(self, tmp_path, in_process):
        given = folder_settings(tmp_path)
        before = contents(build(given).folder)
        given["dataset"]["plain_pairs"] = True
        after = contents(build(given).folder)
        assert len(in_process) == 1
        assert before.items() < after.items()
        assert {name for name in after if name not in before} == {f"pairs-{split}-00000.npz" for split in SPLITS}

    def test_one_at_a_time_waits_to_be_written(self, tmp_path, in_process, monkeypatch, uninterrupted):
        """However fast the extraction is: the shards that it makes don't gather in memory."""
        given, expected = uninterrupted
        write, add = shard_writer.write_shard, shard_writer.ShardWriter.add
        written, added, unwritten = [], [], []

        def write_slowly(*arguments):
            time.sleep(0.05)
            shard = write(*arguments)
            written.append(arguments)
            return shard

        def watched_add(*arguments):
            add(*arguments)
            added.append(arguments)
            unwritten.append(len(added) - len(written))

        monkeypatch.setattr(shard_writer, "write_shard", write_slowly)
        monkeypatch.setattr(shard_writer.ShardWriter, "add", watched_add)
        assert contents(build(elsewhere(given, tmp_path)).folder) == expected
        assert len(written) == 7
        assert max(unwritten) == 1


class TestReuse:
    def test_what_is_there_is_not_built_again(self, tmp_path, in_process):
        given = folder_settings(tmp_path)
        first = build(given)
        times = {path.name: path.stat().st_mtime_ns for path in first.folder.iterdir() if path.name != ".lock"}
        second = build(given)
        assert second.folder == first.folder
        assert len(in_process) == 1
        assert times == {path.name: path.stat().st_mtime_ns for path in first.folder.iterdir() if path.name != ".lock"}

    @pytest.mark.parametrize("n_mfcc", [13, 40])
    def test_another_number_of_mfcc_takes_the_mel_frames_that_are_there(self, tmp_path, in_process, n_mfcc):
        corpus = folder_corpus(tmp_path / "corpus")
        (tmp_path / "corpus" / "anna" / "4.wav").write_bytes(b"no sound")
        changed = {"augment": settings("augment", "voices") | {"copies": 1}, "shard_frames": 100}
        given = folder_settings(tmp_path, corpus, **changed)
        build(given)
        given["features"] = given["features"] | {"n_mfcc": n_mfcc}
        derived = build(given)
        assert len(in_process) == 1
        assert derived.spec.n_mfcc == n_mfcc
        assert contents(derived.folder) == contents(build(elsewhere(given, tmp_path / "other")).folder)
        assert len(in_process) == 2

    def test_a_data_set_that_lacks_its_rejections_is_no_help(self, tmp_path, in_process):
        given = folder_settings(tmp_path)
        (build(given).folder / "rejected.jsonl").unlink()
        build(given | {"features": given["features"] | {"n_mfcc": 13}})
        assert len(in_process) == 2

    @pytest.mark.parametrize("damage", ["cut off", "one byte", "manifest"])
    def test_mel_frames_of_a_damaged_data_set_are_made_anew(self, tmp_path, in_process, damage):
        given = folder_settings(tmp_path)
        folder = build(given).folder
        path = folder / ("manifest.json" if damage == "manifest" else "train-00000.npz")
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] if damage != "one byte" else whole[:middle] + b"?" + whole[middle + 1 :])
        given["features"] = given["features"] | {"n_mfcc": 13}
        build(given)
        assert len(in_process) == 2

    def test_a_data_set_with_fewer_bands_beside_it_does_not_matter(self, tmp_path, in_process):
        given = folder_settings(tmp_path)
        build(given | {"features": settings("features", "notebook") | {"sample_rate": 16000}})
        build(given | {"features": given["features"] | {"n_mfcc": 60}})
        assert len(in_process) == 2

    @pytest.mark.parametrize("changed", [{"workers": 7}, {"plain_pairs": True}, {"progress": True}, {"root": "x"}])
    def test_what_does_not_matter_makes_no_other(self, tmp_path, changed):
        given = folder_settings(tmp_path)
        before = plan_of(given).fingerprint
        given["dataset"] |= changed
        assert plan_of(given).fingerprint == before

    @pytest.mark.parametrize(
        ("group", "changed"),
        [
            ("features", {"n_mfcc": 19}),
            ("features", {"top_db": 80.0}),
            ("split", {"validation_speakers": ["carl"], "test_speakers": ["bert"]}),
            ("dataset", {"limit": 2}),
            ("dataset", {"min_seconds": 0.1}),
            ("dataset", {"silence_dbfs": -70.0}),
            ("dataset", {"segment_seconds": 0.3}),
            ("dataset", {"shard_frames": 100}),
            ("dataset", {"context": 11}),
            ("dataset", {"position": "last"}),
        ],
    )
    def test_another_setting_makes_another(self, tmp_path, group, changed):
        given = folder_settings(tmp_path)
        before = plan_of(given).fingerprint
        given[group] = given[group] | changed
        assert plan_of(given).fingerprint != before

    def test_another_corpus_makes_another(self, tmp_path):
        given = folder_settings(tmp_path)
        prints = [plan_of(given).fingerprint]
        one, other = (tmp_path / "corpus" / "anna" / name for name in ("0.wav", "1.wav"))
        os.utime(one, (1e9, 1e9 + 1))
        prints.append(plan_of(given).fingerprint)
        one.write_bytes(one.read_bytes() + b"\0\0")
        os.utime(one, (1e9, 1e9))
        prints.append(plan_of(given).fingerprint)
        other.unlink()
        prints.append(plan_of(given).fingerprint)
        one.rename(other)
        prints.append(plan_of(given).fingerprint)
        assert len(set(prints)) == len(prints)

    def test_a_changed_file_is_built_anew(self, tmp_path, in_process):
        given = folder_settings(tmp_path)
        first = build(given)
        path = tmp_path / "corpus" / "anna" / "0.wav"
        soundfile.write(path, 0.5 * speech(16000)[:6400], 16000)
        second = build(given)
        assert first.folder != second.folder
        assert len(in_process) == 2
        before, after = (next(built.features("train")).log_mel.mean() for built in (first, second))
        assert after < before - 1

    def test_where_the_corpus_lies_does_not_matter(self, tmp_path):
        given = folder_settings(tmp_path)
        shutil.copytree(tmp_path / "corpus", tmp_path / "moved")
        moved = given | {"corpus": given["corpus"] | {"root": str(tmp_path / "moved")}}
        assert plan_of(moved).fingerprint == plan_of(given).fingerprint

    def test_of_a_corpus_that_was_moved_the_sound_is_found(self, tmp_path, in_process):
        given = folder_settings(tmp_path)
        build(given)
        (tmp_path / "corpus").rename(tmp_path / "moved")
        moved = given | {"corpus": given["corpus"] | {"root": str(tmp_path / "moved")}}
        built = build(moved)
        assert {one.path for one in built.recordings("train").values()} == set(tmp_path.glob("moved/anna/*.wav"))
        assert built.manifest["corpus"]["root"] == str(tmp_path / "moved")
        assert (len(in_process), built.is_whole()) == (1, True)
        anew = build(moved | {"dataset": moved["dataset"] | {"root": str(tmp_path / "others")}})
        assert contents(built.folder) == contents(anew.folder)

    def test_of_two_builders_at_once_one_waits_and_builds_nothing(self, tmp_path, in_process):
        given = folder_settings(tmp_path)
        built = []
        threads = [threading.Thread(target=lambda: built.append(build(given))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({one.folder for one in built}) == 1
        assert (len(built), len(in_process)) == (3, 1)


class TestLimit:
    def test_takes_so_many_of_each_split_in_order(self, tmp_path):
        taken = {}
        for limit in (1, 2, None):
            given = build_config(tmp_path, limit=limit)
            taken[limit] = [(one.id, one.split) for one in plan_of(given).utterances]
            assert taken[limit] == sorted(taken[limit])
        assert Counter(split for _, split in taken[2]) == dict.fromkeys(SPLITS, 2)
        assert set(taken[1]) < set(taken[2]) < set(taken[None])
        assert len(taken[None]) == 107
        for split in SPLITS:
            by_hash = sorted((id for id, other in taken[None] if other == split), key=stable_fraction)
            assert {id for id, other in taken[2] if other == split} == set(by_hash[:2])

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"limit": 0}, "dataset.limit must be at least 1 or null, got 0"),
            ({"shard_frames": 0}, "dataset.shard_frames must be at least 1, got 0"),
            ({"workers": 0}, "dataset.workers must be at least 1 or null, got 0"),
            (
                {"segment_seconds": 0.03},
                r"dataset.segment_seconds must be at least n_fft / sample_rate = 0.032 or null, got 0.03",
            ),
            ({"context": 0}, r"context must be a whole number in \[1, 1048576\], got 0"),
            ({"position": "first"}, "position must be one of centre, last, next, got 'first'"),
        ],
    )
    def test_settings_out_of_range_are_refused(self, tmp_path, changed, message):
        with pytest.raises(ValueError, match=message):
            build(build_config(tmp_path / "sets", **changed))
        assert not (tmp_path / "sets").exists()


class TestRejections:
    def test_every_kind_is_told_with_its_reason_and_the_build_goes_on(self, tmp_path, in_process):
        corpus = folder_corpus(tmp_path / "corpus")
        folder, y = tmp_path / "corpus" / "anna", speech(16000)[:8000]
        (folder / "bytes.wav").touch()
        (folder / "text.wav").write_text("no sound")
        soundfile.write(folder / "cut.wav", y, 16000)
        os.truncate(folder / "cut.wav", 9000)
        soundfile.write(folder / "frames.wav", y[:0], 16000)
        soundfile.write(folder / "nan.wav", np.append(y, np.nan), 16000, subtype="FLOAT")
        soundfile.write(folder / "short.wav", y[:1600], 16000)
        soundfile.write(folder / "silent.wav", 0 * y, 16000)
        soundfile.write(folder / "cut.ogg", y, 16000)
        os.truncate(folder / "cut.ogg", (folder / "cut.ogg").stat().st_size // 2)
        soundfile.write(folder / "cut.flac", y, 16000)
        os.truncate(folder / "cut.flac", (folder / "cut.flac").stat().st_size // 2)
        (folder / "gone.wav").symlink_to(folder / "nowhere.wav")
        built = build(folder_settings(tmp_path, corpus))
        rejected = list(built.rejections)
        assert [row["id"] for row in rejected] == sorted(row["id"] for row in rejected)
        assert {row["id"].split("/")[1]: row["reason"].split(":")[0] for row in rejected} == {
            "bytes.wav": "empty",
            "cut.flac": "not audio or damaged",
            "cut.ogg": "truncated",
            "cut.wav": "truncated",
            "frames.wav": "empty",
            "gone.wav": "missing",
            "nan.wav": "NaN",
            "short.wav": "too short",
            "silent.wav": "silent",
            "text.wav": "not audio",
        }
        assert built.manifest["rejected"] == 10
        assert [one.id for one in built.features("train")] == [f"anna/{n}.wav" for n in range(4)]
        assert not {row["id"] for row in rejected} & set(built.utterances)

    @pytest.mark.skipif(not can_encode("m4a"), reason="PyAV isn't installed")
    def test_what_lacked_a_package_is_read_once_it_is_installed(self, tmp_path, in_process, monkeypatch):
        """Also by a data set that takes the mel frames of another."""
        corpus = folder_corpus(tmp_path / "corpus")
        given = folder_settings(tmp_path, corpus, shard_frames=50)
        given["corpus"] = given["corpus"] | {"extensions": [".wav", ".m4a"]}
        (tmp_path / "corpus" / "anna" / "1a.m4a").write_bytes(encode("m4a", 0.5))
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "av", None)
            patch.setattr(builder, "find_spec", lambda name: None)
            lacking = build(given)
            assert [row["reason"].endswith(NEEDS_PYAV) for row in lacking.rejections] == [True]
            assert build(given).manifest == lacking.manifest
            assert len(in_process) == 1
        other = build(given | {"features": given["features"] | {"n_mfcc": 13}})
        names = ("0.wav", "1.wav", "1a.m4a", "2.wav", "3.wav")
        assert [one.id for one in other.features("train")] == [f"anna/{name}" for name in names]
        whole = build(given)
        assert list(whole.rejections) == []
        assert contents(whole.folder) == contents(build(elsewhere(given, tmp_path / "other")).folder)

    def test_a_split_of_which_nothing_is_left_is_told(self, tmp_path, in_process):
        corpus = folder_corpus(tmp_path / "corpus")
        for path in (tmp_path / "corpus" / "carl").iterdir():
            path.write_text("no sound")
        given = folder_settings(tmp_path, corpus)
        for _ in range(2):
            with pytest.raises(DatasetError) as raised:
                build(given)
            assert str(raised.value).startswith(
                "nothing can be used for the test split: 4 of 12 utterances were rejected "
                "(carl/0.wav: not audio: it is text; carl/1.wav"
            )
            assert str(raised.value).endswith("rejected.jsonl")
            assert "; …)" in str(raised.value)
        (folder,) = (tmp_path / "sets").iterdir()
        assert len(list(read_json_lines(folder / "rejected.jsonl"))) == 4
        assert not (folder / "manifest.json").exists()

    def test_bands_without_a_bin_are_told(self, tmp_path, in_process):
        told = describe_dataset(build(folder_settings(tmp_path, features={"n_mels": 300})))
        n_empty = len(empty_bands(preset("asr", n_mels=300)))
        assert told.splitlines()[-1].startswith(f"*** {n_empty} of n_mels=300 bands contain no bin of n_fft=512 at")


class Interruption(Exception):
    """Stands for whatever ends a build: a full disk, a closed terminal."""


def interrupt(monkeypatch, module, name, call):
    """Let the function do its work until its n-th call, which raises."""
    function, calls = getattr(module, name), count()

    def interrupted(*arguments, **options):
        if next(calls) == call:
            raise Interruption
        return function(*arguments, **options)

    monkeypatch.setattr(module, name, interrupted)


KILLED = """
import json, os, signal, sys
import numpy as np
from mfccinv.datasets import builder, settings, shards

write, calls = np.savez, iter(range(100))

def savez(file, **arrays):
    if next(calls) == int(sys.argv[2]):
        file.write(b"the first half")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    write(file, **arrays)

shards.np.savez = savez

if __name__ == "__main__":
    builder.build_dataset(settings.BuildSettings.from_config(json.loads(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Settings of a build with several shards a split and two rejections, and its files without interruption."""
    tmp_path = tmp_path_factory.mktemp("uninterrupted")
    corpus = folder_corpus(tmp_path / "corpus", n=5)
    for speaker in ("anna", "carl"):
        (tmp_path / "corpus" / speaker / "2.wav").write_text("no sound")
    given = folder_settings(tmp_path, corpus, shard_frames=80)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "ordered_map", lambda function, tasks, workers, executor: map(function, tasks))
        built = build(given)
    assert len(list(built.folder.glob("*.npz"))) == 7
    assert built.manifest["rejected"] == 2
    return given, contents(built.folder)


class TestVariants:
    AUGMENT = MappingProxyType(settings("augment", "voices") | {"copies": 2})

    def test_only_training_utterances_have_them(self, tmp_path, in_process):
        corpus = folder_corpus(tmp_path / "corpus", n=2)
        plain = build(folder_settings(tmp_path, corpus))
        varied = build(folder_settings(tmp_path, corpus, augment=self.AUGMENT))
        assert varied.folder != plain.folder
        for split in SPLITS:
            expected = [one.id for one in plain.features(split)]
            if split == "train":
                expected += [f"{id}~{variant}" for variant in (1, 2) for id in expected]
            assert [one.id for one in varied.features(split)] == expected
        for split in SPLITS:
            recordings = zip(plain.features(split), varied.features(split), strict=False)
            assert all(np.array_equal(a.log_mel, b.log_mel) for a, b in recordings)
        rows = [row for row in varied.utterances.values() if row["split"] == "train"]
        assert [row["variant"] for row in rows] == [0, 0, 1, 1, 2, 2]
        assert {row["speaker"] for row in rows} == {"anna"}

    def test_the_seed_and_the_settings_alone_decide(self, tmp_path, in_process):
        corpus = folder_corpus(tmp_path / "corpus", n=2)
        made = {}
        for name, changed in {"a": {}, "b": {}, "seed": {"seed": 1}, "speed": {"speed": [0.9, 1.1]}}.items():
            given = folder_settings(tmp_path / name, corpus, augment=self.AUGMENT | changed)
            made[name] = contents(build(given).folder)
        assert made["a"] == made["b"]
        for name in ("seed", "speed"):
            assert made["a"]["train-00000.npz"] != made[name]["train-00000.npz"]
            assert made["a"]["validation-00000.npz"] == made[name]["validation-00000.npz"]

    def test_an_id_of_a_recording_is_none_of_a_variant(self, tmp_path, in_process):
        folder_corpus(tmp_path / "corpus", n=1)
        shutil.copy(tmp_path / "corpus" / "anna" / "0.wav", tmp_path / "corpus" / "anna" / "0.wav~1")
        rows = [f"corpus/{name},{name[:4]}" for name in ("anna/0.wav", "anna/0.wav~1", "bert/0.wav", "carl/0.wav")]
        (tmp_path / "list.csv").write_text("\n".join(["audio_filepath,speaker", *rows]))
        listed = settings("corpus", "manifest") | {"path": str(tmp_path / "list.csv")}
        given = folder_settings(tmp_path, listed, augment=settings("augment", "voices") | {"copies": 1})
        with pytest.raises(ValueError, match=r"'corpus/anna/0\.wav~1' is the id of a recording and of a variant"):
            build(given)

    def test_live_ones_are_not_stored(self, tmp_path, in_process):
        corpus = folder_corpus(tmp_path / "corpus", n=2)
        plain = build(folder_settings(tmp_path, corpus))
        live = build(folder_settings(tmp_path, corpus, augment=self.AUGMENT | {"live": True}))
        assert live.folder == plain.folder
        assert len(in_process) == 1

    def test_mfcc_are_those_of_the_varied_frames(self, tmp_path, in_process):
        corpus = folder_corpus(tmp_path / "corpus", n=2)
        built = build(folder_settings(tmp_path, corpus, augment=self.AUGMENT))
        recording, *variants = (one for one in built.features("train") if one.id.startswith("anna/0.wav"))
        assert len(variants) == 2
        for variant in variants:
            assert len(variant.log_mel) != len(recording.log_mel)
            np.testing.assert_allclose(
                mfcc_to_log_mel(variant.mfcc, built.spec).mean(), variant.log_mel.mean(), rtol=1e-4
            )


def test_a_data_set_may_have_no_test_split(tmp_path, in_process):
    corpus = folder_corpus(tmp_path / "corpus", n=2)
    wanted = {"by": "speaker", "validation": 0, "test": 0, "validation_speakers": ["bert"]}
    built = build(folder_settings(tmp_path, corpus, split=wanted))
    assert {split: part["speakers"] for split, part in built.manifest["splits"].items()} == {
        "train": 2,
        "validation": 1,
    }
    with pytest.raises(DatasetError, match="has the splits train, validation, got 'test'"):
        built.shards("test")


def elsewhere(given, tmp_path):
    return given | {"dataset": given["dataset"] | {"root": str(tmp_path / "sets")}}


def copied_set(uninterrupted, tmp_path):
    """Settings that find a copy of a data set, the checksums of its files, and its folder."""
    given, expected = uninterrupted
    shutil.copytree(given["dataset"]["root"], tmp_path / "sets")
    (folder,) = (tmp_path / "sets").iterdir()
    return elsewhere(given, tmp_path), expected, folder


def flip_a_bit(path):
    """One in the middle of a shard, which only the checksum tells."""
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    assert len(open_shard(path).mfcc)


class TestInterruption:
    # Seven shards and four files that describe them get their names one after the other; a shard is half written.
    @pytest.mark.parametrize(
        ("module", "name", "call"),
        [*((Path, "replace", call) for call in range(11)), *((np, "savez", call) for call in (0, 3, 6))],
        ids=lambda value: getattr(value, "__name__", str(value)),
    )
    def test_a_build_goes_on_and_ends_with_the_same_bytes(
        self, tmp_path, in_process, monkeypatch, uninterrupted, module, name, call
    ):
        given, expected = uninterrupted
        given = elsewhere(given, tmp_path)
        with monkeypatch.context() as patch:
            interrupt(patch, module, name, call)
            with pytest.raises(Interruption):
                build(given)
        (folder,) = (tmp_path / "sets").iterdir()
        assert not (folder / "manifest.json").exists()
        assert not list(folder.glob(f"{files.TEMPORARY_PREFIX}*"))
        left = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.npz")}
        assert contents(build(given).folder) == expected
        assert all((folder / shard).stat().st_mtime_ns == time for shard, time in left.items())

    @pytest.mark.parametrize("task", range(3))
    def test_an_interrupted_extraction(self, tmp_path, in_process, monkeypatch, uninterrupted, task):
        given, expected = uninterrupted
        given = elsewhere(given, tmp_path)

        def ordered_map(function, tasks, workers, executor):
            for number, batch in enumerate(tasks):
                if number == task:
                    raise KeyboardInterrupt
                yield function(batch)

        with monkeypatch.context() as patch:
            patch.setattr(extraction, "ordered_map", ordered_map)
            with pytest.raises(KeyboardInterrupt):
                build(given)
        assert contents(build(given).folder) == expected

    @pytest.mark.parametrize("first", range(0, 7, 3))
    def test_several_interruptions(self, tmp_path, in_process, monkeypatch, uninterrupted, first):
        given, expected = uninterrupted
        given = elsewhere(given, tmp_path)
        for call in (first, 0, 1, 0):
            with monkeypatch.context() as patch:
                interrupt(patch, Path, "replace", call)
                try:
                    build(given)
                except Interruption:
                    continue
        assert contents(build(given).folder) == expected

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
    @pytest.mark.parametrize("call", [1, 5])
    def test_a_killed_build_goes_on_and_ends_with_the_same_bytes(self, tmp_path, in_process, uninterrupted, call):
        given, expected = uninterrupted
        given = elsewhere(given, tmp_path)
        (tmp_path / "killed.py").write_text(KILLED)
        command = [sys.executable, tmp_path / "killed.py", json.dumps(given), str(call)]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert finished.returncode == -signal.SIGKILL, finished.stderr
        (folder,) = (tmp_path / "sets").iterdir()
        assert len(list(folder.glob("*.npz"))) == call + len(list(folder.glob(f"{files.TEMPORARY_PREFIX}*.npz")))
        assert contents(build(given).folder) == expected

    @pytest.mark.parametrize("name", ["train-00000.npz", "validation-00001.npz"])
    @pytest.mark.parametrize("harm", ["missing", "short"])
    def test_a_shard_that_was_lost_meanwhile_is_written_again(self, tmp_path, in_process, uninterrupted, name, harm):
        given, expected, folder = copied_set(uninterrupted, tmp_path)
        (folder / "manifest.json").unlink()
        if harm == "missing":
            (folder / name).unlink()
        else:
            os.truncate(folder / name, 1000)
        assert contents(build(given).folder) == expected

    def test_the_number_of_workers_does_not_matter(self, tmp_path, demo):
        alone = build(build_config(tmp_path / "sets", workers=1))
        assert alone.folder.name == demo.folder.name
        assert contents(alone.folder) == contents(demo.folder)


class TestRepair:
    @pytest.mark.parametrize("name", ["train-00000.npz", "validation-00002.npz"])
    @pytest.mark.parametrize("harm", ["missing", "short", "long"])
    def test_a_shard_that_is_not_all_there(self, tmp_path, in_process, uninterrupted, name, harm):
        given, expected, folder = copied_set(uninterrupted, tmp_path)
        whole = (folder / name).read_bytes()
        (folder / name).unlink()
        if harm != "missing":
            (folder / name).write_bytes(whole[:-1] if harm == "short" else whole + b"\0")
        built = build(given)
        assert contents(folder) == expected
        assert not list(built.damaged_shards())

    @pytest.mark.parametrize("name", ["rejected.jsonl", "statistics.json", "utterances.jsonl"])
    def test_a_description_that_is_missing(self, tmp_path, in_process, uninterrupted, name):
        given, expected, folder = copied_set(uninterrupted, tmp_path)
        (folder / name).unlink()
        build(given)
        assert contents(folder) == expected

    def test_a_manifest_that_was_cut_off(self, tmp_path, in_process, uninterrupted):
        given, expected, folder = copied_set(uninterrupted, tmp_path)
        (folder / "manifest.json").write_text((folder / "manifest.json").read_text()[:100])
        build(given)
        assert contents(folder) == expected

    def test_checksums_tell_what_else_is_damaged(self, tmp_path, in_process, uninterrupted):
        given, expected, folder = copied_set(uninterrupted, tmp_path)
        (folder / "test-00000.npz").unlink()
        flip_a_bit(folder / "train-00001.npz")
        build(given)
        assert contents(folder) == expected

    def test_nothing_is_kept_of_another_format(self, tmp_path, in_process, uninterrupted):
        given, expected, folder = copied_set(uninterrupted, tmp_path)
        flip_a_bit(folder / "train-00001.npz")
        write_json(folder / "manifest.json", read_json(folder / "manifest.json") | {"format_version": 1})
        build(given)
        assert contents(folder) == expected

    def test_what_was_derived_is_derived_again(self, tmp_path, in_process, uninterrupted):
        given, _, _ = copied_set(uninterrupted, tmp_path)
        given = given | {"features": given["features"] | {"n_mfcc": 13}}
        folder = build(given).folder
        expected = contents(folder)
        (folder / "train-00000.npz").write_bytes(b"")
        build(given)
        assert contents(folder) == expected
        assert not in_process
