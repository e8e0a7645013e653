// From magnitudes to sound by the fast Griffin-Lim algorithm (Perraudin, Balazs and Søndergaard, 2013): the package's
// phase=griffin_lim.

import { continuePeaks } from "./spsi.js";
import { Stft } from "./stft.js";

const ITERATIONS = 32;
const MOMENTUM = 0.99;
const SMALLEST = 1e-20;

/** Sound with nearly this magnitude, n_frames × n_bins → (n_samples,), at the specification's rate. */
export function magnitudeToSound(magnitude, spec) {
  const stft = new Stft(spec, magnitude.length);
  const spectrum = stft.fft.spectrum();
  const phase = continuePeaks(magnitude, spec);
  let before = null;
  let span = stft.inverse((t) => {
    magnitude[t].forEach((size, k) => {
      spectrum.re[k] = size * Math.cos(phase[t][k]);
      spectrum.im[k] = size * Math.sin(phase[t][k]);
    });
    return spectrum;
  });
  for (let i = 0; i < ITERATIONS; i++) {
    // The transform is linear, so the sound can be extrapolated instead of its spectra.
    const ahead = before ? span.map((value, s) => value + MOMENTUM * (value - before[s])) : span;
    before = span;
    span = stft.inverse((t) => withMagnitude(stft.forward(ahead, t, spectrum), magnitude[t]));
  }
  return Float32Array.from(stft.signal(span));
}

/** Replace the magnitude of a spectrum and keep its phase. */
function withMagnitude(spectrum, magnitude) {
  const { re, im } = spectrum;
  for (let k = 0; k < magnitude.length; k++) {
    const factor = magnitude[k] / (Math.sqrt(re[k] * re[k] + im[k] * im[k]) + SMALLEST);
    re[k] *= factor;
    im[k] *= factor;
  }
  return spectrum;
}
