"""Tests of what a run learned from: of its data set's training split alone, and of what it started from."""

import json

import pytest
from configurations import training_config
from programs import train

from mfccinv.batches.voices import draw_voices
from mfccinv.datasets.sound_print import sound_print
from mfccinv.run_folders import learned_from
from mfccinv.run_folders.learned_from import LearnedFrom, hashed
from mfccinv.run_folders.run_folder import RunError
from mfccinv.system.stored_files import DamagedFile
from mfccinv.training.train import resume

pytestmark = pytest.mark.usefixtures("untraced_file")

SPLIT = {"rule": "official", "speaker_disjoint": True}


def learned(voices, recordings=(), *, is_complete=True, validation="v"):
    voices = {place: frozenset(map(hashed, names)) for place, names in voices.items()}
    return LearnedFrom(voices, frozenset(recordings), is_complete, SPLIT, validation)


def test_a_training_notes_its_own_voices_and_recordings(finished):
    dataset, found = finished.open_dataset(), finished.learned_from
    training = list(dataset.features("train"))
    assert found.voices == {"demo": frozenset(hashed(one.speaker) for one in training)}
    assert found.recordings == {sound_print(one.log_mel) for one in training}
    assert len(found.recordings) == 4
    assert found.is_complete
    assert found.split == SPLIT
    assert found == LearnedFrom.of(dataset)
    assert "allison" not in (finished.folder / "learned_from.json").read_text()


def test_other_sound_of_the_same_names_is_another_validation(finished):
    """Such as a copy of a corpus without its noise."""
    dataset, other = finished.open_dataset(), finished.open_dataset()
    vars(other)["utterances"] = {id: row | {"sound_print": "other"} for id, row in dataset.utterances.items()}
    assert LearnedFrom.of(other).validation != LearnedFrom.of(dataset).validation


def test_what_a_run_started_from_is_kept():
    both = learned({"a": ["x"], "b": ["y"]}, ["1"]).after(learned({"a": ["z"], "c": ["x"]}, ["2"], validation="w"))
    assert both == learned({"a": ["x", "z"], "b": ["y"], "c": ["x"]}, ["1", "2"])


def test_of_an_ancestor_that_does_not_say_it_is_not_all_known():
    grandchild = learned({"b": ["y"]}).after(learned({"a": ["x"]}, ["1"]).after(None))
    assert grandchild == learned({"a": ["x"], "b": ["y"]}, ["1"], is_complete=False)


def test_of_too_many_recordings_some_are_kept(monkeypatch):
    monkeypatch.setattr(learned_from, "MOST", 2)
    assert learned({}, ["1", "2"]).after(learned({}, ["3"])) == learned({}, ["1", "2"], is_complete=False)


@pytest.mark.parametrize(
    ("theirs", "is_complete"), [({"a": ["x"]}, True), ({"a": ["z"]}, False), ({"b": ["x"]}, False)]
)
def test_prints_of_other_frames_are_left_out(theirs, is_complete):
    """What the other run heard of the same voices is known by the voices alone."""
    both = learned({"a": ["x", "y"]}, ["1"]).after(learned(theirs, ["2"]), same_frames=False)
    assert (both.recordings, both.is_complete) == (frozenset("1"), is_complete)
    assert set(theirs) <= set(both.voices)


def test_is_the_same_when_it_is_read(tmp_path):
    noted = learned({"a": ["x", "y"], "b": []}, ["2", "1"])
    (tmp_path / "learned_from.json").write_text(noted.to_json())
    assert LearnedFrom.load(tmp_path / "learned_from.json") == noted


@pytest.mark.parametrize(
    "change",
    [
        {"voices": ["x"]},
        {"voices": {"a": ["x"]}},
        {"recordings": None},
        {"recordings": ["1"]},
        {"is_complete": "yes"},
        {"validation": 1},
        {"split": {"rule": "speaker"}},
        {"split": {"rule": 1, "speaker_disjoint": True}},
        {"split": {"rule": "speaker", "speaker_disjoint": 1}},
        {"more": 1},
    ],
)
def test_what_it_can_not_be_is_refused(tmp_path, change):
    path = tmp_path / "learned_from.json"
    path.write_text(json.dumps(json.loads(learned({"a": ["x"]}).to_json()) | change))
    with pytest.raises(DamagedFile, match=r"learned_from\.json is damaged"):
        LearnedFrom.load(path)


def test_a_training_on_some_voices_notes_those(own_folder):
    config = training_config(own_folder, "training.voices=1", "training.epochs=1", "split=speaker")
    run = train(config)
    rows = [row for row in run.open_dataset().utterances.values() if row["split"] == "train"]
    assert len({row["speaker"] for row in rows}) > 1
    [chosen] = draw_voices([row["speaker"] for row in rows], 1)
    assert run.learned_from.voices == {"demo": {hashed(chosen)}}
    assert run.learned_from.recordings == {row["sound_print"] for row in rows if row["speaker"] == chosen}
    frames = sum(row["frames"] for row in rows if row["speaker"] == chosen)
    assert 0 < run.environment["frames_per_epoch"] <= frames
    with pytest.raises(RunError, match=r"training.voices can't change: learned_from.json has those"):
        resume("run", run.folder.parent, {"voices": 2})
