// The short-time Fourier transform, frame by frame, and its inverse by least squares (Griffin and Lim, 1984).

import { RealFft } from "./fft.js";

const LEAST_COVERAGE = 0.02; // of the largest: samples that the windows hardly see fade out

// Weights of the cosines of no, one, two … periods.
const COSINES = { hann: [0.5, 0.5], hamming: [0.54, 0.46], blackman: [0.42, 0.5, 0.08], boxcar: [1] };

/** The analysis window, centred in the frame, (n_fft,). */
export function paddedWindow(spec) {
  const start = Math.floor((spec.n_fft - spec.win_length) / 2);
  const window = new Float64Array(spec.n_fft);
  for (let t = 0; t < spec.win_length; t++) {
    const phase = 2 * Math.PI * (t / spec.win_length - 0.5);
    COSINES[spec.window].forEach((weight, k) => (window[start + t] += weight * Math.cos(k * phase)));
  }
  return window;
}

/**
 * Both directions work on the span of the frames: the signal with its padding on either side.
 */
export class Stft {
  constructor(spec, n_frames) {
    this.spec = spec;
    this.n_frames = n_frames;
    this.span_length = spec.n_fft + spec.hop_length * (n_frames - 1);
    this.window = paddedWindow(spec);
    this.fft = new RealFft(spec.n_fft);
    this.frame = new Float64Array(spec.n_fft);
  }

  /** Pad a signal to the span of its frames. */
  span(y) {
    const span = new Float64Array(this.span_length);
    span.set(y.subarray(0, this.span_length - this.spec.margin), this.spec.margin);
    return span;
  }

  /** Cut the signal out of its span: what the frames cover without the padding. */
  signal(span) {
    return span.slice(this.spec.margin, this.span_length - this.spec.margin);
  }

  /** Transform frame t of a span into `spectrum`. */
  forward(span, t, spectrum) {
    const start = t * this.spec.hop_length;
    for (let i = 0; i < this.spec.n_fft; i++) this.frame[i] = span[start + i] * this.window[i];
    return this.fft.forward(this.frame, spectrum);
  }

  /** Find the span whose transform is nearest to the spectra that `spectrumOf(t)` returns, one for each frame. */
  inverse(spectrumOf) {
    const { n_fft, hop_length, margin } = this.spec;
    const span = new Float64Array(this.span_length);
    for (let t = 0; t < this.n_frames; t++) {
      this.fft.inverse(spectrumOf(t), this.frame);
      for (let i = 0; i < n_fft; i++) span[t * hop_length + i] += this.frame[i] * this.window[i];
    }
    const coverage = this.#coverage();
    for (let i = 0; i < span.length; i++) span[i] /= coverage[i];
    return span.fill(0, 0, margin).fill(0, span.length - margin);
  }

  /** Sum of the squared windows over each sample of the span. */
  #coverage() {
    if (!this.covered) {
      const { n_fft, hop_length } = this.spec;
      this.covered = new Float64Array(this.span_length);
      for (let t = 0; t < this.n_frames; t++) {
        for (let i = 0; i < n_fft; i++) this.covered[t * hop_length + i] += this.window[i] ** 2;
      }
      const least = LEAST_COVERAGE * this.covered.reduce((a, b) => Math.max(a, b), 0);
      this.covered.forEach((value, i) => (this.covered[i] = Math.max(value, least)));
    }
    return this.covered;
  }
}
