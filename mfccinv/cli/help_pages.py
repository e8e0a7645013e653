"""The pages of ``--help``, made of the YAML files and the comments in them."""

import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, takewhile
from pathlib import Path

import yaml

from mfccinv.configs.folder import CONFIGS

PROGRAMS = {
    "invert": "make sound of MFCC, spectrograms or sound",
    "identify": "tell which tool wrote MFCC",
    "app": "compare inversions on a page in the browser",
    "train": "train a model, on a corpus of yours or the demo corpus",
    "evaluate": "score a run on voices it never heard",
    "adapt": "adapt a network to a voice, from half a minute of it or more",
    "export": "write a network for another tool, as ONNX",
    "push": "share a run: on Hugging Face, in a zip file or a folder",
    "pull": "bring a run here that was shared",
    "build_dataset": "build a data set, which train does by itself",
    "leaderboard": "compare runs by their validation scores",
}
TAKES = {"adapt": "<file or folder> ... "}  # besides settings
USAGE = "usage: mfccinv <program> [setting=value ...]"
EXAMPLES = ("invert input=mfcc.npy", "train corpus=folder corpus.root=recordings", "evaluate run=latest")
LONGEST_NAME = 26  # columns; the explanation of a longer setting begins on the next line
WIDEST = 100  # columns: longer lines are hard to read
OWN_FOLDER = ("--config-dir", "-cd")  # Hydra's options
PACKAGE = "# @package"  # Hydra's line that says where a file's settings go
GLOBAL = f"{PACKAGE} _global_"
SETTING = re.compile(r"(?P<indent> *)(?P<name>[\w.]+):(?: +(?P<value>[^\s#].*?))?(?: +# *(?P<comment>.+))?")
COMMENT = re.compile(r"(?P<indent> *)# ?(?P<text>.*)")


@dataclass(frozen=True)
class Setting:
    """A setting of a YAML file: its name with those of the mappings it is in, its value and its comment as written."""

    name: str
    value: str
    comment: str


@dataclass(frozen=True)
class Group:
    """A group of a program: its name, the choice that is made without asking, and all choices."""

    name: str
    default: str | None
    choices: list[str]


def overview() -> str:
    """The page of the command: its programs."""
    width = max(map(len, PROGRAMS))
    return "\n".join(
        [
            USAGE,
            "",
            *(f"  {name:{width}}  {what}" for name, what in PROGRAMS.items()),
            "",
            *(f"  mfccinv {example}" for example in EXAMPLES),
            "",
            "mfccinv <program> --help tells a program's settings",
            "mfccinv --version tells the version",
        ]
    )


def help_page(program: str, words: Sequence[str]) -> str:
    """The page of a program, or of one of its groups.

    Parameters
    ----------
    program : str
        One of `PROGRAMS`.
    words : sequence of str
        What was typed behind the program, ``--help`` included: the name of a group among them asks for its page, and
        choices such as ``model=conv`` are what it is about.

    Raises
    ------
    ValueError
        If a word is no group, or a choice isn't there.
    """
    folders = [*own_folders(words), CONFIGS]
    found = groups(program, folders)
    folder_words = {word for option, word in pairwise(words) if option in OWN_FOLDER}
    asked = [word for word in words if "=" not in word and not word.startswith("-") and word not in folder_words]
    if not asked:
        return _program_page(program, found, folders)
    group = next((group for group in found if group.name == asked[0]), None)
    if group is None:
        raise ValueError(f"--help tells of one of {', '.join(each.name for each in found)}, got {asked[0]}")
    chosen = [word.partition("=")[2] for word in words if word.startswith(f"{group.name}=")]
    choice = chosen[-1] if chosen else group.default
    if choice is not None and choice not in group.choices:
        raise ValueError(f"{group.name} must be one of {', '.join(group.choices)}, got {choice}")
    return _group_page(program, group, choice, folders)


def own_folders(words: Sequence[str]) -> list[Path]:
    """Folders that ``--config-dir`` names, of those that there are."""
    parts = [part for word in words for part in word.split("=", 1)]
    return [
        Path(folder).resolve() for option, folder in pairwise(parts) if option in OWN_FOLDER and Path(folder).is_dir()
    ]


def groups(program: str, folders: Sequence[Path]) -> list[Group]:
    """Groups that a program's configuration is composed of, in its order.

    Parameters
    ----------
    program : str
        Name of a YAML file in one of the folders.
    folders : sequence of Path
        Folders of configurations; what the first has counts.
    """
    found = []
    for entry in yaml.safe_load(_text(program, folders)).get("defaults", []):
        if isinstance(entry, str):
            if entry not in ("_self_", "quiet"):
                found += groups(entry, folders)
            continue
        ((name, default),) = entry.items()
        name = name.removeprefix("optional ")
        if not name.startswith("override "):
            found.append(Group(name, default, choices(name, folders)))
    return found


def choices(group: str, folders: Sequence[Path]) -> list[str]:
    """Names of a group's choices, sorted."""
    return sorted({path.stem for folder in folders for path in (folder / group).glob("*.yaml")})


def settings(name: str, folders: Sequence[Path]) -> dict[str, Setting]:
    """Settings of a configuration by their names; those of the files that it begins from come first.

    Parameters
    ----------
    name : str
        Name of a YAML file below one of the folders, without its extension, such as ``model/conv``.
    folders : sequence of Path
    """
    text = _text(name, folders)
    found: dict[str, Setting] = {}
    group = name.rpartition("/")[0]
    for base in yaml.safe_load(text).get("defaults", []) if group else []:
        if isinstance(base, str) and base != "_self_":
            found |= settings(f"{group}/{base}", folders)
    for setting in read_settings(text):
        inherited = found.get(setting.name, setting)
        found[setting.name] = replace(setting, comment=setting.comment or inherited.comment)
    return found


def read_settings(text: str) -> Iterator[Setting]:
    """Settings of a YAML file in block style, without the list of defaults.

    A comment stands behind a setting, goes on below it further to the right, or stands above it at the margin.
    """
    _, body = read_header(text)
    above: list[str] = []
    inside: list[str] = []  # names of the mappings that the line is in
    waiting: Setting | None = None
    for line in body:
        if comment := COMMENT.fullmatch(line):
            if waiting and len(comment["indent"]) > 2 * len(inside):
                waiting = replace(waiting, comment=f"{waiting.comment} {comment['text'].strip()}")
            else:
                above.append(comment["text"].strip())
            continue
        match = SETTING.fullmatch(line)
        if not match:  # an entry of the list of defaults
            continue
        if waiting:
            yield waiting
            waiting = None
        inside = inside[: len(match["indent"]) // 2]
        if match["value"] is None:
            inside.append(match["name"])
        elif match["name"] != "defaults":
            explained = match["comment"] or " ".join(above)
            waiting = Setting(".".join([*inside, match["name"]]), match["value"].replace(", ", ","), explained)
        above = []
    if waiting:
        yield waiting


def read_header(text: str) -> tuple[list[str], list[str]]:
    """Divide a YAML file into the lines of the comment that it begins with, and the lines behind."""
    lines = text.splitlines()
    begin = 1 if lines[:1] and lines[0].startswith(PACKAGE) else 0
    end = next((k for k in range(begin, len(lines)) if not lines[k].startswith("#")), len(lines))
    return [line.removeprefix("#").removeprefix(" ") for line in lines[begin:end]], lines[end:]


def first_sentence(header: Sequence[str]) -> str:
    """What a file's first comment begins with, up to a full stop, or a colon with an example below it."""
    text = " ".join(takewhile(lambda line: line.strip() and not line.startswith(" "), header))
    sentence = re.match(r".*?\.(?=\s|$)", text)
    return sentence[0] if sentence else text.rstrip(":")


def _text(name: str, folders: Sequence[Path]) -> str:
    path = next(path for folder in folders if (path := folder / f"{name}.yaml").is_file())
    return path.read_text(encoding="utf-8")


def _program_page(program: str, found: Sequence[Group], folders: Sequence[Path]) -> str:
    header, _ = read_header(_text(program, folders))
    what = PROGRAMS[program]
    lines = [
        f"usage: mfccinv {program} {TAKES.get(program, '')}[setting=value ...]",
        "",
        f"{what[0].upper()}{what[1:]}.",
        "",
    ]
    lines += [*chain.from_iterable(map(_example, header)), ""]
    own = settings(program, folders).values()
    if own:
        lines += ["Settings:", *chain.from_iterable(map(_shown, own)), ""]
    if found:
        lines += ["Groups, each a choice with settings of its own:"]
        for group in found:
            head = f"{group.name}={group.default or '…'}"
            others = [choice for choice in group.choices if choice != group.default]
            lines += _columns(head, ("or " if group.default and others else "") + ", ".join(others))
        lines += ["", f"mfccinv {program} --help {found[0].name} tells the settings of a group"]
    lines += [f"mfccinv {program} --cfg job shows every value, --hydra-help Hydra's own options"]
    return "\n".join(lines)


def _group_page(program: str, group: Group, choice: str | None, folders: Sequence[Path]) -> str:
    lines = [f"usage: mfccinv {program} {group.name}=<choice> [{group.name}.<setting>=value ...]", "", "Choices:"]
    for name in group.choices:
        header, _ = read_header(_text(f"{group.name}/{name}", folders))
        lines += _columns(name, first_sentence(header))
    if choice is None:
        return "\n".join(
            [*lines, "", f"mfccinv {program} {group.name}=<choice> --help {group.name} tells its settings"]
        )
    text = _text(f"{group.name}/{choice}", folders)
    header, _ = read_header(text)
    prefix = "" if text.startswith(GLOBAL) else f"{group.name}."
    found = [
        replace(each, name=f"{prefix}{each.name}")
        for each in settings(f"{group.name}/{choice}", folders).values()
        if not (prefix and each.name == "name")  # which is the choice itself
    ]
    if header:
        lines += ["", f"{group.name}={choice}:", *(f"  {line}".rstrip() for line in header)]
    if found:
        lines += ["", "Its settings:", *chain.from_iterable(map(_shown, found))]
    return "\n".join(lines)


def _example(line: str) -> list[str]:
    """A line of a file's first comment; a command that is too long for the terminal comes on its own."""
    label, name, command = line.partition("mfccinv ")
    return [label.rstrip(), f"    {name}{command}"] if len(line) > _width() and label else [line]


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST)


def _shown(setting: Setting) -> list[str]:
    return _columns(f"{setting.name}={setting.value}", setting.comment)


def _columns(head: str, text: str) -> list[str]:
    """A name and its explanation, wrapped to the right of it; below it where the name is long."""
    indent = " " * (LONGEST_NAME + 4)
    wrapped = textwrap.wrap(text, max(_width() - len(indent), 20), break_on_hyphens=False)
    if len(head) > LONGEST_NAME:
        return [f"  {head}", *(indent + line for line in wrapped)]
    first, *others = wrapped or [""]
    return [f"  {head:{LONGEST_NAME}}  {first}".rstrip(), *(indent + line for line in others)]
