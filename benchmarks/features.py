"""Feature extraction against librosa on one core: seconds of speech a second, in the same process, in turns.

python benchmarks/features.py
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from collections.abc import Iterator
from pathlib import Path

import librosa
import numpy as np
import soxr
import yaml
from baseline import librosa_features, seconds_of
from commands import median_and_range, print_table

from mfccinv.audio.sound_files import read_audio
from mfccinv.features.extract import extract_features
from mfccinv.features.spec import FeatureSpec

ROUNDS = 15
SECONDS = 30


def main() -> None:
    paths = sorted(Path("data/demo").rglob("*.flac"))
    speech = np.concatenate([read_audio(path).y for path in paths])[: SECONDS * 16000]
    print(f"{SECONDS} s of speech, {ROUNDS} rounds in turns, one core; librosa {librosa.__version__}")
    titles = ("preset", "librosa", "mfccinv", "ratio", "MFCC differ by")
    print_table("features", titles, table_rows(speech), align="lrrrr")


def table_rows(speech: np.ndarray) -> Iterator[list[str]]:
    """A row a preset: both speeds, the median ratio of the rounds and its range, and the largest difference."""
    for preset in ("asr", "librosa", "notebook"):
        spec = FeatureSpec.from_settings(yaml.safe_load(Path(f"configs/features/{preset}.yaml").read_text()))
        y = soxr.resample(speech, 16000, spec.sample_rate).astype(np.float32)
        theirs, ours = librosa_features(y, spec)[0], extract_features(y, spec)[0]
        seconds = np.array(
            [[seconds_of(f, y, spec) for f in (librosa_features, extract_features)] for _ in range(ROUNDS)]
        )
        ratio = seconds[:, 0] / seconds[:, 1]
        speeds = SECONDS / np.median(seconds, axis=0)
        yield [
            preset,
            *(f"{speed:,.0f} ×" for speed in speeds),
            median_and_range(list(ratio), "{:.2f}"),
            f"{np.abs(theirs - ours).max():.1e} dB",
        ]


if __name__ == "__main__":
    main()
