"""Draws what is heard: ten recordings of voices that no network heard, and their sound made again by four methods.

    python benchmarks/spectrograms.py        docs/spectrograms.jpg (half a minute)

The speech is that of docs/training_data.md which nothing was trained on. Columns are the original and the sound from
its 20 MFCC: by the analytic inverse, by `asr_20`, the same with ``detail=sharp``, and a sample of `asr_20_samples`.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from commands import unseen_utterances
from matplotlib.figure import Figure

import mfccinv
from mfccinv.audio.sound_files import read_audio
from mfccinv.audio.unusable import UnusableAudio
from mfccinv.configs.presets import resolve_spec
from mfccinv.corpora.utterance import Utterance
from mfccinv.features.extract import extract_features, stft_magnitude
from mfccinv.system.atomic_files import temporary_beside

FILE = Path("docs/spectrograms.jpg")
SPEC = resolve_spec("asr")
METHODS = {  # by the title of the column
    "analytic inverse": {"checkpoint": None},
    "asr_20": {"checkpoint": "asr_20"},
    "asr_20, detail=sharp": {"checkpoint": "asr_20", "detail": "sharp"},
    "a sample of asr_20_samples": {"checkpoint": "asr_20_samples", "detail": "sample"},
}
VOICES = {"fillets": 1, "kde_games": 3, "gcompris_voices": 3, "malayalam_msc": 3}
SECONDS = 1.0  # that are drawn, around the loudest frame
SHOWN_DB = 50  # from the loudest value of the original down to black
SHOWN_HZ = 3000
WIDTH, HEIGHT, DPI = 1200, 1600, 100  # pixels


def main() -> None:
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, layout="constrained")
    recordings = list(chosen())
    axes = figure.subplots(len(recordings), 1 + len(METHODS), sharex=True, sharey=True)
    for axis, title in zip(axes[0], ("original", *METHODS), strict=True):
        axis.set_title(title, fontsize=10)
    for axis in axes[-1]:
        axis.set_xlabel("seconds")
    for row, (corpus, utterance) in zip(axes, recordings, strict=True):
        spectra = {title: levels(y) for title, y in sounds(utterance.path).items()}
        loudest = spectra["original"].max()
        for axis, level in zip(row, spectra.values(), strict=True):
            axis.imshow(
                level.T - loudest,
                origin="lower",
                aspect="auto",
                extent=(0, SECONDS, 0, SPEC.sample_rate / 2),
                vmin=-SHOWN_DB,
                vmax=0,
                cmap="magma",
            )
            axis.set_ylim(0, SHOWN_HZ)
        row[0].set_ylabel(f"{corpus}\nHz", fontsize=8)
    with temporary_beside(FILE) as temporary:
        figure.savefig(temporary, dpi=DPI, format="jpg")
    print(f"{FILE}: {len(recordings)} recordings")


def chosen() -> Iterator[tuple[str, Utterance]]:
    """Recordings of other voices each, as many of a corpus as `VOICES` says, drawn by a hash of their ids."""
    for corpus, n_voices in VOICES.items():
        by_voice: dict[str, Utterance] = {}
        for utterance in unseen_utterances(corpus):
            with suppress(UnusableAudio):  # a file that is cut off
                if utterance.speaker not in by_voice and read_audio(utterance.path).seconds >= SECONDS:
                    by_voice[utterance.speaker] = utterance
            if len(by_voice) == n_voices:
                break
        for utterance in by_voice.values():
            yield corpus, utterance


def sounds(path: Path) -> dict[str, np.ndarray]:
    """The stretch of a recording that is drawn, and the same of its sound by each method, by title, (n_samples,)."""
    y = read_audio(path, SPEC.sample_rate).y
    mfcc, _ = extract_features(y, SPEC)
    made = {title: mfccinv.mfcc_to_audio(mfcc.T, spec=SPEC, length=len(y), **how) for title, how in METHODS.items()}
    length = round(SECONDS * SPEC.sample_rate)
    middle = int(mfcc[:, 0].argmax()) * SPEC.hop_length
    begin = min(max(0, middle - length // 2), len(y) - length)
    return {title: one[begin : begin + length] for title, one in ({"original": y} | made).items()}


def levels(y: np.ndarray) -> np.ndarray:
    """Level of each bin, (n_frames, n_bins), dB."""
    return 20 * np.log10(np.maximum(stft_magnitude(y, SPEC), 1e-5))


if __name__ == "__main__":
    main()
