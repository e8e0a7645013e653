// The Fourier transform of real signals whose length is a power of two.

export class RealFft {
  /** @param {number} n length of the signals, a power of two, at least 4 */
  constructor(n) {
    if (n < 4 || n & (n - 1)) throw new Error(`n_fft must be a power of two here, got ${n}`);
    this.n = n;
    this.half = n / 2;
    // Factors exp(-2πi k / n), which both the short transform and its unpacking take.
    this.cos = Float64Array.from({ length: this.half }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.sin = Float64Array.from({ length: this.half }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
    this.place = bitReversed(this.half);
    this.re = new Float64Array(this.half);
    this.im = new Float64Array(this.half);
  }

  /** An empty spectrum: bins 0 … n/2, real and imaginary parts. */
  spectrum() {
    return { re: new Float64Array(this.half + 1), im: new Float64Array(this.half + 1) };
  }

  /** Transform a signal (n,) into `spectrum`, which is returned. */
  forward(signal, spectrum) {
    const { half, re, im } = this;
    // Even samples become the real, odd ones the imaginary parts of a signal that is half as long.
    for (let t = 0; t < half; t++) {
      re[this.place[t]] = signal[2 * t];
      im[this.place[t]] = signal[2 * t + 1];
    }
    this.#transformHalf();
    for (let k = 0; k <= half; k++) {
      const here = k % half;
      const mirrored = (half - k) % half;
      const evenRe = (re[here] + re[mirrored]) / 2;
      const evenIm = (im[here] - im[mirrored]) / 2;
      const oddRe = (im[here] + im[mirrored]) / 2;
      const oddIm = (re[mirrored] - re[here]) / 2;
      const cos = k < half ? this.cos[k] : -1;
      const sin = k < half ? this.sin[k] : 0;
      spectrum.re[k] = evenRe + cos * oddRe - sin * oddIm;
      spectrum.im[k] = evenIm + cos * oddIm + sin * oddRe;
    }
    return spectrum;
  }

  /** Transform a spectrum back into `signal` (n,), which is returned. */
  inverse(spectrum, signal) {
    const { half, re, im } = this;
    for (let k = 0; k < half; k++) {
      const mirrored = half - k;
      const evenRe = (spectrum.re[k] + spectrum.re[mirrored]) / 2;
      const evenIm = (spectrum.im[k] - spectrum.im[mirrored]) / 2;
      const turnedRe = (spectrum.re[k] - spectrum.re[mirrored]) / 2;
      const turnedIm = (spectrum.im[k] + spectrum.im[mirrored]) / 2;
      const oddRe = turnedRe * this.cos[k] + turnedIm * this.sin[k];
      const oddIm = turnedIm * this.cos[k] - turnedRe * this.sin[k];
      // The inverse is the forward transform of the conjugate.
      re[this.place[k]] = evenRe - oddIm;
      im[this.place[k]] = -(evenIm + oddRe);
    }
    this.#transformHalf();
    for (let t = 0; t < half; t++) {
      signal[2 * t] = re[t] / half;
      signal[2 * t + 1] = -im[t] / half;
    }
    return signal;
  }

  /** Cooley and Tukey's butterflies, in place; the values lie in bit-reversed order. */
  #transformHalf() {
    const { half, re, im } = this;
    for (let size = 2; size <= half; size *= 2) {
      const step = this.n / size;
      for (let start = 0; start < half; start += size) {
        for (let k = 0; k < size / 2; k++) {
          const cos = this.cos[k * step];
          const sin = this.sin[k * step];
          const low = start + k;
          const high = low + size / 2;
          const turnedRe = re[high] * cos - im[high] * sin;
          const turnedIm = re[high] * sin + im[high] * cos;
          re[high] = re[low] - turnedRe;
          im[high] = im[low] - turnedIm;
          re[low] += turnedRe;
          im[low] += turnedIm;
        }
      }
    }
  }
}

function bitReversed(n) {
  const places = new Uint32Array(n);
  for (let i = 1; i < n; i++) places[i] = (places[i >> 1] >> 1) | (i & 1 ? n >> 1 : 0);
  return places;
}
