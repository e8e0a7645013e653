"""What ``mfccinv adapt`` prints at its end."""

from collections.abc import Sequence
from pathlib import Path

from mfccinv.reporting.tables import format_table, printable

TOLD_REJECTIONS = 3


def describe_adapted(
    folder: Path | None,
    base: str,
    scores: dict[str, dict[str, float]],
    *,
    held_out_seconds: float,
    was_interrupted: bool,
    rejections: Sequence[tuple[str, str]],
) -> str:
    """Tell what an adaptation brought, and how it is used.

    Parameters
    ----------
    folder : Path or None
        Of the adapted run; None if nothing was saved.
    base : str
        Name of the run that was adapted.
    scores : dict of dict of float
        ``snr`` and ``lsd``, dB, of the ``baseline``, the ``base`` and the ``adapted`` network.
    held_out_seconds : float
    was_interrupted : bool
    rejections : list of (str, str)
        Each file that wasn't used, and why.
    """
    lines = [f"{path}: {reason}" for path, reason in rejections[:TOLD_REJECTIONS]]
    if rejections:
        lines.append(f"{len(rejections)} recordings could not be used")
    if was_interrupted:
        lines.append("interrupted: the best so far counts")
    titles = {"baseline": "without a network", "base": base, "adapted": "adapted"}
    rows = [[title, f"{scores[name]['snr']:.2f}", f"{scores[name]['lsd']:.2f}"] for name, title in titles.items()]
    snr, lsd = (scores["adapted"][name] - scores["base"][name] for name in ("snr", "lsd"))
    rows.append([f"adapted, against {base}", f"{snr:+.2f}", f"{lsd:+.2f}"])
    lines.append(format_table([f"{held_out_seconds:.1f} s held out", "SNR (dB)", "LSD (dB)"], rows))
    if folder is None:
        lines.append(f"nothing was saved: {base} is as good on the speech that was held out")
    else:
        n_bytes = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
        lines.append(f"saved: {folder}, {n_bytes / 1e3:,.0f} kB beside {base}")
        lines.append(f"use it: mfccinv invert input=mfcc.npy checkpoint={folder}")
    return "\n".join(printable(line) for text in lines for line in text.split("\n"))
