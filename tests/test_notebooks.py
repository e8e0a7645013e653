"""Tests of the notebooks: they are kept without outputs, and run from the first cell to the last.

They are executed in a process of their own, as Jupyter does it, on little data and in a temporary folder.
"""

import json

import pytest
from places import REPOSITORY
from processes import run_python
from speech import word_folders

NOTEBOOKS = REPOSITORY / "docs" / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
# A person's own kernels and settings play no part.
JUPYTER_FOLDERS = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
EXECUTE = """
import sys

import nbclient
import nbformat

notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
place = {"metadata": {"path": sys.argv[3]}}
nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3", resources=place).execute()
nbformat.write(notebook, sys.argv[2])
"""


def cells(path, kind):
    """Cells of a notebook that are of a kind, ``code`` or ``markdown``."""
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def text(lines):
    return lines if isinstance(lines, str) else "".join(lines)


def executed(name, folder, changed):
    """Run a notebook with other values of what its cell ``parameters`` sets; return its code cells with their outputs.

    The last cell is one more, whose text is the notebook's ``scores`` as JSON.
    """
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    place = [cell["metadata"].get("tags") for cell in notebook["cells"]].index(["parameters"])
    assert all(f"{parameter} =" in text(notebook["cells"][place]["source"]) for parameter in changed)
    values = "\n".join(f"{parameter} = {value}" for parameter, value in changed.items())
    notebook["cells"].insert(place + 1, code_cell("values", values))
    notebook["cells"].append(code_cell("scores", "import json\n\nprint(json.dumps(scores))"))
    given, done = folder / "given.ipynb", folder / "done.ipynb"
    given.write_text(json.dumps(notebook), encoding="utf-8")
    own = {name: str(folder / "jupyter") for name in JUPYTER_FOLDERS}
    run_python("-c", EXECUTE, given, done, folder, cwd=folder, timeout=280, **own)
    return cells(done, "code")


def code_cell(id, source):
    return {"cell_type": "code", "id": id, "metadata": {}, "execution_count": None, "outputs": [], "source": source}


def shown(code, kind):
    """How many outputs there are of a kind, such as ``image/png``."""
    return sum(kind in output.get("data", {}) for cell in code for output in cell["outputs"])


def printed(cell):
    """What a cell printed."""
    return "".join(text(output["text"]) for output in cell["outputs"] if output.get("name") == "stdout")


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_outputs(name):
    for cell in cells(NOTEBOOKS / f"{name}.ipynb", "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.slow
def test_invert_mfcc(tmp_path):
    code = executed("invert_mfcc", tmp_path, {"REPOSITORY": f"Path({str(REPOSITORY)!r})"})
    scores = json.loads(printed(code[-1]))
    assert list(scores) == ["13", "20", "40"]
    assert all(one["network"] > one["analytic"] for one in scores.values())
    assert shown(code, "text/html") == 9  # the original, two at first, two for each number of MFCC
    assert shown(code, "image/png") == 6


@pytest.mark.slow
def test_words(tmp_path):
    release = word_folders(tmp_path, ("go", "no"), 3)
    folders = {"REPOSITORY": f"Path({str(REPOSITORY)!r})", "RELEASE": f"Path({str(release)!r})"}
    code = executed("words", tmp_path, folders | {"TEXT": ["go", "no"]})
    assert json.loads(printed(code[-1])) == {"go": "go", "no": "no"}
    assert shown(code, "text/html") == 5  # two recordings, the text by two methods and as a stream
    assert shown(code, "image/png") == 3


@pytest.mark.slow
def test_own_model(tmp_path):
    folders = {name: f"Path({str(tmp_path / name.lower())!r})" for name in ("SETS", "RUNS")}
    little = {"REPOSITORY": f"Path({str(REPOSITORY)!r})", "LIMIT": 6, "EPOCHS": 4}
    code = executed("own_model", tmp_path, folders | little)
    scores = json.loads(printed(code[-1]))
    assert list(scores) == ["analytic inverse", "plain Keras model", "mfccinv model"]
    assert scores["mfccinv model"] > scores["analytic inverse"]
    assert scores["plain Keras model"] > scores["analytic inverse"]
    assert (tmp_path / "runs" / "own_model" / "model.keras").is_file()
    assert shown(code, "text/html") == 2
