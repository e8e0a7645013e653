"""Answers the lecture's exam questions with numbers and figures, for docs/exam_questions.md.

    python benchmarks/exam_questions.py      (a few seconds)

It takes recordings of the demo corpus, and the features of ``features=asr``.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from commands import print_table
from matplotlib.figure import Figure

from mfccinv.configs.presets import preset_settings, resolve_spec
from mfccinv.evaluation.frame_metrics import active_frames, log_spectral_distance, spectral_snr
from mfccinv.features.cepstrum import dct_basis, log_mel_to_mfcc, mfcc_to_log_mel
from mfccinv.features.decibels import mel_to_log_mel
from mfccinv.features.extract import extract_log_mel, stft_magnitude
from mfccinv.features.mel import mel_filters
from mfccinv.features.spec import FeatureSpec
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude

DEMO = Path("data/demo")
SOUNDS = (DEMO / "june" / "vm-tomakecall.flac", DEMO / "carlo" / "conf-getpin.flac")
DOCS = Path("docs")
SPEC = resolve_spec("asr")
MATRICES = {
    "DCT, 80 of 80": dct_basis(80, 80),
    "DCT, 20 of 80": dct_basis(20, 80),
    "mel filters, `features=asr`": mel_filters(SPEC),
    "mel filters, `features=notebook`": mel_filters(resolve_spec("notebook")),
    "mel filters, `features=librosa`": mel_filters(resolve_spec("librosa")),
}
N_MFCC = (5, 10, 13, 20, 26, 40, 60, 80)
SHOWN = (13, 20, 40)  # numbers of MFCC whose frame is drawn
GAIN = 2.0


def main() -> None:
    print_table(
        "exam_matrices",
        ("matrix", "rows × columns", "rank", "numbers that are lost", "singular values", "largest / smallest"),
        matrices(),
        align="lrrrrr",
    )
    one, other = read_sounds()
    print_table(
        "exam_inverses",
        ("spectrum from its 80 mel bands", "bins below zero", "error in the mel bands", "error in the spectrum"),
        inverses(one),
        align="lrrr",
    )
    draw_matrices(DOCS / "exam_matrices.png", one)
    print_table(
        "exam_steps",
        ("up to this step", "twice the sound gives", "error of superposition"),
        superposition(one, other),
        align="llr",
    )
    draw_logarithm(DOCS / "exam_logarithm.png", one)
    print_table(
        "exam_coefficients",
        ("MFCC of 80 bands", "part of the energy that is lost", "LSD (dB)", "mean SNR (dB)"),
        coefficients(one),
        align="rrrr",
    )
    draw_coefficients(DOCS / "exam_coefficients.png", one)


def read_sounds() -> list[np.ndarray]:
    """Two recordings of two voices at 16 kHz, of one length, (n_samples,)."""
    sounds = []
    for path in SOUNDS:
        y, rate = soundfile.read(path)
        assert rate == SPEC.sample_rate
        sounds.append(y)
    length = min(map(len, sounds))
    return [y[:length] for y in sounds]


def matrices() -> Iterator[list[str]]:
    """What each matrix keeps: its rank, the dimension of its null space and its singular values."""
    for name, matrix in MATRICES.items():
        values = np.linalg.svd(matrix, compute_uv=False)
        n_rows, n_columns = matrix.shape
        rank = np.linalg.matrix_rank(matrix)
        span = f"{values[-1]:.3g} to {values[0]:.3g}"
        ratio = f"{values[0] / values[-1]:.1f}"
        yield [name, f"{n_rows} × {n_columns}", str(rank), str(n_columns - rank), span, ratio]


def spectra(y: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Power spectra of the frames that are not pauses, (n_frames, n_bins), and as they are found from their bands."""
    active = active_frames(extract_log_mel(y, SPEC))
    true = stft_magnitude(y, SPEC)[active].astype(np.float64) ** 2
    mel = true @ mel_filters(SPEC).T
    found = {"pseudo-inverse": mel @ np.linalg.pinv(mel_filters(SPEC)).T}
    found["pseudo-inverse, negative ones put to zero"] = np.maximum(found["pseudo-inverse"], 0)
    log_mel = mel_to_log_mel(mel, SPEC)
    for name in ("nnls", "kl"):
        magnitude = log_mel_to_magnitude(log_mel, SPEC, magnitude=dict(preset_settings("magnitude", name)))
        found[f"`magnitude={name}`"] = magnitude.astype(np.float64) ** 2
    return true, found


def inverses(y: np.ndarray) -> Iterator[list[str]]:
    """A row for each way from mel bands to the spectrum."""
    true, found = spectra(y)
    for name, power in found.items():
        below = 100 * np.mean(power < 0)
        errors = [
            np.linalg.norm(power @ matrix.T - true @ matrix.T) / np.linalg.norm(true @ matrix.T)
            for matrix in (mel_filters(SPEC), np.eye(SPEC.n_bins))
        ]
        yield [name, f"{below:.0f} %", *(f"{100 * error:.2g} %" if error > 1e-9 else "0 %" for error in errors)]


def draw_matrices(path: Path, y: np.ndarray) -> None:
    """Draw the singular values of each matrix, relative to its largest, and a spectrum found from its mel bands."""
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    axis, spectrum = figure.subplots(1, 2)
    true, found = spectra(y)
    loudest = int(np.argmax(true.sum(axis=1)))
    hz = np.arange(SPEC.n_bins) * SPEC.sample_rate / SPEC.n_fft
    shown = {"true": true, "pseudo-inverse": found["pseudo-inverse"], "magnitude=kl": found["`magnitude=kl`"]}
    for (name, power), color in zip(shown.items(), ("lightgray", "tab:red", "tab:blue"), strict=True):
        level = 10 * np.log10(np.where(power[loudest] > 0, power[loudest], np.nan))
        spectrum.plot(hz, level, color=color, label=name, linewidth=2.5 if name == "true" else 1)
    spectrum.set(xlabel="frequency (Hz)", ylabel="level (dB); gaps: below zero", ylim=(-60, 40))
    spectrum.grid(alpha=0.3)
    spectrum.legend(fontsize=8)
    for name, matrix in MATRICES.items():
        values = np.linalg.svd(matrix, compute_uv=False)
        axis.plot(np.arange(1, len(values) + 1), values / values[0], marker=".", label=name.replace("`", ""))
    axis.set(xlabel="number", ylabel="singular value / the largest", yscale="log", ylim=(0.03, 1.3))
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8)
    figure.savefig(path, dpi=90)


def steps(spec: FeatureSpec) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """What each step from sound (n_samples,) to MFCC has made of it, (n_frames, n)."""

    def spectrum(y: np.ndarray) -> np.ndarray:
        frames = np.lib.stride_tricks.sliding_window_view(y, spec.n_fft)[:: spec.hop_length]
        return np.fft.rfft(frames * np.hanning(spec.n_fft))

    def mel(y: np.ndarray) -> np.ndarray:
        return stft_magnitude(y, spec).astype(np.float64) ** 2 @ mel_filters(spec).T

    return {
        "spectrum, complex": spectrum,
        "its magnitude": lambda y: np.abs(spectrum(y)),
        "its power, in mel bands": mel,
        "their logarithm": lambda y: extract_log_mel(y, spec),
        "its DCT: the MFCC": lambda y: log_mel_to_mfcc(extract_log_mel(y, spec), spec),
    }


def superposition(one: np.ndarray, other: np.ndarray) -> Iterator[list[str]]:
    """A row for each step: whether it is homogeneous, and how far the whole is from the sum of its parts."""
    for name, step in steps(SPEC).items():
        first, second, both = step(one), step(other), step(one + other)
        error = np.linalg.norm(both - (first + second)) / np.linalg.norm(both)
        yield [name, described(first, step(GAIN * one)), f"{100 * error:.3g} %" if error > 1e-9 else "0 %"]


def described(before: np.ndarray, after: np.ndarray) -> str:
    """What became of features when the sound was made `GAIN` times as loud."""
    for power, what in enumerate(("twice", "four times"), start=1):
        if np.allclose(after, GAIN**power * before, rtol=1e-3):
            return f"{what} as much"
    added = np.median(after - before, axis=0)
    if np.ptp(added) < 0.01:
        return f"{added[0]:.2f} dB more in each band"
    assert np.abs(added[1:]).max() < 0.01
    return f"{added[0]:.1f} more in c0, the others as before"


def draw_logarithm(path: Path, y: np.ndarray) -> None:
    """Draw what the logarithm does to a louder sound, to the sum of two sounds, and to what is quiet."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    louder, added, quiet = figure.subplots(1, 3)
    mfcc = [log_mel_to_mfcc(extract_log_mel(gain * y, SPEC), SPEC) for gain in (1, GAIN)]
    louder.bar(np.arange(SPEC.n_mfcc), np.mean(mfcc[1] - mfcc[0], axis=0))
    louder.set(title="twice as loud", xlabel="coefficient", ylabel="change (dB)")
    below = np.linspace(0, 40, 200)
    added.plot(below, 10 * np.log10(1 + 10 ** (-below / 10)), label="logarithm of the sum")
    added.plot(below, -below, label="sum of the logarithms")
    added.set(title="two sounds in one band", xlabel="second below the first (dB)", ylabel="level (dB)", ylim=(-20, 6))
    added.legend(fontsize=8)
    level = np.linspace(-120, -60, 200)
    quiet.plot(level, np.maximum(level, SPEC.floor_db))
    quiet.set(title="the floor", xlabel="level of a band (dB)", ylabel="what the features say (dB)")
    for axis in (louder, added, quiet):
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=90)


def truncated(log_mel: np.ndarray, n_mfcc: int) -> np.ndarray:
    """Frames (n_frames, 80) as their first ``n_mfcc`` coefficients tell them."""
    spec = SPEC.with_n_mfcc(n_mfcc)
    return mfcc_to_log_mel(log_mel_to_mfcc(log_mel, spec), spec)


def coefficients(y: np.ndarray) -> Iterator[list[str]]:
    """A row for each number of MFCC: what the analytic inverse misses of the frames that are not pauses."""
    log_mel = extract_log_mel(y, SPEC).astype(np.float64)
    log_mel = log_mel[active_frames(log_mel)]
    shape = log_mel - log_mel.mean(axis=1, keepdims=True)  # without the level, c0, which all keep
    for n_mfcc in N_MFCC:
        found = truncated(log_mel, n_mfcc)
        lost = np.sum((log_mel - found) ** 2) / np.sum(shape**2)
        distance = log_spectral_distance(log_mel, found).mean()
        snr = spectral_snr(log_mel, found, power=1).mean()
        scores = [f"{distance:.2f}", f"{snr:.1f}"] if n_mfcc < SPEC.n_mels else ["0.00", "∞"]
        yield [str(n_mfcc), f"{100 * lost:.1f} %", *scores]


def draw_coefficients(path: Path, y: np.ndarray) -> None:
    """Draw a frame as some numbers of MFCC tell it, and the distance over their number."""
    log_mel = extract_log_mel(y, SPEC).astype(np.float64)
    frame = log_mel[[int(np.argmax(log_mel.mean(axis=1)))]]
    log_mel = log_mel[active_frames(log_mel)]
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    shape, distance = figure.subplots(1, 2)
    shape.plot(frame[0], color="black", linewidth=2.5, alpha=0.4, label="all 80")
    for n_mfcc in SHOWN:
        shape.plot(truncated(frame, n_mfcc)[0], label=f"{n_mfcc} of 80")
    shape.set(title="a frame and its analytic inverses", xlabel="mel band", ylabel="level (dB)")
    shape.legend(fontsize=8)
    numbers = np.arange(1, SPEC.n_mels + 1)
    lsd = [log_spectral_distance(log_mel, truncated(log_mel, n_mfcc)).mean() for n_mfcc in numbers]
    distance.plot(numbers, lsd)
    distance.set(title="what is lost", xlabel="MFCC of 80 bands", ylabel="LSD (dB)", ylim=(0, None))
    for axis in (shape, distance):
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main()
