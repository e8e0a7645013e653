// Pictures of mel frames, with an axis in Hz and one in seconds.

import { placeOfHz } from "./mfcc.js";

export const SHOWN_DB = 60; // from the loudest value down to the darkest colour
const COLOURS = [
  [10, 12, 38],
  [72, 28, 128],
  [192, 58, 112],
  [250, 152, 62],
  [255, 246, 196],
]; // dark to bright, red, green and blue
const TICKS_HZ = [0, 500, 1000, 2000, 4000, 8000];
const STEPS_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10];
const MOST_TICKS = 6;

/** The highest level of mel frames, dB. */
export function loudest(log_mel) {
  return log_mel.reduce((most, frame) => frame.reduce((a, b) => Math.max(a, b), most), -Infinity);
}

/** Draw mel frames on a canvas, one pixel for each band of a frame; `top_db` has the brightest colour. */
export function drawLogMel(canvas, log_mel, top_db) {
  const [width, height] = [log_mel.length, log_mel[0].length];
  canvas.width = width;
  canvas.height = height;
  const picture = new ImageData(width, height);
  log_mel.forEach((frame, t) => {
    frame.forEach((level, band) => {
      const colour = colourOf(1 + (level - top_db) / SHOWN_DB);
      picture.data.set([...colour, 255], 4 * ((height - 1 - band) * width + t));
    });
  });
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

/** Label the axes: elements beside the picture are filled with text at the places of round numbers. */
export function labelAxes(hz_axis, seconds_axis, spec, seconds) {
  const ticks_hz = TICKS_HZ.filter((hz) => hz >= spec.f_min_hz && hz <= spec.f_max_hz);
  const label_hz = (hz) => (hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`);
  hz_axis.replaceChildren(...ticks_hz.map((hz) => tick(label_hz(hz), "bottom", placeOfHz(hz, spec))));
  const step = STEPS_SECONDS.find((one) => seconds / one < MOST_TICKS) ?? seconds;
  const ticks_seconds = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step);
  const label_seconds = (value) => `${Number(value.toFixed(1))} s`;
  seconds_axis.replaceChildren(...ticks_seconds.map((value) => tick(label_seconds(value), "left", value / seconds)));
}

/** The colours from dark to bright, as a background. */
export function colourBar() {
  return `linear-gradient(to right, ${COLOURS.map((colour) => `rgb(${colour.join(" ")})`).join(", ")})`;
}

function tick(text, side, place) {
  const element = document.createElement("span");
  element.textContent = text;
  element.style[side] = `${100 * place}%`;
  return element;
}

/** Colour of a value, 0 (dark) to 1 (bright). */
function colourOf(value) {
  const place = Math.min(1, Math.max(0, value)) * (COLOURS.length - 1);
  const below = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[below].map((low, i) => low + (place - below) * (COLOURS[below + 1][i] - low));
}
