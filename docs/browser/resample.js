// Another sampling rate. Browsers have a way of their own, but Chromium's takes up to 6 dB from the highest octave.

const ZERO_CROSSINGS = 64; // of the sinc, on either side
const PASSED = 0.97; // of the frequencies that both rates have

/** Resample sound (n_samples,) by a sinc in a Hann window. */
export function resample(y, from_hz, to_hz) {
  if (from_hz === to_hz) return y;
  const cutoff = PASSED * Math.min(1, to_hz / from_hz); // relative to half of from_hz
  const reach = Math.ceil(ZERO_CROSSINGS / cutoff);
  const places = to_hz / greatestDivisor(from_hz, to_hz); // that new samples have between two old ones, at most
  const kernels = Array.from({ length: places }, (_, i) => kernel(((i * from_hz) / to_hz) % 1, cutoff, reach));
  return Float32Array.from({ length: Math.ceil((y.length * to_hz) / from_hz) }, (_, i) => {
    const weights = kernels[i % places];
    const first = Math.floor((i * from_hz) / to_hz) - reach;
    let sum = 0;
    for (let t = Math.max(0, -first); t < weights.length && first + t < y.length; t++) sum += weights[t] * y[first + t];
    return sum;
  });
}

/** Weights of the old samples from `reach` before to `reach` behind a new one, which is `fraction` behind its own. */
function kernel(fraction, cutoff, reach) {
  return Float64Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const distance = i - reach - fraction;
    const angle = Math.PI * cutoff * distance;
    const window = Math.abs(distance) < reach ? Math.cos((Math.PI / 2) * (distance / reach)) ** 2 : 0;
    return cutoff * window * (angle === 0 ? 1 : Math.sin(angle) / angle);
  });
}

function greatestDivisor(a, b) {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
