// Trials of a listening test, drawn from a seed, and the rows of what was answered. Sounds are named by their method.

const NO_PREFERENCE = "none";

/** Function that draws numbers in [0, 1), the same ones from the same seed (Marsaglia, Xorshift RNGs, 2003). */
function random(seed) {
  let state = Math.imul(seed + 1, 2654435761) || 1; // seeds far apart, and never 0, from which there is no way out
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The items in an order that is drawn. */
function shuffled(items, draw) {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(left.length * draw()), 1)[0]);
}

/**
 * Trials of a test: each has an utterance and its sounds, by the place at which they are played.
 *
 * Every utterance comes once before one comes again. Methods change places from trial to trial. In test "abx" the third
 * sound, X, is one of the two by the toss of a coin.
 */
function drawTrials({ test, methods, utterances, n_trials, seed }) {
  const draw = random(seed);
  const order = [];
  while (order.length < n_trials) order.push(...shuffled(utterances, draw));
  return order.slice(0, n_trials).map((utterance) => {
    const sounds = shuffled(methods, draw);
    return { utterance, sounds: test === "abx" ? [...sounds, sounds[Math.floor(2 * draw())]] : sounds };
  });
}

/**
 * Rows of a trial that was answered.
 *
 * `answer` is the place that was chosen, null for no preference; in test "rating" it is the rating of each place.
 * `plays` says how often the sound at each place was played.
 */
function answeredRows({ test, number, trial, answer, plays, seconds }) {
  const { utterance, sounds } = trial;
  const rounded = Math.round(10 * seconds) / 10;
  const replays = plays.map((n) => Math.max(0, n - 1));
  if (test === "rating") {
    return sounds.map((method, place) => ({
      ...{ trial: number, utterance, place: place + 1, method, rating: answer[place] },
      ...{ seconds: rounded, replays: replays[place] },
    }));
  }
  const [a, b, x] = sounds;
  const chosen = answer === null ? NO_PREFERENCE : sounds[answer];
  const told = test === "abx" ? { x, answer: chosen, right: chosen === x } : { answer: chosen };
  const total = replays.reduce((sum, n) => sum + n, 0);
  return [{ trial: number, utterance, a, b, ...told, seconds: rounded, replays: total }];
}

/** Rows as CSV; text that a spreadsheet would compute gets an apostrophe before it. */
function csvTable(rows) {
  const cell = (value) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [Object.keys(rows[0]), ...rows.map(Object.values)].map((line) => `${line.map(cell).join(",")}\n`).join("");
}
