"""Chromium without a window, driven by its own protocol over two pipes: no package is needed."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
)
READS, WRITES = 3, 4  # the pipes that Chromium expects
PATIENCE_SECONDS = 60
KEY_CODES = {"Enter": 13, "ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, " ": 32}  # else, the letter's


def chromium() -> str | None:
    """Path of the program, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; gives the address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()


class Page:
    """A page in Chromium.

    Parameters
    ----------
    flags : str
        More of Chromium's, such as ``--use-file-for-fake-audio-capture=speech.wav``.
    """

    def __init__(self, *flags: str):
        self._folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self._downloads = Path(self._folder.name) / "downloads"
        to_chromium, self._to = os.pipe()
        self._from, from_chromium = os.pipe()

        def connect():
            # Both are moved out of the way first: they may be 3 and 4 themselves.
            reads, writes = os.dup(to_chromium), os.dup(from_chromium)
            os.dup2(reads, READS)
            os.dup2(writes, WRITES)

        command = [chromium(), *FLAGS, f"--user-data-dir={self._folder.name}/profile", *flags, "about:blank"]
        self._process = subprocess.Popen(
            command, preexec_fn=connect, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_chromium)
        os.close(from_chromium)
        self._rest, self._sent, self._session = b"", 0, None
        [page] = [one for one in self._call("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        attached = self._call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        place = {"behavior": "allow", "downloadPath": str(self._downloads)}
        self._call("Browser.setDownloadBehavior", **place)

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *exception) -> None:
        self._call("Browser.close")
        self._process.wait(PATIENCE_SECONDS)
        os.close(self._from)
        os.close(self._to)
        self._folder.cleanup()

    def open(self, address: str) -> None:
        """Go to an address."""
        self._call("Page.navigate", url=address)

    def run(self, script: str):
        """Run JavaScript in the page, and return the JSON value of the expression; a promise is awaited."""
        how = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
        answer = self._call("Runtime.evaluate", expression=script, **how)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", str(answer)))
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until an expression is true."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > ends:
                raise TimeoutError(f"after {PATIENCE_SECONDS} s, {condition} wasn't true")
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press a key, named as in `KeyboardEvent.key`, and let it go."""
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = KEY_CODES.get(key) or ord(key.upper())
        about = {"key": key, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **about)
        self._call("Input.dispatchKeyEvent", type="keyUp", **about)

    def choose(self, selector: str, path: Path) -> None:
        """Choose a file in an input."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", nodeId=node, files=[str(path.resolve())])

    def download(self, selector: str) -> bytes:
        """Click a link that saves a file, and return its content."""
        self.run(f"document.querySelector({selector!r}).click()")
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            saved = list(self._downloads.glob("*"))
            if saved and not any(path.suffix == ".crdownload" for path in saved):
                content = saved[0].read_bytes()
                saved[0].unlink()
                return content
            time.sleep(0.05)
        raise TimeoutError(f"nothing was saved by {selector}")

    def picture(self, width: int, height: int | None = None, *, scale: float = 1, dark: bool = False) -> bytes:
        """Take a picture of the page, PNG, at a width in pixels; height None: of the whole page."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "deviceScaleFactor": scale, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", height=height or 800, **size)
        whole = height or self.run("document.documentElement.scrollHeight")
        self._call("Emulation.setDeviceMetricsOverride", height=whole, **size)
        time.sleep(0.3)  # players are drawn anew
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    def _call(self, method: str, **parameters) -> dict:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._sent:
            pass  # an event
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _next(self) -> dict:
        while b"\0" not in self._rest:
            part = os.read(self._from, 1 << 16)
            if not part:
                raise RuntimeError("Chromium ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)
