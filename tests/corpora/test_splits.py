"""Tests of the split rules: pinned hashes, who goes where, what never moves, and what is refused."""

import re
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from configurations import settings
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.splits import RULES, SplitSettings, assign_splits, draw, stable_fraction
from mfccinv.corpora.utterance import SPLITS, Utterance

SETTINGS = {"by": "auto", "validation": 0.1, "test": 0.1, "validation_speakers": [], "test_speakers": []}


def assign(utterances, **changed):
    return assign_splits(utterances, SplitSettings(**SETTINGS | changed))


def speech(n_utterances, *speakers, split=None):
    """So many utterances of each speaker."""
    return [
        Utterance(f"{speaker}/{n:03d}.wav", Path(f"{speaker}/{n:03d}.wav"), speaker, split)
        for speaker in speakers
        for n in range(n_utterances)
    ]


def split_of(assignment):
    return {utterance.id: utterance.split for utterance in assignment.utterances}


def speakers_of(assignment):
    """Names of the speakers in each split."""
    return {split: {u.speaker for u in assignment.utterances if u.split == split} for split in SPLITS}


@pytest.fixture
def crowd():
    """Forty speakers, three utterances each."""
    return speech(3, *(f"p{n}" for n in range(40)))


class TestHash:
    @pytest.mark.parametrize(
        ("name", "fraction"),
        [
            ("", 0.8931675160897388),
            ("LJ", 0.738360853193787),
            ("103", 0.6871219276316205),
            ("p225", 0.8984644029977764),
            ("naïve/é.wav", 0.1962770405407206),
        ],
    )
    def test_is_the_same_for_ever(self, name, fraction):
        assert stable_fraction(name) == fraction

    @given(st.text(st.characters(codec=None)))
    def test_is_in_range_for_any_name(self, name):
        assert 0 <= stable_fraction(name.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")) < 1

    def test_test_comes_first_then_validation(self):
        place = stable_fraction("p225")
        assert draw("p225", validation=0.0, test=place + 0.01) == "test"
        assert draw("p225", validation=0.02, test=place - 0.01) == "validation"
        assert draw("p225", validation=0.0, test=place) == "train"

    def test_fractions_are_kept(self):
        counts = Counter(draw(str(n), validation=0.1, test=0.2) for n in range(10000))
        assert counts["validation"] == pytest.approx(1000, rel=0.1)
        assert counts["test"] == pytest.approx(2000, rel=0.1)


class TestAuto:
    def test_takes_the_official_split_where_it_is_whole(self, crowd):
        utterances = speech(1, "a", split="train") + speech(1, "b", split="validation") + speech(1, "c", split="test")
        assert assign(utterances).rule == "official"
        assert assign(utterances).utterances == utterances
        assert assign(utterances + crowd).rule == "speaker"

    def test_takes_speakers_where_the_official_split_lacks_a_part(self, crowd):
        assert assign([replace(utterance, split="train") for utterance in crowd]).rule == "speaker"

    def test_takes_utterances_where_there_are_fewer_than_three_speakers(self):
        assignment = assign(speech(100, "a", "b"))
        assert assignment.rule == "utterance"
        assert assign([replace(utterance, speaker=None) for utterance in assignment.utterances]).rule == "official"

    def test_takes_utterances_where_speakers_are_unknown(self, crowd):
        assert assign([replace(utterance, speaker=None) for utterance in crowd]).rule == "utterance"

    def test_takes_speakers_where_some_are_listed(self):
        utterances = speech(1, "a", split="train") + speech(1, "b", split="validation") + speech(1, "c", split="test")
        listed = assign(utterances, validation=0, test=0, validation_speakers=["a"], test_speakers=["b"])
        assert listed.rule == "speaker"
        assert speakers_of(listed) == {"train": {"c"}, "validation": {"a"}, "test": {"b"}}

    def test_a_part_of_librispeech_is_split_by_speaker(self, tmp_path):
        for speaker in range(100, 160):
            path = tmp_path / f"train-clean-100/{speaker}/1/{speaker}-1-0000.flac"
            path.parent.mkdir(parents=True)
            path.touch()
        assignment = assign(list_corpus("librispeech", root=tmp_path, subsets=None))
        assert assignment.rule == "speaker"
        assert assignment.speaker_disjoint

    def test_whole_librispeech_keeps_its_split(self, tmp_path):
        for name in ("train-clean-100/1/1/1-1-0000", "dev-other/2/1/2-1-0000", "test-clean/3/1/3-1-0000"):
            path = tmp_path / f"{name}.flac"
            path.parent.mkdir(parents=True)
            path.touch()
        assignment = assign(list_corpus("librispeech", root=tmp_path, subsets=None))
        assert assignment.rule == "official"
        assert speakers_of(assignment) == {"train": {"1"}, "validation": {"2"}, "test": {"3"}}


class TestOfficial:
    def test_what_has_none_follows_its_speaker_or_else_is_drawn(self, crowd):
        official = speech(2, "a", split="test") + speech(2, "b", split="train")
        mixed = [*speech(1, "c", split="train"), replace(speech(2, "c")[1], split="test")]
        late = [Utterance(f"{speaker}/late.wav", Path("late.wav"), speaker) for speaker in ("a", "b", "c")]
        nameless = Utterance("x.wav", Path("x.wav"), None)
        splits = split_of(assign([*official, *mixed, *late, nameless, *crowd], by="official"))
        assert splits["a/late.wav"] == "test"
        assert splits["b/late.wav"] == "train"
        assert splits["c/late.wav"] == draw("c", 0.1, 0.1)
        assert splits["x.wav"] == draw("x.wav", 0.1, 0.1)
        assert all(splits[utterance.id] == utterance.split for utterance in official + mixed)
        assert all(splits[utterance.id] == draw(utterance.speaker, 0.1, 0.1) for utterance in crowd)

    def test_a_corpus_without_one_is_refused(self, crowd):
        with pytest.raises(
            ValueError, match=r"split.by=official needs .* got 120 utterances without; try split.by=speaker"
        ):
            assign(crowd, by="official")


class TestSpeaker:
    def test_no_speaker_is_in_two_splits(self, crowd):
        assignment = assign(crowd, by="speaker")
        assert assignment.speaker_disjoint
        groups = list(speakers_of(assignment).values())
        assert sum(len(group) for group in groups) == len(set.union(*groups)) == 40

    def test_ignores_the_official_split(self, crowd):
        official = [replace(utterance, split="train") for utterance in crowd]
        assert split_of(assign(official, by="speaker")) == split_of(assign(crowd, by="speaker"))

    def test_unknown_speakers_are_drawn_by_utterance(self, crowd):
        nameless = [replace(utterance, speaker=None) for utterance in speech(50, "x")]
        assignment = assign(crowd + nameless, by="speaker")
        assert not assignment.speaker_disjoint
        assert all(split_of(assignment)[u.id] == draw(u.id, 0.1, 0.1) for u in nameless)

    @given(
        st.lists(
            st.tuples(st.one_of(st.none(), st.text(min_size=1, max_size=4), st.sampled_from(["p1", "p2"])), st.text()),
            unique_by=lambda pair: pair[1],
            max_size=20,
        ),
        st.randoms(use_true_random=False),
    )
    def test_what_is_added_moves_nobody(self, added, random):
        before = speech(2, *(f"p{n}" for n in range(40)))
        after = before + [Utterance(f"added/{name}", Path(name), speaker) for speaker, name in added]
        random.shuffle(after)
        splits = split_of(assign(after, by="speaker"))
        assert {key: splits[key] for key in split_of(assign(before, by="speaker"))} == split_of(
            assign(before, by="speaker")
        )

    def test_listed_speakers_go_where_they_are_listed_and_the_others_stay(self, crowd):
        drawn = split_of(assign(crowd, by="speaker"))
        chosen = split_of(assign(crowd, by="speaker", validation_speakers=["p0", "p1"], test_speakers=["p2"]))
        for key, split in chosen.items():
            speaker = key.split("/")[0]
            assert split == {"p0": "validation", "p1": "validation", "p2": "test"}.get(speaker, drawn[key])

    def test_others_are_training_where_the_fractions_are_zero(self, crowd):
        chosen = assign(crowd, validation=0, test=0, validation_speakers=["p0"], test_speakers=["p2"])
        assert speakers_of(chosen)["validation"] == {"p0"}
        assert speakers_of(chosen)["test"] == {"p2"}

    def test_listed_numbers_are_names(self):
        chosen = assign(speech(1, "1", "2", "3"), validation=0, test=0, validation_speakers=[1], test_speakers=[2])
        assert speakers_of(chosen) == {"train": {"3"}, "validation": {"1"}, "test": {"2"}}


class TestUtterance:
    def test_each_is_drawn_by_its_id(self):
        assignment = assign(speech(100, "a"), by="utterance")
        assert not assignment.speaker_disjoint
        assert split_of(assignment) == {u.id: draw(u.id, 0.1, 0.1) for u in speech(100, "a")}


class TestPosition:
    def test_first_train_then_validation_then_test_of_each_speaker(self):
        utterances = speech(10, "a", "b")[::-1]
        splits = split_of(assign(utterances, by="position", validation=0.2, test=0.1))
        for speaker in ("a", "b"):
            in_order = [splits[f"{speaker}/{n:03d}.wav"] for n in range(10)]
            assert in_order == ["train"] * 7 + ["validation"] * 2 + ["test"]

    def test_unknown_speakers_count_as_one(self):
        nameless = [replace(utterance, speaker=None) for utterance in speech(5, "a", "b")]
        splits = list(split_of(assign(nameless, by="position")).values())
        assert splits == ["train"] * 8 + ["validation", "test"]

    @given(st.integers(1, 30), st.floats(0, 0.99), st.floats(0, 0.99))
    def test_counts_are_the_fractions_to_the_nearest(self, n, validation, test):
        if validation + test >= 1:
            return
        filler = speech(200, "filler")
        settings = {"by": "position", "validation": max(validation, 0.01) * 0.9, "test": max(test, 0.01) * 0.9}
        counts = Counter(u.split for u in assign(speech(n, "a") + filler, **settings).utterances if u.speaker == "a")
        assert counts.total() == n
        for split in ("validation", "test"):
            assert abs(counts[split] - n * settings[split]) <= 0.5 + 1e-9


class TestRefusals:
    def test_an_unknown_rule(self, crowd):
        with pytest.raises(
            ValueError, match=r"split.by must be one of auto, official, speaker, utterance, position; got 'random'"
        ):
            assign(crowd, by="random")

    @pytest.mark.parametrize("name", ["validation", "test"])
    @pytest.mark.parametrize("fraction", [-0.1, 1, 1.5, float("nan")])
    def test_a_fraction_out_of_range(self, crowd, name, fraction):
        with pytest.raises(ValueError, match=rf"split.{name} must be in \[0, 1\), got {fraction}"):
            assign(crowd, **{name: fraction})

    def test_fractions_that_leave_no_training(self, crowd):
        with pytest.raises(ValueError, match=r"split.validation \+ split.test must be below 1, got 0.5 \+ 0.5"):
            assign(crowd, validation=0.5, test=0.5)

    def test_a_listed_speaker_who_is_not_there(self, crowd):
        with pytest.raises(
            ValueError, match=r"split.test_speakers must name .* got 'q'; it has 40: p0, p1, p10, .* and 30 more$"
        ):
            assign(crowd, test_speakers=["q"])

    @pytest.mark.parametrize(("name", "number"), [("2024_12_01", 20241201), ("1e5", 100000.0), ("007", 7)])
    def test_a_name_that_yaml_took_for_a_number(self, name, number):
        with pytest.raises(ValueError, match=rf"; a name that YAML takes for a number needs quotes: '{name}'$"):
            assign(speech(1, name, "anna"), test_speakers=[number])

    def test_a_listed_speaker_of_few(self):
        with pytest.raises(ValueError, match=r"got 'q'; it has 2: a, b$"):
            assign(speech(1, "a", "b"), validation_speakers=["q"])

    def test_a_listed_speaker_where_none_is_known(self):
        with pytest.raises(ValueError, match="got 'q'; it has no known speakers"):
            assign([Utterance("1.wav", Path("1.wav"), None)], validation_speakers=["q"])

    def test_a_speaker_listed_twice(self, crowd):
        with pytest.raises(ValueError, match="both list 'p1'"):
            assign(crowd, validation_speakers=["p1"], test_speakers=["p1"])

    def test_a_list_that_is_a_name(self, crowd):
        with pytest.raises(ValueError, match=r"test_speakers must be a list such as \[anna, bert\], got 'p1'"):
            assign(crowd, test_speakers="p1")

    @pytest.mark.parametrize("by", ["official", "utterance", "position"])
    def test_listed_speakers_by_another_rule(self, crowd, by):
        with pytest.raises(ValueError, match=f"need split.by=speaker, got {by}"):
            assign(crowd, by=by, test_speakers=["p1"])


class TestFewNames:
    """Of three speakers or more, or three utterances, no split that is wanted is empty."""

    @given(st.sets(st.text(min_size=1, max_size=8), min_size=3, max_size=12), st.sampled_from(["speaker", "utterance"]))
    def test_no_split_is_empty(self, names, by):
        utterances = speech(1, *sorted(names))
        assert {u.split for u in assign(utterances, by=by, validation=0.1, test=0.05).utterances} == set(SPLITS)

    def test_those_whom_the_hash_puts_there_are_there_alone(self):
        """Others move into a split only while nobody is in it."""
        names = [f"voice-{number}" for number in range(200)]
        drawn = {name: draw(name, 0.1, 0.1) for name in names}
        for n in (3, 5, 20, 200):
            splits = {u.speaker: u.split for u in assign(speech(1, *names[:n]), by="speaker").utterances}
            for split in ("validation", "test"):
                own = {name for name in names[:n] if drawn[name] == split}
                there = {name for name in names[:n] if splits[name] == split}
                assert there == own if own else len(there) == 1

    def test_listed_speakers_leave_the_other_splits_to_the_hash(self):
        utterances = speech(2, "anna", "bert", "carl")
        splits = {u.speaker: u.split for u in assign(utterances, validation_speakers=["bert"]).utterances}
        assert splits["bert"] == "validation"
        assert set(splits.values()) == set(SPLITS)


class TestEmptySplits:
    def test_says_what_is_empty_and_what_was_seen(self):
        with pytest.raises(
            ValueError,
            match=r"split.by=speaker with validation=0.1 and test=0.1 leaves no utterance for .*: "
            r"2 speakers and 80 utterances seen; try split.by=utterance \(the same voices in training and test\)$",
        ):
            assign(speech(40, "anna", "bert"), by="speaker")

    @pytest.mark.parametrize("n_listed", [0, 1])
    def test_the_suggestion_works_as_it_is_written(self, n_listed):
        utterances = speech(40, "anna", "bert")
        by_speaker = {"by": "speaker", "validation": 0.1, "test": 0.1, "validation_speakers": ["anna"][:n_listed]}
        with pytest.raises(ValueError, match="; try ") as raised:
            assign(utterances, **by_speaker)
        suggestion = re.sub(r" \(the same .*?\)", "", str(raised.value).split("; try ")[1])
        parsed = OverridesParser.create().parse_overrides(shlex.split(suggestion))
        changed = {override.key_or_group.removeprefix("split."): override.value() for override in parsed}
        assert {u.split for u in assign(utterances, **by_speaker | changed).utterances} == set(SPLITS)

    def test_suggests_the_speaker_rule(self, crowd):
        with pytest.raises(ValueError, match=r"leaves no utterance for validation, test: .* try split.by=speaker, or "):
            assign([replace(utterance, split="train") for utterance in crowd], by="official")

    def test_suggests_more_recordings_where_no_rule_helps(self):
        with pytest.raises(
            ValueError, match=r"1 speakers and 2 utterances seen; add recordings or raise split.validation"
        ):
            assign(speech(2, "a"))

    def test_no_test_split_is_wanted(self, crowd):
        for rule in ("speaker", "utterance", "position"):
            splits = {u.split for u in assign(crowd, by=rule, validation=0.2, test=0).utterances}
            assert splits == {"train", "validation"}
        with pytest.raises(ValueError, match="leaves no utterance for validation"):
            assign(crowd, by="speaker", validation=0, test=0)

    def test_no_utterances(self):
        with pytest.raises(ValueError, match="no utterance for train, validation, test: 0 speakers and 0 utterances"):
            assign([])


@pytest.mark.parametrize("by", ["auto", *RULES])
def test_each_rule_has_its_yaml(by):
    assert settings("split", by) == SETTINGS | {"by": by}
