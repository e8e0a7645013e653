"""What a person does: build, train, go on, score, adapt, compare, invert. Each returns what can be compared.

They run in a folder that holds ``sets``, ``runs``, ``voices`` and ``archive``, see `campaign.samples`; paths are
relative, so that the folder may be copied. The corpus alone stays in its place, which data sets write down, and the run
that is adapted, which adapted ones do. Times, ids and the commit differ from one time to the next and are left out.
"""

import csv
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import h5py
import numpy as np
from configurations import composed
from programs import adapt, build, call, evaluate, invert, train

from mfccinv.datasets import extraction
from mfccinv.inversion.files import describe_inverted
from mfccinv.run_folders.run import Run
from mfccinv.system.atomic_files import TEMPORARY_PREFIX
from mfccinv.training.train import resume

FEATURES = ("features.n_mels=24", "features.n_mfcc=8", "features.n_fft=512")
BUILD = (
    *("corpus=folder", *FEATURES),
    *("dataset.root=sets", "dataset.shard_frames=80", "dataset.workers=2"),
    *("split.by=speaker", "split.validation_speakers=[bert]", "split.test_speakers=[carl]"),
)
TRAIN = (
    *("model=dense_small", "model.hidden=[16]", "run.root=runs", "training.progress=false"),
    *("training.epochs=2", "training.batch_frames=64", "training.segment_frames=16"),
)
ON_ALL = ("init=run", "split.by=utterance", "split.validation_speakers=[]", "split.test_speakers=[]")
ADAPT = (
    *("run=run", "root=runs", "name=anna", "output=voices", "progress=false", "adaptation.epochs=2"),
    *("adaptation.least_seconds=1", "adaptation.learning_rate=0.003", "adaptation.weight_average=0.5"),
    *("adaptation.copies=1", "adaptation.rank=2"),
)
SOUND = ("magnitude=pinv", "phase=random", "progress=false")


CORPUS = Path("corpus")  # set by `use_corpus`


def use_corpus(folder: Path) -> None:
    """Take the corpus of this folder, and compose every configuration, so that processes that are forked find it."""
    global CORPUS
    CORPUS = folder.resolve()
    for action in ("build", "train", "start", "adapt", "evaluate", "invert", "speak"):
        composed(*command(action))
    composed(*command("invert", "one.npy"))


def command(action: str, name: str = "two.npz") -> tuple[str, ...]:
    """The program and the settings that one would type; ``name`` is that of the archive to invert."""
    building = (*BUILD, f"corpus.root={CORPUS}", "dataset.progress=false")
    training = ("train", *building, *TRAIN)
    inverting = ("invert", "output=inverted", *FEATURES, *SOUND)
    return {
        "build": ("build_dataset", *building),
        "train": (*training, "run.name=new"),
        "start": (*training, "run.name=started", *ON_ALL),
        "adapt": ("adapt", f"input=[{CORPUS / 'anna'}]", *ADAPT),
        "resume": ("train", "resume=run", "run.root=runs", "training.epochs=3"),
        "evaluate": ("evaluate", "run=run", "root=runs", "examples=1", "listened=1", *SOUND),
        "leaderboard": ("leaderboard", "root=runs", "format=csv"),
        "invert": (*inverting, f"input=archive/{name}", "checkpoint=null"),
        "speak": (*inverting, "input=archive/one.npy", "checkpoint=voices/anna"),
    }[action]


def in_process() -> None:
    """Have builds extract features in their own process: others take seconds to start."""
    extraction.ordered_map = lambda function, tasks, workers, executor: map(function, tasks)


def do_build() -> dict:
    """Build the data set."""
    return contents(build(composed(*command("build"))).folder)


def do_train() -> dict:
    """Train a new run called ``new``; if it has begun already, go on with it."""
    return _train(composed(*command("train")))


def do_start() -> dict:
    """Train a run called ``started`` from the run, on all speakers; if it has begun already, go on with it."""
    return _train(composed(*command("start")))


def do_adapt() -> dict:
    """Adapt the run to a voice."""
    adapted, rejections = adapt(composed(*command("adapt")))
    if adapted.run is None:
        raise ValueError(f"voices/anna gained nothing: {adapted.scores}")
    return {"rejected": len(rejections)} | contents(adapted.run.folder)


def train_anew() -> dict:
    """Train a run called ``new``, whatever there is."""
    run = train(composed(*command("train")))
    return {"name": run.folder.name} | contents(run.folder)


def _train(config: dict) -> dict:
    name = config["run"]["name"]
    begun = Path("runs", name, "config.yaml").is_file()
    run = resume(name, Path("runs"), {}) if begun else train(config)
    return {"name": run.folder.name} | contents(run.folder)


def do_resume() -> dict:
    """Train the run for a third epoch."""
    run = resume("run", Path("runs"), {"epochs": 3})
    return contents(run.folder, "evaluation")


def do_evaluate() -> dict:
    """Score the run on its test split."""
    folder, _ = evaluate(composed(*command("evaluate")))
    return {"metrics": Run(Path("runs/run")).metrics} | contents(folder, "report.html")


def do_leaderboard() -> dict:
    """Rows of the leaderboard by run, as the program prints them; what else it prints is in the process's output."""
    ended = call(*command("leaderboard"), cwd=os.getcwd())
    print(ended.stdout, ended.stderr)
    if ended.code:
        raise ValueError((ended.stderr or ended.stdout)[-300:])
    lines = ended.stdout.splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("run,"))
    return {row["run"]: row for row in csv.DictReader(lines[header:])}


def do_invert(name: str = "two.npz") -> dict:
    """Make sound of an archive of MFCC by the analytic inverse; what is rejected is an error, as of the program."""
    return _inverted(composed(*command("invert", name)))


def do_speak() -> dict:
    """Make sound of MFCC by the adapted run."""
    return _inverted(composed(*command("speak")))


def _inverted(config: dict) -> dict:
    rejected = [one for one in invert(config) if one.is_failed]
    if rejected:
        raise ValueError(describe_inverted(rejected))
    return contents(Path("inverted"))


ACTIONS = {
    "build": do_build,
    "train": do_train,
    "resume": do_resume,
    "evaluate": do_evaluate,
    "start": do_start,
    "adapt": do_adapt,
    "leaderboard": do_leaderboard,
    "invert": do_invert,
    "speak": do_speak,
}


def contents(folder: Path, *without: str) -> dict[str, str]:
    """A digest of each file below a folder, of what doesn't differ from one time to the next."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(without) and path.name != ".lock" and not path.name.startswith(TEMPORARY_PREFIX):
            found[name] = hashlib.sha256(_lasting(path)).hexdigest()[:16]
    return found


def _lasting(path: Path) -> bytes:
    if path.suffix == ".keras":
        return _weights(path)
    if path.name == "history.csv":  # without the seconds, which come last
        rows = list(csv.reader(path.read_text().splitlines()))
        return json.dumps([rows[0], [[float(cell) for cell in row[:-1]] for row in rows[1:]]]).encode()
    if path.name == "environment.json":
        return json.dumps(json.loads(path.read_text()) | {"id": "", "commit": ""}).encode()
    if path.name == "scores.json":
        scores = json.loads(path.read_text()) | {"model_sha256": ""}  # a ZIP file holds more than the weights
        return json.dumps(rounded(scores), sort_keys=True).encode()
    if path.name == "checksums.json":  # of files that hold times
        return b""
    if path.name in ("adaptation.json", "config.yaml"):  # which name a base by its place
        return path.read_bytes().replace(os.fsencode(Path("runs/run").resolve()), b"runs/run")
    return path.read_bytes()


def rounded(value):
    """Numbers with nine digits: how ESTOI's last digits come out depends on where its arrays lie in memory."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _weights(path: Path) -> bytes:
    """The arrays of a model's file, by name."""
    parts: list[bytes] = []

    def add(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            parts.append(name.encode() + np.asarray(item).tobytes())

    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(add)
    return b"".join(parts)
