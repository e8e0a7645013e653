// The page of listening tests: plays the sounds of each trial, takes answers, and hands out the result.

const FORMAT = "mfccinv listening 1"; // of the file of results
const WORDS = ["bad", "poor", "fair", "good", "excellent"]; // of ratings, 20 points each
const data = JSON.parse(document.getElementById("data").textContent);
const utterances = new Map(data.utterances.map(({ name, sounds }) => [name, sounds]));
// Answers by key; those of a pair are places, and null is no preference.
const TESTS = {
  abx: {
    n_trials: 16,
    question: "Is X the same as A, or the same as B?",
    places: ["A", "B", "X"],
    answers: [["X is A", 0], ["X is B", 1]],
    keys: { a: 0, arrowleft: 0, b: 1, arrowright: 1 },
    help: "Keys: 1, 2, 3 play A, B, X; ← or a: X is A; → or b: X is B; space plays again; Enter: next.",
  },
  preference: {
    n_trials: 12,
    question: "Which sounds better?",
    places: ["A", "B"],
    answers: [["A", 0], ["No preference", null], ["B", 1]],
    keys: { a: 0, arrowleft: 0, n: null, arrowdown: null, b: 1, arrowright: 1 },
    help: "Keys: 1, 2 play A, B; ← or a: A; → or b: B; ↓ or n: no preference; space plays again; Enter: next.",
  },
  rating: {
    n_trials: data.utterances.length,
    question: "How good is each sound, against the reference? One of them is the reference itself.",
    places: null, // by number
    keys: {},
    help:
      "Keys: 0 plays the reference; 1, 2, … play a sound and go to its slider; ← → move it; space plays again; " +
      "Enter: next.",
  },
};

const element = (id) => document.getElementById(id);
const form = element("start");
let audio; // begins with the first click, as browsers ask for
let playing; // the sound that is heard
let session; // test, its settings, its trials and the rows of those that were answered
let current; // the trial on the page
let is_unsaved = false; // whether there are answers that no file has

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function say(text) {
  element("status").textContent = text;
}

/** Show one part of the page, and have a screen reader begin there. */
function show(id) {
  for (const part of ["start", "trial", "result"]) element(part).hidden = part !== id;
  element("about").hidden = id === "trial";
  element(`${id}-title`).focus();
  scrollTo(0, 0);
}

async function decode(text) {
  audio ??= new AudioContext();
  return audio.decodeAudioData(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

function stopSound() {
  playing?.source.stop();
  playing?.button.classList.remove("playing");
  playing = null;
}

/** Play a decoded sound in the place of the one that is heard, and mark its button. */
function playSound(buffer, button) {
  stopSound();
  audio.resume();
  const source = new AudioBufferSourceNode(audio, { buffer });
  const own = { source, button };
  source.connect(audio.destination);
  source.onended = () => own === playing && stopSound();
  source.start();
  button.classList.add("playing");
  playing = own;
}

function chosenTest() {
  return form.elements.test.value;
}

/** Fit the form to the test that is chosen. */
function fitForm() {
  for (const label of document.querySelectorAll(".pair-alone")) label.hidden = chosenTest() === "rating";
  element("n_trials").value = TESTS[chosenTest()].n_trials;
  checkPair();
}

function checkPair() {
  const is_same = chosenTest() !== "rating" && element("first").value === element("second").value;
  element("second").setCustomValidity(is_same ? "Choose another method." : "");
}

function begin() {
  const test = chosenTest();
  const given = element("seed").value;
  const seed = given === "" ? crypto.getRandomValues(new Uint32Array(1))[0] : Number(given);
  const methods = test === "rating" ? Object.keys(data.methods) : [element("first").value, element("second").value];
  const n_trials = Number(element("n_trials").value);
  const settings = { test, methods, utterances: [...utterances.keys()], n_trials, seed };
  const listener = element("listener").value.trim() || `listener ${seed.toString(36)}`;
  session = { ...settings, listener, date: new Date().toISOString(), trials: drawTrials(settings), rows: [], done: 0 };
  openTrial();
}

/** Put the next trial on the page. */
async function openTrial() {
  stopSound();
  const { test, trials, done } = session;
  const { question, places, help } = TESTS[test];
  const trial = trials[done];
  const sounds = utterances.get(trial.utterance);
  const shown = test === "rating" ? [...trial.sounds, data.original] : trial.sounds; // the reference comes last
  current = null;
  element("trial").inert = true; // until the sounds are ready
  element("trial-title").textContent = `Trial ${done + 1} of ${trials.length}`;
  Object.assign(element("progress"), { max: trials.length, value: done });
  element("question").textContent = question;
  element("help").textContent = element("keys").checked ? help : "";
  const decoded = new Map();
  try {
    for (const method of new Set(shown)) decoded.set(method, await decode(sounds[method]));
  } catch (error) {
    return say(`This browser can't play the sound: ${error.message}`);
  } finally {
    element("trial").inert = false;
  }
  current = {
    ...{ trial, buffers: shown.map((method) => decoded.get(method)), plays: shown.map(() => 0) },
    ...{ answer: test === "rating" ? trial.sounds.map(() => null) : undefined, last: 0, began: performance.now() },
  };
  if (test === "rating") layRatings(trial.sounds.length);
  else layPair(places);
  say("");
  show("trial");
}

/** A button; after a click with a pointer the keys belong to the test again, not to the button. */
function makeButton(text, action) {
  const onclick = ({ detail }) => {
    action();
    if (detail) element("trial-title").focus({ preventScroll: true });
  };
  return make("button", { type: "button", textContent: text, onclick });
}

function layPair(places) {
  current.buttons = places.map((name, place) => makeButton(`Play ${name}`, () => play(place)));
  element("sounds").replaceChildren(make("div", { className: "row" }, ...current.buttons));
  const answers = TESTS[session.test].answers.map(([text, value]) => {
    return Object.assign(makeButton(text, () => choose(value)), { ariaPressed: "false" });
  });
  element("answers").replaceChildren(...answers);
}

function layRatings(n) {
  const reference = makeButton("Play the reference", () => play(n));
  const rows = Array.from({ length: n }, (_, place) => ratingRow(place));
  Object.assign(current, { buttons: [...rows.map((row) => row.button), reference], rows });
  element("sounds").replaceChildren(make("div", { className: "row" }, reference), ...rows.map((row) => row.line));
  element("answers").replaceChildren();
}

/** A sound to rate: its button, its slider and what the slider says. */
function ratingRow(place) {
  const button = makeButton(`Play ${place + 1}`, () => play(place));
  const slider = make("input", { type: "range", min: 0, max: 100, value: 50, disabled: true });
  const told = make("span", { className: "told", textContent: "play it first" });
  told.ariaHidden = "true"; // a screen reader has it from the slider
  Object.assign(slider, { ariaLabel: `Rating of sound ${place + 1}`, ariaValueText: "not rated yet" });
  const rate = () => {
    const rating = slider.valueAsNumber;
    current.answer[place] = rating;
    told.textContent = slider.ariaValueText = `${rating}, ${WORDS[Math.min(4, Math.floor(rating / 20))]}`;
  };
  slider.addEventListener("input", rate);
  slider.addEventListener("click", rate); // also where it stands
  const scale = make("div", { className: "words", ariaHidden: "true" }, ...WORDS.map((word) => make("span", {}, word)));
  const line = make("div", { className: "rating" }, button, make("div", { className: "slider" }, slider, scale), told);
  return { button, slider, told, line };
}

function play(place) {
  const button = current.buttons[place];
  playSound(current.buffers[place], button);
  current.plays[place]++;
  current.last = place;
  button.classList.add("played");
  const row = current.rows?.[place];
  if (row?.slider.disabled) {
    row.slider.disabled = false;
    row.told.textContent = "not rated yet";
  }
  say("");
}

function choose(value) {
  if (current.plays.includes(0)) return say(`Play ${TESTS[session.test].places.join(" and ")} before you answer.`);
  current.answer = value;
  TESTS[session.test].answers.forEach(([, one], i) => {
    element("answers").children[i].ariaPressed = String(one === value);
  });
  say("");
}

/** Keep the answer, and go to the next trial or to the result. */
function next() {
  if (!current) return;
  const { test, trials } = session;
  const { trial, answer, plays, began } = current;
  if (test === "rating" && answer.includes(null)) return say("Play and rate each of the sounds first.");
  if (answer === undefined) return say("Answer first.");
  const seconds = (performance.now() - began) / 1000;
  session.rows.push(...answeredRows({ test, number: session.done + 1, trial, answer, plays, seconds }));
  session.done++;
  is_unsaved = true;
  if (session.done < trials.length) openTrial();
  else finish();
}

/** End the test with the trials that were answered. */
function finish() {
  stopSound();
  current = null;
  say("");
  if (session.done === 0) return show("start");
  const { test, methods, rows, listener, date, seed, n_trials } = session;
  const result = summary({ test, methods, rows });
  const content = {
    ...{ format: FORMAT, page: data.title, sounds: data.sounds, test, listener, date, seed, planned_trials: n_trials },
    ...{ original: data.original, methods: Object.fromEntries(methods.map((method) => [method, data.methods[method]])) },
    ...{ trials: rows, result },
  };
  const named = rows.map((row) => ({ listener, date, test, page: data.title, seed, ...row }));
  offer("save-json", JSON.stringify(content, null, 1), "json", "application/json");
  offer("save-csv", csvTable(named), "csv", "text/csv");
  element("told").replaceChildren(...tell(result));
  element("rows").replaceChildren(rowTable(rows));
  show("result");
}

/** Have a link save a text as a file. */
function offer(id, text, extension, type) {
  const link = element(id);
  URL.revokeObjectURL(link.href);
  const name = `${session.listener} ${session.date.slice(0, 19)}`.replaceAll(/[^\p{L}\p{N}]+/gu, "-");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = `listening-${session.test}-${name}.${extension}`;
}

/** The result as paragraphs and a table. */
function tell(result) {
  const { test, methods, done, n_trials } = session;
  const lines = done < n_trials ? [`${done} of ${n_trials} trials were done.`] : [];
  const by_chance = (probability) =>
    "Someone who guesses gets a result at least as far from half and half with a probability of " +
    inThousandths(probability) +
    (probability < 0.05 ? ": guessing is unlikely." : ": it may well be chance.");
  const titles = methods.map((method) => data.methods[method]);
  if (test === "abx") {
    lines.push(`${titles[0]} against ${titles[1]}: you were right in ${result.right} of ${result.trials} trials.`);
    lines.push(by_chance(result.probability));
  } else if (test === "preference") {
    const [first, second] = methods.map((method) => result.preferred[method]);
    const counts = `${titles[0]} ${times(first)}, ${titles[1]} ${times(second)}, and neither ${times(result.none)}`;
    lines.push(`You preferred ${counts}.`);
    if (result.interval) {
      const [share, low, high] = [first / (first + second), ...result.interval].map((value) => Math.round(100 * value));
      lines.push(`With a preference: ${titles[0]} in ${share} % of the trials, 95 % interval ${low} to ${high} %.`);
      lines.push(by_chance(result.probability));
    }
  } else {
    lines.push("Means of your ratings, 0 to 100, with their 95 % intervals:");
  }
  const told = lines.map((text) => make("p", { textContent: text }));
  return test === "rating" ? [...told, ratingTable(result.ratings)] : told;
}

function times(n) {
  return n === 1 ? "once" : `${n} times`;
}

function inThousandths(value) {
  return value < 0.001 ? "less than 0.001" : value.toFixed(3);
}

function ratingTable(ratings) {
  const rows = Object.entries(ratings).map(([method, { mean, interval }]) => {
    const ends = interval ? interval.map((end) => end.toFixed(1).replace("-", "−")).join(" … ") : "–";
    return [data.methods[method], mean.toFixed(1), ends];
  });
  return table(["", "mean", "95 % interval"], rows);
}

/** All rows, with the titles of the methods. */
function rowTable(rows) {
  const named = (value) => ({ true: "yes", false: "no" })[value] ?? data.methods[value] ?? String(value);
  const text = Object.keys(rows[0]).flatMap((key, i) => (typeof rows[0][key] === "string" ? [i] : []));
  return table(Object.keys(rows[0]), rows.map((row) => Object.values(row).map(named)), text);
}

/** A table; columns of `text` are left-aligned. */
function table(header, rows, text = []) {
  const cell = (tag, content, i) => make(tag, { textContent: content, className: text.includes(i) ? "left" : "" });
  const line = (tag, cells) => make("tr", {}, ...cells.map((content, i) => cell(tag, content, i)));
  return make("table", {}, line("th", header), ...rows.map((cells) => line("td", cells)));
}

function pressed(event) {
  const { target, key } = event;
  if (!current || !element("keys").checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const [in_slider, in_button] = [target.type === "range", target.tagName === "BUTTON"];
  const { keys, places } = TESTS[session.test];
  const place = key >= "0" && key <= "9" ? (places || key !== "0" ? Number(key) - 1 : current.buttons.length - 1) : -1;
  const last = places ? current.buttons.length : current.buttons.length - 1; // the reference has 0
  if (place >= 0 && (place < last || key === "0")) {
    play(place);
    current.rows?.[place]?.slider.focus();
  } else if (key.toLowerCase() in keys && !in_slider) choose(keys[key.toLowerCase()]);
  else if (key === " " && !in_button) play(current.last);
  else if (key === "Enter" && !in_button) next();
  else return;
  event.preventDefault();
}

/** Make the form, and wait. */
function open() {
  for (const [id, start] of [["first", 1], ["second", 0]]) {
    const own = Object.keys(data.methods).filter((method) => method !== data.anchor);
    const options = own.map((method) => make("option", { value: method, textContent: data.methods[method] }));
    element(id).replaceChildren(...options);
    element(id).selectedIndex = Math.max(0, own.length - 1 - start); // the last two: the inverse and the network
    element(id).addEventListener("change", checkPair);
  }
  for (const choice of form.elements.test) choice.addEventListener("change", fitForm);
  form.addEventListener("submit", (event) => (event.preventDefault(), begin()));
  element("volume").addEventListener("click", async ({ currentTarget }) => {
    playSound(await decode(data.utterances[0].sounds[data.original]), currentTarget);
  });
  element("next").addEventListener("click", next);
  element("stop").addEventListener("click", finish);
  for (const id of ["save-json", "save-csv"]) element(id).addEventListener("click", () => (is_unsaved = false));
  element("again").addEventListener("click", () => {
    if (!is_unsaved || confirm("The result isn't saved. Begin another test all the same?")) show("start");
  });
  document.addEventListener("keydown", pressed);
  addEventListener("beforeunload", (event) => is_unsaved && event.preventDefault());
  fitForm();
  form.hidden = false;
}

open();
