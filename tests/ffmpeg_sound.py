"""Speech in formats that FFmpeg's libraries write and read, by PyAV."""

import io

import numpy as np
from speech import speech

# Container, encoder and sample rate, by the extension that the files have.
KINDS = {
    "m4a": ("ipod", "aac", 16000),
    "mp4": ("mp4", "aac", 48000),
    "alac.m4a": ("ipod", "alac", 16000),
    "3gp": ("3gp", "libopencore_amrnb", 8000),
    "webm": ("webm", "libopus", 48000),
    "mka": ("matroska", "libopus", 48000),
    "aac": ("adts", "aac", 44100),
    "amr": ("amr", "libopencore_amrnb", 8000),
    "wma": ("asf", "wmav2", 44100),
}
BIT_RATES = {"wmav2": 64000, "libopencore_amrnb": 12200}


def can_encode(kind):
    """Whether PyAV is there, and has the encoder of one of ``KINDS``."""
    try:
        import av
    except ImportError:
        return False
    return KINDS[kind][1] in av.codecs_available


def encode(kind, seconds, channels=1, path=None, **options):
    """Bytes of speech in one of ``KINDS``, written to a path, if the container needs one."""
    import av

    container_format, codec, rate = KINDS[kind]
    samples = np.tile(np.asarray(speech(rate, seconds), np.float32), (channels, 1))
    file = io.BytesIO()
    with av.open(str(path) if path else file, "w", format=container_format, options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono" if channels == 1 else "stereo")
        if codec in BIT_RATES:
            stream.bit_rate = BIT_RATES[codec]
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=stream.layout.name)
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format, stream.layout, rate, stream.codec_context.frame_size or None)
        for part in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path.read_bytes() if path else file.getvalue()
