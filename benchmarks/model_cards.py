"""Writes the cards of the pretrained networks, their table and that of the corpora, from files alone.

    python benchmarks/model_cards.py         a few seconds

Reads the networks' folders, ``docs/training_speech/corpora.yaml``, the limits in ``mfccinv/pretrained/README.md``, and
what benchmarks/unseen.py and benchmarks/inversion.py left. It tells what it looked for and didn't find: that isn't in
the cards.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from textwrap import fill

from commands import RESULTS, UNSEEN
from hydra import compose, initialize_config_dir
from unseen_scores import LESS_IS_BETTER, SCORES, cell, read_scores, with_mean

from mfccinv.cli.hydra_program import plain
from mfccinv.configs.dialects import dialect_of
from mfccinv.configs.folder import CONFIGS
from mfccinv.corpora.names import alphanumeric
from mfccinv.features.spec import FeatureSpec
from mfccinv.reporting.tables import markdown_table
from mfccinv.run_folders.comparison import other_settings, recipe
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder, pretrained_names
from mfccinv.sharing.model_card import LINE, invert_command, learned_in_words, preset_of, python_call, takes
from mfccinv.system.atomic_files import write_text
from mfccinv.system.checksums import sha256
from mfccinv.system.stored_files import read_yaml
from mfccinv.training.settings import resolve_config

CORPORA = Path("docs/training_speech/corpora.yaml")
# Of equally good ones the first is the recipe.
EXPERIMENTS = ("pretrained", "many_voices", "universal", "magnitude", "phase", "flow")
OF_SEVERAL = "universal"  # the one for several numbers of MFCC
# Tables of the networks that take mel frames, by their target: the file, and what is said of it.
OF_MEL_FRAMES = {
    "linear": (
        "magnitude",
        "True mel frames, 40 recordings of each corpus, Griffin-Lim with 32 iterations from a random phase, 95 % "
        "intervals; this network is `learned`.",
    ),
    "phase": (
        "sound",
        "40 recordings of each corpus, 95 % intervals; this network is `from learned`. The 20 MFCC are inverted by "
        "`asr_20`.",
    ),
}
LIMITS = "## Limits\n"


def main() -> None:
    write_text(RESULTS / "corpora.md", corpora_table())
    write_text(RESULTS / "pretrained.md", pretrained_table())
    for name in pretrained_names():
        card, lacking = model_card(RunFolder(PRETRAINED / name))
        write_text(PRETRAINED / name / "README.md", card)
        print(f"{PRETRAINED / name / 'README.md'}", *(f"left out: {what}" for what in lacking), sep="\n  ")


def corpora_table() -> str:
    """What the corpora of docs/training_data.md are, as Markdown."""
    keys = ("speech", "licence", "credit", "use")
    rows = [[f"`{name}`", *(facts[key] for key in keys)] for name, facts in read_yaml(CORPORA).items()]
    return markdown_table(["corpus", "what", "licence", "by", "use"], rows, text=range(len(keys) + 1))


def pretrained_table() -> str:
    """What the networks take and make, as Markdown, a row each."""
    rows = []
    for name in pretrained_names():
        run = RunFolder(PRETRAINED / name)
        spec, task = run.spec, run.task
        window, hop = (round(1000 * samples / spec.sample_rate) for samples in (spec.win_length, spec.hop_length))
        taken = f"{spec.n_mfcc} of {spec.n_mels}" if task.source == "mfcc" else f"the {spec.n_mels} mel bands"
        made = {"mel": f"{spec.n_mels} mel bands", "linear": f"{spec.n_bins} bins", "phase": "the phase's steps"}[
            task.target
        ]
        size = f"{run.weights_file.stat().st_size / 1e6:.1f} MB"
        analysis = f"{spec.sample_rate / 1000:g} kHz, {window}/{hop} ms"
        rows.append([f"`{name}`", f"`features={known_preset(spec)}`", analysis, taken, made, size])
    columns = ["name", "features", "sound, window, hop", "MFCC of mel bands", "predicts", "size"]
    return markdown_table(columns, rows, text=range(len(columns)))


def model_card(run: RunFolder) -> tuple[str, list[str]]:
    """Card of a network, and what was looked for and isn't in it."""
    tables, lacking = scores(run)
    sections = {
        "Use": usage(run),
        "Data and licences": data(run),
        "Recipe": training(run),
        "On corpora that it never saw": tables or "Not scored.\n",
        "Limits": limits(run),
    }
    title = f"# {run.folder.name}\n\n{takes(run)}\n"
    return title + "".join(f"\n## {heading}\n\n{text}" for heading, text in sections.items()), lacking


def known_preset(spec: FeatureSpec) -> str:
    """Name of the preset that a specification is of; ValueError if there is none."""
    preset = preset_of(spec)
    if preset is None:
        raise ValueError(f"{spec} is of no preset in {CONFIGS / 'features'}: nobody could name the features; add one")
    return preset


def usage(run: RunFolder) -> str:
    """How to use it, in a line of Python and one in a shell."""
    spec, name, preset = run.spec, run.folder.name, known_preset(run.spec)
    if run.task.source == "mel":
        used = ["magnitude"] if run.task.target == "linear" else ["magnitude", "phase"]
        methods = "".join(f', {name}="learned"' for name in used)
        python = f'y = mfccinv.mel_to_audio(mel, spec="{preset}"{methods})  # ({spec.n_mels}, n_frames)'
        shell: str | None = " ".join(
            [f"mfccinv invert input=mfcc.npy features={preset}", *(f"{name}=learned" for name in used)]
        )
    else:
        dialect = dialect_of(spec)
        written = f'dialect="{dialect}"' if dialect else f'spec="{preset}"'
        python = python_call(run, written, name)
        shell = invert_command(run, name)
    other = "MFCC made otherwise must be brought to that first: [docs/other_mfcc.md](../../../docs/other_mfcc.md).\n"
    return f"```python\n{python}\n```\n\n```sh\n{shell}\n```\n\n{other}"


def data(run: RunFolder) -> str:
    """What it learned from, by corpus."""
    corpora, learned = read_yaml(CORPORA), run.learned_from
    voices = {} if learned is None else {place: len(names) for place, names in learned.voices.items()}
    parts = [part for part, settings in run.config["corpus"]["parts"].items() if settings]
    rows = [
        [
            f"`{part}`",
            f"{voices.get(alphanumeric(part), 0):,}",
            *(corpora[part][key] for key in ("speech", "licence", "credit")),
        ]
        for part in parts
    ]
    table = markdown_table(["corpus", "voices learned from", "speech", "licence", "by"], rows, text=(0, 2, 3, 4))
    total = "" if learned is None else f" {learned_in_words(learned)}"
    how = "How to get the speech: [docs/training_data.md](../../../docs/training_data.md)."
    return f"{table}\n{fill(f'No speech is in the network.{total} {how}', LINE)}\n"


def training(run: RunFolder) -> str:
    """The command, and what it took."""
    history, environment, config = run.read_history(), run.environment, run.config
    hours = sum(row["seconds"] for row in history) / 3600
    frames = environment.get("frames_per_epoch") or steps(config) * config["training"]["batch_frames"]
    seen = f", {len(history) * frames / 1e6:.0f} million frames" if frames else ""
    versions = environment["versions"]
    backend = environment["backend"]
    validation = run.metrics["validation"]["snr"]
    beside = f", with those of `{config['init_weights']}`, which stayed as they were," if run.task.flow else ""
    of_mean, size = "of the mean " if run.task.flow else "", f"{run.weights_file.stat().st_size / 1e6:.1f} MB"
    facts = [
        f"{len(history)} epochs{seen}, {hours:.1f} h on {machine(environment)} "
        f"({backend} {versions[backend]}, Keras {versions['keras']}), without the data set.",
        f"{environment['trainable_parameters']:,} parameters{beside} in {size}. "
        f"SNR {of_mean}on the validation voices {validation:.2f} dB.",
    ]
    return f"```sh\n{wrapped(command(run))}\n```\n\n{chr(10).join(fill(fact, LINE) for fact in facts)}\n"


def machine(environment: dict) -> str:
    """What computed a training: accelerators, if there were any."""
    names = environment.get("devices", environment.get("device", []))  # as older runs call it
    accelerators = [name for name in names if not name.lower().startswith("cpu")]
    return ", ".join(accelerators) or f"{environment['processors']} processors"


def steps(config: dict) -> int:
    """Steps of an epoch by the settings; 0 if they don't say."""
    return config["training"]["steps_per_epoch"] or 0


def command(run: RunFolder) -> list[str]:
    """Words of the shortest command that trains such a network."""
    possible = [one for one in EXPERIMENTS if (one == OF_SEVERAL) == (run.task.min_mfcc is not None)]
    choices = [(experiment, overrides_of(run, experiment)) for experiment in possible]
    experiment, overrides = min(choices, key=lambda choice: len(choice[1]))
    return ["mfccinv", "train", f"experiment={experiment}", f"run.name={run.folder.name}", *overrides]


def overrides_of(run: RunFolder, experiment: str) -> list[str]:
    """What a run's settings differ in from an experiment's; first its preset of features, if it's another."""
    preset = known_preset(run.spec)
    chosen = [] if preset == "asr" else [f"features={preset}"]
    config = resolve_config(composed(experiment, *chosen))
    theirs = config | {"features": asdict(FeatureSpec.from_settings(config["features"]))}  # in samples, not seconds
    own = run.config | {"features": asdict(run.spec)}
    values = recipe(own)
    return chosen + [f"{name}={text(values.get(name))}" for name in other_settings(theirs, own)]


@cache
def composed(experiment: str, *overrides: str) -> dict:
    """The configuration of a training by an experiment."""
    with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS)):
        named = ("run.name=run", "name=run")  # the defaults are Hydra's to fill in, at the start of a program
        return plain(compose("train", overrides=[f"experiment={experiment}", *named, *overrides]))


def text(value: object) -> str:
    """A value as it is written on a command line."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def wrapped(words: Iterable[str]) -> str:
    """Join the words of a command in lines that a shell goes on with."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > LINE - len(" \\"):
            lines.append(" ")
        lines[-1] += f" {word}"
    return " \\\n".join(lines)[1:]


def scores(run: RunFolder) -> tuple[str, list[str]]:
    """Tables of a network's scores; and which there are not."""
    return sound_scores(run) if run.task.source == "mfcc" else scores_of_mel(*OF_MEL_FRAMES[run.task.target])


def gains(run: RunFolder) -> dict:
    """Gains of this very model, see `read_scores`; none of another one."""
    scored = read_scores().get(run.folder.name, {})
    return scored["corpora"] if scored.get("model_sha256") == sha256(run.weights_file) else {}


def sound_scores(run: RunFolder) -> tuple[str, list[str]]:
    corpora = gains(run)
    if not corpora:
        return "", ["scores of this model: python benchmarks/unseen.py checkpoints"]
    columns = with_mean(corpora)
    names = [name for name in SCORES if any(name in one for one in corpora.values())]
    rows = [[SCORES[name], *(cell(one.get(name)) for one in columns.values())] for name in names]
    lacking = [f"{SCORES[name]} on corpora never seen" for name in SCORES if name not in names]
    lacking += [f"the corpus {corpus}" for corpus in UNSEEN if corpus not in corpora]
    facts = read_yaml(CORPORA)
    legend = [fill(f"- `{corpus}`: {facts[corpus]['speech']}.", LINE, subsequent_indent="  ") for corpus in corpora]
    of_sample = "What is scored is one sample. " if run.task.flow else ""
    less = ", ".join(SCORES[name].split(" (")[0] for name in LESS_IS_BETTER if name in names)
    said = fill(
        "The analytic inverse's score and the gain over it, with 95 % intervals; less is better in "
        f"{less}. {of_sample}ESTOI, PESQ and what follows are of sound by `magnitude=kl` and `phase=joint`. "
        "`benchmarks/unseen.py checkpoints` made the table; [docs/how_good.md](../../../docs/how_good.md) tells what "
        "the scores are.",
        LINE,
    )
    table = markdown_table(["", *columns], rows)
    return f"{said}\n\n{table}\n" + "\n".join(legend) + "\n", lacking


def scores_of_mel(table: str, about: str) -> tuple[str, list[str]]:
    path = RESULTS / f"inversion_{table}.md"
    if not path.is_file():
        return "", [f"{path}: python benchmarks/inversion.py {table}"]
    said = fill(f"{about} `benchmarks/inversion.py {table}` made the table.", LINE)
    return f"{said}\n\n{path.read_text(encoding='utf-8')}", []


def limits(run: RunFolder) -> str:
    """Limits of all networks, and what this one is no better in."""
    own = "".join(fill(f"- {line}", LINE, subsequent_indent="  ") + "\n" for line in no_better(run))
    return own + (PRETRAINED / "README.md").read_text(encoding="utf-8").split(LIMITS)[1].lstrip("\n")


def no_better(run: RunFolder) -> Iterator[str]:
    """Scores whose interval doesn't lie on the better side of the analytic inverse."""
    if run.task.source != "mfcc":
        return
    for corpus, one in gains(run).items():
        names = [SCORES[name].split(" (")[0] for name, score in one.items() if not is_better(name, score)]
        if names:
            yield f"On `{corpus}` it isn't surely better than the analytic inverse in: {', '.join(names)}."


def is_better(name: str, score: dict) -> bool:
    """Whether all of a gain's interval is a gain; it is unknown, and so not, without one."""
    if score["interval"] is None:
        return False
    low, high = score["interval"]
    return high < 0 if name in LESS_IS_BETTER else low > 0


if __name__ == "__main__":
    main()
