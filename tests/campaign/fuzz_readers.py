"""Every reader with files that were changed at random: by bytes, and by the values that they hold."""

import gzip
import json
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from campaign.actions import ACTIONS
from campaign.batches import run_batch
from campaign.checksums import agree
from campaign.mutations import mutated, other_values
from campaign.outcome import FOUND, READ, WRONG, Outcome
from campaign.samples import BY_FFMPEG, SOUNDS, Samples
from mfccinv.audio.sound_files import read_audio
from mfccinv.corpora.listing import list_corpus
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.manifest import read_manifest
from mfccinv.datasets.shard_reader import open_shard
from mfccinv.features.spec import FeatureSpec
from mfccinv.run_folders.loading import load_network
from mfccinv.run_folders.run import Run
from mfccinv.run_folders.run_folder import RunFolder
from mfccinv.system.checksums import require_recorded

BATCH = 40  # files that one process reads


@dataclass(frozen=True)
class Reader:
    """A reader, and a file that it reads.

    Parameters
    ----------
    pattern : str
        Of the file, in the folder that the trial works in.
    read : callable
        Called with the file's path.
    load, dump : callable or None
        From the file's text to the values that it holds, and back; None: bytes alone are changed.
    named : str
        What an error must name: the ``file``, the ``folder`` at least, or nothing, as what calls it does.
    """

    pattern: str
    read: Callable[[Path], object]
    load: Callable[[str], object] | None = None
    dump: Callable[[object], str] | None = None
    named: str = "file"


def _read_shard(path: Path) -> int:
    return sum(float(one.mfcc.sum() + one.log_mel.sum()) != 0 for one in open_shard(path))


def _list(name: str, **settings) -> Callable[[Path], object]:
    return lambda path: list_corpus(name, root=str(path.parent), **settings)


def _json_lines(text: str) -> object:
    return [json.loads(line) for line in text.splitlines()]


def _to_json_lines(rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows) if isinstance(rows, list) else json.dumps(rows)


def _list_lhotse(path: Path) -> object:
    return list_corpus("lhotse", path=str(path), supervisions=None, base=None)


HUB = {"extensions": [".wav"], "labels_are_speakers": False}
KALDI = _list("kaldi", subsets=None, base=None)
JSON = {"load": json.loads, "dump": json.dumps}
LINES = {"load": _json_lines, "dump": _to_json_lines}
YAML = {"load": yaml.safe_load, "dump": partial(yaml.safe_dump, allow_unicode=True)}
READERS = {
    "read_manifest": Reader("sets/*/manifest.json", read_manifest, **JSON),
    "Dataset.spec": Reader("sets/*/manifest.json", lambda path: Dataset(path.parent).spec, **JSON),
    "open_shard": Reader("sets/*/*.npz", _read_shard),
    "Dataset.utterances": Reader("sets/*/utterances.jsonl", lambda path: Dataset(path.parent).utterances, **LINES),
    "Dataset.statistics": Reader("sets/*/statistics.json", lambda path: Dataset(path.parent).statistics, **JSON),
    "FeatureSpec.load": Reader("runs/run/feature_spec.json", FeatureSpec.load, **JSON),
    "RunFolder.config": Reader("runs/run/config.yaml", lambda path: RunFolder(path.parent).config, **YAML),
    "RunFolder.read_history": Reader("runs/run/history.csv", lambda path: RunFolder(path.parent).read_history()),
    "RunFolder.metrics": Reader("runs/run/metrics.json", lambda path: RunFolder(path.parent).metrics, **JSON),
    "RunFolder.environment": Reader("runs/run/environment.json", lambda p: RunFolder(p.parent).environment, **JSON),
    "RunFolder.learned_from": Reader("runs/run/learned_from.json", lambda p: RunFolder(p.parent).learned_from, **JSON),
    "RunFolder.open_base": Reader(
        "voices/anna/adaptation.json", lambda path: Run(path.parent).open_base(), named="folder", **JSON
    ),
    "checksums.json": Reader("runs/run/checksums.json", lambda p: require_recorded(p.with_name("config.yaml")), **JSON),
    "Run.load_model of an adapted run": Reader(
        "voices/anna/difference.npz", lambda path: Run(path.parent).load_model()
    ),
    "Run.load_model": Reader("runs/run/model.keras", lambda path: Run(path.parent).load_model()),
    "load_network": Reader("runs/run/model.keras", lambda path: load_network(RunFolder(path.parent))),
    "load_network of an adapted run": Reader(
        "voices/anna/difference.npz", lambda path: load_network(RunFolder(path.parent))
    ),
    "invert .npz": Reader("archive/two.npz", lambda path: ACTIONS["invert"]("two.npz")),
    "invert .npy": Reader("archive/one.npy", lambda path: ACTIONS["invert"]("one.npy")),
    "manifest .csv": Reader("lists/list.csv", lambda path: list_corpus("manifest", path=str(path))),
    "manifest .tsv": Reader("lists/list.tsv", lambda path: list_corpus("manifest", path=str(path))),
    "manifest .jsonl": Reader("lists/list.jsonl", lambda path: list_corpus("manifest", path=str(path)), **LINES),
    "common_voice": Reader(
        "lists/common/en/train.tsv",
        lambda path: list_corpus("common_voice", root=str(path.parents[1]), language="en", tables="official"),
        named="folder",
    ),
    "ljspeech": Reader("lists/ljspeech/metadata.csv", _list("ljspeech"), named="folder"),
    "speech_commands": Reader("lists/commands/testing_list.txt", _list("speech_commands"), named="folder"),
    "demo": Reader("lists/demo/speakers.csv", _list("demo"), named="folder"),
    "audiofolder .csv": Reader("lists/hub/csv/metadata.csv", _list("audiofolder", **HUB), named="folder"),
    "audiofolder .jsonl": Reader(
        "lists/hub/jsonl/metadata.jsonl", _list("audiofolder", **HUB), named="folder", **LINES
    ),
    "kaldi wav.scp": Reader("lists/kaldi/wav.scp", KALDI, named="folder"),
    "kaldi utt2spk": Reader("lists/kaldi/utt2spk", KALDI, named="folder"),
    "kaldi segments": Reader("lists/kaldi/segments", KALDI, named="folder"),
    "lhotse .jsonl": Reader("lists/lhotse/cuts.jsonl", _list_lhotse, **LINES),
    "lhotse .jsonl.gz": Reader("lists/lhotse/cuts.jsonl.gz", _list_lhotse),
    "lhotse .json": Reader("lists/lhotse/cuts.json", _list_lhotse, **JSON),
    "lhotse supervisions": Reader(
        "lists/lhotse/supervisions.jsonl",
        lambda path: list_corpus(
            "lhotse", path=str(path.with_name("recordings.jsonl")), supervisions=str(path), base=None
        ),
        **LINES,
    ),
}
READERS |= {
    f"read_audio {name}": Reader(f"sounds/{name}", read_audio, named="nothing") for name in (*SOUNDS, *BY_FFMPEG)
}


CUTS = [
    {
        "id": f"cut-{name}",
        "start": 0.0,
        "duration": 2.5,
        "channel": 0,
        "supervisions": [
            {"id": f"{name}-{n}", "recording_id": name, "start": n, "duration": 1.0, "channel": 0, "speaker": "a"}
            for n in range(2)
        ],
        "recording": {
            "id": name,
            "sources": [{"type": "file", "channels": [0], "source": "1.wav"}],
            "sampling_rate": 16000,
            "num_samples": 40000,
            "duration": 2.5,
        },
        "type": "MonoCut",
    }
    for name in ("one", "two")
]


def fuzz(name: str, rng: random.Random, place: Path, samples: Samples, number: int) -> list[Outcome]:
    """Change a file in many ways, and read each; every third trial changes values instead of bytes, where it can."""
    reader = READERS[name]
    samples.copy(place, *(["sounds"] if "sounds" in reader.pattern else []))
    _write_lists(place / "lists")
    path = rng.choice(sorted(place.glob(reader.pattern)))
    whole = path.read_bytes()
    if reader.load and reader.dump and number % 3 == 2:
        values = other_values(reader.load(whole.decode()), rng.getrandbits(32), BATCH)
        contents = [reader.dump(value).encode(errors="surrogatepass") for value in values]
    else:
        contents = [mutated(whole, rng) for _ in range(BATCH)]
    return run_batch(place, [partial(_attempt, reader, path, content) for content in contents])


def _attempt(reader: Reader, path: Path, content: bytes) -> Outcome:
    path.write_bytes(content)
    agree(path)
    try:
        reader.read(path)
    except (ValueError, FileNotFoundError) as error:
        if not any(name in str(error) for name in _names(reader, path)):
            return Outcome(WRONG, f"names no file: {_told(error)}")
        return Outcome(FOUND)
    except Exception as error:
        return Outcome(WRONG, f"uncaught {_told(error)}")
    return Outcome(READ)


def _names(reader: Reader, path: Path) -> list[str]:
    """One of these must be in an error."""
    return {"file": [path.name], "folder": [path.name, str(path.parent)], "nothing": [""]}[reader.named]


def _told(error: Exception) -> str:
    raised = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in raised if "mfccinv" in frame.filename] or raised
    return f"{type(error).__name__} in {Path(frames[-1].filename).name}:{frames[-1].lineno}: {error!s:.200}"


def _write_lists(folder: Path) -> None:
    """A table of each corpus that has one, and the files that it names."""
    rows = [("a/1.wav", "a", "train", "0.5", "1.5"), ("a/2.wav", "a", "dev", "", ""), ("b 1.wav", "b", "", "0", "2")]
    columns = ("audio_filepath", "speaker", "split", "offset", "duration")
    files = {
        "list.csv": "".join(",".join(row) + "\n" for row in (columns, *rows)),
        "list.tsv": "".join("\t".join(row) + "\n" for row in (columns, *rows)),
        "list.jsonl": "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows),
        "common/en/train.tsv": 'client_id\tpath\tsentence\na\t1.mp3\tone "two\nb\t2.mp3\tthree\n',
        "common/en/dev.tsv": "client_id\tpath\nc\t3.mp3\n",
        "common/en/test.tsv": "client_id\tpath\nd\t4.mp3\n",
        "common/en/clips/1.mp3": "",
        "ljspeech/metadata.csv": 'LJ001-0001|One "two|one two\nLJ001-0002|Three|three\n',
        "ljspeech/wavs/LJ001-0001.wav": "",
        "commands/testing_list.txt": "yes/a_nohash_0.wav\n",
        "commands/validation_list.txt": "yes/b_nohash_0.wav\n",
        "commands/yes/a_nohash_0.wav": "",
        "demo/speakers.csv": "speaker,split,sex\nanna,train,f\nbert,test,m\n",
        "demo/anna/1.flac": "",
        "demo/bert/1.flac": "",
        "hub/csv/metadata.csv": "file_name,speaker,split\n1.wav,a,train\nb/2.wav,b,dev\n",
        "hub/jsonl/metadata.jsonl": '{"file_name": "1.wav", "speaker_id": 7}\n{"file_name": "2.wav", "offset": 1}\n',
        "kaldi/wav.scp": "one 1.wav\ntwo 2.wav\n",
        "kaldi/utt2spk": "one-a a\none-b b\ntwo-a a\n",
        "kaldi/segments": "one-a one 0.0 1.5\none-b one 1.5 2.25\ntwo-a two 0 -1\n",
        "kaldi/1.wav": "",
        "lhotse/cuts.jsonl": _to_json_lines(CUTS),
        "lhotse/cuts.json": json.dumps(CUTS),
        "lhotse/recordings.jsonl": _to_json_lines([cut["recording"] for cut in CUTS]),
        "lhotse/supervisions.jsonl": _to_json_lines([one for cut in CUTS for one in cut["supervisions"]]),
        "lhotse/1.wav": "",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "lhotse" / "cuts.jsonl.gz").write_bytes(gzip.compress(files["lhotse/cuts.jsonl"].encode()))


TESTS = {f"fuzz {name}": partial(fuzz, name) for name in READERS}
