"""Tests of the documentation: numbers come from files that programs wrote, links lead somewhere, examples run."""

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml
from configurations import composed, settings
from noise import small_spec
from pages import FENCE, blocks
from places import REPOSITORY
from processes import run_python
from registries import add_module

from mfccinv.corpora.listing import list_corpus
from mfccinv.models.assembly import build_model
from mfccinv.synthesis.methods import AUTO
from mfccinv.system.registry import Registry
from mfccinv.training.loss import make_loss

README = REPOSITORY / "README.md"
DOCS = REPOSITORY / "docs"
RESULTS = REPOSITORY / "benchmarks" / "results"
PAGES = sorted(DOCS.glob("*.md"))
PRETRAINED = REPOSITORY / "mfccinv" / "pretrained"
CARDS = sorted(PRETRAINED.rglob("*.md"))
LINKED = [
    *(README, REPOSITORY / "SECURITY.md", REPOSITORY / "checkpoints/README.md"),
    *(*sorted(DOCS.rglob("*.md")), *CARDS),
]
# Tables that were noted by hand, of code that is not kept, or reckoned from others; each says so.
NOTED_BY_HAND = {"experiments.md", "scale.md"}
# Files that no benchmark writes: those of `make train`, experiment=leave_one_corpus_out and `make campaign`.
OF_PROGRAMS = {"make_train.txt", "leave_one_corpus_out.md", "campaign.md"}

SCORE = re.compile(r"[+−-]?\d+\.\d{2,}($|, | \[| \()")  # alone, or with its gain, interval or range
INCLUDE = re.compile(r'^--8<-- "([^":]+)(?::(\d+):(\d+))?"$', re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def relative(path):
    return str(path.relative_to(REPOSITORY))


def score_rows(text):
    """Cells of the rows of tables that have a score."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [cells for cells in rows if any(map(SCORE.match, cells))]


def is_part_of(cells, row):
    """Whether a row has these cells in this order, perhaps with others between them."""
    others = iter(row)
    return all(cell in others for cell in cells)


def slugs(text):
    """Anchors of a page's headings, as Python-Markdown and GitHub make them for ours."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip()) for heading in headings}


RESULT_ROWS = [row for path in sorted(RESULTS.glob("*.md")) for row in score_rows(path.read_text(encoding="utf-8"))]


class TestNumbers:
    @pytest.mark.parametrize("path", [README, PRETRAINED / "README.md"], ids=relative)
    def test_every_score_in_a_table_is_in_a_results_file(self, path):
        """The cards in the folders below are written by a benchmark, see tests/test_benchmarks.py."""
        for cells in score_rows(path.read_text(encoding="utf-8")):
            assert any(is_part_of(cells, row) for row in RESULT_ROWS), cells

    def test_the_readme_has_a_table_of_scores(self):
        assert len(score_rows(README.read_text(encoding="utf-8"))) >= 8

    def test_the_readme_shows_what_a_training_printed(self):
        printed = (RESULTS / "make_train.txt").read_text(encoding="utf-8").splitlines()
        [(_, shown)] = blocks(README, "")
        lines = [line for line in shown.splitlines() if line != "…"]
        assert len(lines) >= 8
        assert is_part_of(lines, printed)

    @pytest.mark.parametrize("path", [page for page in PAGES if page.name not in NOTED_BY_HAND], ids=relative)
    def test_pages_include_their_tables_of_scores(self, path):
        assert score_rows(path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize("path", PAGES, ids=relative)
    def test_includes_exist(self, path):
        for name, first, last in INCLUDE.findall(path.read_text(encoding="utf-8")):
            lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
            assert not first or 1 <= int(first) <= int(last) <= len(lines)

    def test_every_result_is_on_one_page(self):
        included = [match[0] for page in PAGES for match in INCLUDE.findall(page.read_text(encoding="utf-8"))]
        tables = [name for name in included if name.endswith(".md")]
        assert sorted(tables) == sorted(relative(path) for path in RESULTS.glob("*.md"))

    def test_every_result_is_written_by_a_benchmark(self):
        names = set()
        for path in (REPOSITORY / "benchmarks").glob("*.py"):
            names |= set(re.findall(r'f?"([a-z_]+(?:\{[\w.]+\})?)"', path.read_text(encoding="utf-8")))
        patterns = [re.compile(re.sub(r"\{.*\}", "[a-z]+", name)) for name in names]
        for path in RESULTS.iterdir():
            if path.name not in OF_PROGRAMS:
                assert any(pattern.fullmatch(path.stem) for pattern in patterns), path


class TestText:
    def test_the_readme_is_short(self):
        assert len(README.read_text(encoding="utf-8").splitlines()) <= 150

    @pytest.mark.parametrize("path", LINKED, ids=relative)
    def test_links_lead_somewhere(self, path):
        for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            place = (path.parent / name).resolve() if name else path
            assert place.exists(), f"{relative(path)} links to {target}"
            if anchor:
                assert anchor in slugs(place.read_text(encoding="utf-8")), f"{relative(path)} links to {target}"

    def test_every_page_is_in_the_navigation(self):
        text = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
        listed = re.findall(r": ([\w/]+\.md)$", text[text.index("\nnav:") :], re.MULTILINE)
        assert {page.name for page in PAGES} == {name for name in listed if "/" not in name}
        assert all((DOCS / name).is_file() for name in listed)

    def test_the_site_builds_without_a_warning(self, tmp_path):
        pytest.importorskip("mkdocs")
        pytest.importorskip("mkdocstrings")
        pytest.importorskip("material")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
        built = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
        assert built.returncode == 0, built.stderr
        pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "site").glob("*.html")]
        assert len(pages) > len(PAGES)  # with that of what isn't found
        for page in pages:
            assert "--8&lt;--" not in page
            assert (
                re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="?(https?:[^"\s>]+)', page) == []
            )  # fetches nothing
        assert all(any(f">{row[-1]}</td>" in page for page in pages) for row in RESULT_ROWS if row[-1])


class TestExamples:
    """The examples of docs/adding.md, laid into the folders where the registries look."""

    @pytest.fixture
    def examples(self, tmp_path, monkeypatch):
        """Settings by the path of their YAML file."""
        found = {}
        page = DOCS / "adding.md"
        for title, text in [block for block in blocks(page, "python") + blocks(page, "yaml") if block[0]]:
            name = title.removeprefix('title="').removesuffix('"')
            if name.endswith(".yaml"):
                found[name] = yaml.safe_load(text)
                continue
            add_module(monkeypatch, tmp_path, name, text)
        return found

    def test_there_is_one_of_each(self, examples):
        assert [Path(name).parent.name for name in examples] == ["model", "loss", "corpus"]

    def test_the_model_predicts_frames_and_is_loaded_by_keras(self, examples, tmp_path):
        spec, values = small_spec(), examples["configs/model/gated.yaml"]
        model = build_model(values, spec, None)
        mfcc = np.zeros((2, 5 + values["context"] - 1, spec.n_mfcc), np.float32)
        assert model.predict_on_batch(mfcc).shape == (2, 5, spec.n_mels)
        assert model.count_params() > 0
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(loaded.predict_on_batch(mfcc), model.predict_on_batch(mfcc))

    def test_the_loss_is_the_squared_error_and_then_straight(self, examples):
        loss = make_loss(examples["configs/loss/huber_db.yaml"])  # with its knee at 6 dB
        true = np.zeros((1, 4, 3), np.float32)
        predicted = np.full((1, 4, 3), 1.0, np.float32) * np.array([0, 2, 6, 10], np.float32)[:, None]
        assert np.asarray(loss(true, predicted)) == pytest.approx(np.array([[0, 4, 36, 6 * (20 - 6)]]))

    def test_the_corpus_lists_its_utterances(self, examples, tmp_path):
        for voice in ("cmu_us_bdl_arctic", "cmu_us_slt_arctic"):
            (tmp_path / "corpus" / voice / "wav").mkdir(parents=True)
            (tmp_path / "corpus" / voice / "wav" / "arctic_a0001.wav").touch()
        values = examples["configs/corpus/arctic.yaml"] | {"root": str(tmp_path / "corpus")}
        listed = list_corpus(**values)
        assert [(utterance.id, utterance.speaker) for utterance in listed] == [
            ("cmu_us_bdl_arctic/arctic_a0001.wav", "bdl"),
            ("cmu_us_slt_arctic/arctic_a0001.wav", "slt"),
        ]

    def test_the_table_names_the_folders(self):
        """Every registry's folder, and the group of its settings."""
        named = re.findall(r"`(mfccinv/[\w/]+)/<name>\.py` \| `configs/(\w+)/<name>", (DOCS / "adding.md").read_text())
        assert len(named) == 7
        for folder, group in named:
            functions = Registry("any", folder.replace("/", "."))
            assert len(functions) > 0
            files = (REPOSITORY / "configs" / group).iterdir()
            assert {settings(group, path.stem)["name"] for path in files} - {AUTO} == set(functions)

    def test_a_data_set_in_a_notebook(self, demo, capsys):
        texts = [text for _, text in blocks(DOCS / "data_format.md", "python") if "dataset" in text]
        assert len(texts) == 2
        code = "\n".join(texts).replace("data/sets/demo-…", str(demo.folder))
        made: dict = {}
        exec(code, made)
        n_frames = sum(len(one.mfcc) for one in demo.features("train"))
        assert (made["x"].shape, made["y"].shape) == ((n_frames - 2 * 4, 5, 20), (n_frames - 2 * 4, 80))
        assert made["model"].output_shape == (None, 80)
        assert "2 utterances" in capsys.readouterr().out

    def test_own_configs_come_before_the_packages(self, tmp_path):
        (_, model), (_, experiment) = blocks(DOCS / "own_configs.md", "yaml")
        for name, text in (("model/mine", model), ("experiment/quick", experiment)):
            path = tmp_path / "my_configs" / f"{name}.yaml"
            path.parent.mkdir(parents=True)
            path.write_text(text)
        words = ("--config-dir", "my_configs", "model=mine", "experiment=quick", "--cfg", "job")
        values = yaml.safe_load(run_python("-m", "mfccinv", "train", *words, cwd=tmp_path).stdout)
        assert values["model"] == composed("train")["model"] | {"hidden": [800, 800], "context": 5}
        assert values["training"] == composed("train")["training"] | {"epochs": 3}


class TestHooks:
    @pytest.fixture
    def links(self, monkeypatch):
        monkeypatch.syspath_prepend(DOCS / "hooks")
        return importlib.import_module("repository_links")

    @pytest.mark.parametrize(
        ("markdown", "shown"),
        [
            ("[Data format](data_format.md#shards)", "[Data format](data_format.md#shards)"),
            ("[Hydra](https://hydra.cc)", "[Hydra](https://hydra.cc)"),
            ("[train.yaml](../configs/train.yaml)", "`configs/train.yaml`"),
            ("[the\ncards](../mfccinv/pretrained/README.md#limits)", "the\ncards (`mfccinv/pretrained/README.md`)"),
            ("[gone](../nowhere.md)", "[gone](../nowhere.md)"),
            ("![plot](../README.md)", "![plot](../README.md)"),
        ],
    )
    def test_links_out_of_the_site_become_paths(self, links, markdown, shown):
        assert links.without_repository_links(markdown, DOCS / "page.md", DOCS) == shown

    def test_docstrings_become_markdown(self, monkeypatch):
        pytest.importorskip("griffe")
        monkeypatch.syspath_prepend(DOCS / "hooks")
        docstrings = importlib.import_module("docstrings")
        written = (
            "Do it.\n\nParameters\n----------\nx, y : (n,), dB\n    Two of\n    them.\nz\n    See `w`.\n\n"
            "Raises\n------\nValueError\n    If not."
        )
        assert docstrings.to_markdown(written) == (
            "Do it.\n\n**Parameters**\n\n- `x`, `y`: (n,), dB  \n    Two of\n    them.\n- `z`  \n    See `w`.\n\n"
            "**Raises**\n\n- `ValueError`  \n    If not."
        )
        table = "==  ====\na   b c\nd   e\n==  ===="
        assert docstrings.to_markdown(table).splitlines()[2:] == ["| a | b c |", "| d | e |"]


class TestResults:
    """The function of benchmarks/commands.py that writes the tables."""

    @pytest.fixture
    def commands(self, monkeypatch, tmp_path):
        monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
        commands = importlib.import_module("commands")
        monkeypatch.setattr(commands, "RESULTS", tmp_path)
        return commands

    def test_a_table_is_printed_and_kept(self, commands, tmp_path, capsys):
        commands.print_table("speeds", ("what", "rate"), iter([("a", "1.0"), ("b", "2.0")]), align="lr")
        assert capsys.readouterr().out == "| what | rate |\n| --- | ---: |\n| a | 1.0 |\n| b | 2.0 |\n"
        assert (tmp_path / "speeds.md").read_text() == "| what | rate |\n| --- | ---: |\n| a | 1.0 |\n| b | 2.0 |\n"

    def test_a_part_of_a_table_is_not_kept(self, commands, tmp_path, capsys):
        commands.print_table(None, ("what",), [("a",)], align="l")
        assert "| a |" in capsys.readouterr().out
        assert list(tmp_path.iterdir()) == []

    def test_a_table_that_breaks_off_leaves_the_one_before(self, commands, tmp_path):
        (tmp_path / "speeds.md").write_text("before")

        def rows():
            yield ("a",)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            commands.print_table("speeds", ("what",), rows(), align="l")
        assert (tmp_path / "speeds.md").read_text() == "before"
