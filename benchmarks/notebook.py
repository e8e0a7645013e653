"""Makes the table of the lecture notebook on Google Speech Commands: where a mean SNR of -39 dB can come from.

    python benchmarks/notebook.py /data/speech_commands_v0.02      (half an hour)

It takes 15 words, whole and cut to their loudest half second, at the notebook's 48 kHz, and trains its network in plain
Keras on each: to forecast the magnitude or the power of the next frame, with a ReLU behind the last layer or without.
Frames of digital silence are trained on, but not scored.
Data sets and cut recordings go to ``data/notebook/``, and are made once.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from commands import print_table

from mfccinv.configs.presets import preset_settings
from mfccinv.corpora.tree import files
from mfccinv.datasets.builder import build_dataset
from mfccinv.datasets.dataset import Dataset
from mfccinv.datasets.settings import BuildSettings
from mfccinv.evaluation.frame_metrics import LARGEST_SNR_DB, silent_frames
from mfccinv.features.context import Context
from mfccinv.system.native_output import keras_import

with keras_import():
    import keras

FOLDER = Path("data/notebook")
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
LOUDEST_SECONDS = 0.5
CONTEXT = Context(5, "next")
TARGETS = {"magnitude": 1, "power": 2}  # powers of the magnitude
OUTPUTS = {"ReLU": "relu", "linear": None}
COLUMNS = ("recordings", "forecast", "method", "mean SNR (dB)", "median", "10 to 90 % of the frames", "pooled")
Pairs = tuple[np.ndarray, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="the unpacked release: a folder for each word")
    print_table("notebook", COLUMNS, rows(parser.parse_args().root), align="lllrrrr")


def rows(root: Path) -> Iterator[list[str]]:
    """A row for each kind of recording, of spectrum that is forecast, and of method."""
    for recordings, folder in {"whole": take_words(root), "loudest 500 ms": cut_words(root)}.items():
        dataset = build(folder)
        heard = ~silent_frames(dataset.pairs("test", CONTEXT)[1])
        for target, power in TARGETS.items():
            train, validation, test = (pairs(dataset, split, power) for split in ("train", "validation", "test"))
            methods = {"zero": 0.0 * test[1], "the mean frame": np.broadcast_to(train[1].mean(axis=0), test[1].shape)}
            methods["the last frame"] = last_frames(dataset, power)
            for output, activation in OUTPUTS.items():
                methods[f"the network, {output}"] = forecast(train, validation, test[0], activation)
            for method, predicted in methods.items():
                yield [recordings, target, method, *cells(test[1][heard], predicted[heard])]


def take_words(root: Path) -> Path:
    """Link the folders of the words."""
    folder = FOLDER / "whole"
    folder.mkdir(parents=True, exist_ok=True)
    for word in WORDS:
        if not (root / word).is_dir():
            raise FileNotFoundError(f"{root / word} is not there: unpack Speech Commands")
        if not (folder / word).exists():
            os.symlink((root / word).resolve(), folder / word)
    return folder


def cut_words(root: Path) -> Path:
    """Write the loudest half second of each recording; a shorter one is padded with zeros."""
    folder = FOLDER / "loudest"
    for word in WORDS:
        for path in files(root / word, [".wav", ".flac"]):
            cut = (folder / word / path.name).with_suffix(".wav")
            if cut.exists():
                continue
            sound, rate = soundfile.read(path, dtype="float32")
            n_samples = round(LOUDEST_SECONDS * rate)
            sound = np.pad(sound, (0, max(0, n_samples - len(sound))))
            energy = np.cumsum(np.concatenate([[0.0], np.square(sound, dtype=np.float64)]))
            start = int(np.argmax(energy[n_samples:] - energy[:-n_samples]))
            cut.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(cut, sound[start : start + n_samples], rate, subtype="PCM_16")
    return folder


def build(folder: Path) -> Dataset:
    """Build the data set, with the notebook's features and split."""
    presets = {"corpus": "folder", "split": "position", "features": "notebook", "augment": "none", "dataset": "default"}
    config = {group: dict(preset_settings(group, name)) for group, name in presets.items()}
    config["corpus"] |= {"root": str(folder.resolve()), "speaker_part": None}
    config["dataset"] |= {"root": str(FOLDER / "sets")}
    return build_dataset(BuildSettings.from_config(config))


def pairs(dataset: Dataset, split: str, power: int) -> Pairs:
    """MFCC of five frames, dB, and the frame after them as a linear spectrum."""
    x, y = dataset.pairs(split, CONTEXT)
    return x, linear(y, power)


def linear(log_mel: np.ndarray, power: int) -> np.ndarray:
    return 10 ** (np.asarray(log_mel, np.float64) * power / 20)


def last_frames(dataset: Dataset, power: int) -> np.ndarray:
    """The frame before each that is to be forecast."""
    shards = dataset.shards("test")
    return np.concatenate(
        [linear(shard.log_mel[CONTEXT.pair_index(shard.starts)[:, 1] - 1], power) for shard in shards]
    )


def forecast(train: Pairs, validation: Pairs, x: np.ndarray, activation: str | None) -> np.ndarray:
    """Train the notebook's network, Adam at its usual rate, and forecast."""
    keras.utils.set_random_seed(0)
    layers = [keras.Input(x.shape[1:]), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    for width in (500, 200, 50):
        layers += [keras.layers.Dense(width), keras.layers.LeakyReLU()]
    model = keras.Sequential([*layers, keras.layers.Dense(train[1].shape[1], activation=activation)])
    model.compile(keras.optimizers.Adam(1e-3), loss="mse", steps_per_execution=64)  # 64: no other result, in less time
    stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    model.fit(*train, validation_data=validation, batch_size=32, epochs=60, verbose=0, callbacks=[stop])
    return model.predict(x, batch_size=4096, verbose=0).astype(np.float64)


def cells(true: np.ndarray, predicted: np.ndarray) -> list[str]:
    """SNR of the frames in dB: mean, median, the middle 80 %; and that of all frames as one."""
    signal, error = (np.sum(np.square(values), axis=1) for values in (true, predicted - true))
    snr = 10 * np.log10(signal / np.maximum(error, signal * 10 ** (-LARGEST_SNR_DB / 10)))
    low, high = np.percentile(snr, [10, 90])
    pooled = 10 * np.log10(signal.sum() / error.sum())
    return [f"{snr.mean():.1f}", f"{np.median(snr):.1f}", f"{low:.1f} to {high:.1f}", f"{pooled:.1f}"]


if __name__ == "__main__":
    main()
