"""Signals to frames and back, by ``keras.ops``: (batch, n_samples) and (batch, frames, n_fft)."""

from keras import ops

from mfccinv.features.spec import FeatureSpec


def pad_signal(y, spec: FeatureSpec):
    """Pad a signal on both sides as the specification says."""
    margin = spec.margin
    if not margin:
        return y
    if spec.pad_mode == "edge":
        return ops.concatenate([ops.repeat(y[:, :1], margin, axis=1), y, ops.repeat(y[:, -1:], margin, axis=1)], axis=1)
    return ops.pad(y, ((0, 0), (margin, margin)), mode=spec.pad_mode)


def pad_again(y, spec: FeatureSpec):
    """Pad a signal that is being found, with zeros if it is too short; as `mfccinv.synthesis.stft.Stft.inverse`."""
    length = y.shape[1]
    if spec.margin and length is not None and length <= spec.margin:
        return ops.pad(y, ((0, 0), (spec.margin, spec.margin)))
    return pad_signal(y, spec)


def cover_end(y, spec: FeatureSpec):
    """Put zeros behind a signal until its last samples are in a frame, where the specification says so."""
    if not spec.cover_end:
        return y
    beyond = ops.shape(y)[1] + 2 * spec.margin - spec.n_fft
    if isinstance(beyond, int):
        lacking = -beyond if beyond < 0 else -beyond % spec.hop_length
    else:  # it is known when the layer runs
        lacking = ops.where(beyond < 0, -beyond, -beyond % spec.hop_length)
    return ops.concatenate([y, ops.zeros((ops.shape(y)[0], lacking), y.dtype)], axis=1)


def cut_signal(span, spec: FeatureSpec):
    """Cut a signal out of the span of its frames: what `pad_signal` added."""
    return span[:, spec.margin : -spec.margin or None]


def frames_of(span, spec: FeatureSpec):
    """Cut a padded signal into overlapping frames."""
    return ops.extract_sequences(span, spec.n_fft, spec.hop_length)


def overlap_add(frames, spec: FeatureSpec):
    """Add frames up, each a hop after the one before: (batch, span)."""
    hop = spec.hop_length
    n_hops = -(-spec.n_fft // hop)
    frames = ops.pad(frames, ((0, 0), (0, 0), (0, n_hops * hop - spec.n_fft)))
    total = 0.0
    for place in range(n_hops):
        part = frames[:, :, place * hop : (place + 1) * hop]
        total = total + ops.pad(part, ((0, 0), (place, n_hops - 1 - place), (0, 0)))
    beyond = n_hops * hop - spec.n_fft
    batch, all_hops, _ = ops.shape(total)
    return ops.reshape(total, (batch, all_hops * hop))[:, : -beyond or None]
