"""Tests of the corpora that there are: each has its settings, says where it was looked for, and has each id once."""

import inspect
import re
import subprocess
import sys

import pytest
from configurations import settings
from places import CONFIGS
from trees import touch

from mfccinv.corpora.listing import CORPORA, list_corpus
from mfccinv.corpora.utterance import Utterance


class TestRegistry:
    @pytest.mark.parametrize("name", CORPORA)
    def test_yaml_has_exactly_the_parameters_and_they_have_no_defaults(self, name):
        parameters = inspect.signature(CORPORA[name]).parameters
        assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters.values())
        assert all(parameter.default is parameter.empty for parameter in parameters.values())
        values = settings("corpus", name)
        assert set(values) == {"name", *parameters}
        assert values["name"] == name

    @pytest.mark.parametrize("name", CORPORA)
    def test_yaml_begins_with_command_source_and_licence(self, name):
        header = re.match(r"(#.*\n)+", (CONFIGS / "corpus" / f"{name}.yaml").read_text()).group()
        assert f"corpus={name}" in header
        assert "Get it: " in header
        assert re.search("Licences?", header)

    def test_every_yaml_is_a_corpus(self):
        assert {path.stem for path in (CONFIGS / "corpus").glob("*.yaml")} == set(CORPORA)

    @pytest.mark.parametrize("name", CORPORA)
    def test_missing_corpus_says_where_it_was_looked_for_where_to_get_it_and_what_to_set(self, name, tmp_path):
        values = settings("corpus", name)
        where = "root" if "root" in values else "path"
        nowhere = tmp_path / "nowhere"
        with pytest.raises(FileNotFoundError) as raised:
            list_corpus(**values | {where: str(nowhere)})
        found = rf" at {re.escape(str(nowhere))}.*; \w.+, or set corpus\.{where}= to where it is$"
        assert re.search(found, str(raised.value))
        address = re.search(r"Get it: https?://(\S+?)/?\s", (CONFIGS / "corpus" / f"{name}.yaml").read_text())
        assert address is None or address[1] in str(raised.value)

    def test_home_folder_is_expanded(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        touch(tmp_path / "speech", "anna/1.wav")
        (utterance,) = list_corpus("folder", root="~/speech", extensions=["wav"], speaker_part=0)
        assert utterance == Utterance(id="anna/1.wav", path=tmp_path / "speech/anna/1.wav", speaker="anna")

    def test_unknown_name_is_refused_with_the_choices(self):
        with pytest.raises(ValueError, match=rf"^corpus.name must be one of {', '.join(CORPORA)}, got 'timit'$"):
            list_corpus("timit")

    def test_other_settings_are_refused_with_those_it_takes(self):
        with pytest.raises(
            ValueError, match=r"'vctk' takes the settings microphone, root, got microphone, rot; .*=vctk"
        ):
            list_corpus("vctk", rot="here", microphone="mic1")

    def test_empty_corpus_is_refused_with_where_it_was_looked_for(self, tmp_path):
        touch(tmp_path, "anna/1.mp4")
        with pytest.raises(ValueError, match=r"looked in .* with extensions=\['wav'\], speaker_part=0") as raised:
            list_corpus("folder", root=tmp_path, extensions=["wav"], speaker_part=0)
        assert str(tmp_path) in str(raised.value)

    def test_an_id_that_comes_twice_is_refused(self, tmp_path):
        touch(tmp_path, "dev-clean/1/2/1-2-0.flac")
        with pytest.raises(ValueError, match=r"ids must be unique in corpus 'librispeech', 'dev-clean/.*' comes twice"):
            list_corpus("librispeech", root=tmp_path, subsets=["dev-clean", "dev-clean"])

    def test_listing_imports_nothing_heavy(self):
        imports = "import sys, mfccinv.corpora.listing, mfccinv.corpora.splits"
        code = f"{imports}; print(*{{name.split('.')[0] for name in sys.modules}})"
        loaded = subprocess.run(
            [sys.executable, "-c", code], cwd=CONFIGS.parent, capture_output=True, text=True, check=True
        ).stdout.split()
        assert "mfccinv" in loaded
        assert not {"numpy", "scipy", "librosa", "soundfile", "keras", "tensorflow", "hydra"} & set(loaded)


def test_a_folder_may_be_called_as_a_number_is(tmp_path, monkeypatch):
    """Hydra takes 2024 on a command line for one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2024" / "anna").mkdir(parents=True)
    (tmp_path / "2024" / "anna" / "1.wav").touch()
    [utterance] = list_corpus("folder", root=2024, extensions=[".wav"], speaker_part=0)
    assert utterance.speaker == "anna"
