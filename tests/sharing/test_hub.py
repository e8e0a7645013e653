"""Tests of runs on Hugging Face: a hub on this machine, in memory, takes its place."""

import socket
import sys

import huggingface_hub
import numpy as np
import pytest
from configurations import composed
from hub_server import TOKEN, serving
from huggingface_hub import constants
from networks import make_finished_run
from noise import noise_mfcc

from mfccinv.run_folders.loading import load_network
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.sharing import pull as pulling
from mfccinv.sharing import push as pushing
from mfccinv.sharing.contents import MOST_BYTES
from mfccinv.sharing.pull import PullSettings
from mfccinv.sharing.push import PushSettings

FILES = {"README.md", "checksums.json", "config.yaml", "environment.json", "feature_spec.json", "history.csv"}
FILES |= {"metrics.json", "model.keras", "statistics.json"}
LOG_IN = "log in with hf auth login, or set HF_TOKEN"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two small runs."""
    place = tmp_path_factory.mktemp("place")
    for name in ("small", "other"):
        make_finished_run(place / "checkpoints", name)
    return place


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A hub on this machine, which somebody is logged in to."""
    with serving() as hub:
        at(hub.address, monkeypatch)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        yield hub


def at(address, monkeypatch):
    """Have the package look for the hub at an address."""
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")


def values(program, place, words):
    """A program's configuration with settings as one types them, and runs in a folder."""
    changes = dict(word.split("=", 1) for word in words)
    if "private" in changes:
        changes["private"] = changes["private"] == "true"
    return composed(program) | {"root": str(place / "checkpoints")} | changes


def push(place, *words):
    """Share a run; return what was told, and the address."""
    told = []
    address = pushing.push(PushSettings.from_config(values("push", place, words)), told.append)
    return [*told, address]


def pull(place, *words):
    return pulling.pull(PullSettings.from_config(values("pull", place, words)))


def told(program, *words, cwd):
    """The line in which an error is told."""
    with pytest.raises(ValueError, match=r"^.*$") as refused:
        {"push": push, "pull": pull}[program](cwd, *words)
    assert "\n" not in str(refused.value)
    return str(refused.value)


class TestPush:
    def test_makes_a_private_repository_of_the_run(self, hub, place):
        said, address = push(place, "run=small", "to=hf://anna/june", "license=cc-by-4.0")
        repository = hub.repositories["anna/june"]
        assert repository.private
        assert repository.files().keys() == FILES | {".gitattributes"}
        assert said.startswith("small to hf://anna/june, private: 9 files, 0.1 MB (README.md, ")
        assert address == f"{hub.address}/anna/june/commit/{repository.branches['main']}"
        assert repository.files()["README.md"].startswith(b"---\nlibrary_name: mfccinv\nlicense: cc-by-4.0\ntags:\n")
        assert b"mfccinv pull from=hf://anna/june name=small" in repository.files()["README.md"]
        model = (place / "checkpoints" / "small" / "model.keras").read_bytes()
        assert repository.files()["model.keras"] == model

    def test_makes_a_public_one_if_it_is_said(self, hub, place):
        push(place, "run=small", "to=hf://anna/june", "private=false")
        assert not hub.repositories["anna/june"].private
        push(place, "run=other", "to=hf://anna/june", "private=false")

    def test_a_public_one_is_none_for_a_private_run(self, hub, place):
        repository = hub.add("anna/june")
        assert told("push", "run=small", "to=hf://anna/june", cwd=place) == (
            "hf://anna/june is there and public: private=false says that it may be"
        )
        assert repository.files().keys() == {".gitattributes"}

    def test_takes_the_place_of_an_earlier_run_and_of_nothing_else(self, hub, place):
        files = {"LICENSE": b"a", "adaptation.json": b"{}", "model.keras": b"old", "scores/model.keras": b"b"}
        repository = hub.add("anna/june", files, private=True)
        push(place, "run=small", "to=hf://anna/june")
        assert repository.files().keys() == FILES | {"LICENSE", "scores/model.keras"}
        assert len(repository.commits) == 2

    def test_a_branch_of_its_own(self, hub, place):
        push(place, "run=small", "to=hf://anna/june")
        push(place, "run=other", "to=hf://anna/june@v2")
        push(place, "run=other", "to=hf://anna/june@v2")
        repository = hub.repositories["anna/june"]
        assert repository.branches.keys() == {"main", "v2"}
        assert b"# other" in repository.files("v2")["README.md"]
        assert b"# small" in repository.files()["README.md"]

    def test_what_the_hub_refuses_is_told(self, hub, place):
        hub.refusal = (403, "You don't have the rights to create a model under the namespace anna.")
        assert told("push", "run=small", "to=hf://anna/june", cwd=place) == (
            "hf://anna/june: the hub says 403, You don't have the rights to create a model under the namespace anna; "
            f"the token may not do that, or is none: {LOG_IN}"
        )
        hub.refusal = (507, "full")
        assert told("push", "run=small", "to=hf://anna/june", cwd=place) == "hf://anna/june: the hub says 507, full"
        assert hub.repositories == {}


class TestPull:
    @pytest.fixture
    def pushed(self, hub, place):
        push(place, "run=small", "to=hf://anna/june", "private=false")
        return hub

    def test_brings_what_was_pushed(self, pushed, place, tmp_path):
        run = pull(tmp_path, "from=hf://anna/june")
        assert run.folder == tmp_path / "checkpoints" / "june"
        files = {path.name: path.read_bytes() for path in run.folder.iterdir()}
        repository = pushed.repositories["anna/june"].files()
        assert files == {name: repository[name] for name in FILES}
        mfcc = noise_mfcc(run.spec, 64)[None]
        own = load_network(RunFolder(place / "checkpoints" / "small"))
        np.testing.assert_array_equal(load_network(run).predict(mfcc), own.predict(mfcc))

    def test_takes_all_files_of_one_commit(self, pushed, tmp_path):
        """Whatever comes between the listing and the download."""
        pull(tmp_path, "from=hf://anna/june")
        commit = pushed.repositories["anna/june"].branches["main"]
        loaded = [request for request in pushed.requests if "/resolve/" in request]
        assert len(loaded) == 2 * len(FILES)
        assert all(f"/resolve/{commit}/" in request for request in loaded)

    def test_a_revision_is_a_branch_or_a_commit(self, pushed, place, tmp_path):
        first = pushed.repositories["anna/june"].branches["main"]
        push(place, "run=other", "to=hf://anna/june", "private=false")
        push(place, "run=other", "to=hf://anna/june@v2", "private=false")
        for number, (revision, title) in enumerate([(first, "# small"), ("v2", "# other"), ("main", "# other")]):
            pull(tmp_path, f"from=hf://anna/june@{revision}", f"name={number}")
            assert title in (tmp_path / "checkpoints" / str(number) / "README.md").read_text()

    def test_takes_no_other_files(self, pushed, tmp_path):
        repository = pushed.repositories["anna/june"]
        odd = {"run.py": b"code", "../../escaped": b"a", "evaluation/a.wav": b"a", "pickle.pkl": b"a"}
        repository.commit("main", repository.files() | odd)
        pull(tmp_path, "from=hf://anna/june")
        assert {path.name for path in (tmp_path / "checkpoints" / "june").iterdir()} == FILES
        assert not any("escaped" in request or "run.py" in request for request in pushed.requests)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"config.yaml": None}, "hf://anna/june holds no run: it has no config.yaml"),
            ({"model.keras": b"other"}, "hf://anna/june: model.keras is damaged: its checksum isn't that of checksums"),
            ({"adaptation.json": b"{}"}, "hf://anna/june: 'adaptation.json' isn't in checksums.json"),
            ({"config.yaml": bytes(2**16 + 1)}, "hf://anna/june: config.yaml has more than 65,536 bytes, which is the"),
        ],
    )
    def test_what_is_no_whole_run_is_refused_and_leaves_nothing(self, pushed, change, message, tmp_path):
        repository = pushed.repositories["anna/june"]
        files = repository.files() | change
        repository.commit("main", {name: content for name, content in files.items() if content is not None})
        assert told("pull", "from=hf://anna/june", cwd=tmp_path).startswith(message)
        assert list(tmp_path.iterdir()) == []

    def test_what_is_too_large_is_not_downloaded(self, pushed, tmp_path, monkeypatch):
        monkeypatch.setitem(MOST_BYTES, "model.keras", 10)
        assert told("pull", "from=hf://anna/june", cwd=tmp_path) == (
            "hf://anna/june: model.keras has more than 10 bytes, which is the most that is read"
        )
        assert not any("/resolve/" in request for request in pushed.requests)

    def test_what_is_not_there_is_told(self, pushed, tmp_path, monkeypatch):
        assert told("pull", "from=hf://anna/june@v9", cwd=tmp_path) == (
            "hf://anna/june@v9: the repository has no such branch, tag or commit"
        )
        missing = f": there is no such repository, or it is private: {LOG_IN}"
        assert told("pull", "from=hf://anna/may", cwd=tmp_path) == f"hf://anna/may{missing}"
        pushed.repositories["anna/june"].private = True
        monkeypatch.delenv("HF_TOKEN")
        assert told("pull", "from=hf://anna/june", cwd=tmp_path) == f"hf://anna/june{missing}"
        pushed.add("anna/gated", gated=True)
        assert told("pull", "from=hf://anna/gated", cwd=tmp_path) == (
            f"hf://anna/gated asks for a consent: give it on its page, and {LOG_IN}"
        )


WORDS = {"push": ("run=small", "to=hf://anna/june"), "pull": ("from=hf://anna/june", "name=june")}


@pytest.mark.parametrize("program", WORDS)
def test_a_missing_package_is_named(program, place, monkeypatch):
    monkeypatch.setattr("mfccinv.sharing.hub.find_spec", lambda name: None)
    assert told(program, *WORDS[program], cwd=place) == (
        "hf://anna/june needs huggingface_hub: pip install 'mfccinv[hub]'"
    )


def test_no_token_is_told_before_anything_is_done(hub, place, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    assert told("push", *WORDS["push"], cwd=place) == f"hf://anna/june needs a token that may write: {LOG_IN}"
    assert hub.requests == []


@pytest.mark.parametrize("program", WORDS)
def test_a_token_that_is_none_is_told(program, hub, place, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_yesterday")
    assert told(program, *WORDS[program], cwd=place).endswith(LOG_IN)


@pytest.mark.parametrize("program", WORDS)
def test_no_network_is_told(program, hub, place, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        at(f"http://127.0.0.1:{free.getsockname()[1]}", monkeypatch)  # where nobody listens
        line = told(program, *WORDS[program], cwd=place)
    assert line.startswith("hf://anna/june can't be reached: ")
    assert "refused" in line


@pytest.mark.parametrize("program", WORDS)
def test_a_package_that_is_told_to_be_offline_is_named(program, hub, place, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    huggingface_hub.close_session()
    assert told(program, *WORDS[program], cwd=place).startswith("hf://anna/june can't be reached: ")
    monkeypatch.undo()
    huggingface_hub.close_session()


def test_the_package_is_imported_for_the_hub_alone(place, tmp_path, monkeypatch):
    """Whoever shares files needn't have it."""
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    push(place, "run=small", f"to={tmp_path / 'a.zip'}")
    assert pull(tmp_path, f"from={tmp_path / 'a.zip'}").is_finished
