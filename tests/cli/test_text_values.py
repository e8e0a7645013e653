"""Tests of texts on a command line: what was typed is what a program gets."""

import re
import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from places import REPOSITORY
from programs import call

from mfccinv.cli.text_values import with_files_listed, with_texts_quoted

ODD = [
    *("2024", "1", "nan", "2024_12_01", "1e5", "on", "true", "007", "~", "~/speech", "a=b", "a b", "a,b", "a#1"),
    *("李明", "é", "[a].npy", "{x}", "it's", 'say "yes"', "a&b;c", "(1)", "a:b", "/data/2024_12_01", "-x", "!", ""),
]
PATHS = [
    *("corpus.root", "corpus.path", "+corpus.parts.own.root", "dataset.root", "run.root", "root", "run.name", "run"),
    *("input", "output", "checkpoint", "vocoder.model", "init", "init_weights", "resume", "rerun"),
    *("corpus.base", "hydra.sweep.dir"),
    *("from", "to", "license", "key", "sound", "notes"),
]


def read(word):
    """What Hydra makes of a word."""
    [quoted] = with_texts_quoted([word])
    return OverridesParser.create().parse_override(quoted).value()


@pytest.mark.parametrize("value", ODD)
def test_a_text_is_what_was_typed(value):
    assert read(f"corpus.root={value}") == value


@pytest.mark.parametrize("setting", PATHS)
def test_every_path_and_name_is_a_text(setting):
    assert read(f"{setting}=2024_12_01") == "2024_12_01"


def test_null_is_none_where_a_setting_can_have_none():
    assert read("checkpoint=null") is None
    assert read("corpus.root=null") == "null"


@pytest.mark.parametrize(
    ("typed", "text"), [("'a,b'", "a,b"), (r"a\=b", "a=b"), ('"~/x"', "~/x"), ("${name}", "${name}")]
)
def test_what_is_quoted_for_hydra_stays(typed, text):
    assert with_texts_quoted([f"input={typed}"]) == [f"input={typed}"]
    assert read(f"input={typed}") == text


def test_a_comma_is_a_letter_unless_there_are_several_jobs():
    notes = "notes=first try, wider"
    assert with_texts_quoted(["experiment=recipe", notes])[1] == "notes='first try, wider'"
    for sweep in ("-m", "experiment=sweep_layers", "+experiment=sweep_layers"):
        assert with_texts_quoted([sweep, notes])[1] == notes


@pytest.mark.parametrize(
    ("typed", "speakers"),
    [
        ("[2024_12_01, 103,007]", ["2024_12_01", "103", "007"]),
        ("[李明,anna b, null,on,1e5]", ["李明", "anna b", "null", "on", "1e5"]),
        ("['a,b',\"c]\", d=e#1]", ["a,b", "c]", "d=e#1"]),
        ("[]", []),
    ],
)
def test_lists_of_speakers(typed, speakers):
    assert read(f"split.test_speakers={typed}") == speakers


@pytest.mark.parametrize(
    "word", ["split.test_speakers=anna", "split.test_speakers=[[a],b]", "split.test_speakers=[a,,b]"]
)
def test_what_is_no_list_of_names_is_left_to_hydra(word):
    assert with_texts_quoted([word]) == [word]


def test_values_of_a_sweep_stay(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    words = ["-m", "corpus.root=a,b", "model=linear,conv", "split.test_speakers=[1],[2]"]
    assert with_texts_quoted(words) == words
    assert with_texts_quoted(["-m", "corpus.root=~/a"]) == ["-m", "corpus.root='~/a'"]


def test_other_settings_stay():
    words = ["training.epochs=1e5", "corpus.speaker_part='^(\\d+)-'", "~training.seed", "corpus=folder", "--cfg", "job"]
    assert with_texts_quoted(words) == words


def test_folders_that_hydra_opens_itself(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert with_texts_quoted(["--config-dir=~/my"]) == ["--config-dir=/home/me/my"]
    assert read("hydra.sweep.dir=~/sweep") == "/home/me/sweep"


def test_a_program_gets_what_was_typed(tmp_path):
    finished = call("build_dataset", "corpus=folder", "corpus.root=李明 = #1, 2024_12_01", cwd=tmp_path)
    assert f"expected a folder at {tmp_path}/李明 = #1, 2024_12_01;" in finished.stderr


def test_the_examples_of_the_documentation():
    """Each is what the shell makes of it, and Hydra of that."""
    text = (REPOSITORY / "docs" / "own_speech.md").read_text(encoding="utf-8")
    section = text[text.index("## Odd names") : text.index("## Files that can't be used")]
    commands = re.findall(r"^mfccinv \w+ (.*)$", section, re.MULTILINE)
    words = [word for command in commands for word in shlex.split(command) if word != "corpus=folder"]
    assert [(word.partition("=")[0], read(word)) for word in words] == [
        ("corpus.root", "~/2024_12_01"),
        ("corpus.root", "/data/take #1, a=b (李明)"),
        ("corpus.root", "/data"),
        ("split.test_speakers", ["2024_12_01", "李明", "anna b", "null"]),
        ("corpus.root", "/data"),
        ("split.test_speakers", ["Smith, Anna", "bert"]),
        ("input", "null"),
        ("output", "~/sound"),
    ]


@pytest.mark.parametrize(
    ("program", "words", "expected"),
    [
        ("train", ["resume=x", "run.root=~/2024"], "its name in {home}/2024 "),
        ("train", ["resume=~/2024"], "no run '~/2024': "),
        ("train", ["init=x", "run.root=~/2024"], "its name in {home}/2024 "),
        ("evaluate", ["run=x", "root=~/2024"], "its name in {home}/2024 "),
        ("leaderboard", ["root=~/2024"], "{home}/2024"),
        ("invert", ["input=~/2024"], "input {home}/2024 is not there"),
        ("invert", ["input=2024", "output=~/file"], "output must be a folder, {home}/file is a file"),
        ("build_dataset", ["corpus=manifest", "corpus.path=~/2024"], "expected a file at {home}/2024;"),
        ("build_dataset", ["corpus=several", "corpus.root=~/2024"], "expected a folder at {home}/2024/LibriSpeech;"),
    ],
)
def test_the_home_folder_in_every_program(program, words, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "file").touch()
    assert expected.format(home=tmp_path) in call(program, *words, cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run=x"], ["run=x"]),
        (["a.wav", "run=x", "my voice/b's.wav"], ["run=x", r"input=['a.wav','my voice/b\'s.wav']"]),
        (["--config-dir", "own", "a.wav", "-m"], ["--config-dir", "own", "-m", "input=['a.wav']"]),
    ],
)
def test_words_that_are_no_settings_are_files(words, expected):
    assert with_files_listed(words, "input") == expected


def test_a_file_may_have_an_equals_sign_in_its_name(tmp_path, monkeypatch):
    (tmp_path / "take=2.wav").touch()
    monkeypatch.chdir(tmp_path)
    assert with_files_listed(["take=2.wav", "take=3"], "input") == ["take=3", "input=['take=2.wav']"]
