"""Inversion against librosa in the same process: speed, spectral convergence, PESQ and ESTOI, and a plot.

    python benchmarks/inversion.py phase        true magnitude → sound by every method (about 5 minutes)
    python benchmarks/inversion.py magnitude    true mel frames → magnitude → sound
    python benchmarks/inversion.py sound        true mel frames, and those that asr_20 predicts → sound, with its time
    python benchmarks/inversion.py calls        MFCC → sound: mfccinv.mfcc_to_audio against librosa's
    python benchmarks/inversion.py first        the first sound of a fresh process
    python benchmarks/inversion.py batch        many short utterances in one call, against a long recording
    python benchmarks/inversion.py stream       frames that come some at a time: latency and time

Speech: of phase, calls, batch and stream, the test speaker of the demo corpus. Pretrained networks learned from these
very recordings; what they gain on voices that they never heard is what benchmarks/unseen.py shows. Of magnitude and
sound, 40 recordings of each corpus that no network was trained on (docs/training_data.md). Other folders are named by

    python benchmarks/inversion.py magnitude --folder $HOME/recordings

and their table is printed, but not kept.
"""

import argparse
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import librosa
import numpy as np
import yaml
from commands import CORPORA, GAMES, interval, print_table
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

import mfccinv
from mfccinv.audio.perceptual_scores import audio_quality
from mfccinv.audio.sound_files import UnusableAudio, read_audio
from mfccinv.corpora.splits import stable_fraction
from mfccinv.evaluation.bootstrap import score_means
from mfccinv.features.extract import extract_features, stft_magnitude
from mfccinv.features.mel import mel_filters
from mfccinv.features.spec import FeatureSpec
from mfccinv.inversion.streams import StreamingInverter
from mfccinv.run_folders.run import Run
from mfccinv.synthesis.magnitude.mel_to_linear import log_mel_to_magnitude
from mfccinv.synthesis.phase.retrieval import retrieve_phase
from mfccinv.synthesis.stft import spectral_convergence

SPEAKER = Path("data/demo/june")
SPECS = {
    preset: FeatureSpec.from_settings(yaml.safe_load(Path(f"configs/features/{preset}.yaml").read_text()))
    for preset in ("asr", "librosa")
}
SPEC = SPECS["asr"]
ITERATIONS = (10, 32, 100)
RECORDINGS = 40
PLOT = Path("docs/inversion.png")
TRUE_MAGNITUDE = "true magnitude"
SOUND_COLUMNS = tuple(f"{score}, from {known}" for known in ("true mel", "20 MFCC") for score in ("PESQ-WB", "ESTOI"))
# Magnitude, phase and its iterations: Griffin-Lim, what mfcc_to_audio does without networks, and with them.
SOUND_METHODS = (
    *(("kl", "griffin_lim", n) for n in (32, 100)),
    *(("kl", "joint", n) for n in (2, 21)),
    ("learned", "griffin_lim", 32),
    *(("learned", "learned", n) for n in (0, 4, 8, 16, 32)),
    ("learned", "rtisi_learned", 2),
)
PORTIONS = (1, 10, 100)  # frames in a call of a stream
TITLES = {
    "phase": ("phase", "iterations", "s per s of sound", "convergence (dB)", "PESQ-WB", "ESTOI"),
    "magnitude": (
        *("magnitude", "corpus", "error of the mel frames", "error of the magnitude (dB)"),
        *("PESQ-WB", "ESTOI"),
    ),
    "sound": ("magnitude", "phase", "iterations", "corpus", "s per s of sound", *SOUND_COLUMNS),
    "calls": (
        *("features", "call", "s per s of sound", "librosa's time by it", "PESQ-WB", "ESTOI"),
        *("gain in PESQ-WB", "gain in ESTOI"),
    ),
    "first": ("call", "import (s)", "first sound (s)", "both (s)"),
    "batch": ("call", "60 × 0.5 s (ms)", "1 × 30 s (ms)", "ratio"),
    "stream": ("network", "phase", "latency (s)", *(f"s per s of sound, {size} at once" for size in PORTIONS)),
}
STREAMED_FRAMES = 400
UTTERANCES, UTTERANCE_SECONDS = 60, 0.5
FIRST_ROUNDS, BATCH_ROUNDS, CALL_ROUNDS = 7, 9, 5
FIRST_SCRIPT = """
import sys, time
started = time.perf_counter()
import {package}
imported = time.perf_counter()
import numpy as np
{call}(np.load(sys.argv[1]), {settings})
print(imported - started, time.perf_counter() - imported)
"""
Method = Callable[[np.ndarray, int], np.ndarray]  # magnitude (n_frames, n_bins), length → waveform


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=list(TITLES))
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    titles = TITLES[arguments.table]
    align = ("l" if arguments.table in ("phase", "batch") else "ll").ljust(len(titles), "r")
    makers = (phase_rows, magnitude_rows, sound_rows, call_rows, first_rows, batch_rows, stream_rows)
    rows = dict(zip(TITLES, makers, strict=True))[arguments.table](arguments.folder)
    print_table(None if arguments.folder else f"inversion_{arguments.table}", titles, rows, align=align)


def librosa_names(spec: FeatureSpec) -> dict:
    """What librosa calls the settings of a transform."""
    return {name: getattr(spec, name) for name in ("n_fft", "hop_length", "win_length", "pad_mode")}


def read_speech(folder: Path, sample_rate: int = SPEC.sample_rate) -> list[np.ndarray]:
    """Recordings of a folder that can be scored; of many, some by the hashes of their names; none end the program."""
    paths = [path for path in folder.rglob("*") if path.suffix in (".flac", ".ogg", ".wav")]
    speech: list[np.ndarray] = []
    for path in sorted(paths, key=lambda path: stable_fraction(path.name)):
        if len(speech) == RECORDINGS:
            break
        with suppress(UnusableAudio):
            y = read_audio(path, sample_rate).y
            if len(y) >= sample_rate:
                speech.append(y)
    if not speech:
        sys.exit(f"no recordings in {folder}: docs/training_data.md says where speech is to be had")
    return speech


def phase_rows(folder: Path | None) -> Iterator[list[str]]:
    """A row a method and number of iterations, from the true magnitude; the plot shows quality over time."""
    methods: dict[tuple[str, int | None], Method] = {
        (name, n): method for n in ITERATIONS for name, method in phase_methods(n).items()
    }
    methods |= {(name, None): own(name) for name in ("random", "pghi")}
    speech = read_speech(folder or SPEAKER)
    lines: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for (name, n), method in methods.items():
        rows = defaultdict(list)
        for y in speech:
            magnitude = stft_magnitude(y, SPEC)
            made, seconds = timed(lambda: method(magnitude, len(y)))  # noqa: B023
            rows["time"].append(seconds / len(y) * SPEC.sample_rate)
            rows["convergence"].append(spectral_convergence(magnitude, stft_magnitude(made, SPEC)))
            for score, value in audio_quality(y, made, SPEC.sample_rate).items():
                rows[score].append(value)
        mean = {score: float(np.mean(values)) for score, values in rows.items()}
        yield [
            name,
            str(n or "–"),
            f"{np.median(rows['time']):.4f}",
            f"{mean['convergence']:.1f}",
            f"{mean['pesq']:.2f}",
            f"{mean['estoi']:.3f}",
        ]
        lines[name].append((float(np.median(rows["time"])), mean["convergence"], mean["pesq"]))
    if folder is None:
        draw(lines)


def phase_methods(iterations: int) -> dict[str, Method]:
    """The iterative methods, and librosa's."""
    return {
        "librosa.griffinlim": lambda magnitude, length: librosa.griffinlim(
            magnitude.T, n_iter=iterations, length=length, random_state=0, **librosa_names(SPEC)
        ),
        "griffin_lim, start=random": own("griffin_lim", iterations=iterations, start="random"),
        "griffin_lim": own("griffin_lim", iterations=iterations),
        "griffin_lim, start=pghi": own("griffin_lim", iterations=iterations, start="pghi"),
        "admm": own("admm", iterations=iterations),
        "admm, start=pghi": own("admm", iterations=iterations, start="pghi"),
        "rtisi_la, 4 frames by a quarter": own("rtisi_la", iterations=max(1, iterations // 4)),
    }


def own(name: str, **changed) -> Method:
    settings = yaml.safe_load(Path(f"configs/phase/{name}.yaml").read_text()) | changed
    return lambda magnitude, length: retrieve_phase(magnitude, SPEC, phase=settings, seed=0, length=length)


def magnitude_rows(folder: Path | None) -> Iterator[list[str]]:
    """A row a method, from the true mel frames; below, what the true magnitude is worth."""
    methods: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "librosa mel_to_stft": lambda log_mel, y: librosa.feature.inverse.mel_to_stft(
            10 ** (log_mel.T.astype(np.float64) / 10), sr=SPEC.sample_rate, n_fft=SPEC.n_fft, power=2.0
        ).T.astype(np.float32)
    }
    for name in ("pinv", "nnls", "kl", "learned"):
        settings = yaml.safe_load(Path(f"configs/magnitude/{name}.yaml").read_text())
        methods[name] = lambda log_mel, y, settings=settings: log_mel_to_magnitude(log_mel, SPEC, magnitude=settings)
    methods[TRUE_MAGNITUDE] = lambda log_mel, y: stft_magnitude(y, SPEC)
    for place in [folder] if folder else [CORPORA / corpus for corpus in GAMES]:
        speech = read_speech(place)
        for name, method in methods.items():
            yield [name, place.name, *magnitude_scores(name, method, speech)]


def magnitude_scores(
    name: str, method: Callable[[np.ndarray, np.ndarray], np.ndarray], speech: list[np.ndarray]
) -> list[str]:
    """Errors of the mel frames and of the magnitude that a method finds, and scores of the sound, as cells."""
    griffin_lim = own("griffin_lim", start="random")
    rows: dict[str, list[float]] = defaultdict(list)
    for y in speech:
        _, log_mel = extract_features(y, SPEC)
        magnitude = method(log_mel, y)
        mel, again = (mel_filters(SPEC) @ one.T.astype(float) ** 2 for one in (stft_magnitude(y, SPEC), magnitude))
        rows["mel"].append(np.linalg.norm(again - mel) / np.linalg.norm(mel))
        rows["convergence"].append(spectral_convergence(stft_magnitude(y, SPEC), magnitude))
        for score, value in audio_quality(y, griffin_lim(magnitude, len(y)), SPEC.sample_rate).items():
            rows[score].append(value)
    errors = ["0", "–"]
    heard = ["pesq", "estoi"]
    if name != TRUE_MAGNITUDE:
        errors = [f"{np.mean(rows['mel']):.5f}"]
        heard = ["convergence", *heard]
    scores = score_means({score: rows[score] for score in heard}, seed=0)
    return [*errors, *(interval(score, "-") for score in scores.values())]


def sound_rows(folder: Path | None) -> Iterator[list[str]]:
    """A row a method and corpus: its time from mel frames to sound, and scores from true and from predicted ones."""
    for place in [folder] if folder else [CORPORA / corpus for corpus in GAMES]:
        known = [(y, frames_to_invert(y)) for y in read_speech(place)]
        for magnitude, phase, iterations in SOUND_METHODS:
            how = {"magnitude": magnitude, "phase": {"name": phase, "iterations": iterations}}
            synthesise = partial(mfccinv.mel_to_audio, **how)
            rows: dict[str, list[float]] = defaultdict(list)
            for y, mels in known:
                for frames, mel in mels.items():
                    found, seconds = timed(partial(synthesise, mel, length=len(y)), rounds=2)
                    rows["time"].append(seconds / len(y) * SPEC.sample_rate)
                    for score, value in audio_quality(y, found, SPEC.sample_rate).items():
                        rows[f"{score} {frames}"].append(value)
            heard = [f"{score} {frames}" for frames in ("true", "asr_20") for score in ("pesq", "estoi")]
            scores = score_means({name: rows[name] for name in heard}, seed=0)
            seconds = f"{np.median(rows['time']):.4f}"
            yield [
                magnitude,
                phase,
                str(iterations),
                place.name,
                seconds,
                *(interval(one, "-") for one in scores.values()),
            ]


def frames_to_invert(y: np.ndarray) -> dict[str, np.ndarray]:
    """True mel frames of a recording, and those that `asr_20` predicts of its MFCC, (n_mels, n_frames), power."""
    mfcc, log_mel = extract_features(y, SPEC)
    return {"true": 10 ** (log_mel.T / 10), "asr_20": mfccinv.mfcc_to_mel(mfcc.T, force=True)}


def call_rows(folder: Path | None) -> Iterator[list[str]]:
    """MFCC to sound in one call, with the features of two presets; each utterance by each of them in turn."""
    for preset, spec in SPECS.items():
        speech = read_speech(folder or SPEAKER, spec.sample_rate)
        rows = measure_calls(spec, speech, preset)
        theirs = rows["librosa"]
        for name, own_rows in rows.items():
            ratio = np.array(theirs["time"]) / own_rows["time"]
            gains = {score: list(np.subtract(own_rows[score], theirs[score])) for score in ("pesq", "estoi")}
            yield [
                f"`{preset}`",
                name,
                f"{np.median(own_rows['time']):.4f}",
                f"{np.median(ratio):.1f} ({ratio.min():.1f} … {ratio.max():.1f})",
                f"{np.mean(own_rows['pesq']):.2f}",
                f"{np.mean(own_rows['estoi']):.3f}",
                *(interval(score) for score in score_means(gains, seed=0).values()),
            ]


def measure_calls(spec: FeatureSpec, speech: list[np.ndarray], preset: str) -> dict[str, dict[str, list[float]]]:
    """Time and scores of every recording by every call."""
    calls: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
        "librosa": lambda mfcc, length: librosa.feature.inverse.mfcc_to_audio(
            mfcc, n_mels=spec.n_mels, sr=spec.sample_rate, length=length, **librosa_names(spec)
        ),
        "mfccinv, checkpoint=None": lambda mfcc, length: mfccinv.mfcc_to_audio(
            mfcc, spec=preset, checkpoint=None, length=length
        ),
        "mfccinv": lambda mfcc, length: mfccinv.mfcc_to_audio(mfcc, spec=preset, length=length),
        "mfccinv, magnitude=kl phase=griffin_lim": lambda mfcc, length: mfccinv.mfcc_to_audio(
            mfcc, spec=preset, magnitude="kl", phase="griffin_lim", length=length
        ),
        "mfccinv, phase=joint phase.iterations=8": lambda mfcc, length: mfccinv.mfcc_to_audio(
            mfcc, spec=preset, phase={"name": "joint", "iterations": 8}, length=length
        ),
        "mfccinv, magnitude=kl phase=joint phase.iterations=2": lambda mfcc, length: mfccinv.mfcc_to_audio(
            mfcc, spec=preset, magnitude="kl", phase={"name": "joint", "iterations": 2}, length=length
        ),
    }
    for call in calls.values():  # loads the model, compiles
        for y in speech:
            call(extract_features(y, spec)[0].T, len(y))
    rows: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in calls}
    for y in speech:
        mfcc = extract_features(y, spec)[0].T
        for name, call in calls.items():
            made, seconds = timed(lambda: call(mfcc, len(y)), CALL_ROUNDS)  # noqa: B023
            rows[name]["time"].append(seconds / len(y) * spec.sample_rate)
            for score, value in audio_quality(y, made, spec.sample_rate).items():
                rows[name][score].append(value)
    return rows


def timed(call: Callable[[], np.ndarray], rounds: int = 3) -> tuple[np.ndarray, float]:
    """Result of a call and the shortest time it took, s."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        made = call()
        times.append(time.perf_counter() - started)
    return made, min(times)


def first_rows(folder: Path | None) -> Iterator[list[str]]:
    """A row a call: the median time of fresh processes that invert the MFCC of 3 s, in turn."""
    settings = f"n_mels={SPEC.n_mels}, sr={SPEC.sample_rate}, " + ", ".join(
        f"{name}={value!r}" for name, value in librosa_names(SPEC).items()
    )
    calls = {
        "librosa": ("librosa", "librosa.feature.inverse.mfcc_to_audio", settings),
        "mfccinv, checkpoint=None": ("mfccinv", "mfccinv.mfcc_to_audio", "checkpoint=None"),
        "mfccinv": ("mfccinv", "mfccinv.mfcc_to_audio", ""),
    }
    y = max(read_speech(folder or SPEAKER), key=len)[: 3 * SPEC.sample_rate]
    with TemporaryDirectory() as place:
        path = Path(place) / "mfcc.npy"
        np.save(path, extract_features(y, SPEC)[0].T)
        times: dict[str, list[list[float]]] = {name: [] for name in calls}
        for _ in range(FIRST_ROUNDS):
            for name, (package, call, given) in calls.items():
                script = FIRST_SCRIPT.format(package=package, call=call, settings=given)
                command = [sys.executable, "-c", script, str(path)]
                printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                times[name].append([float(one) for one in printed.split()])
    for name, rounds in times.items():
        imported, first = np.median(rounds, axis=0)
        yield [name, f"{imported:.2f}", f"{first:.2f}", f"{np.median(np.sum(rounds, axis=1)):.2f}"]


def batch_rows(folder: Path | None) -> Iterator[list[str]]:
    """A row a call: median times of short utterances together and of a recording as long as all of them, in turn."""
    n_samples = round(UTTERANCE_SECONDS * SPEC.sample_rate)
    speech = np.concatenate(read_speech(folder or SPEAKER))[: UTTERANCES * n_samples]
    many = np.stack([extract_features(y, SPEC)[0].T for y in np.split(speech, UTTERANCES)])
    given = [many, extract_features(speech, SPEC)[0].T]
    calls: list[Callable[[np.ndarray], np.ndarray]] = [
        *(mfccinv.mfcc_to_audio, mfccinv.mfcc_to_mel),
        *(mfccinv.mel_to_magnitude, mfccinv.magnitude_to_audio),
    ]
    for call in calls:
        made = [call(one) for one in given]
        times = np.median([[timed(lambda: call(one), 1)[1] for one in given] for _ in range(BATCH_ROUNDS)], axis=0)  # noqa: B023
        yield [call.__name__, *(f"{1000 * time:.0f}" for time in times), f"{times[0] / times[1]:.2f}"]
        if call is not mfccinv.mfcc_to_audio:  # what the next call takes
            given = made


def stream_rows(folder: Path | None) -> Iterator[list[str]]:
    """A row a stream: its latency, and the time of one thread by the frames that each call takes."""
    mfcc = np.concatenate([extract_features(y, SPEC)[0] for y in read_speech(folder or SPEAKER)])[:STREAMED_FRAMES]
    for checkpoint in ("asr_20", None):
        run = checkpoint and Run.open(checkpoint)
        for phase in ("rtisi_learned", "rtisi_la"):
            times = []
            for size in PORTIONS:
                inverter = StreamingInverter(SPEC, run=run, phase=phase)
                with threadpool_limits(1):
                    started = time.perf_counter()
                    for first in range(0, len(mfcc), size):
                        inverter.push(mfcc[first : first + size])
                times.append((time.perf_counter() - started) / len(mfcc) * SPEC.frames_per_second)
            yield [
                f"`{checkpoint}`" if checkpoint else "analytic",
                f"`{phase}`",
                f"{inverter.latency_seconds:.2f}",
                *(f"{seconds:.3f}" for seconds in times),
            ]


def draw(lines: dict[str, list[tuple[float, float, float]]]) -> None:
    """Draw convergence and PESQ over time, a line a method."""
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    for axis, column, label in zip(
        figure.subplots(1, 2), (1, 2), ("spectral convergence (dB)", "PESQ-WB"), strict=True
    ):
        for name, points in lines.items():
            axis.plot([point[0] for point in points], [point[column] for point in points], marker="o", label=name)
        axis.set_xscale("log")
        axis.set_xlabel("seconds per second of sound")
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside right center", fontsize=9)
    figure.savefig(PLOT, dpi=110)


if __name__ == "__main__":
    main()
