// From mel frames to the linear magnitude: the package's magnitude=kl.

import { inBand, melFilters } from "./mfcc.js";

const ITERATIONS = 10;
const SMALLEST = 1e-30; // relative to a frame's loudest band

/**
 * Magnitudes that have nearly these mel frames: n_frames × n_mels, dB → n_frames × n_bins.
 *
 * They start from the frames spread smoothly over the bins. Then come multiplicative updates for the Kullback-Leibler
 * divergence (Lee and Seung, 2001), which change no more than the mel frames ask for.
 */
export function logMelToMagnitude(log_mel, spec) {
  const filters = melFilters(spec);
  const shares = perBin(filters, spec, ({ weights }) => weights.reduce((a, b) => Math.max(a, b)));
  const back = perBin(filters, spec, () => 1);
  // A flat spectrum of level 0 dB has this level in each band.
  const flat = filters.map(({ weights }) => spec.db_per_decade * Math.log10(weights.reduce((a, b) => a + b)));
  return log_mel.map((frame) => {
    const loudest = frame.reduce((a, b) => Math.max(a, b));
    const level = frame.map((value) => value - loudest);
    const target = level.map((value) => 10 ** (value / spec.db_per_decade));
    const energy = Float64Array.from(shares, (bands) => {
      return bands.length ? 10 ** (mean(bands, (band) => level[band] - flat[band]) / spec.db_per_decade) : 0;
    });
    for (let i = 0; i < ITERATIONS; i++) {
      const ratio = filters.map((filter, band) => target[band] / Math.max(inBand(energy, filter), SMALLEST));
      back.forEach((bands, k) => (energy[k] *= mean(bands, (band) => ratio[band])));
    }
    const size = 10 ** (loudest / spec.db_per_decade);
    return energy.map((value) => (spec.power === 2 ? Math.sqrt(value * size) : value * size));
  });
}

/** For each bin, the bands that it is in, and their shares, which sum to 1; a band's weights count by its height. */
function perBin(filters, spec, heightOf) {
  const bins = Array.from({ length: spec.n_bins }, () => []);
  filters.forEach((filter, band) => {
    const height = heightOf(filter);
    filter.weights.forEach((weight, i) => bins[filter.first + i].push({ band, share: weight / height }));
  });
  for (const bands of bins) {
    const sum = bands.reduce((total, { share }) => total + share, 0);
    for (const one of bands) one.share /= sum;
  }
  return bins;
}

function mean(bands, valueOf) {
  let sum = 0;
  for (const { band, share } of bands) sum += share * valueOf(band);
  return sum;
}
