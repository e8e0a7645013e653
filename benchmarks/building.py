"""Building a data set from 16 kHz WAV files, against a loop of librosa's calls: seconds of speech a second.

    python benchmarks/building.py     (three hours of speech, 1 GB on the disk while it runs; three minutes)

The speech is the demo corpus, again and again, a speaker each time. Counted is what the long corpus takes longer than
the short one: the start of the processes, which import their libraries once, is not in it, and shown beside.
"""

import os
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

import librosa
import numpy as np
import soundfile
import yaml
from baseline import librosa_features, seconds_of
from commands import median_and_range, print_table

from mfccinv.datasets.builder import build_dataset
from mfccinv.datasets.settings import BuildSettings
from mfccinv.features.spec import FeatureSpec

SPEC = FeatureSpec.from_settings(yaml.safe_load(Path("configs/features/asr.yaml").read_text()))
PARTS = {"corpus": "folder", "split": "auto", "features": "asr", "augment": "none", "dataset": "default"}
SHORT, LONG = 2, 20  # times the demo corpus
ROUNDS = 3
LOOP = "librosa's calls in a loop, one process"


def main() -> None:
    rates, ratios, starts = (defaultdict(list) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        seconds = {times: write_corpus(Path(folder, str(times)), times) for times in (SHORT, LONG)}
        librosa_loop(Path(folder, str(SHORT), "june-0"), Path(folder))  # compiles
        for number in range(ROUNDS):
            baseline = seconds[SHORT] / seconds_of(librosa_loop, Path(folder, str(SHORT)), Path(folder))
            rates[LOOP].append(baseline)
            for workers in sorted({1, os.cpu_count() or 1}):
                sets = Path(folder, f"sets-{workers}-{number}")
                short, long = (seconds_of(build, Path(folder, str(times)), sets, workers) for times in (SHORT, LONG))
                name = f"build_dataset, dataset.workers={workers}"
                rates[name].append(rate := (seconds[LONG] - seconds[SHORT]) / (long - short))
                ratios[name].append(rate / baseline)
                starts[name].append(short - seconds[SHORT] / rate)
                shutil.rmtree(sets)
    rows = []
    for name, measured in rates.items():
        cells = (measured, "{:,.0f}"), (ratios[name], "{:.1f}"), (starts[name], "{:.1f}")
        rows.append([name, *(median_and_range(*cell) for cell in cells)])
    titles = ("build", "seconds of speech a second", "by librosa's loop", "start (s)")
    print_table("building", titles, rows, align="lrrr")
    print(f"{seconds[LONG] / 3600:.1f} hours of speech, medians of {ROUNDS} rounds (smallest … largest)")


def write_corpus(folder: Path, times: int) -> float:
    """Write the demo corpus as WAV files ``times`` times over, and return its seconds."""
    seconds = 0.0
    for path in sorted(Path("data/demo").glob("*/*.flac")):
        y, rate = soundfile.read(path, dtype="int16")
        for copy in range(times):
            place = folder / f"{path.parent.name}-{copy}" / f"{path.stem}.wav"
            place.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(place, y, rate)
            seconds += len(y) / rate
    return seconds


def build(corpus: Path, sets: Path, workers: int) -> None:
    settings = {part: yaml.safe_load(Path("configs", part, f"{name}.yaml").read_text()) for part, name in PARTS.items()}
    settings["corpus"] |= {"root": str(corpus)}
    settings["split"] |= {"by": "utterance"}
    settings["dataset"] |= {"root": str(sets), "workers": workers, "progress": False}
    build_dataset(BuildSettings.from_config(settings))


def librosa_loop(corpus: Path, folder: Path) -> None:
    """What one writes without a builder: every file read, analysed and kept, then saved."""
    mfcc, log_mel = [], []
    for path in sorted(corpus.rglob("*.wav")):
        y, _ = librosa.load(path, sr=SPEC.sample_rate)
        for kept, frames in zip((mfcc, log_mel), librosa_features(y, SPEC), strict=True):
            kept.append(frames)
    np.savez(folder / "loop.npz", mfcc=np.concatenate(mfcc), log_mel=np.concatenate(log_mel))


if __name__ == "__main__":
    main()
