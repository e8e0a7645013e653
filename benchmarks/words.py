"""A text into a spectrogram and a signal: words of Google Speech Commands as MFCC templates, joined and inverted.

    python benchmarks/words.py /data/speech_commands_v0.02 go left no house      (a minute)

A word's template is the mean of some recordings after dynamic time warping. The templates of the text are joined with
short cross-fades, and the pretrained network asr_20 inverts them: at once, and as a stream. The sounds go to
``data/words/``. Then each word's sound is analysed again and compared with all templates: which one is the nearest?
Recordings that are in no template are compared likewise. Table and figure are for docs/words.md; a text keeps them as
they are.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import librosa
import numpy as np
from commands import print_table
from matplotlib.figure import Figure

import mfccinv
from mfccinv.audio.loudest import loudest_segment
from mfccinv.audio.sound_files import read_audio, write_audio
from mfccinv.configs.presets import resolve_spec
from mfccinv.corpora.tree import files
from mfccinv.features.decibels import mel_to_log_mel
from mfccinv.features.extract import extract_features
from mfccinv.inversion.streams import StreamingInverter
from mfccinv.run_folders.run import Run

FOLDER = Path("data/words")
FIGURE = Path("docs/words.png")
SPEC = resolve_spec("asr")
CHECKPOINT = "asr_20"
WORDS = (
    *("bed", "bird", "cat", "dog", "down", "eight", "five", "four"),
    *("go", "happy", "house", "left", "marvin", "nine", "no"),
)
SENTENCE = ("go", "left", "no", "house")
WORD_SECONDS = 0.6
IN_TEMPLATE = 16  # recordings
HELD_OUT = 5  # recordings that are compared with the templates
ROUNDS = 5  # of aligning and averaging
FADE_FRAMES = 6
METHODS = {"analytic inverse": None, "network": CHECKPOINT}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path, help="the unpacked release: a folder for each word")
    parser.add_argument("text", nargs="*", help="words to say; none: the table and the figure")
    arguments = parser.parse_args()
    if arguments.text:
        say(arguments.text, {word: template(arguments.root, word) for word in set(arguments.text)})
        return
    templates = {word: template(arguments.root, word) for word in WORDS}
    say(SENTENCE, templates)
    draw(SENTENCE, templates)
    columns = ("what is compared with the 15 templates", "of them", "its own word is the nearest")
    print_table("words", columns, recognised(arguments.root, templates), align="lrr")


def template(root: Path, word: str) -> np.ndarray:
    """Mean of a word's first recordings, (n_frames, n_mfcc), dB."""
    return mean_after_warping([word_mfcc(path) for path in recordings(root, word)[:IN_TEMPLATE]])


def recordings(root: Path, word: str) -> list[Path]:
    if not (root / word).is_dir():
        raise FileNotFoundError(f"{root / word} is not there: unpack Speech Commands, or choose another word")
    return list(files(root / word, [".wav", ".flac"]))


def word_mfcc(path: Path) -> np.ndarray:
    """MFCC of a recording's loudest stretch, (n_frames, n_mfcc), dB, all recordings equally loud."""
    y = loudest_segment(read_audio(path, SPEC.sample_rate), WORD_SECONDS).y
    return extract_features(0.1 * y / np.sqrt(np.mean(y**2)), SPEC)[0].astype(np.float64)


def mean_after_warping(sequences: Sequence[np.ndarray]) -> np.ndarray:
    """Mean of MFCC sequences (n_frames, n_mfcc) that differ in their timing.

    It begins with the sequence that is nearest to the others. In each round, every sequence is aligned to the mean so
    far, and each frame of the mean becomes that of the frames aligned to it: Petitjean, Ketterlin and Gançarski, A
    global averaging method for dynamic time warping, 2011.
    """
    costs = np.zeros((len(sequences), len(sequences)))
    for one, other in product(range(len(sequences)), repeat=2):
        if one < other:
            costs[one, other] = costs[other, one] = warped(sequences[one], sequences[other])[0]
    mean = sequences[int(np.argmin(costs.sum(axis=0)))]
    for _ in range(ROUNDS):
        total, count = np.zeros_like(mean), np.zeros((len(mean), 1))
        for sequence in sequences:
            _, path = warped(mean, sequence)
            np.add.at(total, path[:, 0], sequence[path[:, 1]])
            np.add.at(count, path[:, 0], 1)
        mean = total / count
    return mean


def warped(one: np.ndarray, other: np.ndarray) -> tuple[float, np.ndarray]:
    """Align two sequences (n_frames, n_mfcc) without c0, the level: mean distance along the path, and the path.

    The path is (n_steps, 2): a frame of the one and the frame of the other that belongs to it.
    """
    cost, path = librosa.sequence.dtw(one[:, 1:].T, other[:, 1:].T)
    return float(cost[-1, -1]) / len(path), path


def joined(parts: Sequence[np.ndarray], fade_frames: int) -> np.ndarray:
    """Put MFCC (n_frames, n_mfcc) one behind the other; the last frames of each fade into the first of the next."""
    whole = parts[0]
    rising = (np.arange(fade_frames) + 1)[:, None] / (fade_frames + 1)
    for part in parts[1:]:
        before, overlap = whole[: len(whole) - fade_frames], whole[len(whole) - fade_frames :]
        mixed = (1 - rising) * overlap + rising * part[:fade_frames]
        whole = np.concatenate([before, mixed, part[fade_frames:]])
    return whole


def say(text: Sequence[str], templates: dict[str, np.ndarray]) -> None:
    """Write the sound of a text: by each method at once, and by the network as a stream."""
    mfcc = joined([templates[word] for word in text], FADE_FRAMES)
    sounds = {name.replace(" ", "_"): sound(mfcc, checkpoint) for name, checkpoint in METHODS.items()}
    for name, y in (sounds | {"stream": streamed(mfcc)}).items():
        path = FOLDER / f"{'_'.join(text)}.{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, y, SPEC.sample_rate)
        print(f"{path}: {len(y) / SPEC.sample_rate:.2f} s")


def sound(mfcc: np.ndarray, checkpoint: str | None) -> np.ndarray:
    """Sound of MFCC (n_frames, n_mfcc), (n_samples,)."""
    return mfccinv.mfcc_to_audio(mfcc.T, checkpoint=checkpoint, force=True)  # means are smoother in time than speech is


def streamed(mfcc: np.ndarray) -> np.ndarray:
    """Sound of MFCC (n_frames, n_mfcc) that come frame by frame, (n_samples,); phases by RTISI-LA."""
    inverter = StreamingInverter(SPEC, run=Run.open(CHECKPOINT))
    return np.concatenate([*(inverter.push(frame) for frame in mfcc), inverter.finish()])


def nearest(mfcc: np.ndarray, templates: dict[str, np.ndarray]) -> str:
    """Word whose template is the nearest to MFCC (n_frames, n_mfcc)."""
    return min(templates, key=lambda word: warped(templates[word], mfcc)[0])


def recognised(root: Path, templates: dict[str, np.ndarray]) -> Iterator[list[str]]:
    """A row for each kind of sound: how many of them are nearest to their own word's template."""
    held_out = {
        word: [word_mfcc(path) for path in recordings(root, word)[IN_TEMPLATE : IN_TEMPLATE + HELD_OUT]]
        for word in templates
    }
    kinds = {"recordings that are in none": held_out}
    for name, checkpoint in METHODS.items():
        kinds[f"sounds of the templates, {name}"] = {
            word: [extract_features(sound(mfcc, checkpoint), SPEC)[0]] for word, mfcc in templates.items()
        }
    for kind, found in kinds.items():
        right = [nearest(mfcc, templates) == word for word, several in found.items() for mfcc in several]
        yield [kind, str(len(right)), f"{100 * np.mean(right):.0f} %"]


def draw(text: Sequence[str], templates: dict[str, np.ndarray]) -> None:
    """Draw the spectrogram of a text, by each method."""
    mfcc = joined([templates[word] for word in text], FADE_FRAMES)
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    for axis, (name, checkpoint) in zip(figure.subplots(len(METHODS), 1, sharex=True), METHODS.items(), strict=True):
        log_mel = mel_to_log_mel(mfccinv.mfcc_to_mel(mfcc.T, checkpoint=checkpoint, force=True), SPEC)
        seconds = log_mel.shape[1] / SPEC.frames_per_second
        limits = {"vmin": log_mel.max() - 60, "extent": (0, seconds, 0, SPEC.n_mels)}
        axis.imshow(log_mel, origin="lower", aspect="auto", **limits)
        start = 0
        for word in text:
            axis.text(start / SPEC.frames_per_second + 0.02, 70, word, color="white")
            start += len(templates[word]) - FADE_FRAMES
        axis.set(title=name, ylabel="mel band")
    axis.set_xlabel("seconds")
    figure.savefig(FIGURE, dpi=80)


if __name__ == "__main__":
    main()
