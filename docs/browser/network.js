// The network: a file of `mfccinv export format=onnx`, computed by ONNX Runtime for the web.

import { readMetadata } from "./onnx_metadata.js";
import { readSpec } from "./spec.js";

/**
 * Read a network: { spec, predict }.
 *
 * `predict(mfcc)` maps MFCC, n_frames × n_mfcc, dB, to mel frames, n_frames × n_mels, dB. The network repeats the
 * first and the last frame itself, for its context.
 */
export async function openNetwork(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`there is no ${url} here: mfccinv export makes it`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const metadata = readMetadata(bytes);
  if (!metadata.feature_spec) throw new Error(`${url} doesn't say its features: mfccinv export writes files that do`);
  const { source, target } = JSON.parse(metadata.task);
  if (source !== "mfcc" || target !== "mel") throw new Error(`${url} must map mfcc to mel, not ${source} to ${target}`);
  const spec = readSpec(metadata.feature_spec);

  const runtime = await import("./onnxruntime/ort.wasm.bundle.min.mjs").catch(() => {
    throw new Error("there is no onnxruntime here: make browser puts it there");
  });
  runtime.env.wasm.numThreads = 1; // several need a server that sends headers of its own
  const session = await runtime.InferenceSession.create(bytes);
  const predict = async (mfcc) => {
    const values = Float32Array.from(mfcc.flatMap((frame) => [...frame]));
    const input = new runtime.Tensor("float32", values, [1, mfcc.length, spec.n_mfcc]);
    const output = (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]];
    return mfcc.map((_, t) => Float64Array.from(output.data.subarray(t * spec.n_mels, (t + 1) * spec.n_mels)));
  };
  return { spec, predict };
}
