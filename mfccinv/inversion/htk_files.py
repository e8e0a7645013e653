"""Reads HTK's parameter files, usually ``.mfc``: The HTK Book (version 3.4, 2006), 5.7.1 and 5.10."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

KINDS = (
    *("WAVEFORM", "LPC", "LPREFC", "LPCEPSTRA", "LPDELCEP", "IREFC", "MFCC", "FBANK", "MELSPEC", "USER", "DISCRETE"),
    *("PLP", "ANON"),
)
MFCC = KINDS.index("MFCC")
QUALIFIERS = {"E": 0o100, "N": 0o200, "D": 0o400, "A": 0o1000, "C": 0o2000, "Z": 0o4000, "K": 0o10000, "0": 0o20000}
ENERGY_SCALE = 0.1
LOUDEST = float(np.log(400 * (0.1 * 32768) ** 2))  # of a frame of 400 samples at a tenth of full scale
PERIOD_UNIT = 1e-7  # seconds
HEADER = np.dtype([("frames", ">i4"), ("period", ">i4"), ("bytes", ">i2"), ("kind", ">i2")])


@dataclass(frozen=True)
class HtkHeader:
    """What a file says of itself: its frames, their distance in seconds, their bytes, and their kind (`KINDS`)."""

    n_frames: int
    hop_seconds: float
    n_bytes: int
    kind: int

    @property
    def qualifiers(self) -> set[str]:
        """Names of the `QUALIFIERS` of its kind."""
        return {name for name, bit in QUALIFIERS.items() if self.kind & bit}

    @property
    def lacks_means(self) -> bool:
        """Whether each coefficient's mean was taken away (``_Z``)."""
        return "Z" in self.qualifiers


def htk_array(path: Path) -> np.ndarray:
    """Read the MFCC of a file, (n_frames, n), float64, as they are written: c1, c2, … and behind them c0 or the energy.

    An energy (``_E``) that stands beside c0 is left out. One that HTK normalised, so that 1 is the loudest frame's
    (``ENORMALISE``, ``ESCALE = 0.1``), is brought back to logarithms; the loudest frame gets `LOUDEST`, since its own
    level isn't known.

    Raises
    ------
    ValueError
        If it is no such file, is damaged or holds anything but MFCC, or some whose level was taken away.
    """
    content = np.fromfile(path, np.uint8)
    header = _header(content)
    n_frames, n_bytes, kind, has = header.n_frames, header.n_bytes, header.kind, header.qualifiers
    wanted = HEADER.itemsize + n_frames * n_bytes + (2 if "K" in has else 0)
    if n_frames < 1 or n_bytes < 1 or kind & 0o77 >= len(KINDS) or wanted != len(content):
        raise ValueError(f"no parameter file of HTK, or damaged: {wanted} bytes are promised, {len(content)} are there")
    _check_kind(kind, has)
    data = content[HEADER.itemsize : HEADER.itemsize + n_frames * n_bytes].tobytes()
    if "C" in has:
        columns = n_bytes // 2
        scale, bias = np.frombuffer(data, ">f4", 2 * columns).reshape(2, columns).astype(np.float64)
        frames = (np.frombuffer(data, ">i2", offset=8 * columns).reshape(n_frames - 4, columns) + bias) / scale
    else:
        frames = np.frombuffer(data, ">f4").reshape(n_frames, n_bytes // 4).astype(np.float64)
    if "E" not in has:
        return frames
    energies = _energy_columns(frames.shape[1], has)
    if "0" in has:
        return np.delete(frames, energies, axis=1)
    own = frames[:, energies[0]]
    if own.max() <= 1 + 1e-3:
        frames[:, energies[0]] = LOUDEST + (own - 1) / ENERGY_SCALE
    return frames


def htk_header(path: Path) -> HtkHeader:
    """Read what a file says of itself; ValueError if it is no such file."""
    return _header(np.fromfile(path, np.uint8, HEADER.itemsize))


def _header(content: np.ndarray) -> HtkHeader:
    if len(content) < HEADER.itemsize:
        raise ValueError("no parameter file of HTK: it is too short")
    header = content[: HEADER.itemsize].view(HEADER)[0]
    n_frames, period, n_bytes, kind = (int(header[name]) for name in ("frames", "period", "bytes", "kind"))
    return HtkHeader(n_frames, PERIOD_UNIT * period, n_bytes, kind & 0xFFFF)


def _check_kind(kind: int, has: set[str]) -> None:
    name = "_".join([KINDS[kind & 0o77], *(qualifier for qualifier in QUALIFIERS if qualifier in has)])
    if kind & 0o77 != MFCC:
        raise ValueError(f"it holds {name}, not MFCC")
    if "0" not in has and ("E" not in has or "N" in has):
        raise ValueError(f"it holds {name}: without c0 (MFCC_0) or the energy (MFCC_E) the level is lost")
    if "Z" in has and "0" not in has:
        raise ValueError(f"it holds {name}: beside an energy, means that were taken away aren't put back")


def _energy_columns(columns: int, has: set[str]) -> list[int]:
    """Places of the energy and its differences; ``_N`` has none of the energy itself."""
    parts = 1 + ("D" in has) + ("A" in has)
    own = (columns + ("N" in has)) // parts
    places = [own * (part + 1) - 1 for part in range(parts)]
    return [place - 1 for place in places[1:]] if "N" in has else places
