"""Settings whose values are texts, such as names and paths: on a command line they are what was typed.

Hydra's grammar would take 2024_12_01 for the number 20241201, and has no place for ``~``, ``#``, ``=`` or letters that
aren't ASCII outside quotes.
"""

import os
import re

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException

from mfccinv.cli.help_pages import own_folders
from mfccinv.configs.folder import CONFIGS

NULLABLE = (
    r"corpus\.(parts\.\w+\.)?(base|supervisions|language)|input|output|statistics|checkpoint|vocoder\.model|"
    r"init(_weights)?|re(sume|run)|from|to|license|key|sound|notes"
)
TEXTS = (
    rf"corpus\.(parts\.\w+\.)?(root|path)|(dataset|run)\.root|root|run(\.name)?|name|magnitude\.checkpoint|{NULLABLE}"
)
FOLDERS_OF_HYDRA = r"hydra\.(run|sweep)\.dir"
LISTS = r"split\.(validation|test)_speakers|corpus\.subsets"
ITEM = re.compile(r"""\s*('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^,'"\[\]{}]+)\s*""")
TAKES_A_WORD = (
    "--config-dir -cd --config-path -cp --config-name -cn --cfg -c --info -i --package -p --experimental-rerun"
)
ALONE = "--help --hydra-help --version --resolve --run --multirun --shell-completion"
SWEEPING = ("-m", "--multirun", "hydra.mode=")
SWEEPS = "mode: MULTIRUN"  # in the file of an experiment


def with_texts_quoted(words: list[str]) -> list[str]:
    """Quote what Hydra would not take for the text that was typed, where a setting wants a text.

    Parameters
    ----------
    words : list of str
        A command line, such as ``["corpus=folder", "corpus.root=~/2024"]``. What Hydra takes for a text stays as it is,
        as do null where it means none, lists in the place of a name, and values to sweep over.

    Returns
    -------
    words : list of str
    """
    sweeps = any(word.startswith(SWEEPING) or _names_a_sweep(word, words) for word in words)
    return [_quoted(word, sweeps) for word in words]


def refuse_settings_as_options(words: list[str]) -> None:
    """Refuse with ValueError ``--input a.npy`` and ``--input=a.npy``: settings have no hyphens, as options do."""
    options = [*TAKES_A_WORD.split(), *ALONE.split()]
    for word, after in zip(words, [*words[1:], ""], strict=False):
        option, _, value = word.partition("=")
        if option.startswith("--") and not any(known.startswith(option) for known in options):
            given = value or (after if after and not after.startswith("-") else "<value>")
            raise ValueError(f"a setting has the form name=value, got {option}; did you mean {option[2:]}={given}?")


def with_files_listed(words: list[str], setting: str) -> list[str]:
    """Make the words that are no settings and no options of Hydra, such as ``voice/a.wav``, a list for a setting.

    A word with a ``=`` is a file if there is one of that name. If there is no file, nothing is changed.
    """
    kept: list[str] = []
    found: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        is_option = word.startswith("-") or before in TAKES_A_WORD.split()
        (kept if is_option or ("=" in word and not os.path.exists(word)) else found).append(word)
    if not found:
        return words
    escaped = (word.replace("${", r"\${") for word in found)
    return [*kept, f"{setting}=[{','.join(QuotedString(word, Quote.single).with_quotes() for word in escaped)}]"]


def _names_a_sweep(word: str, words: list[str]) -> bool:
    """Whether a word of a command line chooses an experiment that has several jobs."""
    setting, _, name = word.lstrip("+").partition("=")
    if setting != "experiment":
        return False
    files = (folder / "experiment" / f"{name}.yaml" for folder in (*own_folders(words), CONFIGS))
    file = next((file for file in files if file.is_file()), None)
    return file is not None and SWEEPS in file.read_text(encoding="utf-8", errors="replace")


def _quoted(word: str, sweeps: bool) -> str:
    key, equals, value = word.partition("=")
    setting = key.lstrip("+")
    if key == "--config-dir":
        return f"{key}{equals}{os.path.expanduser(value)}"
    if re.fullmatch(FOLDERS_OF_HYDRA, setting):  # Hydra itself makes these
        value = os.path.expanduser(value)
    elif re.fullmatch(LISTS, setting):
        return f"{key}={_list_of_texts(value)}"
    elif not re.fullmatch(TEXTS, setting) or (value == "null" and re.fullmatch(NULLABLE, setting)):
        return word
    return f"{key}={value if sweeps and ',' in value else _text(value)}"


def _list_of_texts(value: str) -> str:
    """Quote the items of a list; what is no list of plain items stays as it is."""
    if not (value.startswith("[") and value.endswith("]")):
        return value
    items, place = [], 0
    inner = value[1:-1]
    while match := ITEM.match(inner, place):
        items.append(_text(match[1].strip()))
        place = match.end() + 1
        if inner[match.end() : place] != ",":
            break
    return f"[{','.join(items)}]" if items and place > len(inner) else value


def _text(value: str) -> str:
    """Return a value as Hydra takes it for a text: in quotes, if need be."""
    try:
        if isinstance(OverridesParser.create().parse_override(f"key={value}").value(), str):
            return value
    except HydraException:
        pass
    return QuotedString(value, Quote.single).with_quotes()
