"""A hub of Hugging Face on this machine: the few addresses that a push and a pull call, in memory."""

import base64
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

TOKEN = "hf_of_a_test"


@dataclass
class Repository:
    """Files of commits by their names, and commits by the names of branches."""

    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def commit(self, branch, files):
        """Add a commit with these files to a branch; return its name."""
        name = sha1(repr((branch, sorted(files.items()), len(self.commits))).encode()).hexdigest()
        self.commits[name], self.branches[branch] = files, name
        return name

    def files(self, branch="main"):
        """Files at the end of a branch."""
        return self.commits[self.branches[branch]]


@dataclass
class Hub:
    """Repositories by ``owner/name``, where they can be reached, and the requests so far."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    address: str = ""
    requests: list[str] = field(default_factory=list)
    refusal: tuple[int, str] | None = None  # of all that would write

    def add(self, name, files=None, **settings):
        """Add a repository with a first commit of these files."""
        repository = self.repositories[name] = Repository(**settings)
        repository.commit("main", files or {".gitattributes": b"*.keras filter=lfs\n"})
        return repository


@contextmanager
def serving():
    """Yield a `Hub` that answers at its address until the end of the block."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Refused(Exception):
    """An answer with a status and the headers that tell why."""


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"
    routes = (
        ("POST", r"/api/repos/create", "create"),
        ("POST", r"/api/validate-yaml", "validate"),
        ("GET", r"/api/models/([\w.-]+/[\w.-]+)(?:/revision/([^/]+))?", "info"),
        ("POST", r"/api/models/([\w.-]+/[\w.-]+)/branch/([^/]+)", "branch"),
        ("POST", r"/api/models/([\w.-]+/[\w.-]+)/preupload/([^/]+)", "preupload"),
        ("POST", r"/api/models/([\w.-]+/[\w.-]+)/commit/([^/]+)", "commit"),
        ("GET|HEAD", r"/([\w.-]+/[\w.-]+)/resolve/([^/]+)/(.+)", "file"),
    )

    def log_message(self, *arguments):
        """Tell nobody."""

    def _answer(self):
        path = urlsplit(self.path).path
        self.hub.requests.append(f"{self.command} {path}")
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            for methods, pattern, name in self.routes:
                if self.command in methods.split("|") and (match := re.fullmatch(pattern, path)):
                    if self.command == "POST":
                        self._require_writer()
                    return getattr(self, name)(*(one and unquote(one) for one in match.groups()))
            raise _Refused(404, {})
        except _Refused as refused:
            status, headers = refused.args
            self._send(status, b"{}", headers)

    do_GET = do_HEAD = do_POST = _answer

    def _send(self, status, content, headers):
        self.send_response(status)
        for name, value in {"Content-Length": len(content), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _send_json(self, value, status=200):
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    @property
    def _is_known(self):
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _require_writer(self):
        if not self._is_known:
            raise _Refused(401, {"X-Error-Message": "Invalid username or password."})
        if self.hub.refusal:
            raise _Refused(self.hub.refusal[0], {"X-Error-Message": self.hub.refusal[1]})

    def _repository(self, name, revision):
        repository = self.hub.repositories.get(name)
        if repository is None or (repository.private and not self._is_known):
            raise _Refused(404 if self._is_known else 401, {"X-Error-Code": "RepoNotFound"})
        if repository.gated:
            raise _Refused(403, {"X-Error-Code": "GatedRepo"})
        commit = repository.branches.get(revision or "main", revision)
        if commit not in repository.commits:
            raise _Refused(404, {"X-Error-Code": "RevisionNotFound"})
        return repository, commit

    def create(self):
        wanted = json.loads(self.body)
        name = f"{wanted['organization']}/{wanted['name']}"
        is_there = name in self.hub.repositories
        if not is_there:
            self.hub.add(name, private=wanted["visibility"] == "private")
        self._send_json({"url": f"{self.hub.address}/{name}", "name": name}, 409 if is_there else 200)

    def validate(self):
        self._send_json({"errors": [], "warnings": []})

    def info(self, name, revision):
        repository, commit = self._repository(name, revision)
        files = [{"rfilename": path, "size": len(content)} for path, content in repository.commits[commit].items()]
        self._send_json({"id": name, "sha": commit, "private": repository.private, "siblings": files, "tags": []})

    def branch(self, name, branch):
        repository, commit = self._repository(name, None)
        is_there = branch in repository.branches
        repository.branches.setdefault(branch, commit)
        self._send_json({}, 409 if is_there else 201)

    def preupload(self, name, revision):
        self._repository(name, revision)
        files = json.loads(self.body)["files"]
        self._send_json(
            {"files": [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in files]}
        )

    def commit(self, name, branch):
        repository, commit = self._repository(name, branch)
        files = dict(repository.commits[commit])
        for line in map(json.loads, self.body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        made = repository.commit(branch, files)
        self._send_json({"success": True, "commitOid": made, "commitUrl": f"{self.hub.address}/{name}/commit/{made}"})

    def file(self, name, revision, path):
        repository, commit = self._repository(name, revision)
        files = repository.commits[commit]
        if path not in files:
            raise _Refused(404, {"X-Error-Code": "EntryNotFound"})
        self._send(200, files[path], {"ETag": f'"{sha1(files[path]).hexdigest()}"', "X-Repo-Commit": commit})
