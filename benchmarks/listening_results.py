"""What several listeners answered in the listening tests of one page, as a table.

    python benchmarks/listening_results.py FILE…

FILE… are the JSON files that listening.html saves. Intervals are 95 %, by bootstrap over listeners and utterances at
once (Owen, The pigeonhole bootstrap, 2007). Of a single listener, they tell nothing of others.
"""

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from mfccinv.evaluation.bootstrap import percentile_interval, resampling_weights
from mfccinv.reporting.tables import format_table, printable
from mfccinv.system.stored_files import DamagedFile, is_number, read_json

FORMAT = "mfccinv listening 1"
NO_PREFERENCE = "none"
COLUMNS = ["test", "methods", "", "mean", "95 % interval", "if guessed", "trials", "listeners", "utterances"]
LEAST_OF_ORIGINAL = 90  # ITU-R BS.1534-3: a listener who rates the hidden original lower
MOST_BELOW = 0.15  # on more of the screens than this is left out
YES = 100.0  # %
INDIFFERENT = "no preference, %"
SEED = 0


class Asked(NamedTuple):
    """What a row of the table tells; ``methods`` is the pair of a test of two, empty for ratings."""

    test: str
    methods: str
    what: str


class Answer(NamedTuple):
    """A value that counts for a row of the table: a rating, or 100 for yes (%) and 0 for no."""

    listener: str
    utterance: str
    value: float


Answers = dict[Asked, list[Answer]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    try:
        print(describe(read_results(parser.parse_args().files)))
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


def read_results(paths: Sequence[Path]) -> list[dict]:
    """Read files of results.

    Raises
    ------
    DamagedFile
        If one isn't such a file.
    ValueError
        If they are of several pages, or one is there twice.
    OSError
        If one can't be read.
    """
    results: dict[tuple, tuple[Path, dict]] = {}
    for path in paths:
        result = read_json(path)
        if result.get("format") != FORMAT:
            raise DamagedFile(f"{path} is no result of a listening test: its format must be {FORMAT!r}")
        key = tuple(str(result.get(name)) for name in ("test", "listener", "date", "seed"))
        if key in results:
            raise ValueError(f"{path} is the same as {results[key][0]}: give it once")
        try:
            list(_answers(result))
            _screening([result])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DamagedFile(f"{path} is damaged: its trials can't be read: {error!r}") from error
        results[key] = path, result
    pages = {str(result.get("sounds")): path for path, result in results.values()}
    if len(pages) > 1:
        first, second, *_ = pages.values()
        raise ValueError(f"{first} and {second} are of different sounds: give the files of one page alone")
    return [result for _, result in results.values()]


def describe(results: list[dict]) -> str:
    """Tell the results: a row for each thing that was asked, and whom the rules of MUSHRA would leave out."""
    answers: Answers = defaultdict(list)
    for result in results:
        for asked, answer in _answers(result):
            answers[asked].append(answer)
    order = sorted(answers, key=lambda asked: (asked.test, asked.methods, -_mean(answers[asked])))
    rows = [[*asked, *_cells(asked, answers)] for asked in order]
    return "\n".join([format_table(COLUMNS, rows, text=(0, 1, 2)), *map(printable, _screening(results))])


def _answers(result: dict) -> Iterator[tuple[Asked, Answer]]:
    """What each trial says, under the row that it counts for."""
    test, titles = result["test"], result["methods"]
    pair = " / ".join(sorted(titles.values()))
    for row in result["trials"]:
        who = str(result["listener"]), str(row["utterance"])
        if test == "abx":
            yield Asked(test, pair, "right, %"), Answer(*who, YES * _checked(row["right"], (True, False)))
        elif test == "preference":
            chosen = _checked(row["answer"], (*titles, NO_PREFERENCE))
            preferred = {method: f"{title} preferred, %" for method, title in titles.items()}
            for method, what in {**preferred, NO_PREFERENCE: INDIFFERENT}.items():
                yield Asked(test, pair, what), Answer(*who, YES * (chosen == method))
        elif test == "rating":
            rating = row["rating"]
            if not (is_number(rating) and 0 <= rating <= 100):
                raise ValueError(f"a rating must be in [0, 100], got {rating!r}")
            yield Asked(test, "", titles[row["method"]]), Answer(*who, float(rating))
        else:
            raise ValueError(f"test must be abx, preference or rating, got {test!r}")


def _checked(value, valid: Sequence):
    if value not in valid:
        raise ValueError(f"an answer must be one of {list(valid)}, got {value!r}")
    return value


def _cells(asked: Asked, answers: Answers) -> list[str]:
    told = answers[asked]
    listeners, utterances = ({getattr(answer, name) for answer in told} for name in ("listener", "utterance"))
    interval = two_way_interval(told, seed=SEED)
    ends = "–" if interval is None else " … ".join(f"{end:.1f}" for end in interval)
    chance = _chance(asked, answers)
    return [
        *(f"{_mean(told):.1f}", ends, "" if chance is None else f"{chance:.3g}"),
        *(str(len(told)), str(len(listeners)), str(len(utterances))),
    ]


def _mean(answers: list[Answer]) -> float:
    return math.fsum(answer.value for answer in answers) / len(answers)


def _chance(asked: Asked, answers: Answers) -> float | None:
    """Probability of a result as far from half and half if all listeners guess, two-sided; None of ratings."""
    neither = asked._replace(what=INDIFFERENT)
    if asked.test == "rating" or asked == neither:
        return None
    yes, n = _count(answers[asked]), len(answers[asked]) - _count(answers.get(neither, []))
    return float(binomtest(yes, n).pvalue) if n else None


def _count(answers: list[Answer]) -> int:
    return sum(answer.value == YES for answer in answers)


def two_way_interval(answers: list[Answer], *, seed: int) -> list[float] | None:
    """95 % interval of the mean of answers, by bootstrap over listeners and utterances; None of one of each.

    A draw in which nobody who was drawn heard what was drawn counts for nothing.
    """
    if len({(answer.listener, answer.utterance) for answer in answers}) < 2:
        return None
    weights = np.ones((1, 1))
    for place, name in enumerate(("listener", "utterance")):
        _, of_answer = np.unique([getattr(answer, name) for answer in answers], return_inverse=True)
        weights = weights * resampling_weights(of_answer.max() + 1, seed=seed + place)[:, of_answer]
    total = weights.sum(axis=1)
    values = np.array([answer.value for answer in answers])
    return percentile_interval((weights @ values)[total > 0] / total[total > 0])


def _screening(results: list[dict]) -> list[str]:
    """A line for each listener whom ITU-R BS.1534-3 would leave out for not finding the original."""
    found: dict[str, list[float]] = defaultdict(list)
    for result in results:
        if result["test"] == "rating":
            ratings = (row["rating"] for row in result["trials"] if row["method"] == result["original"])
            found[str(result["listener"])] += ratings
    below = {who: sum(rating < LEAST_OF_ORIGINAL for rating in ratings) for who, ratings in found.items()}
    return [
        f"{who} rated the hidden original below {LEAST_OF_ORIGINAL} in {below[who]} of {len(ratings)} trials: "
        "by ITU-R BS.1534-3, leave the file out"
        for who, ratings in found.items()
        if below[who] > MOST_BELOW * len(ratings)
    ]


if __name__ == "__main__":
    main()
