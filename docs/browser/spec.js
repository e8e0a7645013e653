// The feature specification: how sound becomes MFCC. It comes from the network's file, and every number here from it.

// Values that this page computes. A setting that the specification lacks has the first of them.
const COMPUTED = {
  window: ["hann", "hamming", "blackman", "boxcar"],
  center: [true, false],
  pad_mode: ["constant"],
  cover_end: [false],
  remove_dc: [false],
  preemphasis: [0],
  preemphasis_within: ["signal", "frame"],
  power: [2, 1],
  weighting: ["none"],
  mel_scale: ["slaney", "htk"],
  mel_norm: ["slaney", "none"],
  mel_shape: ["hz", "mel"],
  floor: ["max"],
  top_db: [null],
};
const NUMBERS = [
  ...["sample_rate", "n_fft", "win_length", "hop_length", "padding"],
  ...["n_mels", "f_min_hz", "f_max_hz", "log_floor", "n_mfcc", "lifter"],
];

/** Read a specification from its JSON, and add what follows from it; one that the page can't compute is refused. */
export function readSpec(json) {
  const given = JSON.parse(json);
  const spec = {};
  for (const [name, values] of Object.entries(COMPUTED)) {
    spec[name] = name in given ? given[name] : values[0];
    if (!values.includes(spec[name])) {
      throw new Error(`the page computes features with ${name} ${values.join(" or ")} alone, got ${spec[name]}`);
    }
  }
  for (const name of NUMBERS) {
    if (!(name in given)) throw new Error(`the feature specification lacks ${name}`);
    spec[name] = given[name];
  }
  const unknown = Object.keys(given).filter((name) => !(name in spec));
  if (unknown.length) throw new Error(`the page doesn't know these feature settings: ${unknown.join(", ")}`);

  spec.n_bins = spec.n_fft / 2 + 1;
  spec.margin = spec.center ? (spec.padding ?? spec.n_fft / 2) : 0; // samples of padding on either side
  spec.db_per_decade = 20 / spec.power;
  return spec;
}

/** Count the frames of a signal. */
export function countFrames(spec, n_samples) {
  return Math.max(0, 1 + Math.floor((n_samples + 2 * spec.margin - spec.n_fft) / spec.hop_length));
}
