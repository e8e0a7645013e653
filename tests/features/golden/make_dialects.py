"""Makes dialects.npz: MFCC of real speech by other tools, for comparison with our dialects.

    python tests/features/golden/make_dialects.py

It needs python_speech_features, speechpy, kaldi-native-fbank, torchaudio, TensorFlow, opensmile and essentia; nothing
of mfccinv is used.
The samples are taken as if they were at 16 kHz, or at 44.1 kHz by Essentia, so that no resampler has a part in it.
Dither is off. The file names the versions it was made with.
"""

from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import essentia.standard
import kaldi_native_fbank
import numpy as np
import opensmile
import python_speech_features
import soundfile
import speechpy
import tensorflow as tf
import torch
import torchaudio

SPEECH = Path(__file__).parents[3] / "data" / "demo" / "nsh" / "ru_0063.flac"
START, N_SAMPLES = 16000, 8123
TOOLS = (
    "python_speech_features",
    "speechpy",
    "kaldi-native-fbank",
    "torchaudio",
    "tensorflow",
    "opensmile",
    "essentia",
)
# What openSMILE computes one after the other: kind, name and settings of each component.
OPENSMILE = (
    ("cFramer", "frames", "frameSize=0.025 frameStep=0.010 frameMode=fixed frameCenterSpecial=left"),
    ("cVectorPreemphasis", "emphasised", "k=0.97 de=0"),
    ("cWindower", "windowed", "winFunc=ham gain=1.0 offset=0"),
    ("cTransformFFT", "spectrum", "zeroPadSymmetric=0"),
    ("cFFTmagphase", "magnitude", "magnitude=1 phase=0"),
    ("cMelspec", "mel", "htkcompatible=1 nBands=26 usePower=1 lofreq=0 hifreq=8000 specScale=mel"),
    ("cMfcc", "lld", "firstMfcc=0 lastMfcc=12 cepLifter=22.0 htkcompatible=1"),
)


def kaldi(y, *, frame=(), mel=(), **options):
    """MFCC by Kaldi's code, (n_frames, n_mfcc), with some options changed."""
    chosen = kaldi_native_fbank.MfccOptions()
    chosen.frame_opts.samp_freq = 16000
    chosen.frame_opts.dither = 0
    for place, changed in ((chosen.frame_opts, dict(frame)), (chosen.mel_opts, dict(mel)), (chosen, options)):
        for name, value in changed.items():
            setattr(place, name, value)
    computer = kaldi_native_fbank.OnlineMfcc(chosen)
    computer.accept_waveform(16000, y.astype(np.float32).tolist())
    computer.input_finished()
    return np.array([computer.get_frame(frame) for frame in range(computer.num_frames_ready)])


def tf_signal(y):
    """MFCC (n_frames, 13) by the example in TensorFlow's documentation of mfccs_from_log_mel_spectrograms."""
    spectrum = tf.abs(tf.signal.stft(tf.constant(y, tf.float32), frame_length=1024, frame_step=256, fft_length=1024))
    filters = tf.signal.linear_to_mel_weight_matrix(80, spectrum.shape[-1], 16000, 80.0, 7600.0)
    log_mel = tf.math.log(tf.tensordot(spectrum, filters, 1) + 1e-6)
    return tf.signal.mfccs_from_log_mel_spectrograms(log_mel)[..., :13].numpy()


def open_smile(y):
    """MFCC (n_frames, 13) by openSMILE with the settings of its MFCC12_0_D_A."""
    manager = "[componentInstances:cComponentManager]"
    lines = [manager, "instance[dataMemory].type=cDataMemory", r"\{\cm[source{?}:source]}", manager]
    lines += [f"instance[{name}].type={kind}" for kind, name, _ in OPENSMILE]
    before = "wave"
    for kind, name, settings in OPENSMILE:
        lines += [f"[{name}:{kind}]", f"reader.dmLevel={before}", f"writer.dmLevel={name}", *settings.split()]
        before = name
    with TemporaryDirectory() as folder:
        path = Path(folder, "mfcc.conf")
        path.write_text("\n".join([*lines, r"\{\cm[sink{?}:sink]}", ""]))
        smile = opensmile.Smile(feature_set=str(path), feature_level="lld", multiprocessing=False)
        return smile.process_signal(y, 16000).to_numpy()


def essentia_mfcc(y):
    """MFCC (n_frames, 13) by Essentia's defaults, the frames from the first sample on."""
    window, spectrum = essentia.standard.Windowing(type="hann"), essentia.standard.Spectrum()
    mfcc = essentia.standard.MFCC(inputSize=513)
    frames = essentia.standard.FrameGenerator(y, frameSize=1024, hopSize=512, startFromZero=True)
    return np.array([mfcc(spectrum(window(frame)))[1] for frame in frames])


def golden_arrays():
    """What the file holds: samples, and the MFCC (n_frames, n_mfcc) of each dialect."""
    y, _ = soundfile.read(SPEECH, start=START, frames=N_SAMPLES, dtype="int16")
    full_scale_1 = y.astype(np.float32) / 32768
    htk = {"frame": {"window_type": "hamming", "remove_dc_offset": False}, "mel": {"num_bins": 26, "low_freq": 0.0}}
    hires = {"num_bins": 40, "low_freq": 20.0, "high_freq": -400.0}
    transform = torchaudio.transforms.MFCC
    return {
        "y": y,
        "python_speech_features": python_speech_features.mfcc(y, 16000),
        "python_speech_features_c0": python_speech_features.mfcc(y, 16000, appendEnergy=False),
        "speechpy": speechpy.feature.mfcc(y, 16000),
        "kaldi": kaldi(y),
        "kaldi_c0": kaldi(y, use_energy=False),
        "kaldi_hires": kaldi(y, use_energy=False, num_ceps=40, mel=hires),
        "htk_of_power": kaldi(y, use_energy=False, htk_compat=True, **htk),
        "torchaudio": transform()(torch.from_numpy(full_scale_1)).numpy().T,
        "torchaudio_log": transform(log_mels=True)(torch.from_numpy(full_scale_1)).numpy().T,
        "kaldi_c0_of_torchaudio": torchaudio.compliance.kaldi.mfcc(
            torch.from_numpy(y.astype(np.float32))[None], sample_frequency=16000, dither=0.0
        ).numpy(),
        "tf_signal": tf_signal(full_scale_1),
        "opensmile": open_smile(full_scale_1),
        "essentia": essentia_mfcc(full_scale_1),
    }


if __name__ == "__main__":
    arrays = {name: array if name == "y" else array.astype(np.float32) for name, array in golden_arrays().items()}
    versions = [f"{tool} {version(tool)}" for tool in TOOLS]
    np.savez_compressed(Path(__file__).parent / "dialects.npz", versions=versions, **arrays)
    print(", ".join(versions))
