"""Tests of the scripts of the listening page, run by Node: the order of trials, rows, and statistics against SciPy."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from node import node_runner
from scipy import stats

from mfccinv.reporting.html import read_script

TRIALS = """
const settings = { methods: ["p", "q"], utterances: ["u", "v", "w"], n_trials: 7 };
const drawn = (test, seed, other) => drawTrials({ ...settings, test, seed, ...other });
const seeds = Array.from({ length: 600 }, (_, i) => i);
const last_seed = 2 ** 32 - 1;
done = {
  abx: drawn("abx", 5),
  again: drawn("abx", 5),
  many: [...seeds, last_seed].map((seed) => drawn("abx", seed)),
  preference: seeds.map((seed) => drawn("preference", seed)[0].sounds.join("")),
  rating: seeds.map((seed) => drawn("rating", seed, { methods: ["p", "q", "r"] })[0].sounds.join("")),
  numbers: seeds.flatMap((seed) => { const draw = random(seed); return [draw(), draw()]; }),
};
"""
ROWS = """
const timed = { number: 3, seconds: 1.2345 };
const pair = { utterance: "u", sounds: ["p", "q"] };
const abx = { utterance: "u", sounds: ["p", "q", "q"] };
done = {
  right: answeredRows({ ...timed, test: "abx", trial: abx, answer: 1, plays: [1, 3, 2] }),
  wrong: answeredRows({ ...timed, test: "abx", trial: abx, answer: 0, plays: [1, 1, 1] }),
  preferred: answeredRows({ ...timed, test: "preference", trial: pair, answer: 1, plays: [1, 1] }),
  neither: answeredRows({ ...timed, test: "preference", trial: pair, answer: null, plays: [1, 1] }),
  rated: answeredRows({ ...timed, test: "rating", trial: pair, answer: [70, 0], plays: [2, 1, 5] }),
  csv: csvTable([{ name: "=1+1", text: 'a, "b"', n: -1 }, { name: "", text: "c\\nd", n: 2 }]),
};
"""
STATISTICS = """
done = {
  binomial: given.counts.map(([k, n]) => binomialProbability(k, n)),
  wilson: given.counts.map(([k, n]) => wilsonInterval(k, n)),
  none: [binomialProbability(0, 0), wilsonInterval(0, 0)],
  student: given.degrees.map(studentQuantile),
  means: given.values.map(meanInterval),
};
"""
SUMMARIES = """
const answers = (all) => all.map((answer) => ({ answer, right: answer === "p" }));
done = {
  abx: summary({ test: "abx", methods: ["p", "q"], rows: answers([..."ppppppqp"]) }),
  preference: summary({ test: "preference", methods: ["q", "p"], rows: answers([..."pppq", "none", "none"]) }),
  undecided: summary({ test: "preference", methods: ["q", "p"], rows: answers(["none"]) }),
  rating: summary({
    test: "rating",
    methods: ["q", "p"],
    rows: [["p", 10], ["q", 40], ["p", 20]].map(([method, rating]) => ({ method, rating })),
  }),
};
"""
COUNTS = [(k, n) for n in (1, 2, 5, 16, 100, 200) for k in {0, 1, n // 3, n // 2, n - 1, n}]
DEGREES = [1, 2, 3, 4, 5, 11, 30, 199]


@pytest.fixture(scope="module")
def run_in_node(tmp_path_factory):
    head = read_script("listening_trials.js", "listening_statistics.js")
    return node_runner(tmp_path_factory.mktemp("listening"), head)


@pytest.fixture(scope="module")
def drawn(run_in_node):
    return run_in_node(TRIALS, None)


class TestTrials:
    def test_a_seed_gives_the_same_trials(self, drawn):
        assert drawn["abx"] == drawn["again"]
        assert len({str(trials) for trials in drawn["many"]}) > 590

    def test_every_utterance_comes_once_before_one_comes_again(self, drawn):
        for trials in drawn["many"]:
            order = [trial["utterance"] for trial in trials]
            assert len(order) == 7
            assert set(order[:3]) == set(order[3:6]) == {"u", "v", "w"}

    def test_x_is_one_of_the_two_by_chance(self, drawn):
        """4,207 tosses: four standard deviations from half are 0.031."""
        sounds = [trial["sounds"] for trials in drawn["many"] for trial in trials]
        assert all(sorted(one[:2]) == ["p", "q"] and one[2] in "pq" for one in sounds)
        for chosen in (lambda one: one[2] == one[0], lambda one: one[2] == "p", lambda one: one[0] == "p"):
            assert np.mean([chosen(one) for one in sounds]) == pytest.approx(0.5, abs=0.031)

    def test_x_says_nothing_of_the_next_x(self, drawn):
        same = [[trial["sounds"][2] == trial["sounds"][0] for trial in trials] for trials in drawn["many"]]
        kept = [one == after for row in same for one, after in pairwise(row)]
        assert np.mean(kept) == pytest.approx(0.5, abs=0.034)

    def test_every_order_is_as_likely(self, drawn):
        """Of 600 draws, by a test that fails for one of a thousand seeds."""
        for test, n_orders in (("preference", 2), ("rating", 6)):
            counts = Counter(drawn[test])
            assert len(counts) == n_orders
            assert stats.chisquare(list(counts.values())).pvalue > 0.001

    def test_numbers_are_even(self, drawn):
        assert min(drawn["numbers"]) >= 0
        assert max(drawn["numbers"]) < 1
        assert stats.kstest(drawn["numbers"], "uniform").pvalue > 0.001


def test_rows_tell_what_was_played_and_answered(run_in_node):
    rows = run_in_node(ROWS, None)
    abx = {"trial": 3, "utterance": "u", "a": "p", "b": "q", "x": "q", "seconds": 1.2}
    assert rows["right"] == [abx | {"answer": "q", "right": True, "replays": 3}]
    assert rows["wrong"] == [abx | {"answer": "p", "right": False, "replays": 0}]
    pair = {"trial": 3, "utterance": "u", "a": "p", "b": "q", "seconds": 1.2, "replays": 0}
    assert rows["preferred"] == [pair | {"answer": "q"}]
    assert rows["neither"] == [pair | {"answer": "none"}]
    rated = {"trial": 3, "utterance": "u", "seconds": 1.2}
    assert rows["rated"] == [
        rated | {"place": 1, "method": "p", "rating": 70, "replays": 1},
        rated | {"place": 2, "method": "q", "rating": 0, "replays": 0},
    ]
    assert rows["csv"] == 'name,text,n\n\'=1+1,"a, ""b""",-1\n,"c\nd",2\n'


def test_statistics_are_scipys(run_in_node, rng):
    values = [rng.uniform(0, 100, n).tolist() for n in (2, 3, 12)]
    told = run_in_node(STATISTICS, {"counts": COUNTS, "degrees": DEGREES, "values": values})
    tests = [stats.binomtest(k, n) for k, n in COUNTS]
    np.testing.assert_allclose(told["binomial"], [test.pvalue for test in tests], rtol=1e-9)
    wilson = [test.proportion_ci(method="wilson") for test in tests]
    np.testing.assert_allclose(told["wilson"], wilson, rtol=1e-9, atol=1e-12)
    assert told["none"] == [1, None]
    np.testing.assert_allclose(told["student"], stats.t.ppf(0.975, DEGREES), rtol=1e-9)
    for mean, own in zip(told["means"], values, strict=True):
        interval = stats.t.interval(0.95, len(own) - 1, np.mean(own), stats.sem(own))
        np.testing.assert_allclose([mean["mean"], *mean["interval"]], [np.mean(own), *interval], rtol=1e-9)


def test_summaries(run_in_node):
    told = run_in_node(SUMMARIES, None)
    assert told["abx"] == {"right": 7, "trials": 8, "probability": pytest.approx(2 * 9 / 256)}
    interval = pytest.approx(list(stats.binomtest(1, 4).proportion_ci(method="wilson")))
    assert told["preference"] == {
        "preferred": {"q": 1, "p": 3},
        "none": 2,
        "trials": 6,
        "interval": interval,
        "probability": pytest.approx(10 / 16),
    }
    assert (told["undecided"]["interval"], told["undecided"]["probability"]) == (None, 1)
    assert told["rating"]["ratings"]["q"] == {"mean": 40, "interval": None}
    assert told["rating"]["ratings"]["p"]["mean"] == 15
    assert list(told["rating"]["ratings"]) == ["q", "p"]
