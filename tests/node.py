"""JavaScript run by Node."""

import json
import shutil
import subprocess

import pytest


def node_runner(folder, head=""):
    """Function that runs a script in a folder: ``given`` is a value as JSON, ``done`` is returned likewise.

    ``head`` stands before each script. Where Node isn't installed, the tests are skipped.
    """
    if shutil.which("node") is None:
        pytest.skip("node isn't installed")
    (folder / "package.json").write_text('{"type": "module"}')

    def run(script, given):
        (folder / "given.json").write_text(json.dumps(given))
        (folder / "script.js").write_text(f"""
import {{ readFileSync, writeFileSync }} from "node:fs";
const given = JSON.parse(readFileSync("given.json"));
let done;
{head}
{script}
const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
writeFileSync("done.json", JSON.stringify(done, plain));
""")
        finished = subprocess.run(["node", "script.js"], cwd=folder, capture_output=True, text=True, timeout=60)
        assert finished.returncode == 0, finished.stderr
        return json.loads((folder / "done.json").read_text())

    return run
