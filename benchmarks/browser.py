"""The page of docs/browser in Chromium, against the package: its frames, its sound, and the time it takes.

    make browser                                  puts the network and its runtime beside the page
    python benchmarks/browser.py table            half a minute on two cores; needs Chromium and the extra quality
    python benchmarks/browser.py picture          docs/browser.png

Speech: the first 3 s of the test speaker's recordings in the demo corpus. The network was trained on these very
recordings: what it gains on voices that it never heard is what benchmarks/unseen.py measures.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from chromium import Page, chromium, serve
from commands import interval, print_table

import mfccinv
from mfccinv.audio.perceptual_scores import audio_quality
from mfccinv.audio.sound_files import read_audio
from mfccinv.configs.presets import resolve_spec
from mfccinv.evaluation.bootstrap import score_means
from mfccinv.features.decibels import mel_to_log_mel
from mfccinv.features.extract import extract_features
from mfccinv.system.atomic_files import temporary_beside

DOCS = Path("docs")
PICTURE = DOCS / "browser.png"
SPEAKER = Path("data/demo/june")
NETWORK = "asr_20"
SPEC = resolve_spec("asr")
SECONDS = 3
CHECKPOINTS = {"analytic": None, "network": NETWORK}  # by the name of the page's panel
TITLES = {"analytic": "analytic inverse", "network": f"`{NETWORK}`"}
COLUMNS = (
    *("inverse", "frames differ by (dB)", "sound differs by (dB)", "ESTOI", "ESTOI, package"),
    *("time (s)", "time, package (s)"),
)
STATUS = "document.getElementById('status').textContent"
FRAMES = """
(async () => {
  const [{ openNetwork }, mfcc] = await Promise.all([import("./network.js"), import("./mfcc.js")]);
  const { spec, predict } = await openNetwork("%s.onnx");
  const coefficients = mfcc.logMelToMfcc(mfcc.soundToLogMel(Float64Array.from(%s), spec), spec);
  const frames = { analytic: mfcc.mfccToLogMel(coefficients, spec), network: await predict(coefficients) };
  return JSON.stringify(frames, (_, value) => (ArrayBuffer.isView(value) ? [...value] : value));
})()
"""


@dataclass(frozen=True)
class Inverted:
    """What came of the MFCC: mel frames (n_frames, n_mels), dB, sound (n_samples,), full scale 1, and the time, s."""

    log_mel: np.ndarray
    y: np.ndarray
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["table", "picture"])
    what = parser.parse_args().what
    if reason := missing():
        sys.exit(reason)
    with opened_page() as page:
        if what == "table":
            print_table("browser", COLUMNS, rows(page), align="lrrrrrr")
        else:
            draw(page)


def missing() -> str | None:
    """Why the page can't be tried here; None if it can."""
    if chromium() is None:
        return "Chromium isn't installed"
    absent = [name for name in (f"{NETWORK}.onnx", "onnxruntime") if not (DOCS / "browser" / name).exists()]
    return f"there is no {' and no '.join(absent)} in docs/browser: run make browser" if absent else None


@contextmanager
def opened_page() -> Iterator[Page]:
    """Open the page, and wait until its network is read."""
    with serve(DOCS) as address, Page() as page:
        page.open(f"{address}/browser/?network={NETWORK}")
        page.wait_for(f"document.getElementById('status') && {STATUS} === 'Ready.'")
        yield page


def rows(page: Page) -> Iterator[list[str]]:
    """A row an inverse, of all recordings."""
    measured: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in CHECKPOINTS}
    speech = [read_audio(path, SPEC.sample_rate).y for path in sorted(SPEAKER.glob("*.flac"))]
    for y in [y[: SECONDS * SPEC.sample_rate] for y in speech if len(y) >= SECONDS * SPEC.sample_rate]:
        invert_by_package(y)  # reads the network, compiles
        made, own = invert(page, y), invert_by_package(y)
        for name, values in measured.items():
            values["frames"].append(float(np.abs(made[name].log_mel - own[name].log_mel).max()))
            values["sound"].append(ratio_db(own[name].y, made[name].y))
            for whose, inverted in (("page", made[name]), ("package", own[name])):
                values[f"{whose}_seconds"].append(inverted.seconds)
                values[f"{whose}_estoi"].append(audio_quality(y, padded(inverted.y, len(y)), SPEC.sample_rate)["estoi"])
    for name, values in measured.items():
        estoi = score_means({whose: values[f"{whose}_estoi"] for whose in ("page", "package")}, seed=0)
        yield [
            TITLES[name],
            f"{max(values['frames']):.0e}",
            f"−{min(values['sound']):.0f}",
            *(f"{interval(score, '-')}" for score in estoi.values()),
            *(f"{np.median(values[f'{whose}_seconds']):.2f}" for whose in ("page", "package")),
        ]


def invert(page: Page, y: np.ndarray) -> dict[str, Inverted]:
    """Let the page invert the MFCC of sound (n_samples,) at 16 kHz: it is given a file, and its sounds are saved."""
    frames = json.loads(page.run(FRAMES % (NETWORK, json.dumps(np.asarray(y, float).tolist()))))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        soundfile.write(path, y, SPEC.sample_rate, subtype="FLOAT")  # 16 bits are read as other numbers by Chromium
        page.run(f"{STATUS} = ''")
        page.choose("#file", path)
        page.wait_for(f"{STATUS}.startsWith('Done: speech.wav')")
    inverted = {}
    for name in CHECKPOINTS:
        note = page.run(f"document.querySelector('#{name} .note').textContent")
        seconds = sum(float(words.split()[0]) for words in note.split(" in ")[1:])
        sound, _ = soundfile.read(BytesIO(page.download(f"#{name} a")))
        inverted[name] = Inverted(np.array(frames[name]), sound, seconds)
    return inverted


def invert_by_package(y: np.ndarray) -> dict[str, Inverted]:
    """Invert the MFCC of sound (n_samples,) at 16 kHz by `mfccinv.mfcc_to_audio`, as the page does."""
    mfcc = extract_features(y, SPEC)[0].T
    inverted = {}
    for name, checkpoint in CHECKPOINTS.items():
        started = time.perf_counter()
        sound = mfccinv.mfcc_to_audio(mfcc, checkpoint=checkpoint, phase="griffin_lim")
        seconds = time.perf_counter() - started
        mel = mfccinv.mfcc_to_mel(mfcc, checkpoint=checkpoint)
        inverted[name] = Inverted(mel_to_log_mel(mel, SPEC).T, sound, seconds)
    return inverted


def ratio_db(y: np.ndarray, other: np.ndarray) -> float:
    """Energy of a sound (n_samples,) by that of its difference from another, dB."""
    return float(20 * np.log10(np.linalg.norm(y) / np.linalg.norm(y - other)))


def padded(y: np.ndarray, length: int) -> np.ndarray:
    """Sound of a length: what lacks at its end is silent."""
    return np.pad(y[:length], (0, max(0, length - len(y))))


def draw(page: Page) -> None:
    """Take the picture of the documentation."""
    page.run("document.getElementById('example').click()")
    page.wait_for(f"{STATUS}.startsWith('Done')")
    with temporary_beside(PICTURE) as temporary:
        temporary.write_bytes(page.picture(1250))


if __name__ == "__main__":
    main()
