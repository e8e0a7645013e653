"""Hostile configurations of runs."""

import random
import re
from pathlib import Path

from campaign.hostile import EXECUTED, Case, attempts
from campaign.texts import ANY_TEXT, in_yaml, put, text

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
MERGED = "m0: &m0 {k0: 1}\n" + "".join(
    f"m{n}: &m{n} {{k{n}: 1, <<: [{', '.join([f'*m{n - 1}'] * 10)}]}}\n" for n in range(1, 8)
)
CONFIG = ("runs/run/config.yaml", ("evaluate", "resume", "leaderboard"))


def _in_a_setting(path: Path, rng: random.Random) -> None:
    """A proper configuration, in which a billion laughs are the value of a setting."""
    path.write_text(
        BOMB + re.sub(r"^  learning_rate: .*$", "  learning_rate: *a8", path.read_text(), flags=re.MULTILINE)
    )


YAML_TEXT = {
    "a billion laughs": BOMB,
    "a billion laughs, merged": MERGED,
    "a list that holds itself": "a: &a [*a]\n",
    "a mapping that holds itself": "a: &a {b: *a}\n",
    "a call of Python": f"a: !!python/object/apply:os.system ['touch ../{EXECUTED}']\n",
    "a module of Python": "a: !!python/module:this\n",
    "a class of Python": "a: !!python/name:os.system\n",
    "an unknown tag": "a: !thing {b: 1}\n",
    "binary data": "a: !!binary aGVsbG8=\n",
    "a colon": ":",
    "tabs": "a:\n\t- b\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "a list for a key": "? [a, b]\n: c\n",
}
YAML_VALUES: dict[str, tuple[str, object]] = {
    "no group": ("model", None),
    "a number for a group": ("model", 5),
    "a list for a group": ("training", [1]),
    "a model called ../x": ("model.name", "../x"),
    "a model that is a module": ("model.name", "os.system"),
    "a loss that isn't there": ("loss.name", "__init__"),
    "2⁴⁰ units": ("model.hidden", [2**40]),
    "10⁶ layers": ("model.hidden", [1] * 10**6),
    "a context of 10⁹": ("model.context", 10**9),
    "a context of -1": ("model.context", -1),
    "a context of text": ("model.context", "nine"),
    "an infinite rate": ("training.learning_rate", float("inf")),
    "a list of rates": ("training.learning_rate", [0.1]),
    "10¹⁸ epochs' patience": ("training.patience", "many"),
    "10³⁰⁸ frames a batch": ("training.batch_frames", 10**308),
    "a source that isn't there": ("source", "../mfcc"),
    "a name of 10⁶ letters": ("name", "n" * 10**6),
    "a name that is a list": ("name", [[1]]),
    "an unknown setting": ("training.unknown", 1),
    "a tracker that isn't there": ("tracker.name", "os"),
    "an epoch's seed of text": ("training.seed", "x"),
}
HARMLESS_VALUES = {"a name of 10⁶ letters"}
YAMLS = [Case(name, *CONFIG, text(content)) for name, content in (ANY_TEXT | YAML_TEXT).items()]
YAMLS += [Case("a billion laughs in a setting", *CONFIG, _in_a_setting)]
YAMLS += [
    Case(name, CONFIG[0], ("evaluate", "resume"), in_yaml(put(*values)), harmless=name in HARMLESS_VALUES)
    for name, values in YAML_VALUES.items()
]
YAMLS += [  # a leaderboard shows settings and does nothing with them
    Case(name, CONFIG[0], ("leaderboard",), in_yaml(put(*values)), harmless=True)
    for name, values in YAML_VALUES.items()
]

TESTS = {"hostile YAML of runs": attempts(YAMLS)}
