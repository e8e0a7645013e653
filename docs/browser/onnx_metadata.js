// What an ONNX file says of itself. ONNX Runtime for the web doesn't tell, so the file is read here.

const METADATA = 14; // number of the field metadata_props of a ModelProto, whose entries have the fields:
const KEY = 1;
const VALUE = 2;

/** Metadata of an ONNX file, as an object of texts. */
export function readMetadata(bytes) {
  const found = {};
  for (const { field, content } of fields(bytes)) {
    if (field !== METADATA) continue;
    const entry = Object.fromEntries([...fields(content)].map((part) => [part.field, part.content]));
    const [key, value] = [KEY, VALUE].map((name) => new TextDecoder().decode(entry[name]));
    found[key] = value;
  }
  return found;
}

/** Fields of a message in Protocol Buffers' format; numbers are passed over. */
function* fields(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const wholeNumber = () => {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = wholeNumber();
    const kind = tag % 8;
    if (kind === 0) wholeNumber();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = wholeNumber();
      yield { field: Math.floor(tag / 8), content: bytes.subarray(at, at + length) };
      at += length;
    } else throw new Error("this is no ONNX file");
  }
}
