"""Measures how well MFCC tell how they were written, and makes the statistics that they are held against.

    python benchmarks/identify.py statistics   mfccinv/inversion/speech_statistics.json, of five corpora (5 minutes)
    python benchmarks/identify.py tables       benchmarks/results/identify.md and refused.md, of unseen corpora

Corpora lie in data/corpora, see docs/training_data.md.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import soxr
from commands import CORPORA, PARTS, UNSEEN, print_table

from mfccinv.audio.sound_files import UnusableAudio, read_audio
from mfccinv.configs.dialects import resolve_dialect
from mfccinv.configs.presets import preset_names
from mfccinv.features.dialect import Dialect, extract_dialect
from mfccinv.inversion.identify import matches_of_mfcc, matches_with_sound
from mfccinv.inversion.plausibility import require_frames_last, require_plausible
from mfccinv.inversion.speech_statistics import (
    STATISTICS,
    analyses,
    c0_first,
    line,
    plain_summary,
    summary,
    to_json,
)
from mfccinv.system.atomic_files import write_text

# Stretches of each corpus. Common Voice alone has frequencies above 8 kHz, and many microphones.
LEARNED_FROM = {
    "librispeech": 100,
    "asterisk": 100,
    "festvox_ru": 100,
    "speechocean762": 100,
    "common_voice": 400,
}
SECONDS = (1.5, 12.0)  # of a stretch of one voice
GAIN_DB = 4.0  # deviation of the level that stretches are given, besides their own
UNSEEN_STRETCHES = 12  # of each corpus
IDENTIFIED_SECONDS = (10.0, 10.0)
SHORT_SECONDS = (1.0, 4.0)  # twice as many of which are held against speech, besides the others
WITH_SOUND = 2  # stretches of each corpus: each is analysed in every dialect for every dialect
RATE = 48000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["statistics", "tables"])
    parser.add_argument("--corpora", type=Path, default=CORPORA, help="folder that the corpora lie in")
    parser.add_argument("--stretches", type=int, help="of each unseen corpus; the tables aren't kept then")
    arguments = parser.parse_args()
    if arguments.table == "statistics":
        return statistics(arguments.corpora)
    measured = measure(arguments.corpora, arguments.stretches or UNSEEN_STRETCHES)
    keep = arguments.stretches is None
    columns = ("`dialect=`", "from 10 s of MFCC", "taken for", "with the sound")
    print_table("identify" if keep else None, columns, identified_rows(measured), align="lrlr")
    columns = ("`dialect=`", "nothing is wrong", *WRONGS)
    print_table("refused" if keep else None, columns, refused_rows(measured), align="l".ljust(len(columns), "r"))


def statistics(corpora: Path) -> None:
    """Write the moments of the summaries of stretches, for each analysis."""
    rng = np.random.default_rng(0)
    found: dict[str, list[np.ndarray]] = {}
    for corpus, n in LEARNED_FROM.items():
        for name, each in summaries(stretches(corpora, corpus, n, SECONDS, rng), rng).items():
            found.setdefault(name, []).extend(each)
    lines = [f"{json.dumps(name)}: {compact(to_json(np.stack(each)))}" for name, each in found.items()]
    write_text(STATISTICS, "{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{STATISTICS}: {len(found['asr'])} stretches, {STATISTICS.stat().st_size} bytes")


def summaries(sounds: Iterable[np.ndarray], rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Summaries of sounds at `RATE` by each analysis, at levels that vary."""
    known = dict(analyses())
    found: dict[str, list[np.ndarray]] = {name: [] for name in known}
    for sound in sounds:
        y = np.clip(sound * 10 ** (rng.normal(0, GAIN_DB) / 20), -1, 1)
        rates = {rate: at_rate(y, rate) for rate in {dialect.spec.sample_rate for dialect in known.values()}}
        for name, dialect in known.items():
            written = extract_dialect(rates[dialect.spec.sample_rate], dialect)
            if (one := summary(c0_first(written, dialect))) is not None:
                found[name].append(plain_summary(one, *line(dialect)))
    return found


def measure(corpora: Path, n: int) -> dict[str, Counter]:
    """Count what is identified and refused, by dialect: ``(what, outcome)``."""
    counts: dict[str, Counter] = {name: Counter() for name in preset_names("dialect")}
    rng = np.random.default_rng(0)
    for corpus in UNSEEN:
        for k, sound in enumerate(stretches(corpora, corpus, n, IDENTIFIED_SECONDS, rng)):
            sound_at = cache(partial(at_rate, sound))
            for name, count in counts.items():
                count_stretch(name, sound_at, count, with_sound=k < WITH_SOUND)
        for sound in stretches(corpora, corpus, 2 * n, SHORT_SECONDS, rng):
            sound_at = cache(partial(at_rate, sound))
            for name, count in counts.items():
                dialect = resolve_dialect(name)
                count["true", is_refused(extract_dialect(sound_at(dialect.spec.sample_rate), dialect).T, dialect)] += 1
    return counts


def count_stretch(name: str, sound_at: Callable[[int], np.ndarray], count: Counter, *, with_sound: bool) -> None:
    """Count what becomes of the MFCC of a stretch, right ones and wrong ones."""
    dialect = resolve_dialect(name)
    frames = extract_dialect(sound_at(dialect.spec.sample_rate), dialect)
    best = matches_of_mfcc([frames])[0].writing
    count["identified", best.name if not (best.change or best.normalised) else f"{best.name} changed"] += 1
    if with_sound:
        count["with sound", matches_with_sound(frames, sound_at)[0].writing.name == name] += 1
    count["true", is_refused(frames.T, dialect)] += 1
    for what, wrong in WRONGS.items():
        given = wrong(name, dialect, frames, sound_at)
        if given is not None:
            count[what, is_refused(*given)] += 1


def is_refused(mfcc: np.ndarray, dialect: Dialect) -> bool:
    try:
        require_frames_last(mfcc)
        require_plausible(mfcc, dialect)
    except ValueError:
        return True
    return False


def transposed(name, dialect, frames, sound_at):
    return frames, dialect


def other_logarithm(name, dialect, frames, sound_at):
    """Natural logarithms for decibels, and the other way round."""
    other = replace(dialect, log="ln" if dialect.log == "db" else "db")
    return extract_dialect(sound_at(dialect.spec.sample_rate), other).T, dialect


def other_samples(name, dialect, frames, sound_at):
    """16-bit samples for those of full scale 1, and the other way round."""
    other = replace(dialect, full_scale=32769 - dialect.full_scale)
    return extract_dialect(sound_at(dialect.spec.sample_rate), other).T, dialect


def mean_normalised(name, dialect, frames, sound_at):
    return (frames - frames.mean(axis=0)).T, dialect


def normalised(name, dialect, frames, sound_at):
    return ((frames - frames.mean(axis=0)) / np.maximum(frames.std(axis=0), 1e-9)).T, dialect


def given_as(other: str):
    """Right MFCC that are said to be another dialect's."""

    def wrong(name, dialect, frames, sound_at):
        said = resolve_dialect(other)
        fits = name != other and frames.shape[1] <= said.spec.n_mels  # more columns are refused anyway
        return (frames.T, said.of_columns(frames.shape[1])) if fits else None

    return wrong


WRONGS = {
    "transposed": transposed,
    "ln ↔ dB": other_logarithm,
    "16 bits ↔ 1": other_samples,
    "mean normalised": mean_normalised,
    "deviation, too": normalised,
    "given as `asr`": given_as("asr"),
    "given as `python_speech_features`": given_as("python_speech_features"),
}


def identified_rows(measured: dict[str, Counter]) -> Iterator[list[str]]:
    for name, count in measured.items():
        found = Counter({outcome: k for (what, outcome), k in count.items() if what == "identified"})
        others = ", ".join(f"`{other}` {k}" for other, k in found.most_common() if other != name)
        yield [f"`{name}`", share(found[name], found.total()), others, rate(count, "with sound")]
    found = sum(measured.values(), Counter())
    right = sum(count["identified", name] for name, count in measured.items())
    total = sum(k for (what, _), k in found.items() if what == "identified")
    yield ["all", share(right, total), "", rate(found, "with sound")]


def refused_rows(measured: dict[str, Counter]) -> Iterator[list[str]]:
    whole = sum(measured.values(), Counter())
    for name, count in [*((f"`{name}`", count) for name, count in measured.items()), ("all", whole)]:
        yield [name, *(rate(count, what) for what in ("true", *WRONGS))]


def rate(count: Counter, what: str) -> str:
    return share(count[what, True], count[what, True] + count[what, False])


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % of {whole}" if whole else ""


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
