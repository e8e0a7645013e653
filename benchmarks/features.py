"""Feature extraction against librosa on one core: seconds of speech a second, in the same process, in turns.

python benchmarks/features.py
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from pathlib import Path

import librosa
import numpy as np
import soxr
import yaml
from baseline import librosa_features, seconds_of

from mfccinv.audio.sound_files import read_audio
from mfccinv.features.extract import extract_features
from mfccinv.features.spec import FeatureSpec

ROUNDS = 15
SECONDS = 30


def main() -> None:
    """Print a row a preset: both speeds, the median ratio of the rounds and its range, and the largest difference."""
    paths = sorted(Path("data/demo").rglob("*.flac"))
    speech = np.concatenate([read_audio(path).y for path in paths])[: SECONDS * 16000]
    print(f"{SECONDS} s of speech, {ROUNDS} rounds in turns, one core; librosa {librosa.__version__}")
    print(f"{'preset':<10}  {'librosa':>10}  {'mfccinv':>10}  {'ratio':>22}  {'MFCC differ by':>14}")
    for preset in ("asr", "librosa", "notebook"):
        spec = FeatureSpec.from_settings(yaml.safe_load(Path(f"configs/features/{preset}.yaml").read_text()))
        y = soxr.resample(speech, 16000, spec.sample_rate).astype(np.float32)
        theirs, ours = librosa_features(y, spec)[0], extract_features(y, spec)[0]
        seconds = np.array(
            [[seconds_of(f, y, spec) for f in (librosa_features, extract_features)] for _ in range(ROUNDS)]
        )
        ratio = seconds[:, 0] / seconds[:, 1]
        speeds = SECONDS / np.median(seconds, axis=0)
        print(
            f"{preset:<10}  {speeds[0]:>8,.0f} ×  {speeds[1]:>8,.0f} ×  "
            f"{np.median(ratio):>6.2f} ({ratio.min():.2f} … {ratio.max():.2f})  {np.abs(theirs - ours).max():>11.1e} dB"
        )


if __name__ == "__main__":
    main()
