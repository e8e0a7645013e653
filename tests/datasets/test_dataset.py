"""Tests of a data set that is there: what is missing or damaged is refused."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from damage import flip_a_bit

from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import FORMAT_VERSION, DatasetError, write_manifest
from mfccinv.datasets.shards import shard_pairs
from mfccinv.features.context import Context
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
        with pytest.raises(DatasetError, match="has the splits train, validation, test, got 'dev'"):
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

    def test_is_opened_by_its_folder(self, demo, tmp_path):
        assert Dataset.open(str(demo.folder)) == Dataset(demo.folder)
        with pytest.raises(DatasetError, match=r"^.*nowhere is not a complete data set: it has no manifest\.json$"):
            Dataset.open(tmp_path / "nowhere")
        match = f"^{demo.folder.parent} is no data set, but has some: {demo.folder}$"
        with pytest.raises(DatasetError, match=match):
            Dataset.open(demo.folder.parent)

    def test_prints_what_it_holds(self, demo, tmp_path):
        assert repr(demo) == (
            f"Dataset('{demo.folder}': 2 utterances (0.3 min) in train, 2 utterances (0.1 min) in validation, "
            "2 utterances (0.2 min) in test; 20 MFCC of 80 mels, 16000 Hz)"
        )
        assert repr(Dataset(tmp_path)) == f"Dataset('{tmp_path}')"

    def test_pairs_are_those_of_all_shards(self, demo):
        x, y = demo.pairs("train", 5)
        (shard,) = demo.shards("train")
        for made, expected in zip((x, y), shard_pairs(shard, Context(5, "centre")), strict=True):
            np.testing.assert_array_equal(made, expected)
        last_x, last_y = demo.pairs("train", np.int64(5), position="last")
        np.testing.assert_array_equal(last_x, x)  # the same windows
        np.testing.assert_array_equal(last_y[:10], y[2:12])
        np.testing.assert_array_equal(demo.pairs("train", Context(5, "last"))[1], last_y)
        with pytest.raises(DatasetError, match="has the splits train, validation, test, got 'dev'"):
            demo.pairs("dev", 5)
        with pytest.raises(ValueError, match=r"pairs with context=5 take 0\.\d+ GB, memory_gb=1e-05 is the most"):
            demo.pairs("train", 5, memory_gb=1e-5)

    def test_streams_the_same_pairs_to_tensorflow(self, demo):
        x, y = demo.pairs("train", 5)
        batches = demo.as_tf_dataset("train", context=5, batch_size=100, shuffle=False)
        assert len(batches) == -(-len(x) // 100)
        assert [tuple(one.shape) for one in batches.element_spec] == [(None, 5, 20), (None, 80)]
        for made, expected in zip(zip(*batches.as_numpy_iterator(), strict=True), (x, y), strict=True):
            np.testing.assert_array_equal(np.concatenate(made), expected)
        for wrong in (0, 2.5, True):
            with pytest.raises(ValueError, match=r"^batch_size must be a whole number of at least 1, got "):
                demo.as_tf_dataset("train", context=5, batch_size=wrong, shuffle=False)

    def test_is_shuffled_anew_in_each_epoch(self, demo):
        def epochs(seed):
            batches = demo.as_tf_dataset("train", context=5, batch_size=100, shuffle=True, seed=seed)
            return [np.concatenate([y for _, y in batches.as_numpy_iterator()]) for _ in range(2)]

        first, second = epochs(0)
        assert np.any(first != second)
        np.testing.assert_array_equal(*(np.sort(one[:, 0]) for one in (first, second)))
        np.testing.assert_array_equal(epochs(0)[1], second)
        assert np.any(epochs(1)[0] != first)

    def test_can_be_moved(self, copied, demo):
        for one, other in zip(copied.features("test"), demo.features("test"), strict=True):
            assert one.id == other.id
            np.testing.assert_array_equal(one.log_mel, other.log_mel)
