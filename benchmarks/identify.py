"""Measures how well MFCC tell how they were written, and makes the statistics that they are held against.

    python benchmarks/identify.py statistics   mfccinv/inversion/speech_statistics.json, of five corpora (2 minutes)
    python benchmarks/identify.py tables       benchmarks/results/identify*.md, of corpora that nothing was chosen on

Corpora lie in data/corpora, see docs/training_data.md.
"""

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soxr
from commands import CORPORA, PARTS

from mfccinv.audio.sound_files import UnusableAudio, read_audio
from mfccinv.features.dialect import extract_dialect
from mfccinv.inversion.speech_statistics import (
    N_COEFFICIENTS,
    STATISTICS,
    analyses,
    coefficients,
    line,
    plain_summary,
    summary,
    to_json,
)
from mfccinv.system.atomic_files import write_text

LEARNED_FROM = ("librispeech", "asterisk", "festvox_ru", "common_voice", "speechocean762")
SECONDS = (1.5, 12.0)  # of a stretch of one voice
GAIN_DB = 4.0  # deviation of the level that stretches are given, besides their own
PER_CORPUS = 100
RATE = 48000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["statistics", "tables"])
    parser.add_argument("--corpora", type=Path, default=CORPORA, help="folder that the corpora lie in")
    parser.add_argument("--stretches", type=int, default=PER_CORPUS, help="of each corpus")
    arguments = parser.parse_args()
    if arguments.table == "statistics":
        statistics(arguments.corpora, arguments.stretches)


def statistics(corpora: Path, n: int) -> None:
    """Write the moments of the summaries of stretches, for each analysis."""
    rng = np.random.default_rng(0)
    found: dict[str, list[np.ndarray]] = {}
    for corpus in LEARNED_FROM:
        for name, each in summaries(stretches(corpora, corpus, n, SECONDS, rng), rng).items():
            found.setdefault(name, []).extend(each)
    lines = [f"{json.dumps(name)}: {compact(to_json(np.stack(each)))}" for name, each in found.items()]
    write_text(STATISTICS, "{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{STATISTICS}: {len(found['asr'])} stretches, {STATISTICS.stat().st_size} bytes")


def summaries(sounds: Iterable[np.ndarray], rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Summaries of sounds at `RATE` by each analysis, at levels that vary."""
    known = {name: dialect.of_columns(N_COEFFICIENTS) for name, dialect in analyses()}
    found: dict[str, list[np.ndarray]] = {name: [] for name in known}
    for sound in sounds:
        y = np.clip(sound * 10 ** (rng.normal(0, GAIN_DB) / 20), -1, 1)
        rates = {rate: at_rate(y, rate) for rate in {dialect.spec.sample_rate for dialect in known.values()}}
        for name, dialect in known.items():
            written = extract_dialect(rates[dialect.spec.sample_rate], dialect)
            if (one := summary(coefficients(written, dialect))) is not None:
                found[name].append(plain_summary(one, *line(dialect)))
    return found


def compact(values: dict) -> str:
    return json.dumps(values, separators=(",", ":"))


def stretches(
    corpora: Path, corpus: str, n: int, seconds: tuple[float, float], rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield stretches of one voice each, (n_samples,), at `RATE`; short recordings are joined."""
    part = PARTS[corpus]
    root = corpora / part["root"]
    endings = tuple(part.get("extensions") or [".flac"])
    voices: dict[str, list[Path]] = {}
    for path in sorted(path for path in root.rglob("*") if path.suffix in endings):
        depth = 1 if corpus == "librispeech" else 0
        voices.setdefault(path.relative_to(root).parts[depth], []).append(path)
    names = sorted(voices)
    for k in range(n):
        paths = voices[names[rng.integers(len(names))]] if k >= len(names) or len(names) > n else voices[names[k]]
        wanted = round(RATE * np.exp(rng.uniform(*np.log(seconds))))
        sound = np.zeros(0, np.float32)
        for path in rng.permutation(np.array(paths, dtype=object)):
            try:
                one = read_audio(path)
            except UnusableAudio:
                continue
            sound = np.concatenate([sound, soxr.resample(one.y, one.sample_rate, RATE, quality="HQ")])
            if len(sound) >= wanted:
                break
        if len(sound) >= RATE:
            yield sound[:wanted]


def at_rate(y: np.ndarray, rate: int) -> np.ndarray:
    return soxr.resample(y, RATE, rate, quality="HQ")


if __name__ == "__main__":
    main()
