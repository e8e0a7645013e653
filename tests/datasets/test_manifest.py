"""Tests of manifests that were damaged or made by a stranger: nothing is done by them, and a build repairs them."""

import shutil

import pytest
from configurations import build_config
from programs import build

from mfccinv.datasets.manifest import DatasetError, read_manifest, write_manifest
from mfccinv.system.stored_files import read_json


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A data set of two utterances a split, and the configuration that it was built from."""
    config = build_config(tmp_path_factory.mktemp("sets"))
    return build(config), config


@pytest.fixture
def copied(built, tmp_path):
    """A copy of it, with its configuration."""
    dataset, config = built
    folder = shutil.copytree(dataset.folder, tmp_path / "sets" / dataset.folder.name)
    return folder, config | {"dataset": config["dataset"] | {"root": str(tmp_path / "sets")}}


def change(folder, **changed):
    path = folder / "manifest.json"
    write_manifest(path, {key: value for key, value in read_json(path).items() if key != "checksum"} | changed)
    return path


def with_shard(folder, **changed):
    """Entries of the shards, the first one changed."""
    first, *others = read_json(folder / "manifest.json")["shards"]
    return [first | changed, *others]


@pytest.mark.parametrize("name", ["../../victim.npz", "{absolute}", "train-00000.npz/../../../victim.npz", ".lock", 7])
def test_a_build_removes_nothing_that_is_no_shard_of_its_own(copied, tmp_path, name):
    folder, config = copied
    victim = tmp_path / "victim.npz"
    victim.write_text("mine")
    name = str(victim) if name == "{absolute}" else name
    path = change(folder, shards=with_shard(folder, name=name))
    with pytest.raises(
        DatasetError, match=r"manifest\.json is damaged: a shard's name can't be .*: build the data set"
    ):
        read_manifest(path)
    assert build(config).is_whole()
    assert victim.read_text() == "mine"


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"fingerprint": None}, "fingerprint can't be None"),
        ({"shards": None}, "shards can't be None"),
        ({"shards": [None]}, "a shard can't be None"),
        ({"splits": {"dev": {}}}, r"splits can't be \['dev'\]"),
        ({"corpus": {"name": "../x"}}, r"corpus\.name can't be '\.\./x'"),
        ({"spec": []}, r"spec can't be \[\]"),
        ({"segment_seconds": "0.5"}, "segment_seconds can't be '0.5'"),
        ({"segment_seconds": 0}, "segment_seconds can't be 0"),
        ({"split": {}}, r"split can't be \{\}"),
        ({"splits": {"train": {"frames": 3}}}, r"splits\.train can't be \{'frames': 3\}"),
    ],
)
def test_what_cannot_be_is_damage_and_is_repaired(copied, built, changed, what):
    folder, config = copied
    path = change(folder, **changed)
    with pytest.raises(DatasetError, match=f"is damaged: {what}: build the data set again"):
        read_manifest(path)
    assert build(config).manifest == built[0].manifest


@pytest.mark.parametrize("text", ["null", "[]", "{", "", '{"format_version": 4}', "[" * 100_000])
def test_what_is_no_manifest_is_damage_and_is_repaired(copied, built, text):
    folder, config = copied
    (folder / "manifest.json").write_text(text)
    with pytest.raises(DatasetError, match="is damaged"):
        read_manifest(folder / "manifest.json")
    assert build(config).manifest == built[0].manifest


@pytest.mark.parametrize("changed", [{"n_mels": 81}, {"n_mels": "x"}, {"more": 1}])
def test_another_specification_than_asked_for_is_repaired(copied, built, changed):
    folder, config = copied
    change(folder, spec=read_json(folder / "manifest.json")["spec"] | changed)
    assert build(config).spec == built[0].spec


def test_a_broken_neighbour_stops_no_build(copied, built):
    folder, config = copied
    neighbour = shutil.copytree(folder, folder.with_name("demo-neighbour"))
    (neighbour / "manifest.json").write_text('{"format_version": 4, "spec": {"more": 1}}')
    shutil.rmtree(folder)
    assert build(config).manifest == built[0].manifest
