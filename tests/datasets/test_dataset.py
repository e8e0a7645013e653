"""Tests of a data set that is there: what is missing or damaged is refused."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from damage import flip_a_bit

from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import FORMAT_VERSION, DatasetError, write_manifest
from mfccinv.system.atomic_files import write_json
from mfccinv.system.stored_files import read_json


class TestDataset:
    @pytest.fixture
    def copied(self, tmp_path, demo):
        return Dataset(Path(shutil.copytree(demo.folder, tmp_path / "copied")))

    def test_no_manifest(self, tmp_path):
        with pytest.raises(DatasetError, match=r"is not a complete data set: it has no manifest\.json"):
            Dataset(tmp_path).shards("train")

    @pytest.mark.parametrize("version", [FORMAT_VERSION + 1, None, "1"])
    def test_another_format(self, copied, version):
        path = copied.folder / "manifest.json"
        write_json(path, read_json(path) | {"format_version": version})
        with pytest.raises(
            DatasetError, match=f"has format_version {version}, this program reads {FORMAT_VERSION}: bu"
        ):
            copied.spec  # noqa: B018

    def test_an_invalid_specification(self, copied):
        stored = copied.manifest
        write_manifest(copied.folder / "manifest.json", stored | {"spec": stored["spec"] | {"n_mfcc": 96}})
        copied = Dataset(copied.folder)
        with pytest.raises(ValueError, match=r"n_mfcc must be in \[1, n_mels=80\], got 96"):
            copied.spec  # noqa: B018

    def test_an_unknown_split(self, copied):
        with pytest.raises(DatasetError, match="split must be one of train, validation, test, got 'dev'"):
            copied.shards("dev")

    @pytest.mark.parametrize("harm", ["missing", "short", "long"])
    def test_a_shard_that_is_not_all_there(self, copied, harm):
        path = copied.folder / "train-00000.npz"
        whole = path.read_bytes()
        path.unlink()
        if harm != "missing":
            path.write_bytes(whole[:-1] if harm == "short" else whole + b"\0")
        with pytest.raises(
            DatasetError, match=rf"train-00000\.npz is missing or not {len(whole)} bytes long: mfccinv build_dataset"
        ):
            copied.shards("train")
        assert len(copied.shards("test")) == 1

    def test_a_flipped_bit_of_a_shard_is_found_when_its_frames_are_read(self, copied):
        path = copied.folder / "validation-00000.npz"
        flip_a_bit(path)
        assert list(copied.damaged_shards()) == [path]
        (shard,) = copied.shards("validation")
        match = r"validation-00000\.npz differs from its checksum in manifest\.json: mfccinv build_dataset with the set"
        with pytest.raises(DatasetError, match=match):
            next(iter(shard))
        assert next(copied.features("test")).id

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_a_pipe_in_the_place_of_a_shard_is_not_waited_for(self, copied):
        path = copied.folder / "test-00000.npz"
        path.unlink()
        os.mkfifo(path)
        assert list(copied.damaged_shards()) == [path]

    @pytest.mark.parametrize("name", ["statistics.json", "utterances.jsonl", "rejected.jsonl"])
    def test_a_flipped_bit_of_the_description_is_found(self, copied, name):
        path = copied.folder / name
        path.write_text(path.read_text() or "\n")
        flip_a_bit(path)
        with pytest.raises(DatasetError, match=rf"{name} is missing or differs from its checksum in manifest\.json: m"):
            _ = copied.statistics, copied.utterances, list(copied.rejections)
        assert not copied.is_whole()

    def test_a_flipped_bit_of_the_manifest_is_found(self, copied):
        path = copied.folder / "manifest.json"
        path.write_text(path.read_text().replace('"rejected": 0', '"rejected": 8'))
        with pytest.raises(DatasetError, match=r"manifest\.json is damaged: its checksum can't be '[0-9a-f]{32}': b"):
            copied.spec  # noqa: B018

    def test_a_shard_of_other_features_is_refused(self, copied):
        spec = copied.manifest["spec"] | {"n_mels": 81}
        write_manifest(copied.folder / "manifest.json", copied.manifest | {"spec": spec})
        with pytest.raises(DatasetError, match=r"npz is damaged: log_mel must have 81 columns, got 80"):
            Dataset(copied.folder).shards("test")

    def test_can_be_moved(self, copied, demo):
        for one, other in zip(copied.features("test"), demo.features("test"), strict=True):
            assert one.id == other.id
            np.testing.assert_array_equal(one.log_mel, other.log_mel)
