"""Tests of cards: what Hugging Face reads of them, and what is told of a run without one."""

import pytest
import yaml
from networks import make_finished_run
from pages import blocks

from mfccinv.configs.presets import resolve_spec
from mfccinv.run_folders.run_folder import PRETRAINED, RunFolder
from mfccinv.sharing.model_card import invert_command, shared_card

TAGS = ["mfcc", "mel-spectrogram", "speech", "audio"]
ASR_13 = RunFolder(PRETRAINED / "asr_13")


@pytest.fixture
def run(tmp_path):
    return make_finished_run(tmp_path, "small")


def front(card):
    """What Hugging Face reads, and the rest."""
    before, text, rest = card.split("---\n", 2)
    assert before == ""
    return yaml.safe_load(text), rest


def test_names_a_licence_if_one_is_given(run):
    assert front(shared_card(run, "small.zip", None))[0] == {"library_name": "mfccinv", "tags": TAGS}
    told = front(shared_card(run, "small.zip", "cc-by-4.0"))[0]
    assert told == {"library_name": "mfccinv", "license": "cc-by-4.0", "tags": TAGS}


def test_a_run_without_one_gets_one_of_its_files(run):
    _, text = front(shared_card(run, "hf://anna/small", None))
    assert text.startswith("\n# small\n\nFrom 8 MFCC (orthonormal DCT-II, no lifter) to the 24 mel bands, in dB. Sound")
    assert "mfccinv pull from=hf://anna/small name=small\n" in text
    assert 'mfccinv.mfcc_to_audio(mfcc, spec="checkpoints/small", checkpoint="small")  # (8, n_frames), dB' in text
    assert "SNR on the validation speech 9.50 dB." in text
    assert "invert" not in text  # its features have no name


def test_features_with_a_name_are_named():
    command = "mfccinv invert input=mfcc.npy features=asr"
    assert invert_command(ASR_13, "x") == f"{command} features.n_mfcc=13 checkpoint=x"
    assert invert_command(RunFolder(PRETRAINED / "asr_20"), "x") == f"{command} checkpoint=x"
    assert invert_command(RunFolder(PRETRAINED / "asr_magnitude"), "x") is None


def test_mfcc_that_a_tool_writes_otherwise_are_named_after_it(tmp_path):
    for name, command in {"kaldi": "dialect=kaldi", "torchaudio": "features=torchaudio"}.items():
        run = make_finished_run(tmp_path, name, spec=resolve_spec(name))
        assert invert_command(run, "x") == f"mfccinv invert input=mfcc.npy {command} checkpoint=x"


def test_its_own_is_kept_without_links_that_lead_nowhere():
    card = shared_card(ASR_13, "asr_13.zip", "mit")
    own = (ASR_13.folder / "README.md").read_text(encoding="utf-8")
    assert front(card)[1].splitlines()[1] == own.splitlines()[0]
    assert "](../" in own
    assert "](../" not in card
    assert "MFCC made otherwise must be brought to that first: docs/other_mfcc.md.\n" in card


def test_what_somebody_wrote_for_hugging_face_stays_until_another_licence_is_given(run):
    own = "---\nlicense: mit\nlanguage: de\n---\n\n# Mine\n\n[page](https://a.b/c), [here](#mine), [file](c.md)\n"
    (run.folder / "README.md").write_text(own)
    assert shared_card(run, "x", None) == own
    values, text = front(shared_card(run, "x", "cc0-1.0"))
    assert values["license"] == "cc0-1.0"
    assert text == "\n# Mine\n\n[page](https://a.b/c), [here](#mine), file\n"


def test_its_commands_are_those_of_the_programs(run, tmp_path):
    path = tmp_path / "card.md"
    path.write_text(shared_card(run, "small.zip", None))
    [(_, shell)] = blocks(path, "sh")
    assert [line.split()[:2] for line in shell.splitlines()] == [["mfccinv", "pull"], ["mfccinv", "evaluate"]]
