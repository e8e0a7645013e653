"""Tests of the pages of --help: made of the YAML files, of the program alone, short enough to be read."""

import sys

import pytest
import yaml

from mfccinv.cli.help_pages import (
    PROGRAMS,
    Setting,
    choices,
    first_sentence,
    groups,
    help_page,
    read_settings,
    settings,
)
from mfccinv.configs.folder import CONFIGS
from mfccinv.configs.presets import preset_names

YAML = """# @package _global_
# What it is for.
defaults:
  - model: conv
  - _self_

plain: 1               # explained
# Explained above,
# in two lines.
above: [1, 2]
run:
  root: runs           # explained
                       # and below
  name: ${name}-x
last: null
"""


def test_settings_bear_their_comments():
    assert list(read_settings(YAML)) == [
        Setting("plain", "1", "explained"),
        Setting("above", "[1,2]", "Explained above, in two lines."),
        Setting("run.root", "runs", "explained and below"),
        Setting("run.name", "${name}-x", ""),
        Setting("last", "null", ""),
    ]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("[!q]*.yaml")) + sorted(CONFIGS.glob("*/*.yaml")), ids=str)
def test_every_setting_of_a_file_is_found(path):
    def names(mapping, prefix=""):
        for name, value in mapping.items():
            yield from names(value, f"{prefix}{name}.") if isinstance(value, dict) and value else [prefix + name]

    text = path.read_text()
    expected = {name for name in names(yaml.safe_load(text)) if name.split(".")[0] != "defaults"}
    found = {setting.name for setting in read_settings(text)}
    # A mapping in braces is one value.
    assert {next(each for each in found if f"{name}.".startswith(f"{each}.")) for name in expected} == found


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_is_for_people(program, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    page = help_page(program, ["--help"])
    lines = page.splitlines()
    files = "<file or folder> ... " if program == "adapt" else ""
    assert lines[0] == f"usage: mfccinv {program} {files}[setting=value ...]"
    assert len(lines) <= 60  # two screens of thirty lines
    assert sum(f"mfccinv {program} " in line for line in lines[1:]) >= 2
    assert all(len(line) <= 100 for line in lines)
    assert not any(line.endswith(" ") for line in lines)
    used = {line.split("=")[0].strip() for line in page.partition("Groups")[2].splitlines() if line.startswith("  ")}
    assert used >= {"train": {"model", "tracker"}, "invert": {"phase"}, "evaluate": {"corpus"}}.get(program, set())
    assert not used & {"train": {"phase"}, "invert": {"model", "corpus"}, "evaluate": {"model"}}.get(program, set())


def test_a_program_tells_of_its_own_settings_and_choices(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    page = help_page("leaderboard", ["--help"])
    assert "  format=table                table | markdown | csv | html\n" in page
    assert "Groups" not in page
    page = help_page("invert", ["--help"])
    assert "Make sound of MFCC, spectrograms or sound.\n" in page
    assert "  phase=auto                  or admm, griffin_lim, joint, learned, pghi,\n" in page
    assert "  vocoder=…                   onnx\n" in page


def test_groups_are_those_that_the_program_is_composed_of():
    assert {group.name: group.default for group in groups("train", [CONFIGS])} == {
        "corpus": "demo",
        "split": "auto",
        "features": "asr",
        "augment": "none",
        "dataset": "default",
        "model": "dense_500",
        "loss": "snr",
        "training": "default",
        "tracker": "none",
        "experiment": None,
    }
    assert choices("model", [CONFIGS]) == list(preset_names("model"))


def test_a_group_tells_its_choices_and_the_settings_of_the_chosen(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    page = help_page("train", ["model=conv_large", "--help", "model"])
    assert "  dense_small                 One small hidden layer.\n" in page
    assert "model=conv_large:\n  Dilated convolutions" in page
    assert "  model.context=33            frames in the MFCC window\n" in page  # with the comment of the file below
    assert "model.hidden" not in page
    assert "  model.hidden=[500,200,50]   widths of the layers\n" in help_page("train", ["--help", "model"])


def test_settings_of_an_experiment_are_those_of_the_program():
    page = help_page("train", ["--help", "experiment", "experiment=pretrained"])
    assert "\n  training.edges=true" in page


def test_own_choices_are_there(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("# My own.\ndefaults: [linear, _self_]\ncontext: 3\n")
    words = ["--config-dir", str(tmp_path), "--help", "model", "model=mine"]
    page = help_page("train", words)
    assert "  mine                        My own.\n" in page
    assert "  model.context=3 " in page
    assert settings("model/mine", [tmp_path, CONFIGS])["hidden"] == Setting("hidden", "[]", "widths of the layers")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--help", "phase"], "--help tells of one of corpus, split, features, .*, got phase$"),
        (["--help", "model", "model=dense_50"], "model must be one of conv, .*, got dense_50$"),
    ],
)
def test_what_is_not_there_is_refused(words, message):
    with pytest.raises(ValueError, match=message):
        help_page("train", words)


def test_the_first_sentence_ends_at_a_full_stop_or_above_an_example():
    assert first_sentence(["Fast (Griffin and Lim, 1984; Perraudin et", "al., 2013). More."]) == (
        "Fast (Griffin and Lim, 1984; Perraudin et al., 2013)."
    )
    assert first_sentence(["A vocoder:", "  mfccinv invert"]) == "A vocoder"
    assert first_sentence([]) == ""


def test_the_option_shows_the_page(monkeypatch, capsys):
    from mfccinv.cli.leaderboard import main

    monkeypatch.setattr(sys, "argv", ["mfccinv leaderboard", "--help"])
    main()
    assert capsys.readouterr().out.rstrip("\n") == help_page("leaderboard", ["--help"])
