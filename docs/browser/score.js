// How near mel frames are to those of the original, by the package's score.

const LARGEST_SNR_DB = 120;

/**
 * Mean over frames of their spectral signal-to-noise ratio on mel magnitude, dB; NaN of nothing but digital silence.
 *
 * Frames of digital silence, whose bands all have one level, are left out.
 */
export function spectralSnr(log_mel, predicted) {
  let [sum, n] = [0, 0];
  log_mel.forEach((frame, t) => {
    if (frame.every((level) => level === frame[0])) return;
    let [signal, noise] = [0, 0];
    frame.forEach((level, band) => {
      const magnitude = 10 ** (level / 20);
      signal += magnitude ** 2;
      noise += (magnitude - 10 ** (predicted[t][band] / 20)) ** 2;
    });
    sum += Math.min(10 * Math.log10(signal / noise), LARGEST_SNR_DB);
    n += 1;
  });
  return sum / n;
}
