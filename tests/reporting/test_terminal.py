"""Tests of what the programs print: numbers with intervals, and what is missing said in words."""

import json
from pathlib import Path

import pytest
from configurations import preset
from noise import noise_log_mel, small_spec

from mfccinv.corpora.utterance import SPLITS
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import DESCRIPTION, write_manifest
from mfccinv.evaluation.bootstrap import score_methods
from mfccinv.evaluation.frame_metrics import FrameSums
from mfccinv.reporting import terminal as report
from mfccinv.reporting.terminal import describe_dataset, describe_run, describe_scores, markdown_of_corpora
from mfccinv.system.atomic_files import write_json_lines
from mfccinv.system.checksums import quick_checksum

SPEC = small_spec()
FOLDER = Path("runs/net/evaluation/demo-test")

KNOWN = {"is_known": True, "is_complete": True, "recordings": 0, "voices": [], "namesakes": [], "corpora": []}


def described(folder, scores):
    return describe_scores(folder, scores, 100)


def scores_of(speakers, audio=None, rejected=0):
    """Scores as an evaluation makes them."""
    true = [noise_log_mel(SPEC, 30, n) for n in range(len(speakers))]
    methods = {"model": 3, "pseudo_inverse": 6, "zero": 20}
    sums = {name: [FrameSums.of(one, one + step) for one in true] for name, step in methods.items()}
    return {
        "run": "net-1",
        "name": "dense_tiny",
        "settings": {"detail": "mean"},
        "baseline": "pseudo_inverse",
        "source": "demo-test",
        "utterances": len(speakers),
        "rejected": rejected,
        "split": {"rule": "speaker", "speaker_disjoint": True},
        "learned_from": KNOWN,
        **score_methods(sums, speakers, model="model", baseline="pseudo_inverse", seed=0),
        "audio": {"utterances": 0, "written": [], "unreadable": [], "methods": {}, "gain": {}} | (audio or {}),
    }


def rows_of(text):
    """Cells of each line, by its first cell; columns are two or more spaces apart."""
    table = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
        if cells:
            table.setdefault(cells[0], cells[1:])
    return table


class TestScores:
    def test_the_model_stands_beside_the_others(self):
        scores = scores_of(["a", "b"])
        table = rows_of(describe_scores(FOLDER, scores, 100))
        assert table["dense_tiny"] == ["pseudo inverse", "zero", "gain"]
        snr, gain = scores["total"]["model"]["snr"], scores["gain"]["snr"]
        row = table["SNR, magnitude"]
        assert row[0] == f"{snr['value']:.2f} [{snr['interval'][0]:.2f}, {snr['interval'][1]:.2f}]"
        assert row[2] == f"{scores['total']['zero']['snr']['value']:.2f}"
        assert row[3].startswith(f"+{gain['value']:.2f} [+")
        assert table["LSD"][0].startswith("3.00 [3.00, 3.00]")
        assert table["LSD"][3].startswith("-3.00 [-3.00, -3.00]")

    @pytest.mark.parametrize("detail", ["sharp", "sample"])
    def test_the_model_s_column_tells_what_of_it_was_asked_for(self, detail):
        scores = scores_of(["a", "b"]) | {"settings": {"detail": detail}}
        assert f"dense_tiny, {detail}" in rows_of(describe_scores(FOLDER, scores, 100))

    def test_tells_of_what_and_where(self):
        text = described(FOLDER, scores_of(["a", "b", "a"], rejected=2, audio={"written": ["a"]}))
        assert text.startswith("demo-test: 3 utterances, 90 frames, 2 speakers, 2 utterances rejected\n")
        assert text.splitlines()[1] == "split by speaker: no voice in two splits"
        assert "95 % interval, by bootstrap over utterances" in text
        assert "magnitude by speaker" in text
        for name in ("audio", "figures", "scores.json"):
            assert str(FOLDER / name) in text

    def test_one_speaker_has_no_table_of_speakers(self):
        text = described(FOLDER, scores_of(["a", "a"]))
        assert text.splitlines()[0].endswith("1 speaker")
        assert "magnitude by speaker" not in text
        assert "rejected" not in text

    def test_speakers_have_rows(self):
        scores = scores_of(["anna", "", "bert"])
        table = rows_of(describe_scores(FOLDER, scores, 100).split("magnitude by speaker")[1])
        assert table["anna"][0] == f"{scores['speakers']['anna']['model']['snr']:.2f}"
        assert set(table) > {"anna", "bert", "(unknown)"}

    def test_speakers_that_were_trained_on_are_marked(self):
        scores = scores_of(["anna", "bert"])
        scores["learned_from"] = KNOWN | {"recordings": 1, "voices": ["bert"]}
        text = described(FOLDER, scores)
        assert "*** TRAINED ON 1 of 2 recordings and 1 of 2 voices here: on new ones it would score less ***" in text
        assert set(rows_of(text.split("magnitude by speaker")[1])) > {"anna", "bert (*)", "(*) trained on this voice"}
        assert "(*)" not in described(FOLDER, scores_of(["anna", "bert"]))

    def test_digital_silence_is_counted(self):
        scores = scores_of(["a"])
        assert "90 frames" not in described(FOLDER, scores)
        scores["silent_frames"] = 1234
        assert described(FOLDER, scores).startswith(
            "demo-test: 1 utterance, 30 frames (1,234 more are digital silence)"
        )

    def test_one_utterance_is_not_said_to_have_an_interval(self):
        text = described(FOLDER, scores_of(["a"]))
        assert "interval" not in text
        assert rows_of(text)["SNR, magnitude"][0] == f"{scores_of(['a'])['total']['model']['snr']['value']:.2f}"

    def test_a_legend_says_which_way_is_better(self):
        table = rows_of(described(FOLDER, scores_of(["a", "b"])).partition("\n\n")[2].partition("\n\n")[2])
        assert table["SNR"][0].startswith("spectral signal-to-noise ratio of a frame, dB")
        assert "lower is better" in table["LSD"][0]
        assert table["gain"][0].startswith("the network less pseudo inverse")

    def test_of_many_speakers_some_are_shown(self):
        text = described(FOLDER, scores_of([f"s{n:02d}" for n in range(25)]))
        assert "s19" in text
        assert "s20" not in text
        assert "… 5 more in scores.json" in text

    def test_what_is_not_finite_is_a_dash(self):
        scores = scores_of(["a", "b"])
        scores["total"]["model"]["snr"] = {"value": None, "interval": None}
        scores["total"]["zero"]["lsd"] = {"value": None, "interval": None}
        scores["gain"]["snr"] = {"value": 1.5, "interval": None}
        scores["speakers"]["a"]["model"]["snr"] = None
        totals, speakers = map(rows_of, describe_scores(FOLDER, scores, 100).split("magnitude by speaker"))
        assert [totals["SNR, magnitude"][0], totals["SNR, magnitude"][3], totals["LSD"][2]] == ["–", "+1.50", "–"]
        assert speakers["a"][0] == "–"

    def test_the_mean_of_corpora_is_of_what_is_finite(self):
        without, others = scores_of(["a"]), scores_of(["b"])
        without["gain"]["snr"] = {"value": None, "interval": None}
        mean = f"{others['gain']['snr']['value']:+.2f}"
        assert f"| mean |  |  | {mean} |" in markdown_of_corpora({"one": without, "other": others})
        assert "| mean |  |  | – |" in markdown_of_corpora({"one": without})

    def test_audio_scores_are_shown_and_gaps_are_empty(self):
        value = {"value": 2.5, "interval": [2.25, 2.75]}
        methods = {"true_mel": {"pesq": value, "stoi": value}, "model": {"pesq": value, "mcd": value}}
        text = described(FOLDER, scores_of(["a"], audio={"utterances": 4, "methods": methods}))
        table = rows_of(text.split("audio of 4 utterances against the original")[1])
        assert table["true mel"] == ["dense_tiny"]
        assert table["PESQ-WB"] == ["2.50 [2.25, 2.75]"] * 2
        assert table["STOI"] == table["MCD"] == ["2.50 [2.25, 2.75]"]
        assert "ESTOI" not in table  # no method has it
        assert "mel-cepstral distortion of a frame, dB; mean over frames; lower is better" in text

    @pytest.mark.parametrize("extra", ["quality", "f0"])
    def test_says_how_to_get_audio_scores(self, monkeypatch, extra):
        for name in ("quality", "f0"):
            monkeypatch.setattr(report, f"{name}_is_installed", lambda name=name: name != extra)
        audio = {"utterances": 1, "methods": {"model": {"mcd": {"value": 1.0, "interval": None}}}}
        text = described(FOLDER, scores_of(["a"], audio=audio))
        assert [line.rpartition(": ")[2] for line in text.splitlines() if "pip" in line] == [
            f"pip install 'mfccinv[{extra}]'"
        ]
        assert "pip" not in described(FOLDER, scores_of(["a"]))  # of which no sound was to be scored

    def test_tells_where_the_audio_is_if_there_is_some(self):
        assert "audio:" not in described(FOLDER, scores_of(["a"]))
        assert f"audio:   {FOLDER / 'audio'}" in described(FOLDER, scores_of(["a"], audio={"written": ["x"]}))

    def test_says_what_could_not_be_heard(self):
        text = described(FOLDER, scores_of(["a"], audio={"unreadable": ["x", "y"]}))
        assert "no audio of 2 utterances: their sound files are gone or were changed" in text


def test_a_run_tells_its_validation_scores_and_what_to_do_next(tmp_path):
    (tmp_path / "metrics.json").write_text(json.dumps({"validation": {"loss": -1.5, "snr": 8.25, "lsd": 3.125}}))
    text = describe_run(tmp_path)
    assert "validation loss -1.5000, SNR 8.25 dB, LSD 3.12 dB" in text
    assert text.endswith(f"mfccinv evaluate run={tmp_path}")


def test_a_command_quotes_a_folder_with_a_space(tmp_path):
    folder = tmp_path / "my runs"
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps({"validation": {"loss": -1.5, "snr": 8.25, "lsd": 3.125}}))
    assert describe_run(folder).endswith(f"mfccinv evaluate run='{folder}'")


def test_a_run_of_several_numbers_of_mfcc_is_scored_with_one(tmp_path):
    scores = {"loss": -1.5, "snr": 8.25, "lsd": 3.125}
    (tmp_path / "metrics.json").write_text(json.dumps({"validation": scores}))
    assert describe_run(tmp_path, 13).endswith(f"mfccinv evaluate run={tmp_path} n_mfcc=13")


class TestDataset:
    def write(self, folder, **changes):
        counts = {"utterances": 1200, "speakers": 3, "frames": 99, "pairs": 1234567, "seconds": 150.0}
        sums = {"bytes": 0, "xxh3_128": 32 * "0", "sha256": 64 * "0"}
        manifest = {
            "fingerprint": "f",
            "corpus": {"name": "demo"},
            "spec": preset("asr").as_dict(),
            "shards": [{"name": f"{split}-00000.npz", "split": split} | counts | sums for split in SPLITS],
            "files": dict.fromkeys(DESCRIPTION, sums),
            "augment": None,
            "split": {"rule": "speaker", "speaker_disjoint": True},
            "splits": {"train": counts, "validation": counts, "test": counts | {"speakers": 4}},
            "rejected": 0,
        }
        write_manifest(folder / "manifest.json", manifest | changes)
        return describe_dataset(Dataset(folder))

    def test_tells_its_splits(self, tmp_path):
        text = self.write(tmp_path)
        assert f"data set {tmp_path} (split by speaker: no voice in two splits)" in text
        assert rows_of(text)["test"] == ["4", "1,200", "1,234,567", "2.5"]
        assert "could not be used" not in text

    def test_warns_of_shared_voices_and_of_rejections(self, tmp_path):
        text = self.write(tmp_path, split={"rule": "position", "speaker_disjoint": False}, rejected=7)
        assert "VOICES SHARED BETWEEN SPLITS" in text
        assert f"7 utterances could not be used: {tmp_path / 'rejected.jsonl'}" in text

    def test_many_rejections_are_told_with_the_commonest_reason(self, tmp_path):
        reasons = ["truncated: 1 of 2"] * 300 + ["silent: its peak is -90 dBFS"] * 100
        path = tmp_path / "rejected.jsonl"
        write_json_lines(path, [{"id": str(number), "reason": reason} for number, reason in enumerate(reasons)])
        sums = {"bytes": 0, "xxh3_128": quick_checksum(path), "sha256": 64 * "0"}
        files = {name: sums for name in DESCRIPTION}  # noqa: C420
        text = self.write(tmp_path, rejected=400, files=files)
        expected = (
            f"*** 10 % of the utterances, 400 of 4,000, could not be used; 300 because: truncated; see {path} ***"
        )
        assert text.splitlines()[-1] == expected
