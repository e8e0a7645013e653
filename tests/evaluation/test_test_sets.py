"""Tests of the test sets: utterances and features in the same order, from a data set or analysed on the fly."""

import shutil

import numpy as np
import pytest
from configurations import settings, training_config
from places import DEMO
from programs import build

from mfccinv.audio.sound_files import read_audio
from mfccinv.datasets.manifest import DatasetError
from mfccinv.evaluation.test_sets import corpus_test_set, split_test_set
from mfccinv.features.extract import extract_features

LIMITS = {"min_seconds": 0.2, "silence_dbfs": -80.0, "segment_seconds": None, "workers": 1, "linear": False}


@pytest.fixture
def dataset(shared_folder):
    config = training_config(shared_folder)
    return build(config)


@pytest.fixture
def folder(tmp_path):
    """Three usable files of two speakers and three that aren't."""
    for number, path in enumerate(sorted((DEMO / "carlo").glob("*.flac"))[:3]):
        place = tmp_path / ("anna" if number < 2 else "bert") / f"{number}.flac"
        place.parent.mkdir(exist_ok=True)
        shutil.copy(path, place)
    (tmp_path / "anna" / "0-empty.wav").touch()
    (tmp_path / "bert" / "text.wav").write_text("no sound")
    content = (tmp_path / "bert" / "2.flac").read_bytes()
    (tmp_path / "bert" / "cut.flac").write_bytes(content[: len(content) // 2])
    return tmp_path


class TestSplit:
    @pytest.mark.parametrize("split", ["validation", "test"])
    def test_gives_the_utterances_of_the_split_in_order(self, dataset, split):
        source = split_test_set(dataset, split)
        assert source.name == f"demo-{split}"
        assert source.corpus["name"] == "demo"
        assert source.split == {"rule": "official", "speaker_disjoint": True}
        assert not source.rejections
        assert source.segment_seconds is None
        features = list(source.features)
        assert [utterance.id for utterance in features] == list(source.utterances)
        assert len(features) == 4
        for utterance in features:
            known = source.utterances[utterance.id]
            assert known.split == split
            assert known.speaker == utterance.speaker
            y = read_audio(known.path, 16000, duration_seconds=known.duration_seconds).y
            np.testing.assert_array_equal(utterance.mfcc, extract_features(y, dataset.spec)[0])

    def test_an_unknown_split_is_refused(self, dataset):
        with pytest.raises(DatasetError, match=r"has the splits train, validation, test, got 'dev'"):
            list(split_test_set(dataset, "dev").features)


class TestCorpus:
    def source(self, folder, spec, **changes):
        return corpus_test_set(settings("corpus", "folder") | {"root": str(folder)}, spec, **LIMITS | changes)

    def test_gives_what_can_be_used_and_tells_what_cannot(self, folder, dataset):
        source = self.source(folder, dataset.spec)
        assert source.name == f"{folder.name}-all"
        assert source.corpus["root"] == str(folder)
        assert source.split is None
        assert len(source.utterances) == 6
        features = list(source.features)
        assert [(utterance.id, utterance.speaker) for utterance in features] == [
            ("anna/0.flac", "anna"),
            ("anna/1.flac", "anna"),
            ("bert/2.flac", "bert"),
        ]
        reasons = {rejection.id: rejection.reason.split(":")[0] for rejection in source.rejections}
        assert set(reasons) == {"anna/0-empty.wav", "bert/cut.flac", "bert/text.wav"}
        assert reasons["anna/0-empty.wav"] == "empty"
        y = read_audio(folder / "bert" / "2.flac", dataset.spec.sample_rate).y
        np.testing.assert_array_equal(features[2].log_mel, extract_features(y, dataset.spec)[1])

    def test_the_limits_are_those_given(self, folder, dataset):
        source = self.source(folder, dataset.spec, min_seconds=60.0)
        assert list(source.features) == []
        assert sum("too short" in rejection.reason for rejection in source.rejections) == 3

    def test_segments_are_the_loudest(self, folder, dataset):
        source = self.source(folder, dataset.spec, segment_seconds=0.4)
        assert source.segment_seconds == 0.4
        assert {len(features.mfcc) for features in source.features} == {41}

    def test_what_is_chosen_of_a_corpus_is_in_the_name(self, tmp_path, dataset):
        names = []
        for subset in ("dev-clean", "test-clean"):
            place = tmp_path / "LibriSpeech" / subset / "1" / "2"
            place.mkdir(parents=True)
            (place / "1-2-0000.flac").touch()
            corpus = {"name": "librispeech", "root": str(tmp_path / "LibriSpeech"), "subsets": [subset]}
            names.append(corpus_test_set(corpus, dataset.spec, **LIMITS).name)
        assert names == ["librispeech-dev-clean-all", "librispeech-test-clean-all"]

    def test_two_lists_have_two_names(self, folder, dataset):
        names = []
        for name in ("near.csv", "far.csv"):
            (folder / name).write_text("audio_filepath\nanna/0.flac\n")
            corpus = {"name": "manifest", "path": str(folder / name)}
            names.append(corpus_test_set(corpus, dataset.spec, **LIMITS).name)
        assert names == ["manifest-near-all", "manifest-far-all"]
