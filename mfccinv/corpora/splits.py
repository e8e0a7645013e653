"""Training, validation and test: which utterance goes where, and whether their voices are apart."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from mfccinv.corpora.utterance import SPLITS, Utterance

RULES = ("official", "speaker", "utterance", "position")
NAMES_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """How a corpus is split: ``configs/split``.

    Parameters
    ----------
    by : {"auto", "official", "speaker", "utterance", "position"}
        auto: speaker if speakers are listed below; else official if every utterance has an official split and all
        three occur; else speaker if at least three speakers are known; else utterance.

        official: the corpus's own split. An utterance without one takes that of its speaker, if the speaker has exactly
        one; else it is drawn by its speaker.

        speaker: each speaker is drawn, see `draw`; an utterance of an unknown speaker is drawn by its id. Utterances
        that are added later move no speaker. Of three speakers or more, a split that would be empty gets the one that
        is nearest to it, who leaves it when others come, see `draw_all`.

        utterance: each utterance is drawn by its id; the same voices are in all splits.

        position: each speaker's utterances in order of id; the first are training, the next validation, the last test.
        Unknown speakers count as one. The same voices are in all splits: only for reproducing older set-ups.
    validation, test : float in [0, 1), sum < 1
        Fractions of these splits. With a test fraction of 0 and no test speaker listed, there is no test split.
    validation_speakers, test_speakers : list of str
        Speakers to put into these splits, for speaker and auto. The others are drawn; if both fractions are 0, they are
        all training.

    Raises
    ------
    ValueError
        For an unknown rule, and for fractions out of range.
    """

    by: str
    validation: float
    test: float
    validation_speakers: Sequence[str]
    test_speakers: Sequence[str]

    def __post_init__(self):
        if self.by not in ("auto", *RULES):
            raise ValueError(f"split.by must be one of auto, {', '.join(RULES)}; got {self.by!r}")
        check_fractions(self.validation, self.test)


@dataclass(frozen=True)
class SplitAssignment:
    """Utterances that each have a split.

    Parameters
    ----------
    utterances : list of Utterance
        In the order given, ``split`` filled.
    rule : {"official", "speaker", "utterance", "position"}
        The rule that was used, never "auto".
    speaker_disjoint : bool
        True if every speaker is known and none is in two splits.
    """

    utterances: list[Utterance]
    rule: str
    speaker_disjoint: bool


def assign_splits(utterances: Iterable[Utterance], settings: SplitSettings) -> SplitAssignment:
    """Split a corpus by a rule that depends on names alone, so the same corpus is split alike everywhere.

    Parameters
    ----------
    utterances : iterable of Utterance
        With unique ids.
    settings : SplitSettings

    Raises
    ------
    ValueError
        If a listed speaker is not in the corpus, or a split that is wanted is left empty.
    """
    utterances = list(utterances)
    validation, test = settings.validation, settings.test
    listed = listed_speakers(utterances, settings.validation_speakers, settings.test_speakers)
    if listed and settings.by not in ("auto", "speaker"):
        raise ValueError(f"split.validation_speakers and split.test_speakers need split.by=speaker, got {settings.by}")
    rule = choose_rule(utterances, listed) if settings.by == "auto" else settings.by
    if rule == "official" and not any(utterance.split for utterance in utterances):
        raise ValueError(
            f"split.by=official needs a corpus with an official split, got {len(utterances)} utterances without; "
            "try split.by=speaker or split.by=utterance"
        )
    splits = apply_rule(rule, utterances, validation, test, listed)
    without_test = test == 0 and "test" not in listed.values() and rule != "official"
    if not set(SPLITS) - set(splits) <= ({"test"} if without_test else set()):
        raise ValueError(describe_empty_splits(rule, utterances, splits, validation, test, listed))
    assigned = [replace(utterance, split=split) for utterance, split in zip(utterances, splits, strict=True)]
    return SplitAssignment(assigned, rule, is_speaker_disjoint(assigned))


def stable_fraction(name: str) -> float:
    """Hash a name to a number in [0, 1): the first 53 bits of its BLAKE2b hash, the same on every machine."""
    # surrogateescape: file names need not be valid UTF-8.
    digest = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def draw(name: str, validation: float, test: float) -> str:
    """Split of a name by its hash: test below ``test``, validation below ``test + validation``, or else train."""
    place = stable_fraction(name)
    return "test" if place < test else "validation" if place < test + validation else "train"


def choose_rule(utterances: Sequence[Utterance], listed: dict[str, str]) -> str:
    """The rule that auto stands for, see `SplitSettings`."""
    if listed:
        return "speaker"
    if {utterance.split for utterance in utterances} == set(SPLITS):
        return "official"
    return "speaker" if len(known_speakers(utterances)) >= len(SPLITS) else "utterance"


def apply_rule(
    rule: str, utterances: Sequence[Utterance], validation: float, test: float, listed: dict[str, str]
) -> list[str]:
    """Split of each utterance by a rule of ``RULES``; some splits may be left empty."""
    if rule == "position":
        return position_splits(utterances, validation, test)
    if rule == "utterance":
        drawn = draw_all({utterance.id for utterance in utterances}, validation, test, set())
        return [drawn[utterance.id] for utterance in utterances]
    if rule == "speaker":
        others = {utterance.speaker or utterance.id for utterance in utterances} - set(listed)
        settled = listed | draw_all(others, validation, test, set(listed.values()))
        return [settled[utterance.speaker or utterance.id] for utterance in utterances]
    settled = official_speakers(utterances)
    return [
        utterance.split
        or settled.get(utterance.speaker or "")
        or draw(utterance.speaker or utterance.id, validation, test)
        for utterance in utterances
    ]


def draw_all(names: Collection[str], validation: float, test: float, filled: Collection[str]) -> dict[str, str]:
    """Split of each of many names by `draw`; a split that is wanted and would be empty gets the name that is nearest.

    Parameters
    ----------
    names : collection of str
    validation, test : float
        See `SplitSettings`; a split whose fraction is 0 isn't wanted.
    filled : collection of str
        Splits that others are in.
    """
    order = sorted(names, key=stable_fraction)
    splits = {name: draw(name, validation, test) for name in order}
    for split, fraction, nearest in (
        ("test", test, order),
        ("validation", validation, order),
        ("train", 1, order[::-1]),
    ):
        if fraction > 0 and split not in filled and split not in splits.values():
            counts = Counter((*splits.values(), *filled))
            name = next((name for name in nearest if counts[splits[name]] > 1), None)
            if name is not None:
                splits[name] = split
    return splits


def position_splits(utterances: Sequence[Utterance], validation: float, test: float) -> list[str]:
    """Split of each utterance by its place among its speaker's, counts rounded to the nearest."""
    indices_of = defaultdict(list)
    for index in sorted(range(len(utterances)), key=lambda index: utterances[index].id):
        indices_of[utterances[index].speaker].append(index)
    splits = ["train"] * len(utterances)
    for indices in indices_of.values():
        n_validation, n_test = (int(len(indices) * fraction + 0.5) for fraction in (validation, test))
        n_train = len(indices) - n_validation - n_test
        for place, index in enumerate(indices[n_train:]):
            splits[index] = "validation" if place < n_validation else "test"
    return splits


def known_speakers(utterances: Iterable[Utterance]) -> list[str]:
    """Names of the speakers that are known, sorted."""
    return sorted({utterance.speaker for utterance in utterances if utterance.speaker})


def official_speakers(utterances: Iterable[Utterance]) -> dict[str, str]:
    """Split of each speaker whose utterances have exactly one official split between them."""
    found = defaultdict(set)
    for utterance in utterances:
        if utterance.speaker and utterance.split:
            found[utterance.speaker].add(utterance.split)
    return {speaker: next(iter(splits)) for speaker, splits in found.items() if len(splits) == 1}


def is_speaker_disjoint(utterances: Iterable[Utterance]) -> bool:
    """Whether every speaker is known and none is in two splits."""
    split_of: dict[str, str | None] = {}
    return all(u.speaker and split_of.setdefault(u.speaker, u.split) == u.split for u in utterances)


def check_fractions(validation: float, test: float) -> None:
    """Refuse with ValueError fractions outside [0, 1) or that leave nothing for training."""
    for name, fraction in (("validation", validation), ("test", test)):
        if not 0 <= fraction < 1:
            raise ValueError(f"split.{name} must be in [0, 1), got {fraction}")
    if validation + test >= 1:
        raise ValueError(f"split.validation + split.test must be below 1, got {validation} + {test}")


def listed_speakers(
    utterances: Iterable[Utterance], validation_speakers: Sequence[str], test_speakers: Sequence[str]
) -> dict[str, str]:
    """Split of each listed speaker; ValueError if one is unknown or listed for both."""
    known = known_speakers(utterances)
    listed: dict[str, str] = {}
    for split, names in (("validation", validation_speakers), ("test", test_speakers)):
        if isinstance(names, str):
            raise ValueError(f"split.{split}_speakers must be a list such as [anna, bert], got {names!r}")
        for given in names:
            name = str(given)  # in YAML, [103] is a list of one integer
            if name not in known:
                raise ValueError(
                    f"split.{split}_speakers must name speakers of this corpus, got {name!r}; it has "
                    + (f"{len(known)}: {shorten(known)}" if known else "no known speakers")
                    + _tell_quotes(given, known)
                )
            if listed.setdefault(name, split) != split:
                raise ValueError(f"split.validation_speakers and split.test_speakers both list {name!r}")
    return listed


def _tell_quotes(given: object, known: Sequence[str]) -> str:
    """Say which speaker was probably meant by a number: YAML takes 2024_12_01 and 007 for numbers."""
    meant = [name for name in known if not isinstance(given, str) and _number(name) == given]
    return f"; a name that YAML takes for a number needs quotes: {meant[0]!r}" if meant else ""


def _number(name: str) -> float | None:
    try:
        return float(name)
    except ValueError:
        return None


def shorten(names: Sequence[str]) -> str:
    """Join names with commas; of many, the first few and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def describe_empty_splits(
    rule: str,
    utterances: Sequence[Utterance],
    splits: Sequence[str],
    validation: float,
    test: float,
    listed: dict[str, str],
) -> str:
    """Say which splits are empty, what was seen, and which overrides would fill all three splits of this corpus."""
    speakers = known_speakers(utterances)
    unlist = " split.validation_speakers=[] split.test_speakers=[]" if listed else ""
    remedies = [
        f"split.by={other}{unlist}" + (" (the same voices in training and test)" if other == "utterance" else "")
        for other in ("speaker", "utterance")
        if set(apply_rule(other, utterances, validation, test, {})) == set(SPLITS)
    ]
    empty = ", ".join(split for split in SPLITS if split not in splits)
    return (
        f"split.by={rule} with validation={validation} and test={test} leaves no utterance for {empty}: "
        f"{len(speakers)} speakers and {len(utterances)} utterances seen; "
        + (f"try {', or '.join(remedies)}" if remedies else "add recordings or raise split.validation and split.test")
    )
