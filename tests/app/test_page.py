"""Tests of the page and its server, as a process of its own: Gradio leaves sockets and loops open behind it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import numpy as np
import pytest
from configurations import composed
from places import REPOSITORY
from programs import call
from speech import SPEECH, speech

from mfccinv.app import page, server
from mfccinv.app.settings import AppSettings
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.features.dialect import extract_dialect

KALDI = extract_dialect(speech(16000), resolve_dialect("kaldi"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --virtual-time-budget=8000 --dump-dom"
)


def test_without_gradio_a_line_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "find_spec", lambda name: None)
    ended = call("app", cwd=tmp_path)
    assert (ended.code, ended.stderr) == (2, "error: the page needs Gradio: pip install 'mfccinv[app]'\n")


def test_a_port_that_is_taken_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "require_gradio", lambda: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = call("app", f"port={port}", cwd=tmp_path)
    assert ended.code == 2
    expected = (
        f"error: host=127.0.0.1 port={port} can't be listened on: Address already in use; port=0 takes a free one"
    )
    assert ended.stderr == f"{expected}\n"


def test_the_page_is_for_this_machine_unless_it_is_told():
    assert AppSettings.from_config(composed("app")).host == "127.0.0.1"


@contextmanager
def started(folder):
    """The page as a program, and its address."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "TMPDIR": str(folder)}
    program = subprocess.Popen(
        [sys.executable, "-m", "mfccinv", "app", "port=0", "longest_seconds=5", "phase=joint", "phase.iterations=2"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = program.stdout.readline()
        found = re.fullmatch(r"(http://127\.0\.0\.1:\d+/)  \(Ctrl-C ends it\)\n", line)
        assert found, line + program.stderr.read()
        yield program, found[1]
    finally:
        program.terminate()
        program.wait(20)
        program.stdout.close()
        program.stderr.close()


def request(address, data=None, **headers):
    """Ask the server; the answer's headers and text."""
    asked = urllib.request.Request(address, data, headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.headers, answer.read().decode()


def uploaded(address, path):
    """Drop a file, as a browser does; where the server keeps it."""
    head = f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{path.name}"\r\n\r\n'
    body = head.encode() + path.read_bytes() + b"\r\n--edge--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    return json.loads(request(f"{address}gradio_api/upload", body, **kind)[1])[0]


def answered(address, name, path, *values):
    """What the parts of the page get for a file and the values of others; each its value alone."""
    kept = {"path": uploaded(address, path), "meta": {"_type": "gradio.FileData"}}
    body = json.dumps({"data": [kept, *values]}).encode()
    kind = {"Content-Type": "application/json"}
    asked = json.loads(request(f"{address}gradio_api/call/{name}", body, **kind)[1])["event_id"]
    _, told = request(f"{address}gradio_api/call/{name}/{asked}")
    event, data = re.findall(r"event: (\w+)\ndata: (.*)", told)[-1]
    assert event == "complete", told
    return [part.get("value") if isinstance(part, dict) else part for part in json.loads(data)]


def inverted(address, path, checkpoints=("asr_20",)):
    """What is shown when one inverts a file."""
    [shown] = answered(address, "invert", path, "features=asr", 20, None, False, "", False, list(checkpoints), 0)
    return shown


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The folder that the page runs in, its program and its address."""
    pytest.importorskip("gradio")
    folder = tmp_path_factory.mktemp("app")
    with started(folder) as (program, address):
        yield folder, program, address


@pytest.mark.slow
class TestProgram:
    def test_sound_is_inverted(self, running):
        _, _, address = running
        shown = inverted(address, SPEECH)
        assert re.findall(r"<figcaption>([^<]+)", shown) == ["original", "analytic inverse", "asr_20"]
        assert shown.count("data:audio/flac;base64,") == 3
        assert "SNR, active frames" in shown

    def test_a_mistake_is_a_line(self, running, tmp_path):
        _, _, address = running
        np.save(tmp_path / "long.npy", np.zeros((20, 1000)))
        shown = inverted(address, tmp_path / "long.npy", checkpoints=())
        assert '<p class="error">long.npy has 10 s, at most longest_seconds=5 are shown: ' in shown
        assert shown.count("<p ") == 1

    def test_what_is_dropped_is_looked_at(self, running, tmp_path):
        _, _, address = running
        told, *_, n_mfcc = answered(address, "drop", SPEECH, "features=librosa")
        assert "conf-getpin.flac: 2.98 s of sound at 16000 Hz" in told
        assert n_mfcc == 20
        np.save(tmp_path / "kaldi.npy", KALDI)
        told, _, _, _, _, key, is_first, normalised, n_mfcc = answered(
            address, "drop", tmp_path / "kaldi.npy", "features=asr"
        )
        assert f"kaldi.npy: {len(KALDI)} frames of 13 coefficients, frames in rows" in told
        assert (key, is_first, normalised, n_mfcc) == ("", True, "", 13)
        told, writing, normalised = answered(address, "tool", tmp_path / "kaldi.npy", None, True)
        assert "dialect=kaldi 9" in told
        assert (writing, normalised) == ("dialect=kaldi", "")

    def test_what_is_no_sound_is_a_line(self, running, tmp_path):
        _, _, address = running
        (tmp_path / "a.txt").write_text("text")
        told = answered(address, "drop", tmp_path / "a.txt", "features=asr")[0]
        assert '<p class="error">a.txt is neither an array' in told

    def test_a_browser_may_fetch_nothing_from_elsewhere(self, running):
        _, _, address = running
        headers, text = request(address)
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="?((?:https?:)?//[^"\s>]+)', text) == []
        assert "fonts.g" not in text + request(f"{address}theme.css")[1]
        assert json.loads(request(f"{address}config")[1])["analytics_enabled"] is False

    def test_it_answers_to_its_own_name_alone(self, running):
        """A page of another site could have its name lead here."""
        _, _, address = running
        with pytest.raises(HTTPError, match="400"):
            request(address, Host="evil.example")
        request(address, Host=f"localhost:{address.rstrip('/').rpartition(':')[2]}")

    def test_files_of_the_machine_are_not_handed_out(self, running):
        _, _, address = running
        for path in ("/etc/passwd", REPOSITORY / "pyproject.toml"):
            with pytest.raises(HTTPError, match=r"40[34]"):
                request(f"{address}gradio_api/file={path}")

    @pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
    def test_a_browser_shows_it(self, running, tmp_path):
        _, _, address = running
        alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        command = [CHROMIUM, *QUIET.split(), alone, f"--user-data-dir={tmp_path}", address]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
        assert "What comes back is shown here." in shown
        assert "Networks, beside the analytic inverse" in shown

    def test_it_ends_by_a_signal_and_leaves_nothing_behind(self, running):
        """The last test: what was dropped is removed."""
        folder, program, address = running
        uploaded(address, SPEECH)
        [kept] = Path(folder).glob("mfccinv-app-*")
        assert list(kept.rglob(SPEECH.name))
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == 130
        assert program.stderr.read() == "interrupted\n"
        assert not list(Path(folder).glob("mfccinv-app-*"))
