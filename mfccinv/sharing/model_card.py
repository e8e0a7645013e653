"""The card of a run, its ``README.md``: what it takes and makes, how to use it, what it learned from.

It begins with what Hugging Face reads: https://huggingface.co/docs/hub/model-cards.
"""

import re
import shlex
from textwrap import fill

from mfccinv.configs.dialects import dialect_of, resolve_dialect
from mfccinv.configs.presets import preset_names, preset_settings, resolve_spec
from mfccinv.features.spec import FeatureSpec
from mfccinv.run_folders.learned_from import LearnedFrom
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.sharing.contents import CARD
from mfccinv.system.stored_files import read_text

LINE = 120  # letters
SCALES = {"slaney": "Slaney", "htk": "HTK"}
TAGS = ("mfcc", "mel-spectrogram", "speech", "audio")
MARK = "---\n"  # around what Hugging Face reads
FRONT = re.compile(r"---\n.*?^---\n", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?![\w+.-]+:|#)[^)\s]+\)")  # to another file


def shared_card(run: RunFolder, source: str, license: str | None) -> str:
    """Card of a run that is shared: its own, or one that is made of its files.

    Parameters
    ----------
    run : RunFolder
    source : str
        What ``mfccinv pull from=`` takes it from.
    license : str or None
        As Hugging Face names it, such as ``cc-by-4.0``; None: as its own card says, if it does.
    """
    own = run.folder / CARD
    text = read_text(own) if own.is_file() else model_card(run, source)
    if license is None and FRONT.match(text):
        return text
    lines = ["library_name: mfccinv", *([f"license: {license}"] if license else []), "tags:"]
    front = "".join(f"{line}\n" for line in [*lines, *(f"- {tag}" for tag in TAGS)])
    body = LINK.sub(r"\1", FRONT.sub("", text, count=1) if FRONT.match(text) else text)
    return f"{MARK}{front}{MARK}\n{body.lstrip()}"


def model_card(run: RunFolder, source: str) -> str:
    """Card of a run without one, made of its files."""
    sections = {"Use": _usage(run, source), "Training": _training(run), "Limits": _limits()}
    return f"# {run.folder.name}\n\n{takes(run)}\n" + "".join(
        f"\n## {heading}\n\n{text}" for heading, text in sections.items()
    )


def takes(run: RunFolder) -> str:
    """What goes in, and what comes out, in words."""
    spec, task = run.spec, run.task
    lifter = f"lifter {spec.lifter:g}" if spec.lifter else "no lifter"
    fewest = "" if task.min_mfcc is None else f"{task.min_mfcc} to "
    given = (
        f"{fewest}{spec.n_mfcc} MFCC (orthonormal DCT-II, {lifter})" if task.source == "mfcc" else "the mel bands in dB"
    )
    made = {
        "mel": f"the {spec.n_mels} mel bands, in dB",
        "linear": f"the linear spectrum of {spec.n_bins} bins, in dB",
        "phase": f"the steps of the phase of {spec.n_bins} bins",
    }[task.target]
    return fill(f"From {given} to {made}. {in_words(spec)}", LINE)


def in_words(spec: FeatureSpec) -> str:
    """The analysis of the sound in words."""
    rate = spec.sample_rate / 1000
    milliseconds = [1000 * samples / spec.sample_rate for samples in (spec.win_length, spec.hop_length)]
    if all(round(one, 9).is_integer() for one in milliseconds):
        windows = f"{milliseconds[0]:g} ms {spec.window.capitalize()} windows every {milliseconds[1]:g} ms"
    else:
        windows = f"{spec.window.capitalize()} windows of {spec.win_length} samples every {spec.hop_length}"
    edges = f"centred, edges padded ({spec.pad_mode})" if spec.center else "not centred"
    bands = f"{spec.n_mels} mel bands ({SCALES[spec.mel_scale]}, norm {spec.mel_norm})"
    limit = "" if spec.top_db is None else f", at most {spec.top_db:g} dB below the loudest"
    return (
        f"Sound at {rate:g} kHz; {windows}, {edges}; FFT of {spec.n_fft}; {bands} from {spec.f_min_hz:g} to "
        f"{spec.f_max_hz:g} Hz; {'power' if spec.power == 2 else 'magnitude'}, dB, floor {spec.log_floor:g}{limit}."
    )


def preset_of(spec: FeatureSpec) -> str | None:
    """Name of the preset that a specification is of, but for the number of MFCC; None if there is none."""
    for name in preset_names("features"):
        preset = FeatureSpec.from_settings(preset_settings("features", name))
        if spec.n_mels == preset.n_mels and preset.with_n_mfcc(spec.n_mfcc) == spec:
            return name
    return None


def invert_command(run: RunFolder, checkpoint: str) -> str | None:
    """The command that inverts MFCC with a run; None if it inverts none, or its features have no name."""
    preset, dialect = preset_of(run.spec), dialect_of(run.spec)
    if run.task.source != "mfcc" or not run.context.sees_target or preset is dialect is None:
        return None
    written = f"dialect={dialect}" if dialect else f"features={preset}"
    usual = resolve_dialect(dialect).spec if dialect else resolve_spec(preset)
    number = "" if usual.n_mfcc == run.spec.n_mfcc else f" features.n_mfcc={run.spec.n_mfcc}"
    detail = " detail=sample" if run.task.flow else ""
    return f"mfccinv invert input=mfcc.npy {written}{number} checkpoint={shlex.quote(checkpoint)}{detail}"


def python_call(run: RunFolder, written: str, checkpoint: str) -> str:
    """The line of Python that inverts MFCC with a run; ``written`` is the argument that says how they were made."""
    detail = ', detail="sample"' if run.task.flow else ""
    call = f'y = mfccinv.mfcc_to_audio(mfcc, {written}, checkpoint="{checkpoint}"{detail})'
    return f"{call}  # ({run.spec.n_mfcc}, n_frames)"


def learned_in_words(learned: LearnedFrom | None) -> str:
    """How much a run learned from, in a sentence; nothing if it isn't known."""
    if learned is None:
        return ""
    voices = sum(map(len, learned.voices.values()))
    more = "" if learned.is_complete else ", and perhaps more"
    return f"Learned from {len(learned.recordings):,} recordings of {voices:,} voices{more}."


def _usage(run: RunFolder, source: str) -> str:
    name = run.folder.name
    quoted = shlex.quote(name)
    commands = [
        f"mfccinv pull from={shlex.quote(source)} name={quoted}",
        invert_command(run, name),
        f"mfccinv evaluate run={quoted} corpus=folder corpus.root=recordings",
    ]
    shell = "```sh\n" + "".join(f"{command}\n" for command in commands if command) + "```\n"
    if run.task.source != "mfcc" or not run.context.sees_target:
        return shell
    call = python_call(run, f'spec="checkpoints/{name}"', name)
    return f"{shell}\n```python\n{call}, dB\n```\n"


def _training(run: RunFolder) -> str:
    version = run.environment.get("versions", {}).get("mfccinv")
    validation = run.metrics["validation"]
    facts = [
        f"A difference to the run `{run.open_base().folder.name}`, which it needs." if run.is_adapted else "",
        learned_in_words(run.learned_from),
        f"{len(run.read_history())} epochs" + (f", mfccinv {version}" if version else "") + "; `config.yaml` has all "
        "settings.",
        f"SNR on the validation speech {validation['snr']:.2f} dB." if validation.get("snr") is not None else "",
    ]
    return fill(" ".join(filter(None, facts)), LINE) + "\n"


def _limits() -> str:
    what = "What is predicted is a likely spectrum. It is not evidence of what was said or of who said it."
    return f"{what} No speech is in the network.\n"
