"""Makes the tables of dialects: how other tools analyse sound and write MFCC, and how well they are inverted.

    python benchmarks/dialects.py table        benchmarks/results/dialects.md
    python benchmarks/dialects.py analytic     benchmarks/results/dialects_analytic.md (8 minutes)

The first is printed from configs/dialect and configs/features, whose files name the sources. The second compares the
analytic inverse of each dialect with that of our own features of as many bands and coefficients, on LibriSpeech, see
docs/training_data.md.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soxr
from commands import CORPORA, print_table

import mfccinv
from mfccinv.audio.perceptual_scores import audio_quality
from mfccinv.audio.sound_files import read_audio
from mfccinv.configs.dialects import in_decibels, resolve_dialect
from mfccinv.configs.presets import preset_names, preset_settings
from mfccinv.features.dialect import Dialect, extract_dialect
from mfccinv.features.spec import FeatureSpec

TITLES = (
    "`dialect=`",
    "MFCC of bands",
    "rate, window, hop",
    "frames",
    "before the FFT",
    "spectrum",
    "mel filters",
    "logarithm, floor",
    "coefficients",
)
LOGARITHMS = {"db": "dB", "ln": "ln", "log10": "log10", "20log10": "20 log10"}
NORMS = {"slaney": ", equal area", "sum": ", weights that add up to 1", "none": ""}
SHAPES = {
    "hz": "",
    "mel": ", straight over mel",
    "bins": ", on whole bins",
    "half_bins": ", on whole bins of half the Hz",
}


WINDOWED = ("python_speech_features", "speechpy")  # that have no window, but may be asked for one
VOICES, SECONDS = 6, (1.0, 6.0)  # of LibriSpeech, and the part of a recording of each
PHASE = {"name": "griffin_lim", "start": "random"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["table", "analytic"])
    parser.add_argument("--corpora", type=Path, default=CORPORA, help="folder that LibriSpeech lies in")
    parser.add_argument("--dialects", nargs="*", help="only these, and the table isn't kept")
    arguments = parser.parse_args()
    names = arguments.dialects or preset_names("dialect")
    if arguments.table == "table":
        rows = ([f"`{name}`", *described(resolve_dialect(name))] for name in names)
        return print_table("dialects", TITLES, rows, align="l" * len(TITLES))
    paths = recordings(arguments.corpora / "LibriSpeech")
    columns = ("`dialect=`", "MFCC of bands", "ESTOI", "ours", "difference", "ours of its frames", "difference")
    kept = None if arguments.dialects else "dialects_analytic"
    print_table(kept, columns, (compared(*each, paths) for each in analysed(names)), align="llrrrrr")


def recordings(root: Path) -> list[Path]:
    """One recording of each of some voices, alphabetically."""
    first: dict[str, Path] = {}
    for path in sorted(root.glob("**/*.flac")):
        first.setdefault(path.parts[-3], path)
    step = len(first) // VOICES
    return list(first.values())[:: max(1, step)][:VOICES]


def analysed(names: list[str]) -> Iterator[tuple[str, Dialect]]:
    """Yield the dialects but our own, and those without a window with one, by what they are called in the table."""
    for name in names:
        dialect = resolve_dialect(name)
        if name != "asr":
            yield f"`{name}`", dialect
        if name in WINDOWED:
            yield f"`{name}`, Hamming window", replace(dialect, spec=replace(dialect.spec, window="hamming_symmetric"))


def compared(name: str, dialect: Dialect, paths: list[Path]) -> list[str]:
    """A row of the table: the dialect's ESTOI, and ours with the mean difference and its 95 % interval."""
    theirs = np.array(list(estois(dialect, paths)))
    cells = [name, f"{dialect.spec.n_mfcc} of {dialect.spec.n_mels}", f"{theirs.mean():.3f}"]
    for same_frames in (False, True):
        ours = np.array(list(estois(own_alike(dialect.spec, same_frames=same_frames), paths)))
        half = 2.57 * (theirs - ours).std(ddof=1) / np.sqrt(len(paths))  # Student's t for five degrees of freedom
        cells += [f"{ours.mean():.3f}", f"{(theirs - ours).mean():+.3f} ± {half:.3f}"]
    return cells


def own_alike(spec: FeatureSpec, *, same_frames: bool) -> Dialect:
    """Our own features of as many bands and coefficients and of the same rate; of frames of 25 ms every 10, or its."""
    alike = {"sample_rate": spec.sample_rate, "n_mels": spec.n_mels, "n_mfcc": spec.n_mfcc, "n_fft": None}
    if same_frames:
        alike |= {
            "win_seconds": None,
            "hop_seconds": None,
            "win_length": spec.win_length,
            "hop_length": spec.hop_length,
        }
    return in_decibels(FeatureSpec.from_settings(preset_settings("features", "asr") | alike))


def estois(dialect: Dialect, paths: list[Path]) -> Iterator[float]:
    """ESTOI of what the analytic inverse makes of recordings."""
    rate = dialect.spec.sample_rate
    for path in paths:
        read = read_audio(path)
        start, end = (round(seconds * read.sample_rate) for seconds in SECONDS)
        y = soxr.resample(read.y[start:end], read.sample_rate, rate, quality="HQ")
        mfcc = extract_dialect(y, dialect).T
        options = {"dialect": dialect, "checkpoint": None, "phase": PHASE, "length": len(y), "force": True}
        inverted = mfccinv.mfcc_to_audio(mfcc, **options)
        yield audio_quality(y, inverted, rate)["estoi"]


def described(dialect: Dialect) -> list[str]:
    """What a dialect's columns but the first hold."""
    spec = dialect.spec
    window = 1000 * spec.win_length / spec.sample_rate
    hop = 1000 * spec.hop_length / spec.sample_rate
    inside = spec.center and spec.margin == (spec.n_fft - spec.win_length) // 2
    end = ", the last filled up" if spec.cover_end else ""
    centred = f"centred, {spec.pad_mode} padding"
    samples = "16-bit samples" if dialect.full_scale == 32768 else ""
    mean = "mean taken away" if spec.remove_dc else ""
    emphasis = f"pre-emphasis {spec.preemphasis:g} of the {spec.preemphasis_within}" if spec.preemphasis else ""
    spectrum = "power" if spec.power == 2 else "magnitude"
    weighted = "" if spec.weighting == "none" else f", weighted by {spec.weighting}"
    scaled = "" if dialect.power_scale == 1 else f" / {1 / dialect.power_scale:g}"
    floor = f"+ {spec.log_floor:.3g}" if spec.floor == "add" else f"at least {_native_floor(dialect):.3g}"
    top = f", {spec.top_db:g} dB below the loudest" if spec.top_db else ""
    c0 = {None: "", "signal": "energy of the frame for c0", "spectrum": "energy of the spectrum for c0"}[dialect.energy]
    lifter = f"lifter {dialect.lifter:g}" if dialect.lifter else ""
    scale = "DCT by sqrt(2 / bands)" if dialect.dct == "htk" else ""
    return [
        f"{spec.n_mfcc} of {spec.n_mels}",
        f"{spec.sample_rate / 1000:g} kHz, {window:g} ms {spec.window}, {hop:.4g} ms",
        f"{'whole' if inside or not spec.center else centred}{end}",
        _listed(samples, mean, emphasis),
        f"{spectrum}{scaled}, {spec.n_fft} points{weighted}",
        f"{spec.mel_scale}, {spec.f_min_hz:g} to {spec.f_max_hz:g} Hz{NORMS[spec.mel_norm]}{SHAPES[spec.mel_shape]}",
        f"{LOGARITHMS[dialect.log]}, {floor}{top}",
        _listed(c0, lifter, scale, "c0 last" if dialect.c0_last else ""),
    ]


def _native_floor(dialect: Dialect) -> float:
    return dialect.spec.log_floor * dialect.full_scale**dialect.spec.power * dialect.power_scale


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


if __name__ == "__main__":
    main()
