"""Tests of the corpus adapters on small trees of empty files: adapters read names and tables, never sound."""

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from mfccinv.corpora.listing import CORPORA, list_corpus
from mfccinv.corpora.utterance import Utterance

CONFIGS = Path(__file__).parent.parent / "configs"
ADDRESSES = {
    "common_voice": "commonvoice.mozilla.org/datasets",
    "demo": "comes with the repository",
    "folder": "any sound files",
    "librispeech": "www.openslr.org/12",
    "ljspeech": "keithito.com/LJ-Speech-Dataset",
    "manifest": "one row a recording",
    "several": "www.openslr.org/12",
    "speech_commands": "speech_commands_v0.02.tar.gz",
    "vctk": "datashare.ed.ac.uk/handle/10283/3443",
}


def touch(root, *names):
    """Make empty files below a folder."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def facts(utterances):
    """What the tests compare: id, speaker and split."""
    return [(utterance.id, utterance.speaker, utterance.split) for utterance in utterances]


def composed(name):
    """The settings of configs/corpus/<name>.yaml."""
    with initialize_config_dir(str(CONFIGS), version_base=None):
        return OmegaConf.to_container(compose(overrides=[f"+corpus={name}"]).corpus)


class TestRegistry:
    @pytest.mark.parametrize("name", CORPORA)
    def test_yaml_has_exactly_the_parameters_and_they_have_no_defaults(self, name):
        parameters = inspect.signature(CORPORA[name]).parameters
        assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters.values())
        assert all(parameter.default is parameter.empty for parameter in parameters.values())
        config = composed(name)
        assert set(config) == {"name", *parameters}
        assert config["name"] == name

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
        where = "path" if name == "manifest" else "root"
        settings = {key: composed(name)[key] for key in set(composed(name)) - {"name", where}}
        settings[where] = str(tmp_path / "nowhere")
        with pytest.raises(FileNotFoundError, match=f"corpus.{where}= to where it is") as raised:
            list_corpus(name, **settings)
        assert str(tmp_path / "nowhere") in str(raised.value)
        assert ADDRESSES[name] in str(raised.value)

    def test_home_folder_is_expanded(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        touch(tmp_path / "speech", "anna/1.wav")
        (utterance,) = list_corpus("folder", root="~/speech", extensions=["wav"], speaker_part=0)
        assert utterance == Utterance(id="anna/1.wav", path=tmp_path / "speech/anna/1.wav", speaker="anna")

    def test_unknown_name_is_refused_with_the_choices(self):
        with pytest.raises(ValueError, match=r"must be one of common_voice, demo, .*, vctk, got 'timit'"):
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
        write(tmp_path / "metadata.csv", "LJ001-0001|a|a", "LJ001-0001|b|b")
        (tmp_path / "wavs").mkdir()
        with pytest.raises(ValueError, match="ids must be unique in corpus 'ljspeech', 'LJ001-0001' comes twice"):
            list_corpus("ljspeech", root=tmp_path)

    def test_listing_imports_nothing_heavy(self):
        code = "import sys, mfccinv.corpora.listing, mfccinv.corpora.splits; print(*{name.split('.')[0] for name in sys.modules})"
        loaded = subprocess.run(
            [sys.executable, "-c", code], cwd=CONFIGS.parent, capture_output=True, text=True, check=True
        ).stdout.split()
        assert "mfccinv" in loaded
        assert not {"numpy", "scipy", "librosa", "soundfile", "keras", "tensorflow", "hydra"} & set(loaded)


FOLDER_OF_WAVES = {"name": "folder", "extensions": ["wav"], "speaker_part": 0}


class TestSeveral:
    def test_ids_and_speakers_carry_the_name_of_their_part(self, tmp_path):
        touch(tmp_path, "here/anna/1.wav", "there/anna/1.wav", "there/2.wav")
        parts = {"a": FOLDER_OF_WAVES | {"root": "here"}, "b": FOLDER_OF_WAVES | {"root": str(tmp_path / "there")}}
        listed = list_corpus("several", root=tmp_path, parts=parts)
        assert facts(listed) == [
            ("a/anna/1.wav", "a/anna", None),
            ("b/2.wav", "b/2", None),
            ("b/anna/1.wav", "b/anna", None),
        ]
        assert listed[0].path == tmp_path / "here/anna/1.wav"

    def test_a_part_can_be_left_out_and_speakers_may_be_unknown(self, tmp_path):
        touch(tmp_path, "there/1.wav")
        parts = {"a": None, "b": FOLDER_OF_WAVES | {"root": "there", "speaker_part": None}}
        assert facts(list_corpus("several", root=tmp_path, parts=parts)) == [("b/1.wav", None, None)]

    def test_an_official_split_of_one_part_is_not_that_of_all(self, tmp_path):
        write(tmp_path / "list.csv", "audio_filepath,split", "1.wav,test")
        parts = {"a": {"name": "manifest", "path": "list.csv"}}
        assert facts(list_corpus("several", root=tmp_path, parts=parts)) == [("a/1.wav", None, None)]

    def test_a_wrong_setting_of_a_part_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="'folder' takes the settings"):
            list_corpus("several", root=tmp_path, parts={"a": {"name": "folder", "root": "here"}})


class TestFolder:
    EXTENSIONS = (".wav", "FLAC", ".ogg", ".mp3")

    def list(self, root, speaker_part=0):
        return list_corpus("folder", root=root, extensions=self.EXTENSIONS, speaker_part=speaker_part)

    def test_finds_sound_at_any_depth_and_skips_what_is_hidden(self, tmp_path):
        touch(
            tmp_path, "b/x/1.WAV", "b/x/1.flac", "a/2.Mp3", "a/notes.txt", ".trash/3.wav", "a/._2.wav", "a/.git/4.wav"
        )
        assert facts(self.list(tmp_path)) == [
            ("a/2.Mp3", "a", None),
            ("b/x/1.WAV", "b", None),
            ("b/x/1.flac", "b", None),
        ]

    @pytest.mark.parametrize(
        ("speaker_part", "speaker"),
        [
            (0, "train"),
            (1, "anna"),
            (2, "7.take"),
            (-1, "7.take"),
            (-2, "anna"),
            (-3, "train"),
            (r"/(\w)\w+/", "a"),
            (None, None),
        ],
    )
    def test_speaker_is_a_part_of_the_path(self, tmp_path, speaker_part, speaker):
        touch(tmp_path, "train/anna/7.take.wav")
        (utterance,) = self.list(tmp_path, speaker_part)
        assert utterance.speaker == speaker

    def test_speaker_can_begin_the_file_name(self, tmp_path):
        touch(tmp_path, "103-1240.wav", "87-121.wav")
        assert [utterance.speaker for utterance in self.list(tmp_path, r"^(\d+)-")] == ["103", "87"]

    @pytest.mark.parametrize("speaker_part", [2, -3])
    def test_a_part_that_a_path_lacks_is_refused(self, tmp_path, speaker_part):
        touch(tmp_path, "anna/1.wav")
        with pytest.raises(ValueError, match=rf"must be in \[-2, 1\] for 'anna/1.wav', got {speaker_part}; null"):
            self.list(tmp_path, speaker_part)

    @pytest.mark.parametrize("pattern", [r"^(\d+)-", r"^(\d*)"])
    def test_an_expression_that_finds_no_speaker_is_refused(self, tmp_path, pattern):
        touch(tmp_path, "anna/1.wav")
        with pytest.raises(ValueError, match=r"finds no speaker in 'anna/1.wav'"):
            self.list(tmp_path, pattern)

    @pytest.mark.parametrize(
        ("speaker_part", "message"), [("0", "'0' with 0 groups"), ("(", "'(': missing"), (1.5, "1.5"), (True, "True")]
    )
    def test_a_speaker_part_of_another_kind_is_refused(self, tmp_path, speaker_part, message):
        expected = "must be an integer, a regular expression with one group, or null; got "
        with pytest.raises(ValueError, match=re.escape(expected + message)):
            self.list(tmp_path, speaker_part)

    @pytest.mark.parametrize("extensions", ["wav", []])
    def test_extensions_must_be_a_list(self, tmp_path, extensions):
        with pytest.raises(ValueError, match=r"extensions must be a list such as \[.wav, .flac\], got"):
            list_corpus("folder", root=tmp_path, extensions=extensions, speaker_part=None)

    def test_follows_links_but_not_round_in_circles(self, tmp_path):
        touch(tmp_path, "elsewhere/1.wav", "root/bert/2.wav")
        try:
            os.symlink(tmp_path / "elsewhere", tmp_path / "root/anna")
            os.symlink(tmp_path / "root", tmp_path / "elsewhere/back")
        except OSError:
            pytest.skip("no links here")
        assert [utterance.id for utterance in self.list(tmp_path / "root")] == ["anna/1.wav", "bert/2.wav"]


class TestManifest:
    def test_csv_with_all_columns(self, tmp_path):
        path = write(
            tmp_path / "list.csv",
            "\ufeffaudio_filepath,speaker,split,offset,duration,text",
            'a/1.wav,anna,train,,,"hello, you"',
            "/far/2.wav,bert,dev,1.5,2,",
            f"{tmp_path}/a/3.wav,,,,,",
        )
        assert list_corpus("manifest", path=path) == [
            Utterance("/far/2.wav@1.5", Path("/far/2.wav"), "bert", "validation", 1.5, 2.0),
            Utterance("a/1.wav", tmp_path / "a/1.wav", "anna", "train"),
            Utterance("a/3.wav", tmp_path / "a/3.wav", None),
        ]

    @pytest.mark.parametrize("extension", [".jsonl", ".json", ".JSONL"])
    def test_json_lines(self, tmp_path, extension):
        rows = [
            {"audio_filepath": "1.wav", "speaker": 0, "duration": 3.25, "text": "hello"},
            {"audio_filepath": "./2.wav", "split": "test", "offset": None},
        ]
        path = write(tmp_path / f"list{extension}", json.dumps(rows[0]), "", json.dumps(rows[1]))
        assert list_corpus("manifest", path=path) == [
            Utterance("1.wav", tmp_path / "1.wav", "0", None, 0.0, 3.25),
            Utterance("2.wav", tmp_path / "2.wav", None, "test"),
        ]

    def test_tsv(self, tmp_path):
        path = write(tmp_path / "list.tsv", "audio_filepath\tspeaker", "1, 2.wav\tanna")
        assert facts(list_corpus("manifest", path=path)) == [("1, 2.wav", "anna", None)]

    @pytest.mark.parametrize(
        ("name", "split"),
        [
            ("train", "train"),
            ("validation", "validation"),
            ("valid", "validation"),
            ("val", "validation"),
            ("dev", "validation"),
            ("test", "test"),
        ],
    )
    def test_names_of_splits(self, tmp_path, name, split):
        path = write(tmp_path / "list.csv", "audio_filepath,split", f"1.wav,{name}")
        assert list_corpus("manifest", path=path)[0].split == split

    def test_ids_of_stretches_do_not_depend_on_the_other_rows_or_their_order(self, tmp_path):
        rows = ["a.wav,0,1", "a.wav,1.50,1", "a.wav,1234.5678,1", "b.wav,,"]
        header = "audio_filepath,offset,duration"
        expected = ["a.wav", "a.wav@1.5", "a.wav@1234.5678", "b.wav"]
        forward = list_corpus("manifest", path=write(tmp_path / "list.csv", header, *rows))
        backward = list_corpus("manifest", path=write(tmp_path / "list.csv", header, *reversed(rows)))
        assert [utterance.id for utterance in forward] == expected
        assert backward == forward
        for row, key in zip(rows, expected, strict=True):
            (alone,) = list_corpus("manifest", path=write(tmp_path / "list.csv", header, row))
            assert alone.id == key

    def test_stretches_that_begin_together_are_told_apart_by_their_duration(self, tmp_path):
        path = write(tmp_path / "list.csv", "audio_filepath,offset,duration", "a.wav,2,1", "a.wav,2,3.5", "a.wav,2,")
        ids = [utterance.id for utterance in list_corpus("manifest", path=path)]
        assert ids == ["a.wav@2.0+1.0", "a.wav@2.0+3.5", "a.wav@2.0+end"]

    def test_the_same_stretch_twice_is_refused(self, tmp_path):
        path = write(tmp_path / "list.csv", "audio_filepath,offset", "a.wav,2", "b.wav,2", "./a.wav,2.0")
        with pytest.raises(
            ValueError, match=r"list.csv, line 4: same file, offset and duration as line 2 \(a.wav@2.0\)"
        ):
            list_corpus("manifest", path=path)

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ({"speaker": "anna"}, "audio_filepath must be a path, got None"),
            ({"audio_filepath": " "}, "audio_filepath must be a path, got ' '"),
            ({"audio_filepath": 3}, "audio_filepath must be a path, got 3"),
            ({"audio_filepath": "a.wav", "offset": "soon"}, "offset must be a number of seconds, got 'soon'"),
            ({"audio_filepath": "a.wav", "offset": True}, "offset must be a number of seconds, got True"),
            ({"audio_filepath": "a.wav", "duration": [1]}, r"duration must be a number of seconds, got \[1\]"),
            ({"audio_filepath": "a.wav", "duration": "nan"}, "duration must be a number of seconds, got 'nan'"),
            ({"audio_filepath": "a.wav", "offset": -1}, "offset must be at least 0 seconds, got -1.0"),
            ({"audio_filepath": "a.wav", "duration": 0}, "duration must be more than 0 seconds, got 0.0"),
            (
                {"audio_filepath": "a.wav", "split": "eval"},
                "split must be one of train, validation, test, dev, valid, val or empty, got 'eval'",
            ),
        ],
    )
    def test_a_bad_row_is_refused_with_file_and_line(self, tmp_path, row, message):
        path = write(tmp_path / "list.jsonl", '{"audio_filepath": "ok.wav"}', json.dumps(row))
        with pytest.raises(ValueError, match=f"list.jsonl, line 2: {message}"):
            list_corpus("manifest", path=path)

    @pytest.mark.parametrize("line", ['["a.wav"]', "a.wav", '{"audio_filepath": "a.wav"'])
    def test_what_is_no_json_object_is_refused(self, tmp_path, line):
        with pytest.raises(ValueError, match=r"list.json, line 1: expected one JSON object a line, got"):
            list_corpus("manifest", path=write(tmp_path / "list.json", line))

    def test_an_unquoted_comma_is_refused(self, tmp_path):
        path = write(tmp_path / "list.csv", "audio_filepath,speaker", "a, b.wav,anna")
        with pytest.raises(ValueError, match=r"line 2: more fields than the header has columns, surplus \['anna'\]"):
            list_corpus("manifest", path=path)

    def test_a_table_without_the_column_is_refused(self, tmp_path):
        path = write(tmp_path / "list.csv", "file,speaker", "a.wav,anna")
        with pytest.raises(ValueError, match="line 1: expected the columns audio_filepath, got file, speaker"):
            list_corpus("manifest", path=path)

    def test_another_extension_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"must end in one of .csv, .tsv, .jsonl, .json, got .*list.txt"):
            list_corpus("manifest", path=write(tmp_path / "list.txt", "a.wav"))

    def test_another_encoding_is_refused(self, tmp_path):
        (tmp_path / "list.csv").write_bytes("audio_filepath\né.wav\n".encode("latin-1"))
        with pytest.raises(ValueError, match=r"list.csv must be UTF-8 text"):
            list_corpus("manifest", path=tmp_path / "list.csv")


class TestSpeechCommands:
    def test_official_split_without_the_noise(self, tmp_path):
        touch(
            tmp_path,
            "yes/0a7c2a8d_nohash_0.wav",
            "yes/0a7c2a8d_nohash_1.wav",
            "no/1b4c9b89_nohash_0.wav",
            "no/2c_nohash_0.wav",
            "_background_noise_/pink_noise.wav",
            "README.md",
        )
        write(tmp_path / "validation_list.txt", "no/1b4c9b89_nohash_0.wav")
        write(tmp_path / "testing_list.txt", "no/2c_nohash_0.wav")
        assert facts(list_corpus("speech_commands", root=tmp_path)) == [
            ("no/1b4c9b89_nohash_0.wav", "1b4c9b89", "validation"),
            ("no/2c_nohash_0.wav", "2c", "test"),
            ("yes/0a7c2a8d_nohash_0.wav", "0a7c2a8d", "train"),
            ("yes/0a7c2a8d_nohash_1.wav", "0a7c2a8d", "train"),
        ]

    def test_a_missing_list_is_refused(self, tmp_path):
        write(tmp_path / "validation_list.txt")
        with pytest.raises(FileNotFoundError, match=r"expected a file at .*testing_list.txt; download"):
            list_corpus("speech_commands", root=tmp_path)

    def test_a_name_without_speaker_is_refused(self, tmp_path):
        touch(tmp_path, "validation_list.txt", "testing_list.txt", "yes/mine.wav")
        with pytest.raises(ValueError, match=r"expected names like <speaker>_nohash_<n>.wav, got .*mine.wav"):
            list_corpus("speech_commands", root=tmp_path)


class TestLibriSpeech:
    @pytest.fixture
    def root(self, tmp_path):
        touch(
            tmp_path,
            "SPEAKERS.TXT",
            "train-clean-100/103/1240/103-1240-0000.flac",
            "train-clean-100/103/1240/103-1240-0001.flac",
            "train-clean-100/103/1240/103-1240.trans.txt",
            "train-clean-100/87/121553/87-121553-0000.flac",
            "dev-clean/84/121123/84-121123-0000.flac",
            "test-other/367/130732/367-130732-0000.flac",
            "notes/1/2/1-2-0000.flac",
        )
        return tmp_path

    def test_all_subsets_with_their_official_split(self, root):
        assert facts(list_corpus("librispeech", root=root, subsets=None)) == [
            ("dev-clean/84/121123/84-121123-0000.flac", "84", "validation"),
            ("test-other/367/130732/367-130732-0000.flac", "367", "test"),
            ("train-clean-100/103/1240/103-1240-0000.flac", "103", "train"),
            ("train-clean-100/103/1240/103-1240-0001.flac", "103", "train"),
            ("train-clean-100/87/121553/87-121553-0000.flac", "87", "train"),
        ]

    def test_chosen_subsets(self, root):
        (utterance,) = list_corpus("librispeech", root=root, subsets=["dev-clean"])
        assert utterance.path == root / "dev-clean/84/121123/84-121123-0000.flac"

    def test_a_subset_that_is_not_there_is_refused(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected a folder at .*train-clean-360; .*openslr"):
            list_corpus("librispeech", root=root, subsets=["train-clean-360"])

    def test_a_folder_without_subsets_is_refused(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected folders named train-\*, dev-\* or test-\* at"):
            list_corpus("librispeech", root=root / "notes", subsets=None)

    def test_a_subset_of_another_kind_is_refused(self, root):
        with pytest.raises(ValueError, match="must begin with one of train-, dev-, test-; got 'notes'"):
            list_corpus("librispeech", root=root, subsets=["notes"])

    def test_subsets_must_be_a_list(self, root):
        with pytest.raises(ValueError, match=r"subsets must be a list such as .* or null, got 'dev-clean'"):
            list_corpus("librispeech", root=root, subsets="dev-clean")


class TestLJSpeech:
    def test_ids_are_those_of_the_metadata(self, tmp_path):
        write(tmp_path / "metadata.csv", 'LJ001-0002|in "being|in being', "LJ001-0001|Printing, 1|Printing, one", "")
        (tmp_path / "wavs").mkdir()
        utterances = list_corpus("ljspeech", root=tmp_path)
        assert facts(utterances) == [("LJ001-0001", "LJ", None), ("LJ001-0002", "LJ", None)]
        assert utterances[0].path == tmp_path / "wavs/LJ001-0001.wav"

    @pytest.mark.parametrize("missing", ["metadata.csv", "wavs"])
    def test_a_missing_part_is_refused(self, tmp_path, missing):
        write(tmp_path / "metadata.csv", "LJ001-0001|a|a")
        (tmp_path / "wavs").mkdir()
        (tmp_path / missing).rename(tmp_path / "away")
        with pytest.raises(FileNotFoundError, match=f"at .*{missing}; download it from .*corpus.root="):
            list_corpus("ljspeech", root=tmp_path)

    @pytest.mark.parametrize("line", ["LJ001-0001,a", "|a|a"])
    def test_a_line_without_id_is_refused(self, tmp_path, line):
        write(tmp_path / "metadata.csv", line)
        (tmp_path / "wavs").mkdir()
        with pytest.raises(ValueError, match=r"metadata.csv, line 1: expected id\|text\|normalised text, got"):
            list_corpus("ljspeech", root=tmp_path)


class TestVCTK:
    @pytest.mark.parametrize("microphone", ["mic1", "mic2"])
    def test_version_0_92_by_microphone(self, tmp_path, microphone):
        names = [f"p225/p225_001_{microphone}.flac", f"s5/s5_001_{microphone}.flac"]
        touch(
            tmp_path / "wav48_silence_trimmed", "log.txt", "p225/p225_001_mic1.flac", "p225/p225_001_mic2.flac", *names
        )
        assert facts(list_corpus("vctk", root=tmp_path, microphone=microphone)) == [
            (f"wav48_silence_trimmed/{names[0]}", "p225", None),
            (f"wav48_silence_trimmed/{names[1]}", "s5", None),
        ]

    def test_version_0_80(self, tmp_path):
        touch(tmp_path / "wav48", "p225/p225_001.wav", "p376/p376_295.raw")
        assert facts(list_corpus("vctk", root=tmp_path, microphone="mic2")) == [
            ("wav48/p225/p225_001.wav", "p225", None)
        ]

    def test_a_folder_of_neither_version_is_refused(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"wav48_silence_trimmed \(0.92\) or wav48 \(0.80\) at"):
            list_corpus("vctk", root=tmp_path, microphone="mic1")

    def test_another_microphone_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="microphone must be one of mic1, mic2, got 'mic3'"):
            list_corpus("vctk", root=tmp_path, microphone="mic3")


class TestCommonVoice:
    @pytest.fixture
    def root(self, tmp_path):
        header = "client_id\tpath\tsentence"
        write(tmp_path / "cy/train.tsv", header, 'aa\tcv_1.mp3\t"Bore da', "aa\tcv_2.mp3\tNos da")
        write(tmp_path / "cy/dev.tsv", header, "bb\tcv_3.mp3\tDiolch")
        write(tmp_path / "cy/test.tsv", header, "cc\tcv_4.mp3\tHwyl")
        write(tmp_path / "cy/validated.tsv", header, "dd\tcv_5.mp3\tIawn", "aa\tcv_1.mp3\tBore da")
        (tmp_path / "cy/clips").mkdir()
        return tmp_path

    def test_official_tables(self, root):
        utterances = list_corpus("common_voice", root=root, language="cy", tables="official")
        assert facts(utterances) == [
            ("cy/clips/cv_1.mp3", "aa", "train"),
            ("cy/clips/cv_2.mp3", "aa", "train"),
            ("cy/clips/cv_3.mp3", "bb", "validation"),
            ("cy/clips/cv_4.mp3", "cc", "test"),
        ]
        assert utterances[0].path == root / "cy/clips/cv_1.mp3"

    def test_validated_table(self, root):
        assert facts(list_corpus("common_voice", root=root, language="cy", tables="validated")) == [
            ("cy/clips/cv_1.mp3", "aa", None),
            ("cy/clips/cv_5.mp3", "dd", None),
        ]

    def test_a_missing_table_is_refused(self, root):
        (root / "cy/dev.tsv").unlink()
        with pytest.raises(FileNotFoundError, match=r"expected a file at .*dev.tsv; .*commonvoice"):
            list_corpus("common_voice", root=root, language="cy", tables="official")

    def test_a_missing_language_is_refused_with_the_setting_to_change(self, root):
        with pytest.raises(FileNotFoundError, match=r"expected a folder at .*en; .* set corpus.language= to"):
            list_corpus("common_voice", root=root, language="en", tables="official")

    def test_another_choice_of_tables_is_refused(self, root):
        with pytest.raises(ValueError, match="tables must be one of official, validated, got 'other'"):
            list_corpus("common_voice", root=root, language="cy", tables="other")

    def test_a_row_without_speaker_is_refused(self, root):
        write(root / "cy/dev.tsv", "client_id\tpath", "\tcv_3.mp3")
        with pytest.raises(ValueError, match=r"dev.tsv, line 2: expected a client_id and a path, got"):
            list_corpus("common_voice", root=root, language="cy", tables="official")


class TestDemo:
    def test_split_is_that_of_the_table(self, tmp_path):
        write(
            tmp_path / "speakers.csv", "speaker,split,licence", 'anna,train,"CC BY 4.0, see LICENCE"', "bert,test,BSD"
        )
        touch(tmp_path, "anna/1.flac", "anna/2.flac", "anna/LICENCE.txt", "bert/1.flac", "licences/x.flac")
        assert facts(list_corpus("demo", root=tmp_path)) == [
            ("anna/1.flac", "anna", "train"),
            ("anna/2.flac", "anna", "train"),
            ("bert/1.flac", "bert", "test"),
        ]

    def test_a_listed_speaker_without_folder_is_refused(self, tmp_path):
        write(tmp_path / "speakers.csv", "speaker,split", "anna,train")
        with pytest.raises(FileNotFoundError, match=r"Demo corpus not found: expected a folder at .*anna"):
            list_corpus("demo", root=tmp_path)

    @pytest.mark.parametrize("row", ["anna,dev", ",train", "anna"])
    def test_a_bad_row_is_refused(self, tmp_path, row):
        write(tmp_path / "speakers.csv", "speaker,split", row)
        with pytest.raises(
            ValueError, match=r"speakers.csv, line 2: expected a speaker and one of train, validation, test"
        ):
            list_corpus("demo", root=tmp_path)

    def test_a_missing_table_is_refused(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"expected a file at .*speakers.csv; it comes with the repository"):
            list_corpus("demo", root=tmp_path)
