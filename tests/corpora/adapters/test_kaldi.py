"""Tests of Kaldi data folders: files and segments, speakers, what paths are relative to, and what is refused."""

import shutil
import subprocess

import pytest
from places import REPOSITORY
from trees import facts, touch, write

from mfccinv.corpora.listing import list_corpus
from mfccinv.corpora.utterance import Utterance


def kaldi(root, subsets=None, base=None):
    return list_corpus("kaldi", root=root, subsets=subsets, base=base)


def data_folder(folder, *, scp=("u1 /far/1.wav", "u2 /far/2 b.flac"), utt2spk=("u1 anna", "u2 bert"), segments=()):
    """Write a data folder; a table without lines is left out."""
    for name, lines in (("wav.scp", scp), ("utt2spk", utt2spk), ("segments", segments)):
        if lines:
            write(folder / name, *lines)
    return folder


class TestKaldi:
    def test_files(self, tmp_path):
        scp = ["u1 /far/1.wav", "", "u2\t /far/2 b.flac \r", "李明-3 /far/3.wav"]
        listed = kaldi(data_folder(tmp_path, scp=scp, utt2spk=["u1  anna", "u2 2024_12_01", "u9 bert"]))
        assert facts(listed) == [("u1", "anna", None), ("u2", "2024_12_01", None), ("李明-3", None, None)]
        assert [str(utterance.path) for utterance in listed] == ["/far/1.wav", "/far/2 b.flac", "/far/3.wav"]

    def test_segments(self, tmp_path):
        segments = ["u1 r1 3.21 8.19", "u2 r1 8.19 -1", "u3 r2 0 -1.0"]
        data_folder(tmp_path, scp=["r1 /r1.wav", "r2 /r2.wav", "r3 /r3.wav"], segments=segments)
        r1, r2 = ("/r1.wav", "/r2.wav")
        assert kaldi(tmp_path) == [
            Utterance("u1", tmp_path / r1, "anna", None, 3.21, 4.98),
            Utterance("u2", tmp_path / r1, "bert", None, 8.19, None),
            Utterance("u3", tmp_path / r2, None),
        ]

    def test_spk2utt_alone_will_do(self, tmp_path):
        data_folder(tmp_path, utt2spk=())
        with pytest.raises(FileNotFoundError, match=r"expected a file at .*utt2spk"):
            kaldi(tmp_path)
        write(tmp_path / "spk2utt", "anna u1", "bert u2 u3")
        assert [utterance.speaker for utterance in kaldi(tmp_path)] == ["anna", "bert"]

    def test_utterances_that_are_their_own_speakers_have_none_that_is_known(self, tmp_path):
        """This is how Kaldi says so."""
        assert [u.speaker for u in kaldi(data_folder(tmp_path, utt2spk=["u1 u1", "u2 u2"]))] == [None, None]
        assert [u.speaker for u in kaldi(data_folder(tmp_path, utt2spk=["u1 u1", "u2 bert"]))] == ["u1", "bert"]

    def test_subsets_tell_the_split(self, tmp_path):
        for name in ("train_clean", "dev", "eval2000", "extra"):
            data_folder(tmp_path / name, scp=["u1 /far/1.wav"])
        assert facts(kaldi(tmp_path, ["train_clean", "dev", "eval2000", "extra"])) == [
            ("dev/u1", "anna", "validation"),
            ("eval2000/u1", "anna", "test"),
            ("extra/u1", "anna", None),
            ("train_clean/u1", "anna", "train"),
        ]

    def test_a_folder_of_data_folders_is_told(self, tmp_path):
        data_folder(tmp_path / "train")
        data_folder(tmp_path / "dev")
        with pytest.raises(ValueError, match=r"holds some: choose with corpus.subsets=\[dev, train\]$"):
            kaldi(tmp_path)
        with pytest.raises(ValueError, match=r"corpus.subsets must be a list such as .*, got 'train'"):
            kaldi(tmp_path, "train")


class TestBase:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        """A recipe's data folder; the working directory is elsewhere."""
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        return data_folder(tmp_path / "s5/data/train", scp=["u1 wavs/1.wav", "u2 wavs/2.wav", "u3 /far/3.wav"])

    @pytest.mark.parametrize("base", ["elsewhere", "s5/data/train", "s5/data", "s5", "."])
    def test_paths_are_relative_to_the_folder_in_which_files_are(self, folder, tmp_path, base):
        touch(tmp_path / base, "wavs/2.wav")  # the first is lost
        paths = [utterance.path.absolute() for utterance in kaldi(folder)]
        assert paths[:2] == [(tmp_path / base / "wavs/1.wav").absolute(), (tmp_path / base / "wavs/2.wav").absolute()]
        assert str(paths[2]) == "/far/3.wav"

    def test_the_working_directory_comes_first(self, folder, tmp_path):
        touch(tmp_path, "s5/wavs/1.wav", "elsewhere/wavs/1.wav")
        assert kaldi(folder)[0].path.absolute() == tmp_path / "elsewhere/wavs/1.wav"

    def test_a_base_that_is_set_counts_alone(self, folder, tmp_path):
        touch(tmp_path, "s5/wavs/1.wav", "set/other.wav")
        assert kaldi(folder, base=tmp_path / "set")[0].path == tmp_path / "set/wavs/1.wav"
        with pytest.raises(FileNotFoundError, match=r"expected a folder at .*nowhere; .* set corpus.base= to"):
            kaldi(folder, base=tmp_path / "nowhere")

    def test_files_that_are_nowhere_are_told(self, folder):
        message = r"wav.scp: wavs/1.wav is neither in the working directory, .*elsewhere, nor .*; set corpus.base= to"
        with pytest.raises(FileNotFoundError, match=message):
            kaldi(folder)


class TestRefusals:
    @pytest.mark.parametrize(
        ("tables", "message"),
        [
            ({"scp": ["u1"]}, "wav.scp, line 1: expected an id and what belongs to it, got 'u1'"),
            ({"scp": ["u1 /1.wav", "u1 /2.wav"]}, "wav.scp, line 2: ids must be unique, 'u1' is in line 1, too"),
            ({"utt2spk": ["u1 anna", "u1 anna"]}, "utt2spk, line 2: ids must be unique, 'u1' is in line 1, too"),
            ({"utt2spk": ["u1 anna b"]}, "utt2spk, line 1: expected one speaker of 'u1', got 'anna b'"),
            ({"segments": ["s1 u1 0 1", "s1 u1 1 2"]}, "segments, line 2: ids must be unique, 's1' is in line 1"),
            ({"segments": ["s1 u1 0"]}, "segments, line 1: expected an utterance, its recording, .*, got 'u1 0'"),
            ({"segments": ["s1 u1 0 1 A"]}, "segments, line 1: expected an utterance, its recording, .* 'u1 0 1 A'"),
            ({"segments": ["s1 u9 0 1"]}, "segments, line 1: recording 'u9' is not in .*wav.scp"),
            ({"segments": ["s1 u1 soon 1"]}, "segments, line 1: begin must be a number of seconds, got 'soon'"),
            ({"segments": ["s1 u1 -2 1"]}, "segments, line 1: begin must be at least 0 seconds, got -2"),
            ({"segments": ["s1 u1 2 2"]}, "segments, line 1: end must be after the begin, 2 s, got 2 s"),
            ({"segments": ["s1 u1 2 -3"]}, "segments, line 1: end must be more than 0 seconds, got -3"),
            ({"scp": [f"{'u' * 5000} /1.wav"]}, "wav.scp, line 1: id must have at most 4096 characters"),
        ],
    )
    def test_what_is_malformed_is_refused_with_file_and_line(self, tmp_path, tables, message):
        with pytest.raises(ValueError, match=message):
            kaldi(data_folder(tmp_path, **tables))

    def test_commands_are_refused_and_not_run(self, tmp_path):
        scp = ["u1 /1.wav", f"u2 touch {tmp_path}/run |", "u3 sph2pipe -f wav 3.sph |"]
        message = (
            r"wav.scp, line 2: 2 of 3 recordings are commands, which are not run, such as touch .*; "
            r"write each as a sound file once, and name the files in wav.scp$"
        )
        with pytest.raises(ValueError, match=message):
            kaldi(data_folder(tmp_path, scp=scp))
        assert not (tmp_path / "run").exists()

    @pytest.mark.parametrize("name", ["wav.ark:1234", "wav.ark:12[0:100]"])
    def test_parts_of_archives_are_refused(self, tmp_path, name):
        with pytest.raises(ValueError, match=r"line 1: 1 of 1 recordings are parts of archives, .* such as wav.ark:12"):
            kaldi(data_folder(tmp_path, scp=[f"u1 {name}"]))

    @pytest.mark.skipif(shutil.which("sh") is None, reason="no shell here")
    def test_the_documentation_says_how_to_write_their_files(self, tmp_path, monkeypatch):
        text = (REPOSITORY / "docs" / "own_speech.md").read_text(encoding="utf-8")
        [script] = [block for block in text.split("```") if block.startswith("sh\n") and "while read" in block]
        touch(tmp_path, "far/2 b.wav")
        (tmp_path / "1.sph").write_text("speech")
        folder = data_folder(tmp_path / "data/train", scp=["u1 cat 1.sph | cat |", "u2 far/2 b.wav"])
        subprocess.run(["sh", "-e", "-c", script.removeprefix("sh\n")], cwd=tmp_path, check=True, timeout=10)
        monkeypatch.chdir(tmp_path)
        listed = kaldi(folder)
        assert [str(utterance.path) for utterance in listed] == ["wavs/u1.wav", "far/2 b.wav"]
        assert listed[0].path.read_text() == "speech"
