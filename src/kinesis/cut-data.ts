/**
 * Takes the bytes of records out of the text of a GetRecords reply before the SDK parses it. They are nearly all of the
 * reply, in base64: parsed with the rest they would be held four times over, and cost more than all that is done with them.
 */
export interface CutReply {
  /** The reply, in which each record's data is empty. */
  readonly rest: Uint8Array;
  /** The bytes of each record, in their order. */
  readonly data: readonly Uint8Array[];
}

/**
 * Undefined for a reply in which data is not plain base64; the SDK has a word for what is wrong with it. A string of the
 * reply cannot be taken for the key, since its quotes are escaped.
 */
export function cutData(reply: Buffer): CutReply | undefined {
  const rest: Uint8Array[] = [];
  const data: Uint8Array[] = [];
  let copied = 0;
  for (let key = reply.indexOf(KEY); key !== -1; key = reply.indexOf(KEY, copied)) {
    const start = key + KEY.length;
    const end = reply.indexOf(QUOTE, start);
    const bytes = end === -1 ? undefined : decodeBase64(reply, start, end);
    if (!bytes) return undefined;
    data.push(bytes);
    rest.push(reply.subarray(copied, start));
    copied = end;
  }
  rest.push(reply.subarray(copied));
  return { rest: Buffer.concat(rest), data };
}

const KEY = Buffer.from('"Data":"');
const QUOTE = 0x22;
const PAD = 0x3d;
/** Characters that are decoded at a time, a multiple of four: so few that V8 clears them away with its small garbage. */
const PIECE = 64 * 1024;

/** Undefined for other text: Node leaves out what is no base64, so that the length tells. */
function decodeBase64(text: Buffer, start: number, end: number): Uint8Array | undefined {
  const length = end - start;
  if (length % 4 !== 0) return undefined;
  const padding = text[end - 1] !== PAD || length === 0 ? 0 : text[end - 2] === PAD ? 2 : 1;
  const bytes = Buffer.allocUnsafeSlow((length / 4) * 3 - padding);
  let written = 0;
  for (let at = start; at < end; at += PIECE) {
    written += bytes.write(text.toString('latin1', at, Math.min(at + PIECE, end)), written, 'base64');
  }
  return written === bytes.length ? bytes : undefined;
}
