// The page: takes a sound, inverts its MFCC in two ways, and shows all three side by side.

import { magnitudeToSound } from "./griffin_lim.js";
import { logMelToMagnitude } from "./magnitude.js";
import { logMelToMfcc, mfccToLogMel, soundToLogMel } from "./mfcc.js";
import { openNetwork } from "./network.js";
import { startRecording } from "./recorder.js";
import { resample } from "./resample.js";
import { spectralSnr } from "./score.js";
import { readSound, wavFile } from "./sound.js";
import { colourBar, drawLogMel, labelAxes, loudest, SHOWN_DB } from "./spectrogram.js";

const LONGEST_SECONDS = 10; // of a sound: what is behind is left out
const EXAMPLE = "../listen/original.flac";

const element = (id) => document.getElementById(id);
const [controls, record, stop, file, example] = ["controls", "record", "stop", "file", "example"].map(element);
const network_name = new URLSearchParams(location.search).get("network") ?? "asr_20";
const network = await open();

record.addEventListener("click", () => attempt(recordAndInvert));
file.addEventListener("change", () => attempt(() => invertFile(file.files[0])));
example.addEventListener("click", () => attempt(async () => invertFile(await fetchExample())));
document.addEventListener("play", ({ target }) => pauseOthers(target), true);
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!controls.disabled && event.dataTransfer.files.length) attempt(() => invertFile(event.dataTransfer.files[0]));
});

/** Read the network, fill its numbers into the text, and let the person begin. */
async function open() {
  say(`Loading the network ${network_name} …`);
  try {
    const { spec, predict } = await openNetwork(`${network_name}.onnx`);
    const hop_ms = Number(((1000 * spec.hop_length) / spec.sample_rate).toFixed(1));
    const texts = { network: network_name, n_mfcc: spec.n_mfcc, n_mels: spec.n_mels, hop_ms, shown_db: SHOWN_DB };
    for (const place of document.querySelectorAll("[data-text]")) place.textContent = texts[place.dataset.text];
    element("colours").style.background = colourBar();
    controls.disabled = false;
    say("Ready.");
    return { spec, predict };
  } catch (error) {
    say(error.message, true);
  }
}

/** Do one thing at a time, and tell what went wrong. */
async function attempt(action) {
  const focused = document.activeElement;
  controls.disabled = true;
  try {
    await action();
  } catch (error) {
    say(error.message, true);
  }
  controls.disabled = false;
  file.value = ""; // so that the same file can be chosen again
  focused.focus();
}

function pauseOthers(player) {
  for (const other of document.querySelectorAll("audio")) if (other !== player) other.pause();
}

async function recordAndInvert() {
  const finish = await startRecording();
  stop.hidden = false;
  stop.focus();
  for (let left = LONGEST_SECONDS; left > 0 && !stop.hidden; left--) {
    say(`Recording: ${left} s left.`);
    await new Promise((resolve) => {
      setTimeout(resolve, 1000);
      stop.onclick = () => resolve((stop.hidden = true));
    });
  }
  stop.hidden = true;
  await invert(await finish(), "the recording");
}

async function invertFile(chosen) {
  await work(`Reading ${chosen.name} …`);
  const sound = await readSound(await chosen.arrayBuffer()).catch(() => {
    throw new Error(`${chosen.name} is no sound that this browser can read`);
  });
  await invert(sound, chosen.name);
}

async function fetchExample() {
  const answer = await fetch(EXAMPLE);
  if (!answer.ok) throw new Error(`there is no ${EXAMPLE} here: start the file server in the folder docs`);
  return new File([await answer.blob()], "the example");
}

/** Invert the MFCC of a sound, { y, sample_rate }, and show what comes of them beside the original. */
async function invert(sound, name) {
  const { spec } = network;
  const shown = sound.y.subarray(0, LONGEST_SECONDS * sound.sample_rate);
  if (shown.every((value) => value === 0)) throw new Error(`${name} is silent`);
  const length = inSeconds(shown.length / sound.sample_rate);

  await work("Computing the MFCC …");
  const y = resample(shown, sound.sample_rate, spec.sample_rate);
  const log_mel = await timed(() => soundToLogMel(y, spec));
  const mfcc = logMelToMfcc(log_mel.result, spec);
  const top_db = loudest(log_mel.result);
  const cut = sound.y.length > shown.length ? `, of the first ${length}` : "";
  showPanel("original", log_mel.result, y, top_db, `${mfcc.length} frames in ${log_mel.seconds}${cut}`);

  const inverses = { analytic: () => mfccToLogMel(mfcc, spec), network: () => network.predict(mfcc) };
  for (const [id, inverse] of Object.entries(inverses)) {
    await work(`Computing the sound: ${id} …`);
    const frames = await timed(inverse);
    const made = await timed(() => magnitudeToSound(logMelToMagnitude(frames.result, spec), spec));
    const snr_db = spectralSnr(log_mel.result, frames.result).toFixed(1);
    const note = `SNR ${snr_db}\u00a0dB; frames in ${frames.seconds}, sound in ${made.seconds}`;
    showPanel(id, frames.result, made.result, top_db, note);
  }
  element("results").hidden = false;
  say(`Done: ${name}, ${length}.`);
}

/** Fill a panel: the picture of mel frames, whose brightest colour is `top_db`, the sound, and a note. */
function showPanel(id, log_mel, y, top_db, note) {
  const { spec } = network;
  const part = (selector) => element(id).querySelector(selector);
  drawLogMel(part("canvas"), log_mel, top_db);
  labelAxes(part(".hz"), part(".seconds"), spec, (log_mel.length * spec.hop_length) / spec.sample_rate);
  URL.revokeObjectURL(part("audio").src);
  const url = URL.createObjectURL(new Blob([wavFile(y, spec.sample_rate)], { type: "audio/wav" }));
  part("audio").src = part("a").href = url;
  part("a").download = `${id}.wav`;
  part(".note").textContent = note;
}

/** What a function makes, and how long it takes. */
async function timed(action) {
  const started = performance.now();
  const result = await action();
  return { result, seconds: inSeconds((performance.now() - started) / 1000) };
}

function inSeconds(value) {
  return `${value.toFixed(2)}\u00a0s`;
}

/** Say what comes next, and let the browser show it before the work begins. */
async function work(text) {
  say(text);
  await new Promise((resolve) => setTimeout(resolve, 30));
}

function say(text, is_error = false) {
  element("status").textContent = text;
  element("status").classList.toggle("error", is_error);
}
