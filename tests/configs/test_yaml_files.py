"""Tests of the YAML files: every one composes, says what its code asks for and no more, and means what it says."""

import inspect
import re
import shlex
from itertools import product

import pytest
import yaml
from configurations import composed, config_names, settings
from hydra.core.override_parser.overrides_parser import OverridesParser
from noise import noise_statistics
from places import CONFIGS, REPOSITORY

from mfccinv.cli.text_values import with_texts_quoted
from mfccinv.configs.typed import typed
from mfccinv.corpora.listing import CORPORA
from mfccinv.corpora.splits import SplitSettings
from mfccinv.datasets.settings import DatasetSettings
from mfccinv.features.spec import FeatureSpec
from mfccinv.features.task import Task
from mfccinv.models.assembly import build_model
from mfccinv.synthesis.frames_to_audio import VOCODERS
from mfccinv.synthesis.magnitude.mel_to_linear import MAGNITUDES
from mfccinv.synthesis.methods import AUTO
from mfccinv.synthesis.phase.retrieval import PHASES
from mfccinv.training.settings import TrainingSettings

MAIN = sorted(path.stem for path in CONFIGS.glob("*.yaml") if path.stem != "quiet")
GROUPS = sorted(path.name for path in CONFIGS.iterdir() if path.is_dir() and path.name != "experiment")
CHOICES = [(group, name) for group in GROUPS for name in config_names(group)]
SEARCHED = re.compile(r"=(choice|range|interval|tag)\(")
SWEEPS = [name for name in config_names("experiment") if name.startswith("sweep_")]
COMMAND = re.compile(r"(?:python scripts/|mfccinv )(\w+)(?:\.py)? ([^\n]*)")


def mandatory(group, name):
    """Overrides of the values that have no default and must be given."""
    return [f"{group}.{setting}=x" for setting, value in settings(group, name).items() if value == "???"]


def main_config_of(group):
    """The main configuration that a group is for."""
    if group == "adaptation":
        return "adapt"
    if group == "dialect":
        return "invert"
    return "evaluate" if group in ("magnitude", "phase", "vocoder") else "train"


def composed_with(group, name):
    """A configuration with a choice of a group, and what has its place in the other groups: few are composed."""
    main = main_config_of(group)
    place = config_names(group).index(name)
    chosen = {one: config_names(one) for one in GROUPS if main_config_of(one) == main}
    chosen = {one: names[place % len(names)] for one, names in chosen.items()} | {group: name}
    overrides = [f"{one}={choice}" for one, choice in chosen.items()]
    return composed(main, *overrides, *(given for choice in chosen.items() for given in mandatory(*choice)))


def commands():
    """Every command that a configuration or a document names, (configuration, overrides): where it stands first."""
    found = {}
    folders = ("docs", "checkpoints", "data/demo", "mfccinv/pretrained")
    documents = [
        *sorted(CONFIGS.rglob("*.yaml")),
        *sorted(REPOSITORY.glob("*.md")),
        *(path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.md"))),
    ]
    for path in documents:
        text = re.sub(r"\\\n#?\s*", "", path.read_text(encoding="utf-8")).replace("$HOME", "/home/me")
        for script, rest in COMMAND.findall(text):
            words = shlex.split(rest.split("`")[0], comments=True)
            overrides = []
            for word in words:  # up to the first word that is no part of the command
                if word == "-m":
                    continue
                if "=" not in word or "<" in word:
                    break
                overrides.append(word)
            if script in MAIN:  # the others take no configuration
                found.setdefault((script, tuple(overrides)), path.relative_to(REPOSITORY))
    return found


COMMANDS = commands()


class TestCompose:
    @pytest.mark.parametrize("name", MAIN)
    def test_every_main_configuration(self, name):
        values = composed(name, "run.name=x") if name == "train" else composed(name)
        assert "hydra" not in values

    @pytest.mark.parametrize(("group", "name"), CHOICES)
    def test_every_choice(self, group, name):
        values = composed_with(group, name)
        assert set(settings(group, name)) <= set(values[group])
        if group in ("corpus", "model", "loss", "magnitude", "phase"):
            assert values[group]["name"] == settings(group, name)["name"]

    @pytest.mark.parametrize("name", config_names("corpus"))
    def test_every_corpus_can_be_scored(self, name):
        values = composed("evaluate", f"corpus={name}", *mandatory("corpus", name))
        assert values["corpus"]["name"] == name
        assert composed("evaluate")["corpus"] is None

    @pytest.mark.parametrize("name", SWEEPS)
    def test_every_job_of_every_sweep(self, name):
        """Each has settings of its own, and a model can be built from them."""
        sweeper = yaml.safe_load((CONFIGS / "experiment" / f"{name}.yaml").read_text())["hydra"]["sweeper"]
        overrides = [f"{key}={value}" for key, value in sweeper["params"].items()]
        parsed = OverridesParser.create().parse_overrides(overrides)
        jobs = list(product(*(override.sweep_string_iterator() for override in parsed)))
        assert len(jobs) >= 4
        found = []
        for job in jobs:
            chosen = [f"{override.key_or_group}={value}" for override, value in zip(parsed, job, strict=True)]
            values = composed("train", f"experiment={name}", "run.name=x", *chosen)
            build_model(values["model"], FeatureSpec.from_settings(values["features"]), None)
            assert values not in found
            found.append(values)

    @pytest.mark.parametrize("name", [name for name in config_names("experiment") if name not in SWEEPS])
    def test_every_experiment(self, name):
        values, without = composed("train", f"experiment={name}"), composed("train")
        parts = ("corpus", "split", "features", "augment", "dataset", "model", "loss", "training")
        assert any(values[part] != without[part] for part in parts)
        assert {part: set(values[part]) for part in ("training", "dataset")} == {
            part: set(without[part]) for part in ("training", "dataset")
        }
        spec = FeatureSpec.from_settings(values["features"], native_rate=16000)
        task = Task.of(values)
        statistics = noise_statistics(spec, linear=task.target == "linear")
        assert build_model(values["model"], spec, statistics, task).output_shape[-1] == task.n_outputs(spec)

    @pytest.mark.parametrize("name", config_names("experiment"))
    def test_an_experiment_says_how_it_is_run(self, name):
        header = [
            line for line in (CONFIGS / "experiment" / f"{name}.yaml").read_text().splitlines() if line[:1] == "#"
        ]
        assert any(f"mfccinv train experiment={name}" in line for line in header)

    @pytest.mark.parametrize(
        ("script", "overrides"), COMMANDS, ids=[f"{path}-{number}" for number, path in enumerate(COMMANDS.values())]
    )
    def test_every_command_that_is_written_down(self, script, overrides):
        """A sweep is composed with its first values, a search without what it searches."""
        fixed = [word for word in overrides if not SEARCHED.search(word)]
        several_lists = [re.sub(r"\],\[.*", "]", word) for word in fixed]
        first = [word if set("[{") & set(word) else word.split(",")[0] for word in several_lists]
        numbered = ["run.name=x"] if any("experiment=sweep_" in word for word in overrides) else []
        assert composed(script, *with_texts_quoted(first), *numbered)

    def test_commands_are_found(self):
        assert len(COMMANDS) > 20

    @pytest.mark.parametrize("name", MAIN)
    def test_every_value_can_be_changed(self, name):
        """Hydra takes ``key=value`` for a choice where a group has the key's name."""
        text = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
        choices = {group for entry in text["defaults"] if isinstance(entry, dict) for group in entry}
        assert not set(text) & set(GROUPS) - choices

    def test_hydra_leaves_nothing_behind(self):
        values = settings(".", "quiet")
        assert values["output_subdir"] is None
        assert values["run"] == {"dir": "."}


class TestKeys:
    @pytest.mark.parametrize(
        ("name", "features"),
        [*((name, "asr") for name in config_names("model")), *(("conv", name) for name in config_names("features"))],
    )
    def test_models_can_be_built_for_all_features(self, name, features):
        spec = FeatureSpec.from_settings(settings("features", features))
        model = build_model(settings("model", name), spec, None)
        assert model.input_shape == (None, None, spec.n_mfcc)
        assert model.output_shape == (None, None, spec.n_mels)

    @pytest.mark.parametrize(
        ("group", "registry", "given"),
        [
            ("corpus", CORPORA, set()),
            ("magnitude", MAGNITUDES, {"log_mel", "spec"}),
            ("phase", PHASES, {"magnitude", "spec", "initial_phase", "seed", "length"}),
            ("vocoder", VOCODERS, {"log_mel", "spec", "length"}),
        ],
    )
    def test_registries_and_files_agree(self, group, registry, given):
        """Every entry has a file with exactly the settings of its function, which has no defaults of its own."""
        names = [name for name in config_names(group) if name != AUTO]
        assert {settings(group, name)["name"] for name in names} == set(registry)
        for name in names:
            values = settings(group, name)
            parameters = inspect.signature(registry[values["name"]]).parameters
            assert set(values) - {"name"} == set(parameters) - given
            assert all(parameter.default is parameter.empty for parameter in parameters.values())

    @pytest.mark.parametrize("name", config_names("split"))
    def test_splits(self, name):
        values = composed("build_dataset", f"split={name}")["split"]
        assert values["by"] == name
        assert typed(SplitSettings, values)

    @pytest.mark.parametrize(
        ("group", "kind", "room"),
        [("training", TrainingSettings, "training"), ("dataset", DatasetSettings, "datasets")],
    )
    def test_every_setting_is_used(self, group, kind, room):
        assert typed(kind, settings(group, "default"))
        code = "".join(path.read_text() for path in (REPOSITORY / "mfccinv" / room).glob("*.py"))
        for name in settings(group, "default"):
            assert re.search(rf"(training|settings|dataset)\.{name}\b", code), f"{group}.{name} is read nowhere"


class TestMeaning:
    def test_a_corpus_is_replaced_as_a_whole(self):
        values = composed("train", "corpus=folder", "corpus.root=x")
        assert values["corpus"] == settings("corpus", "folder") | {"root": "x"}

    def test_a_run_is_named_after_its_model(self):
        values = composed("train", "model=conv", "run.name=x")
        assert values["name"] == "conv"
        assert re.fullmatch(r"conv-\d{8}-\d{6}", composed("train", "model=conv")["run"]["name"])

    def test_training_fits_what_it_is_given(self):
        values = settings("training", "default")
        assert values["batch_frames"] % values["segment_frames"] == 0
