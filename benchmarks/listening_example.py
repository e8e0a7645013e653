"""The recording in docs/listen: from its MFCC back to sound, by four methods, with scores and a picture.

    python benchmarks/listening_example.py        ten seconds on two cores; needs the extra quality

Reads ``docs/listen/original.flac`` and writes everything else in that folder but its README. It is one recording: what
networks gain on voices that they never heard is what benchmarks/unseen.py measures.
"""

from pathlib import Path

import librosa
import numpy as np
from matplotlib.figure import Figure

import mfccinv
from mfccinv.audio.perceptual_scores import audio_quality
from mfccinv.audio.sound_files import read_audio, write_audio
from mfccinv.configs.presets import resolve_spec
from mfccinv.evaluation.frame_metrics import log_spectral_distance, spectral_snr
from mfccinv.features.decibels import log_mel_to_mel, mel_to_log_mel
from mfccinv.features.extract import extract_features
from mfccinv.reporting.tables import markdown_table
from mfccinv.system.atomic_files import temporary_beside, write_text

FOLDER = Path("docs/listen")
SPEC = resolve_spec("asr")
METHODS = {  # by the name of the sound file
    "analytic": {"checkpoint": None},
    "network": {"checkpoint": "asr_20"},
    "sharp": {"checkpoint": "asr_20", "detail": "sharp"},
    "sample": {"checkpoint": "asr_20_samples", "detail": "sample"},
}
TITLES = {
    "original": "original",
    "analytic": "analytic inverse of its 20 MFCC",
    "network": "network asr_20 on the same 20 MFCC",
    "sharp": "the same, detail=sharp",
    "sample": "a sample of asr_20_samples, one of the spectra that have these MFCC",
}
HEARD = {"pesq": 2, "estoi": 3}  # with their decimals
SHOWN_SECONDS = (0.2, 1.7)  # there is silence before and after
SHOWN_DB = 60  # from the loudest value of the original down to black
WIDTH, HEIGHT, DPI = 900, 1100, 100  # pixels
TICKS_HZ = (0, 500, 1000, 2000, 4000, 8000)
TICKS_SECONDS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


def main() -> None:
    y = read_audio(FOLDER / "original.flac", SPEC.sample_rate).y
    mfcc, true_db = extract_features(y, SPEC)  # frames first
    mels = {name: mfccinv.mfcc_to_mel(mfcc.T, spec=SPEC, **method) for name, method in METHODS.items()}
    for name, mel in mels.items():
        write_audio(FOLDER / f"{name}.flac", to_sound(mel, len(y)), SPEC.sample_rate)
    predicted_db = {name: mel_to_log_mel(mel, SPEC).T for name, mel in mels.items()}
    draw(FOLDER / "spectrograms.png", {"original": true_db} | predicted_db)
    table = score_table(y, true_db, mels)
    write_text(FOLDER / "scores.md", SCORES.format(table=table))
    print(table, end="")


def to_sound(mel: np.ndarray, length: int) -> np.ndarray:
    """Sound of mel frames (n_mels, n_frames), power, by the default methods, (length,), full scale 1."""
    return mfccinv.mel_to_audio(mel, spec=SPEC, length=length)


def score_table(y: np.ndarray, true_db: np.ndarray, mels: dict[str, np.ndarray]) -> str:
    """Scores against the original as Markdown; the last row is what the true mel frames themselves are worth.

    Parameters
    ----------
    y : (n_samples,), full scale 1
    true_db : (n_frames, n_mels), dB
    mels : dict of (n_mels, n_frames), power
    """
    rows, analytic_snr = [], None
    for name, mel in (mels | {"true mel frames": log_mel_to_mel(true_db.T, SPEC)}).items():
        quality = audio_quality(y, to_sound(mel, len(y)), SPEC.sample_rate)
        heard = [f"{quality[score]:.{digits}f}" for score, digits in HEARD.items()]
        if name not in mels:
            rows.append([name, "exact", "", "0.00", *heard])
            continue
        predicted_db = mel_to_log_mel(mel, SPEC).T
        snr = float(spectral_snr(true_db, predicted_db, power=1).mean())
        analytic_snr = snr if analytic_snr is None else analytic_snr
        gain = "" if name == "analytic" else f"{snr - analytic_snr:+.2f}"
        distance = float(log_spectral_distance(true_db, predicted_db).mean())
        rows.append([f"`{name}.flac`", f"{snr:.2f}", gain, f"{distance:.2f}", *heard])
    return markdown_table(["", "SNR (dB)", "gain (dB)", "LSD (dB)", "PESQ-WB", "ESTOI"], rows)


def draw(path: Path, frames: dict[str, np.ndarray]) -> None:
    """Draw mel spectrograms (n_frames, n_mels), dB, one above the other on the scale of the first."""
    loudest = float(next(iter(frames.values())).max())
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, layout="constrained")
    axes = figure.subplots(len(frames), 1, sharex=True)
    for axis, (name, some) in zip(axes, frames.items(), strict=True):
        image = librosa.display.specshow(
            some.T - loudest,
            sr=SPEC.sample_rate,
            hop_length=SPEC.hop_length,
            x_axis="s",
            y_axis="mel",
            fmin=SPEC.f_min_hz,
            fmax=SPEC.sample_rate / 2,
            vmin=-SHOWN_DB,
            vmax=0,
            cmap="magma",
            ax=axis,
        )
        axis.set_title(TITLES[name], loc="left", fontsize=11)
        axis.set_yticks(TICKS_HZ, [str(hz) for hz in TICKS_HZ])
        axis.set_xticks(TICKS_SECONDS)
        axis.set_xlim(*SHOWN_SECONDS)
        axis.set(ylabel="Hz", xlabel="seconds" if axis is axes[-1] else "")
    figure.colorbar(image, ax=axes, label="dB below the loudest of the original", pad=0.01)
    with temporary_beside(path) as temporary:
        figure.savefig(temporary, dpi=DPI, format="png")


SCORES = """# Scores of the listening example

Made by `python benchmarks/listening_example.py`. One recording of one voice, so there are no intervals.

{table}
SNR, gain and LSD are of the mel frames. SNR is the mean over the frames of the spectral signal-to-noise ratio on mel
magnitude. The gain is the SNR less that of the analytic inverse. LSD is the log-spectral distance: less is better.
PESQ and ESTOI are of the sound. The last row is sound from the true mel frames: what a perfect network would reach.
"""


if __name__ == "__main__":
    main()
