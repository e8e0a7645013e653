"""Serves the page: to this machine alone unless it is told, and without asking another machine for anything."""

import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from tempfile import TemporaryDirectory
from typing import Any

from mfccinv.app.page import CSS, build_page, require_gradio
from mfccinv.app.settings import AppSettings

MB = 2**20  # as Gradio tells it
# What a browser fetches for the page: nothing but what this server has, whatever the page asks for.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
OFFLINE = {  # what Gradio and the packages that it brings read
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_MCP_SERVER": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}
STARTED_AFTER_SECONDS = 60.0  # at most
CLOSED_AFTER_SECONDS = 1  # though visitors still hold a connection
TERMINATED = 143  # exit code: 128 and the number of the signal


def serve(settings: AppSettings) -> None:
    """Serve the page until the program is interrupted.

    Raises
    ------
    ValueError
        If Gradio is missing, or the address can't be listened on.
    """
    with served(settings) as address:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that what was dropped is removed
        print(f"{address}  (Ctrl-C ends it)", flush=True)
        threading.Event().wait()


@contextmanager
def served(settings: AppSettings) -> Iterator[str]:
    """Serve the page while the block runs; what was dropped on it is removed at the end.

    Yields
    ------
    address : str
        Where it is, ``http://127.0.0.1:7860/``.

    Raises
    ------
    ValueError
        As `serve`.
    """
    require_gradio()
    with (
        _listening(settings.host, settings.port) as listener,
        TemporaryDirectory(prefix="mfccinv-app-") as dropped,
        _environment(OFFLINE | {"GRADIO_TEMP_DIR": dropped}),
    ):
        import uvicorn

        host, port = listener.getsockname()[:2]
        is_local = ip_address(host).is_loopback
        if not is_local:
            warnings.warn(f"host={settings.host}: all who reach this machine can use the page", stacklevel=2)
        name = f"[{host}]" if ":" in host else host
        application = _application(settings, [settings.host, name, "localhost", "127.0.0.1"] if is_local else ["*"])
        config = uvicorn.Config(
            application, log_level="warning", timeout_graceful_shutdown=CLOSED_AFTER_SECONDS, ws="none"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            _wait_for(server, thread)
            yield f"http://{name}:{port}/"
        finally:
            server.should_exit = True
            thread.join()


def _wait_for(server: Any, thread: threading.Thread) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + STARTED_AFTER_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise OSError("the page's server didn't start")
        time.sleep(0.02)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on an address; ValueError if it can't be."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        raise ValueError(f"host={host} port={port} can't be listened on: {reason}; port=0 takes a free one") from error
    with listener:
        yield listener


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Have variables of the environment while the block runs."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _application(settings: AppSettings, hosts: list[str]) -> Any:
    """The page as an application of ASGI that answers to these names of the host."""
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    around = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False), Middleware(_WithHeaders)]
    application = FastAPI(middleware=around, docs_url=None, redoc_url=None, openapi_url=None)
    return gr.mount_gradio_app(
        application,
        build_page(settings),
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        footer_links=[],
        run_history=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        show_error=False,
        max_file_size=settings.largest_mb * MB,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        css=CSS,
    )


class _WithHeaders:
    """Puts `HEADERS` to every answer of an application of ASGI."""

    def __init__(self, application: Callable[..., Awaitable[None]]):
        self._application = application

    async def __call__(self, scope: dict, receive: Callable, send: Callable[[dict], Awaitable[None]]) -> None:
        async def send_with_headers(message: dict) -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = message | {"headers": [*message.get("headers", []), *own]}
            await send(message)

        await self._application(scope, receive, send_with_headers)
