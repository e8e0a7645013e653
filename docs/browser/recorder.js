// Sound from the microphone, as it comes: nothing is compressed, no echo or noise is taken away.

/** Begin to record; the function returned ends it and gives { y, sample_rate }, at the microphone's rate. */
export async function startRecording() {
  if (!navigator.mediaDevices) throw new Error("the microphone needs an address of https or localhost");
  const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio }).catch((error) => {
    throw new Error(`the microphone can't be used: ${error.message}`);
  });
  const context = new AudioContext();
  await context.audioWorklet.addModule(new URL("recorder_worklet.js", import.meta.url));
  const tap = new AudioWorkletNode(context, "tap", { numberOfOutputs: 0 });
  const blocks = [];
  tap.port.onmessage = ({ data }) => blocks.push(data);
  context.createMediaStreamSource(stream).connect(tap);
  return async () => {
    stream.getTracks().forEach((track) => track.stop());
    await context.close();
    const y = new Float32Array(blocks.reduce((n, block) => n + block.length, 0));
    blocks.reduce((at, block) => (y.set(block, at), at + block.length), 0);
    return { y, sample_rate: context.sampleRate };
  };
}
