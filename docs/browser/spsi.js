// A phase to start from, by single pass spectrogram inversion (Beauregard, Harish and Wyse, 2015).

const SMALLEST = 1e-9; // of a magnitude, relative to the largest

/**
 * Phase of a magnitude, n_frames × n_bins, radians: a sinusoid at each peak of a frame goes on as it is.
 *
 * The frequency of a peak is that of the parabola through the logarithms of its three bins. From frame to frame, the
 * phase of a bin advances as a sinusoid of the nearest peak's frequency does.
 */
export function continuePeaks(magnitude, spec) {
  const loudest = magnitude.reduce((most, frame) => frame.reduce((a, b) => Math.max(a, b), most), SMALLEST);
  const turns = new Float64Array(spec.n_bins);
  return magnitude.map((frame) => {
    const level = frame.map((value) => Math.log(Math.max(value, SMALLEST * loudest)));
    const peaks = peakFrequencies(level);
    return turns.map((_, bin) => {
      turns[bin] += (nearestFrequency(peaks, bin) * spec.hop_length) / spec.n_fft;
      // A frame's phase is that of its first sample, and not of its window's middle: half a turn less for each bin.
      return 2 * Math.PI * ((turns[bin] - bin / 2) % 1);
    });
  });
}

/** Peaks of a frame in their order: { bin, frequency in bins }. */
function peakFrequencies(level) {
  const peaks = [];
  for (let bin = 1; bin < level.length - 1; bin++) {
    const up = level[bin] - level[bin - 1];
    const down = level[bin] - level[bin + 1];
    if (up > 0 && down >= 0) peaks.push({ bin, frequency: bin + (up - down) / (2 * (up + down)) });
  }
  return peaks;
}

function nearestFrequency(peaks, bin) {
  let nearest = { bin: Infinity, frequency: bin }; // a frame without a peak: each bin's own
  for (const peak of peaks) if (Math.abs(peak.bin - bin) < Math.abs(nearest.bin - bin)) nearest = peak;
  return nearest.frequency;
}
