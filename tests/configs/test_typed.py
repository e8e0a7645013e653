"""Tests of typed settings: every field is named, and holds a value of its kind."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mfccinv.configs.typed import checked, typed


@dataclass(frozen=True)
class Settings:
    epochs: int
    rate: float
    clip: float | None
    name: str
    edges: bool
    layers: list


GIVEN = {"epochs": 3, "rate": 1, "clip": None, "name": "x", "edges": False, "layers": [1]}


def test_values_are_taken_as_they_are():
    assert typed(Settings, GIVEN) == Settings(**GIVEN)


def test_a_number_may_be_a_name():
    assert typed(Settings, GIVEN | {"name": 2024}).name == "2024"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"epochs": "thirty"}, "group.epochs must be a whole number, got 'thirty'"),
        ({"epochs": 1.5}, "group.epochs must be a whole number, got 1.5"),
        ({"epochs": True}, "group.epochs must be a whole number, got True"),
        ({"rate": "fast"}, "group.rate must be a finite number, got 'fast'"),
        ({"rate": float("nan")}, "group.rate must be a finite number, got nan"),
        ({"clip": "none"}, "group.clip must be a finite number or null, got 'none'"),
        ({"name": None}, "group.name must be a text, got None"),
        ({"edges": 1}, "group.edges must be true or false, got 1"),
        ({"epoch": 3}, r"unknown setting: group.epoch; did you mean group.epochs\?"),
        ({"xyz": 3}, "unknown setting: group.xyz"),
    ],
)
def test_others_are_refused_by_name(changed, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        typed(Settings, GIVEN | changed, "group")


def test_a_missing_one_is_named():
    with pytest.raises(ValueError, match=r"^missing setting: clip, rate$"):
        typed(Settings, {name: GIVEN[name] for name in ("epochs", "name", "edges", "layers")})


def test_paths_are_path_settings(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert checked("root", "~/2024", Path) == Path("/home/me/2024")
    assert checked("root", 2024, Path | None) == Path("2024")
    assert checked("root", None, Path | None) is None
    with pytest.raises(ValueError, match=r"^root must be a path, got None"):
        checked("root", None, Path)


def test_numbers_of_numpy_are_numbers():
    assert checked("n", np.int64(3), int) == 3
    assert checked("rate", np.float32(0.5), float) == 0.5
    with pytest.raises(ValueError, match=r"^n must be a whole number, got np\.float32"):
        checked("n", np.float32(0.5), int)


def test_a_list_of_texts_tells_of_quotes():
    message = r"^speakers must be a list of which each item is a text, got \[None\]; put a text that .* in quotes$"
    with pytest.raises(ValueError, match=message):
        checked("speakers", [None], list[str])


def test_no_setting_is_nan():
    with pytest.raises(ValueError, match=r"^until_db must be finite, got nan$"):
        checked("until_db", float("nan"), object)
