"""Makes features.npz: features of real speech by librosa, for comparison with ours.

    python tests/features/golden/make_features.py

Nothing of mfccinv is used but the values in configs/features/. The samples are taken as if they were at each preset's
rate, so that no resampler has a part in it. The file names the versions it was made with.
"""

from pathlib import Path

import librosa
import numpy as np
import soundfile
import yaml

REPOSITORY = Path(__file__).parents[3]
SPEECH = REPOSITORY / "data" / "demo" / "nsh" / "ru_0063.flac"
START, N_SAMPLES = 16000, 2100


def librosa_features(y, features):
    """Features of a signal (n_samples,) by librosa: ``log_mel`` (n_frames, n_mels) and ``mfcc`` (n_frames, n_mfcc), dB.

    ``features`` are the fields of a specification.
    """
    center = features["center"] and features["padding"] is None
    if features["center"] and not center:  # librosa knows only half the FFT
        y = np.pad(y, features["padding"], mode=features["pad_mode"])
    mel = librosa.feature.melspectrogram(
        y=np.asarray(y, np.float64),
        sr=features["sample_rate"],
        n_fft=features["n_fft"],
        hop_length=features["hop_length"],
        win_length=features["win_length"],
        window=features["window"],
        center=center,
        pad_mode=features["pad_mode"],
        power=features["power"],
        n_mels=features["n_mels"],
        fmin=features["f_min_hz"],
        fmax=features["f_max_hz"],
        htk=features["mel_scale"] == "htk",
        norm=None if features["mel_norm"] == "none" else features["mel_norm"],
        dtype=np.float64,
    )
    to_db = librosa.power_to_db if features["power"] == 2 else librosa.amplitude_to_db
    log_mel = to_db(mel, ref=1.0, amin=features["log_floor"], top_db=features["top_db"])
    mfcc = librosa.feature.mfcc(S=log_mel, n_mfcc=features["n_mfcc"], lifter=features["lifter"])
    return {"log_mel": log_mel.T, "mfcc": mfcc.T}


def preset_values(path):
    """Values of a YAML file and of the one that it inherits from."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    base, *_ = values.pop("defaults", ["_self_"])
    return values if base == "_self_" else preset_values(path.with_stem(base)) | values


def preset_fields(path):
    """Fields of the specification that a YAML file stands for, derived here once more."""
    values = preset_values(path)
    rate = values["sample_rate"]
    for length in ("win", "hop"):
        if f"{length}_seconds" in values:
            values[f"{length}_length"] = int(np.rint(values.pop(f"{length}_seconds") * rate))
    if values["n_fft"] is None:
        values["n_fft"] = 2 ** int(np.ceil(np.log2(values["win_length"])))
    return values | {"f_max_hz": values["f_max_hz"] or rate / 2}


def librosas_presets():
    """Fields of the presets whose analysis librosa can do, by name."""
    every = {path.stem: preset_fields(path) for path in sorted((REPOSITORY / "configs" / "features").glob("*.yaml"))}
    plain = {"cover_end": False, "remove_dc": False, "preemphasis": 0.0, "mel_shape": "hz", "floor": "max"}
    plain["weighting"] = "none"
    return {name: fields for name, fields in every.items() if plain.items() <= fields.items()}


def golden_arrays():
    """What the file holds."""
    y, _ = soundfile.read(SPEECH, start=START, frames=N_SAMPLES, dtype="int16")
    arrays = {"y": y}
    for preset, fields in librosas_presets().items():
        for name, values in librosa_features(y / 32768, fields).items():
            arrays[f"{preset}_{name}"] = values.astype(np.float32)
    return arrays


if __name__ == "__main__":
    versions = [f"{package.__name__} {package.__version__}" for package in (librosa, np, soundfile)]
    np.savez_compressed(Path(__file__).parent / "features.npz", versions=versions, **golden_arrays())
    print(", ".join(versions))
