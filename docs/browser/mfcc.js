// From sound to mel frames and MFCC, and the analytic inverse. Frames are arrays of Float64Array, one for each frame.

import { countFrames } from "./spec.js";
import { Stft } from "./stft.js";

/** Mel frames of a signal (n_samples,) at the specification's rate: n_frames × n_mels, dB. */
export function soundToLogMel(y, spec) {
  const n_frames = countFrames(spec, y.length);
  if (n_frames < 1) throw new Error("the sound is shorter than one frame");
  const stft = new Stft(spec, n_frames);
  const span = stft.span(y);
  const spectrum = stft.fft.spectrum();
  const filters = melFilters(spec);
  return Array.from({ length: n_frames }, (_, t) => {
    stft.forward(span, t, spectrum);
    const energy = spectrum.re.map((re, k) => re * re + spectrum.im[k] * spectrum.im[k]);
    if (spec.power === 1) energy.forEach((value, k) => (energy[k] = Math.sqrt(value)));
    return Float64Array.from(filters, (filter) => {
      return spec.db_per_decade * Math.log10(Math.max(inBand(energy, filter), spec.log_floor));
    });
  });
}

/** MFCC of mel frames: the first coefficients of their orthonormal DCT-II, n_frames × n_mfcc, dB. */
export function logMelToMfcc(log_mel, spec) {
  const basis = dctBasis(spec);
  const lifter = lifterWeights(spec);
  return log_mel.map((frame) => Float64Array.from(basis, (row, n) => lifter[n] * dot(row, frame)));
}

/** The analytic inverse of MFCC: mel frames without what the MFCC don't tell, n_frames × n_mels, dB. */
export function mfccToLogMel(mfcc, spec) {
  const basis = dctBasis(spec);
  const lifter = lifterWeights(spec);
  return mfcc.map((frame) => {
    const log_mel = new Float64Array(spec.n_mels);
    basis.forEach((row, n) => row.forEach((value, band) => (log_mel[band] += (value * frame[n]) / lifter[n])));
    return log_mel;
  });
}

/** Triangular filters, one for each band, without the zeros on either side: { first bin, weights }. */
export function melFilters(spec) {
  const corners_mel = melCorners(spec);
  const corners_hz = corners_mel.map((mel) => melToHz(mel, spec.mel_scale));
  const bins_hz = Array.from({ length: spec.n_bins }, (_, k) => (k * spec.sample_rate) / spec.n_fft);
  // Their sides are straight over the frequency or over the mel scale.
  const [corners, bins] =
    spec.mel_shape === "hz" ? [corners_hz, bins_hz] : [corners_mel, bins_hz.map((hz) => hzToMel(hz, spec.mel_scale))];
  return Array.from({ length: spec.n_mels }, (_, band) => {
    const [low, peak, high] = corners.slice(band, band + 3);
    const first = bins.findIndex((bin) => bin > low);
    const width = bins.filter((bin) => bin > low && bin < high).length;
    if (width === 0) throw new Error(`mel band ${band} holds no bin of the FFT, which the page can't compute`);
    const scale = spec.mel_norm === "slaney" ? 2 / (corners_hz[band + 2] - corners_hz[band]) : 1;
    const weights = Float64Array.from(bins.slice(first, first + width), (bin) => {
      return scale * Math.min((bin - low) / (peak - low), (high - bin) / (high - peak));
    });
    return { first, weights };
  });
}

/** What a filter lets through of an energy spectrum. */
export function inBand(energy, { first, weights }) {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * energy[first + i];
  return sum;
}

/** Place of a frequency among the bands: 0 is the lower edge of the lowest, 1 the upper edge of the highest. */
export function placeOfHz(hz, spec) {
  const corners = melCorners(spec);
  const place = (hzToMel(hz, spec.mel_scale) - corners[0]) / (corners[1] - corners[0]) - 0.5;
  return Math.min(1, Math.max(0, place / spec.n_mels));
}

/** Where triangles begin, peak and end: equally spaced on the mel scale. */
function melCorners(spec) {
  const [low, high] = [spec.f_min_hz, spec.f_max_hz].map((hz) => hzToMel(hz, spec.mel_scale));
  return Array.from({ length: spec.n_mels + 2 }, (_, i) => low + ((high - low) * i) / (spec.n_mels + 1));
}

// Slaney's scale is linear below the knee and logarithmic above; HTK's is logarithmic throughout.
const HZ_PER_MEL = 200 / 3;
const KNEE_HZ = 1000;
const KNEE_MEL = KNEE_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

function hzToMel(hz, scale) {
  if (scale === "htk") return 2595 * Math.log10(1 + hz / 700);
  return hz < KNEE_HZ ? hz / HZ_PER_MEL : KNEE_MEL + Math.log(hz / KNEE_HZ) / LOG_STEP;
}

function melToHz(mel, scale) {
  if (scale === "htk") return 700 * (10 ** (mel / 2595) - 1);
  return mel < KNEE_MEL ? mel * HZ_PER_MEL : KNEE_HZ * Math.exp(LOG_STEP * (mel - KNEE_MEL));
}

/** First rows of the orthonormal DCT-II, n_mfcc × n_mels. */
function dctBasis({ n_mfcc, n_mels }) {
  return Array.from({ length: n_mfcc }, (_, n) => {
    const scale = Math.sqrt((n === 0 ? 1 : 2) / n_mels);
    return Float64Array.from({ length: n_mels }, (_, band) => scale * Math.cos((Math.PI * n * (band + 0.5)) / n_mels));
  });
}

function lifterWeights({ lifter, n_mfcc }) {
  return Float64Array.from({ length: n_mfcc }, (_, n) => {
    return lifter === 0 ? 1 : 1 + (lifter / 2) * Math.sin((Math.PI * (n + 1)) / lifter);
  });
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
