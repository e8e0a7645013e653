"""Makes table and figure of the lecture notebook on Google Speech Commands: where a mean SNR of -39 dB comes from.

    python benchmarks/notebook.py /data/speech_commands_v0.02      (ten minutes)

It takes 15 words, up to a hundred recordings of each, whole and their loudest half second, at the notebook's 48 kHz.
It trains the notebook's network in plain Keras on each: to forecast the magnitude or the power of the next frame, with
a ReLU behind the last layer or without. Frames of digital silence are trained on, but not scored.
Links to the words, data sets and forecasts go to ``data/notebook/``; what is there is not made again.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from commands import print_table
from matplotlib.figure import Figure

from mfccinv.configs.presets import preset_settings
from mfccinv.corpora.tree import files
from mfccinv.datasets.builder import build_dataset
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.settings import BuildSettings
from mfccinv.evaluation.frame_metrics import LARGEST_SNR_DB, frame_levels, silent_frames
from mfccinv.features.context import Context
from mfccinv.system.atomic_files import temporary_beside
from mfccinv.system.native_output import keras_import

with keras_import():
    import keras

FOLDER = Path("data/notebook")
FIGURE = Path("docs/lecture_notebook.png")
WORDS = (
    "bed",
    "bird",
    "cat",
    "dog",
    "down",
    "eight",
    "five",
    "four",
    "go",
    "happy",
    "house",
    "left",
    "marvin",
    "nine",
    "no",
)
# What the network sees: seconds of each recording (None: all) and frames before the one that it forecasts.
SEEN = {"whole": (None, 5), "loudest 500 ms": (0.5, 5), "loudest 500 ms, 3 frames": (0.5, 3)}
TARGETS = {"magnitude": 1, "power": 2}  # powers of the magnitude
OUTPUTS = {"ReLU": "relu", "linear": None}
NETWORK = "the network, linear"
EPOCHS = 60  # at most
COLUMNS = ("recordings", "forecast", "method", "mean SNR (dB)", "median", "10 to 90 % of the frames", "pooled")
LEVELS_DB = np.arange(-80, 1, 10)  # below the loudest frame: where each bin begins
NOTEBOOK_DB = -39  # what the notebook reported
Pairs = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Forecast:
    """What a method forecasts of the test split, and the truth: linear spectra (n_frames, n_mels)."""

    seen: str
    target: str
    method: str
    true: np.ndarray
    predicted: np.ndarray

    @property
    def snr(self) -> np.ndarray:
        """SNR of each frame, (n_frames,), dB."""
        signal, error = self._energies()
        return 10 * np.log10(signal / np.maximum(error, signal * 10 ** (-LARGEST_SNR_DB / 10)))

    @property
    def pooled_snr(self) -> float:
        """SNR of all frames as one, dB."""
        signal, error = self._energies()
        return float(10 * np.log10(signal.sum() / error.sum()))

    @property
    def level_db(self) -> np.ndarray:
        """Level of each frame below the loudest, (n_frames,)."""
        with np.errstate(divide="ignore"):  # of empty bands
            level = frame_levels(20 / TARGETS[self.target] * np.log10(self.true))
        return level - level.max()

    def _energies(self) -> list[np.ndarray]:
        return [np.sum(np.square(values), axis=1) for values in (self.true, self.predicted - self.true)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="the unpacked release: a folder for each word")
    parser.add_argument("--recordings", type=int, default=100, help="the first so many of each word")
    arguments = parser.parse_args()
    words = take_words(arguments.root, arguments.recordings)
    made: list[Forecast] = []
    print_table("notebook", COLUMNS, rows(words, made), align="lllrrrr")
    draw(made)


def rows(words: Path, made: list[Forecast]) -> Iterator[list[str]]:
    """A row for each forecast: mean, median and the middle 80 % of its SNR, and that of all frames as one."""
    for forecast in forecasts(words):
        made.append(forecast)
        snr = forecast.snr
        low, high = np.percentile(snr, [10, 90])
        scores = [f"{snr.mean():.1f}", f"{np.median(snr):.1f}", f"{low:.1f} to {high:.1f}"]
        yield [forecast.seen, forecast.target, forecast.method, *scores, f"{forecast.pooled_snr:.1f}"]


def forecasts(words: Path) -> Iterator[Forecast]:
    """Forecast by each method, of each kind of spectrum, from each kind of recording."""
    for seen, (seconds, n_frames) in SEEN.items():
        dataset, context = build(words, seconds), Context(n_frames, "next")
        heard = ~silent_frames(dataset.pairs("test", context)[1])
        for target, power in TARGETS.items():
            train, validation, test = (
                pairs(dataset, split, context, power) for split in ("train", "validation", "test")
            )
            methods = {"zero": 0.0 * test[1], "the mean frame": np.broadcast_to(train[1].mean(axis=0), test[1].shape)}
            methods["the last frame"] = last_frames(dataset, context, power)
            for output, activation in OUTPUTS.items():
                path = FOLDER / "forecasts" / f"{dataset.folder.name}-{n_frames}-{target}-{output}.npy"
                if not path.is_file():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with temporary_beside(path) as temporary, temporary.open("wb") as file:
                        np.save(file, train_and_forecast(train, validation, test[0], activation))
                methods[f"the network, {output}"] = np.load(path).astype(np.float64)
            for method, predicted in methods.items():
                yield Forecast(seen, target, method, test[1][heard], predicted[heard])


def take_words(root: Path, recordings: int) -> Path:
    """Link the first recordings of each word into a folder of their own."""
    folder = FOLDER / f"words-{recordings}"
    for word in WORDS:
        if not (root / word).is_dir():
            raise FileNotFoundError(f"{root / word} is not there: unpack Speech Commands")
        (folder / word).mkdir(parents=True, exist_ok=True)
        for path in list(files(root / word, [".wav", ".flac"]))[:recordings]:
            if not (folder / word / path.name).exists():
                os.symlink(path.resolve(), folder / word / path.name)
    return folder


def build(words: Path, seconds: float | None) -> Dataset:
    """Build the data set, with the notebook's features and split."""
    presets = {"corpus": "folder", "split": "position", "features": "notebook", "augment": "none", "dataset": "default"}
    config = {group: dict(preset_settings(group, name)) for group, name in presets.items()}
    config["corpus"] |= {"root": str(words.resolve()), "speaker_part": None}
    config["dataset"] |= {"root": str(FOLDER / "sets"), "segment_seconds": seconds}
    return build_dataset(BuildSettings.from_config(config))


def pairs(dataset: Dataset, split: str, context: Context, power: int) -> Pairs:
    """MFCC of some frames, dB, and the frame after them as a linear spectrum."""
    x, y = dataset.pairs(split, context)
    return x, linear(y, power)


def linear(log_mel: np.ndarray, power: int) -> np.ndarray:
    return 10 ** (np.asarray(log_mel, np.float64) * power / 20)


def last_frames(dataset: Dataset, context: Context, power: int) -> np.ndarray:
    """The frame before each that is to be forecast."""
    shards = dataset.shards("test")
    return np.concatenate(
        [linear(shard.log_mel[context.pair_index(shard.starts)[:, 1] - 1], power) for shard in shards]
    )


def train_and_forecast(train: Pairs, validation: Pairs, x: np.ndarray, activation: str | None) -> np.ndarray:
    """Train the notebook's network, Adam at its usual rate, and forecast."""
    keras.utils.set_random_seed(0)
    layers = [keras.Input(x.shape[1:]), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    for width in (500, 200, 50):
        layers += [keras.layers.Dense(width), keras.layers.LeakyReLU()]
    model = keras.Sequential([*layers, keras.layers.Dense(train[1].shape[1], activation=activation)])
    model.compile(keras.optimizers.Adam(1e-3), loss="mse", steps_per_execution=64)  # 64: no other result, in less time
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    model.fit(*train, validation_data=validation, batch_size=32, epochs=EPOCHS, verbose=0, callbacks=[stop])
    return model.predict(x, batch_size=4096, verbose=0)


def draw(made: list[Forecast]) -> None:
    """Draw how the SNR of the frames is distributed, and how it depends on their level."""
    by_name = {(one.seen, one.target, one.method): one for one in made}
    figure = Figure(figsize=(11, 4), layout="constrained")
    spread, levels = figure.subplots(1, 2)
    for seen, color in (("whole", "tab:red"), ("loudest 500 ms", "tab:blue")):
        for target, style in (("power", "-"), ("magnitude", ":")):
            snr = by_name[seen, target, NETWORK].snr
            label = f"{seen}, {target}: mean {snr.mean():.0f} dB"
            spread.plot(np.sort(snr), np.linspace(0, 100, len(snr)), color=color, linestyle=style, label=label)
    spread.axvline(NOTEBOOK_DB, color="gray", linewidth=1)
    spread.text(NOTEBOOK_DB - 1, 62, f"the notebook's\n{NOTEBOOK_DB} dB", color="gray", ha="right", fontsize=8)
    spread.set(xlim=(-120, 25), xlabel="SNR of a frame (dB)", ylabel="frames below it (%)")
    for method, color in ((NETWORK, "tab:red"), ("the mean frame", "tab:orange"), ("the last frame", "tab:green")):
        forecast = by_name["whole", "power", method]
        levels.plot(*snr_by_level(forecast), marker="o", color=color, label=f"{method}, power")
    levels.set(xlabel="level of the frame below the loudest (dB)", ylabel="mean SNR (dB)")
    for axis in (spread, levels):
        axis.legend(fontsize=8, loc="upper left" if axis is spread else "lower right")
        axis.grid(alpha=0.3)
    figure.savefig(FIGURE, dpi=90)


def snr_by_level(forecast: Forecast) -> tuple[list[float], list[float]]:
    """Middles of the bins of the level that have frames, and the mean SNR of their frames, dB."""
    level, snr = forecast.level_db, forecast.snr
    inside = {(low + high) / 2: snr[(level > low) & (level <= high)] for low, high in pairwise(LEVELS_DB)}
    return tuple(zip(*((middle, some.mean()) for middle, some in inside.items() if len(some)), strict=True))


if __name__ == "__main__":
    main()
