"""Hostile JSON of runs."""

from pathlib import Path

from campaign.hostile import Case, attempts
from campaign.texts import ANY_TEXT, in_json, put, text

SPEC = ("runs/run/feature_spec.json", ("evaluate", "resume"))
STATISTICS = ("runs/run/statistics.json", ("evaluate", "resume"))
ENVIRONMENT = ("runs/run/environment.json", ("evaluate", "resume", "leaderboard"))
METRICS = ("runs/run/metrics.json", ("leaderboard",))
LEARNED = ("runs/run/learned_from.json", ("evaluate", "start", "adapt", "leaderboard"))
ADAPTED = ("voices/anna/adaptation.json", ("speak",))
OF_RUNS: dict[tuple[str, tuple[str, ...]], dict[str, tuple[str, object]]] = {
    SPEC: {
        "n_fft of 2⁴⁰": ("n_fft", 2**40),
        "10⁹ bands": ("n_mels", 10**9),
        "10⁹ coefficients": ("n_mfcc", 10**9),
        "a rate of 10¹⁸": ("sample_rate", 10**18),
        "a hop of 10¹⁸": ("hop_length", 10**18),
        "padding of 10¹⁸": ("padding", 10**18),
        "a rate of true": ("sample_rate", True),
        "a window that is a list": ("window", ["hann"]),
        "a floor of NaN": ("log_floor", float("nan")),
        "an unknown field": ("__class__", "os"),
    },
    STATISTICS: {
        "an unknown key": ("evil_mean", [1.0]),
        "a mean of text": ("mfcc_mean", ["a"] * 8),
        "a mean of NaN": ("mfcc_mean", [float("nan")] * 8),
        "a deviation of nought": ("mfcc_std", [0.0] * 8),
        "a deviation below nought": ("mfcc_std", [-1.0] * 8),
        "a mean that is a number": ("mfcc_mean", 1.0),
        "too many means": ("mfcc_mean", [0.0] * 9),
        "10⁷ means": ("mfcc_mean", lambda path: [0.0] * 10**7),
        "ragged means": ("mfcc_mean", [[0.0], 1.0]),
        "means that are huge": ("mfcc_mean", [1e308] * 8),
    },
    ENVIRONMENT: {
        "a data set of 10⁵ letters": ("dataset", "d" * 10**5),
        "a data set that is a number": ("dataset", 7),
        "no data set": ("dataset", None),
        "a list for a fingerprint": ("fingerprint", [1]),
        "frames of text": ("frames_per_epoch", "many"),
        "parameters of text": ("trainable_parameters", "many"),
        "a backend that is a list": ("backend", ["os"]),
        "versions that are a list": ("versions", [1]),
    },
    METRICS: {
        "scores that are null": ("validation", None),
        "scores of text": ("validation", "good"),
        "a score of text": ("validation.snr", "good"),
        "no SNR": ("validation", {}),
        "a score of NaN": ("validation.snr", float("nan")),
        "an infinite score": ("validation.loss", float("-inf")),
        "a score that is a list": ("validation.snr", [1]),
        "a test set that is a number": ("other-test", 7),
        "a test set called =cmd()": ("=cmd()", {"snr": 1.0}),
    },
    LEARNED: {
        "voices that are a list": ("voices", [1]),
        "voices that are numbers": ("voices", {"a": 1}),
        "recordings that are null": ("recordings", None),
        "completeness of text": ("is_complete", "yes"),
        "a split of text": ("split", "speaker"),
        "a split by a list": ("split.rule", ["speaker"]),
        "a validation that is a number": ("validation", 7),
        "an unknown field": ("evil", 1),
    },
    ADAPTED: {
        "a base that is a number": ("run", 7),
        "a base that is null": ("run", None),
        "a base above": ("run", "../.."),
        "a base in /etc": ("run", "/etc"),
        "a base of 10⁵ letters": ("run", "d" * 10**5),
        "a base with a nought": ("run", "a\0b"),
        "a base that is itself": ("run", lambda path: str(path.parent)),
        "a base that is latest": ("run", "latest"),
        "another checksum": ("model", "0" * 32),
        "an unknown field": ("evil", 1),
    },
}
OTHER_SETS = {"in /etc": "/etc", "above": "../..", "with a nought": "a\0b"}
NAMES = {ADAPTED: ("voices/anna",)}
HARMLESS = {"a deviation of nought", "a test set called =cmd()"}  # which a band that is always silent has
JSONS = [
    Case(f"{Path(used[0]).name}: {name}", *used, text(content))
    for used in OF_RUNS
    for name, content in ANY_TEXT.items()
]
JSONS += [
    Case(f"{Path(used[0]).name}: {name}", *used, in_json(put(*values)), name in HARMLESS, NAMES.get(used, ()))
    for used, cases in OF_RUNS.items()
    for name, values in cases.items()
]
for where, folder in OTHER_SETS.items():
    name, write = f"environment.json: a data set {where}", in_json(put("dataset", folder))
    JSONS += [
        Case(name, ENVIRONMENT[0], ("evaluate", "resume"), write),
        Case(name, ENVIRONMENT[0], ("leaderboard",), write, harmless=True),  # which shows the name
    ]

TESTS = {"hostile JSON of runs": attempts(JSONS)}
