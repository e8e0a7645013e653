"""Inverts files: arrays of MFCC or spectrograms, and sound for the round trip, to sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mfccinv.api import check_rows, magnitude_to_audio, mel_to_audio, mfcc_to_audio, mfcc_to_mel
from mfccinv.audio import UnusableAudio, read_audio, write_audio
from mfccinv.features import extract_features, log_mel_to_mel, mel_to_log_mel, padded_window
from mfccinv.files import file_stem, temporary_beside
from mfccinv.shards import DAMAGE
from mfccinv.spec import FeatureSpec
from mfccinv.vocoders import natural_log_mel

ARRAYS = (".npy", ".npz")
SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
FORMATS = ("wav", "flac", "mel")
FRAME_AXES = ("last", "first")
KINDS = ("mfcc", "mel", "linear")
MEL_FRAME_SCALES = ("magnitude", "power", "db", "ln")
LINEAR_SCALES = ("magnitude", "power", "db", "density", "spectrum", "stft", "stft_psd")
COMPLEX_SCALES = ("magnitude", "stft", "stft_psd")  # the others are powers or levels, which have no phase


@dataclass(frozen=True)
class Inverted:
    """What became of one input: the file and its sound, or the reason why there is none."""

    source: str
    path: Path | None = None
    seconds: float = 0.0
    sample_rate: int = 0
    gain: float = 1.0
    reason: str = ""


def invert(config: dict) -> list[Inverted]:
    """Invert a file or all files in a folder.

    Parameters
    ----------
    config : dict
        ``input``: path of an array (``.npy``, ``.npz``), a sound file or a folder of them; ``output``: folder, or None
        for ``inverted``; ``format`` in `FORMATS`: of the sound, or ``mel``: frames for a vocoder, see
        `natural_log_mel`; ``kind`` in `KINDS`, ``frames``: their axis, in `FRAME_AXES`, and ``scale``, see
        `to_magnitude` and `to_mel`: what arrays hold; ``features``: settings of `FeatureSpec.from_settings`, whose
        ``n_mfcc`` is that of the array; ``checkpoint``: see `mfcc_to_mel`; ``magnitude``, ``phase``: settings of the
        methods; ``seed``; ``progress``.

    Returns
    -------
    inverted : list of Inverted
        One for each array and sound file. In a folder, what can't be inverted doesn't stop the others.

    Raises
    ------
    ValueError
        For settings out of range, an input that isn't there, and a single file that can't be inverted.
    """
    if not config["input"]:
        raise ValueError("nothing to invert: say input=<file or folder>")
    for name, choices in (("format", FORMATS), ("kind", KINDS), ("frames", FRAME_AXES)):
        if config[name] not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, got {config[name]!r}")
    scales = {"mfcc": (None,), "mel": MEL_FRAME_SCALES, "linear": LINEAR_SCALES}[config["kind"]]
    if config["scale"] not in scales:
        known = ", ".join(str(scale or "null") for scale in scales)
        raise ValueError(f"scale of kind={config['kind']} must be one of {known}, got {config['scale']!r}")
    spec = FeatureSpec.from_settings(config["features"])
    source, output = Path(config["input"]), Path(config["output"] or "inverted")
    if output.exists() and not output.is_dir():
        raise ValueError(f"output must be a folder, {output} is a file")
    paths = _list_files(source, output)
    taken = {path.resolve() for path in paths}
    done: list[Inverted] = []
    for path in tqdm(paths, desc="inverting", unit=" files", disable=None if config["progress"] else True):
        place = output / (path.parent.relative_to(source) if source.is_dir() else Path())
        try:
            for found in _read(path, spec, config):
                suffix = "npy" if config["format"] == "mel" else config["format"]
                target = _free_target(place / f"{found.name}.{suffix}", path, taken)
                taken.add(target.resolve())
                done.append(_write(target, path, found, spec, config))
        except ValueError as error:
            if not source.is_dir():
                raise ValueError(f"{path}: {error}") from error
            done.append(Inverted(str(path), reason=str(error)))
    return done


def describe_inverted(inverted: list[Inverted]) -> str:
    """Tell what became of each input, a line each."""
    lines = []
    for one in inverted:
        if one.reason:
            lines.append(f"{one.source}: {one.reason}")
        else:
            quieter = f", turned down by {-20 * np.log10(one.gain):.1f} dB so as not to clip" if one.gain < 1 else ""
            lines.append(f"{one.source} → {one.path}: {one.seconds:.2f} s at {one.sample_rate} Hz{quieter}")
    if failed := sum(bool(one.reason) for one in inverted):
        lines.append(f"{failed} of {len(inverted)} could not be inverted")
    return "\n".join(lines)


def _list_files(source: Path, output: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise ValueError(f"input {source} is not there")
    made = output.resolve() if output.resolve() != source.resolve() else None  # what an earlier run wrote is no input
    paths = sorted(
        path
        for path in source.rglob("*")
        if path.suffix.lower() in (*ARRAYS, *SOUNDS) and path.is_file() and made not in path.resolve().parents
    )
    if not paths:
        raise ValueError(f"no file in {source} ends in {', '.join((*ARRAYS, *SOUNDS))}")
    return paths


def _free_target(target: Path, source: Path, taken: set[Path]) -> Path:
    """Where to write: nothing that is an input, that another input became, or that lies beside a single input."""
    if target.resolve() in taken:
        target = target.with_name(f"{target.stem}.{source.suffix[1:]}{target.suffix}")
    beside = target.parent.resolve() == source.parent.resolve()
    if target.resolve() in taken or (beside and target.exists()):
        raise ValueError(f"its sound would replace {target}: choose another output than {target.parent}")
    return target


@dataclass(frozen=True)
class _Input:
    """An array (rows, n_frames) and what it holds; the length of its sound, if that is known."""

    name: str
    kind: str
    array: np.ndarray
    length: int | None = None


def _read(path: Path, spec: FeatureSpec, config: dict) -> Iterator[_Input]:
    """Yield what is to be inverted in a file; sound is analysed."""
    if path.suffix.lower() not in ARRAYS:
        try:
            y = read_audio(path, spec.sample_rate).y
        except UnusableAudio as error:
            raise ValueError(f"neither an array ({', '.join(ARRAYS)}) nor usable sound: {error}") from error
        yield _Input(path.stem, "mfcc", extract_features(y, spec)[0].T, len(y))
        return
    for name, array in _read_arrays(path):
        if array.ndim != 2:
            raise ValueError(f"array {name} must be two-dimensional, got shape {array.shape}")
        if np.iscomplexobj(array) and config["kind"] != "linear":
            raise ValueError(f"array {name} is complex: kind must be linear, got {config['kind']}")
        yield _Input(file_stem(name), config["kind"], array.T if config["frames"] == "first" else array)


def _read_arrays(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the arrays of a file with a name for each, in double precision; nothing is unpickled."""
    try:
        with open(path, "rb") as file:
            loaded = np.load(file, allow_pickle=False)
            arrays = {path.stem: loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    except DAMAGE as error:
        raise ValueError(f"not an array of numbers or damaged: {error}") from error
    if not arrays:
        raise ValueError("it holds no array")
    for key, array in arrays.items():
        if array.dtype.kind not in "iufc":
            raise ValueError(f"array {key} must hold numbers, got {array.dtype}")
        name = key if path.suffix.lower() == ".npy" else f"{path.stem}.{key}"
        yield name, array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _write(target: Path, source: Path, found: _Input, spec: FeatureSpec, config: dict) -> Inverted:
    """Invert an input and write what comes: sound, or mel frames for a vocoder."""
    if config["format"] == "mel":
        mel = _mel(found, spec, config)
        with temporary_beside(target) as temporary, open(temporary, "wb") as file:
            np.save(file, natural_log_mel(mel_to_log_mel(mel, spec).T, spec))
        return Inverted(str(source), target, mel.shape[1] / spec.frames_per_second, spec.sample_rate)
    y = _sound(found, spec, config)
    if len(y) == 0:
        raise ValueError(f"{found.array.shape[1]} frames cover no sound")
    gain = write_audio(target, y, spec.sample_rate)
    return Inverted(str(source), target, len(y) / spec.sample_rate, spec.sample_rate, gain)


def _sound(found: _Input, spec: FeatureSpec, config: dict) -> np.ndarray:
    shared = {"spec": spec, "phase": config["phase"], "length": found.length, "seed": config["seed"]}
    if found.kind == "linear":
        magnitude = to_magnitude(found.array, config["scale"], spec)
        return magnitude_to_audio(magnitude, init=to_phase(found.array, config["scale"], spec), **shared)
    if found.kind == "mfcc":
        own = shared | {"spec": spec.with_n_mfcc(len(found.array))}
        return mfcc_to_audio(found.array, checkpoint=config["checkpoint"], magnitude=config["magnitude"], **own)
    return mel_to_audio(_mel(found, spec, config), magnitude=config["magnitude"], **shared)


def _mel(found: _Input, spec: FeatureSpec, config: dict) -> np.ndarray:
    """Mel spectrogram, (n_mels, n_frames), as `mel_to_audio` takes it."""
    if found.kind == "linear":
        raise ValueError("format=mel needs MFCC or mel frames, not a linear spectrogram")
    if found.kind == "mel":
        return to_mel(found.array, config["scale"], spec)
    return mfcc_to_mel(found.array, spec=spec.with_n_mfcc(len(found.array)), checkpoint=config["checkpoint"])


def to_mel(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray:
    """Turn mel frames into what `mel_to_audio` takes.

    Parameters
    ----------
    array : (n_mels, n_frames)
    scale : str
        ``magnitude``, ``power``, ``db``, which is ``20 log10`` of the magnitude, or ``ln``, its natural logarithm.
    spec : FeatureSpec

    Returns
    -------
    mel : (n_mels, n_frames), power (magnitude if ``spec.power`` is 1), >= 0

    Raises
    ------
    ValueError
        For another number of bands, an unknown scale, and values below 0 in one that is no logarithm.
    """
    check_rows("mel", array, "n_mels", spec.n_mels)
    if scale not in MEL_FRAME_SCALES:
        raise ValueError(f"scale must be one of {', '.join(MEL_FRAME_SCALES)}, got {scale!r}")
    if scale == "db":
        return log_mel_to_mel(array, spec)
    if scale == "ln":
        return np.exp(array * spec.power)
    _refuse_negative(array, scale)
    return array ** (spec.power / {"magnitude": 1, "power": 2}[scale])


def to_magnitude(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray:
    """Turn a linear spectrogram (n_bins, n_frames) into the magnitude of the transform, of which the window is a part.

    Parameters
    ----------
    array : (n_bins, n_frames)
        Real or complex.
    scale : str
        ``magnitude``, ``power``, or ``db``, which is ``20 log10`` of the magnitude; and what scipy.signal returns with
        a scaling of that name: ``density``, ``spectrum`` (one-sided power, from ``spectrogram``), ``stft`` (``stft``,
        which divides by the window's sum) and ``stft_psd`` (``stft(scaling="psd")``). Complex arrays are in one of
        `COMPLEX_SCALES`.
    spec : FeatureSpec
        Of the same framing: its window is what the scalings are undone with.

    Returns
    -------
    magnitude : (n_bins, n_frames), float, >= 0

    Raises
    ------
    ValueError
        For another number of bins, an unknown scale, a complex array in a scale that is not in `COMPLEX_SCALES`, and
        values below 0 in any scale but ``db``.
    """
    if len(array) != spec.n_bins:
        raise ValueError(f"a linear spectrogram must have n_fft // 2 + 1 = {spec.n_bins} bins, got shape {array.shape}")
    if np.iscomplexobj(array):
        if scale not in COMPLEX_SCALES:
            raise ValueError(
                f"scale of a complex spectrogram must be one of {', '.join(COMPLEX_SCALES)}, got {scale!r}; that of "
                "scipy's spectrogram(mode='complex') is stft_psd if its scaling is density, stft if it is spectrum"
            )
        array = np.abs(array)
    if scale != "db":
        _refuse_negative(array, scale)
    window = padded_window(spec)
    density, spectrum = spec.sample_rate * np.sum(window**2), np.sum(window) ** 2
    sides = np.full((spec.n_bins, 1), 2.0)  # of the two-sided spectrum, but for 0 Hz and half the rate
    sides[0] = 1.0
    if spec.n_fft % 2 == 0:
        sides[-1] = 1.0
    match scale:
        case "magnitude":
            return array
        case "power":
            return np.sqrt(array)
        case "db":
            return 10 ** (array / 20)
        case "density":
            return np.sqrt(array * density / sides)
        case "spectrum":
            return np.sqrt(array * spectrum / sides)
        case "stft":
            return array * np.sqrt(spectrum)
        case "stft_psd":
            return array * np.sqrt(density)
    raise ValueError(f"scale must be one of {', '.join(LINEAR_SCALES)}, got {scale!r}")


def to_phase(array: np.ndarray, scale: str, spec: FeatureSpec) -> np.ndarray | None:
    """Phase of a complex spectrogram (n_bins, n_frames), as `mfccinv.stft.Stft` counts it; None of a real one.

    scipy.signal's window stands at the beginning of a longer FFT, ours in its middle.
    """
    if not np.iscomplexobj(array):
        return None
    later = (spec.n_fft - spec.win_length) // 2 if scale in ("stft", "stft_psd") else 0
    return np.angle(array * np.exp(-2j * np.pi * later * np.arange(len(array)) / spec.n_fft)[:, None])


def _refuse_negative(array: np.ndarray, scale: str) -> None:
    if (array < 0).any():
        raise ValueError(f"scale={scale} can't be negative: is it in dB or a logarithm?")
