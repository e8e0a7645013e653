// Runs in the browser's audio thread: passes each block of samples on to recorder.js.

class Tap extends AudioWorkletProcessor {
  process([channels]) {
    if (channels.length) this.port.postMessage(channels[0].slice());
    return true; // there is more to come
  }
}

registerProcessor("tap", Tap);
