"""Tests of a data set that is there: what is missing or damaged is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import FORMAT_VERSION, DatasetError
from mfccinv.system.atomic_files import read_json, write_json


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
        path = copied.folder / "manifest.json"
        stored = read_json(path)
        write_json(path, stored | {"spec": stored["spec"] | {"n_mfcc": 96}})
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
        with pytest.raises(DatasetError, match=rf"train-00000\.npz is missing or not {len(whole)} bytes long: build"):
            copied.shards("train")
        assert len(copied.shards("test")) == 1

    def test_verify_finds_a_flipped_bit(self, copied):
        copied.verify()
        path = copied.folder / "validation-00000.npz"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        with pytest.raises(DatasetError, match=r"validation-00000\.npz is missing or differs from its checksum: de"):
            copied.verify()

    def test_can_be_moved(self, copied, demo):
        for one, other in zip(copied.features("test"), demo.features("test"), strict=True):
            assert one.id == other.id
            np.testing.assert_array_equal(one.log_mel, other.log_mel)
