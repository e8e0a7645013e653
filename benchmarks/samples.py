"""Makes the table on samples: are the spectra that a network draws as far apart as they are from the truth?

    python benchmarks/samples.py asr_20_samples     benchmarks/results/samples.md (4 minutes)

On corpora that the network was not trained on, see docs/training_data.md. If what is drawn is distributed as the truth
is, the truth is one more sample: of 16 samples, the range holds it in 15 of 17 cases, and that without the two lowest
and the two highest in 11 of 17; and the error of their mean is the square root of 17 / 16 times their deviation.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from commands import UNSEEN, print_table, unseen_utterances

from mfccinv.audio.sound_files import read_audio
from mfccinv.audio.unusable import UnusableAudio
from mfccinv.evaluation.frame_metrics import active_frames
from mfccinv.features.extract import extract_features
from mfccinv.features.fine_structure import fine_structure
from mfccinv.features.mel import mel_filters
from mfccinv.run_folders.loading import load_network, predict_by
from mfccinv.run_folders.run_folder import RunFolder

SAMPLES = 16
RECORDINGS = 10  # of a corpus
LONGEST_SECONDS = 4
COLUMNS = (
    "corpus",
    "bands",
    "truth in the range of 16 (88 % expected)",
    "in the inner range (65 %)",
    "deviation of the samples (dB)",
    "error of their mean (dB)",
    "deviation of the fine structure (dB), true",
    "of the samples",
)
BANDS = {"below 1 kHz": (0, 1000), "1 to 4 kHz": (1000, 4000), "above 4 kHz": (4000, 8000)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="name or folder of a run that was trained with flow=true")
    run = RunFolder.open(parser.parse_args().run)
    print_table("samples", COLUMNS, table(run), align="llrrrrrr")


def table(run: RunFolder) -> Iterator[list[str]]:
    """A row for each corpus and range of bands."""
    peaks_hz = mel_filters(run.spec).argmax(axis=1) * run.spec.sample_rate / run.spec.n_fft
    for corpus in UNSEEN:
        true, drawn = draw(run, corpus)
        deviations = [f"{fine_structure(frames, run.spec).std():.1f}" for frames in (true, drawn)]
        for name, (low, high) in BANDS.items():
            chosen = (low <= peaks_hz) & (peaks_hz < high)
            yield [corpus, name, *spread(true[:, chosen], drawn[..., chosen]), *deviations]


def draw(run: RunFolder, corpus: str) -> tuple[np.ndarray, np.ndarray]:
    """Active frames of recordings of a corpus, (n_frames, n_mels), dB, and samples of them, (samples, …)."""
    network = load_network(run, "sample")
    mfccs, log_mels = zip(*analysed(run, corpus), strict=True)
    active = np.concatenate([active_frames(log_mel) for log_mel in log_mels])
    drawn = (
        np.concatenate(list(predict_by(run, network, run.context, mfccs, "sample", seed=0, sample=number)))[active]
        for number in range(SAMPLES)
    )
    return np.concatenate(log_mels)[active], np.stack(list(drawn))


def analysed(run: RunFolder, corpus: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """MFCC and log-mel frames of recordings of a corpus, drawn by a hash of their ids."""
    n_samples = LONGEST_SECONDS * run.spec.sample_rate
    readable = (
        features for utterance in unseen_utterances(corpus) if (features := read(run, utterance.path, n_samples))
    )
    return islice(readable, RECORDINGS)


def read(run: RunFolder, path: Path, n_samples: int) -> tuple[np.ndarray, np.ndarray] | None:
    """MFCC and log-mel frames of the beginning of a recording; None if it can't be used."""
    try:
        return extract_features(read_audio(path, run.spec.sample_rate).y[:n_samples], run.spec)
    except UnusableAudio:
        return None


def spread(true: np.ndarray, drawn: np.ndarray) -> list[str]:
    """Where the truth (n_frames, n) lies among samples (samples, n_frames, n): the cells of a row."""
    ranks = (drawn < true).sum(axis=0)
    held = [np.mean((ranks >= left_out) & (ranks <= SAMPLES - left_out)) for left_out in (1, 3)]
    error = np.sqrt(np.mean((drawn.mean(axis=0) - true) ** 2))
    deviation = np.sqrt(drawn.var(axis=0, ddof=1).mean())
    return [*(f"{100 * share:.0f}" for share in held), f"{deviation:.1f}", f"{error:.1f}"]


if __name__ == "__main__":
    main()
