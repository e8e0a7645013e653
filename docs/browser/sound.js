// Sound files, read and written.

const FULL_SCALE = 32767; // of 16 bits
const USUAL_RATE = 48000; // of files that don't tell their own
const [LEAST_RATE, LARGEST_RATE] = [8000, 96000]; // that every browser has
const [RIFF, FLAC] = [0x52494646, 0x664c6143]; // the first four letters of WAV and FLAC files

/** Sound of a file, all channels' mean: { y, sample_rate }; what the browser can play can be read. */
export async function readSound(bytes) {
  const sample_rate = ownRate(new DataView(bytes)) ?? USUAL_RATE;
  // The browser resamples to the rate of this context, unless it is the file's own.
  const decoded = await new OfflineAudioContext(1, 1, sample_rate).decodeAudioData(bytes);
  const y = new Float32Array(decoded.length);
  for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
    decoded.getChannelData(channel).forEach((value, t) => (y[t] += value / decoded.numberOfChannels));
  }
  return { y, sample_rate };
}

/** The rate that a WAV or FLAC file tells; null of other files, and of rates that browsers may not have. */
function ownRate(view) {
  if (view.byteLength < 44) return null;
  const name = view.getUint32(0);
  const rate = name === RIFF ? view.getUint32(24, true) : name === FLAC ? view.getUint32(18) >>> 12 : null;
  return rate >= LEAST_RATE && rate <= LARGEST_RATE ? rate : null;
}

/** A WAV file of samples (n,), 16 bits, full scale 1; what is louder is turned down. */
export function wavFile(y, sample_rate) {
  const peak = y.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const view = new DataView(new ArrayBuffer(44 + 2 * y.length));
  const write = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + 2 * y.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format that follow:
  view.setUint16(20, 1, true); // whole numbers
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, sample_rate, true);
  view.setUint32(28, 2 * sample_rate, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a sample
  view.setUint16(34, 16, true); // bits
  write(36, "data");
  view.setUint32(40, 2 * y.length, true);
  y.forEach((value, t) => view.setInt16(44 + 2 * t, Math.round((value / peak) * FULL_SCALE), true));
  return view.buffer;
}
