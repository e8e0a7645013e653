"""Makes the table of dialects: how other tools analyse sound and write MFCC.

    python benchmarks/dialects.py

It is printed from configs/dialect and configs/features, whose files name the sources.
"""

from commands import print_table

from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import preset_names
from mfccinv.features.dialect import Dialect

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
LOGARITHMS = {"db": "dB", "ln": "ln", "log10": "log10"}
SHAPES = {
    "hz": "",
    "mel": ", straight over mel",
    "bins": ", on whole bins",
    "half_bins": ", on whole bins of half the Hz",
}


def main() -> None:
    rows = ([f"`{name}`", *described(resolve_dialect(name))] for name in preset_names("dialect"))
    print_table("dialects", TITLES, rows, align="l" * len(TITLES))


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
    norm = ", equal area" if spec.mel_norm == "slaney" else ""
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
        f"{spec.mel_scale}, {spec.f_min_hz:g} to {spec.f_max_hz:g} Hz{norm}{SHAPES[spec.mel_shape]}",
        f"{LOGARITHMS[dialect.log]}, {floor}{top}",
        _listed(c0, lifter, scale, "c0 last" if dialect.c0_last else ""),
    ]


def _native_floor(dialect: Dialect) -> float:
    return dialect.spec.log_floor * dialect.full_scale**dialect.spec.power * dialect.power_scale


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


if __name__ == "__main__":
    main()
