/** The payloads of deliveries as bytes to write. */
import type { Delivery, Payload } from '../delivery.js';

/** The payloads as one buffer, ready for a single write; released payloads are restored. */
export async function joinPayloads(deliveries: readonly Delivery[]): Promise<Uint8Array> {
  const pieces = await gatherPayloads(deliveries);
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/**
 * The payloads as a few buffers, where an extra write costs less than copying everything. Payloads that are adjacent in memory
 * become one buffer.
 */
export async function gatherPayloads(deliveries: readonly Delivery[]): Promise<readonly Uint8Array[]> {
  const payloads: Payload[] = [];
  for (const { payload, origin } of deliveries) payloads.push(payload ?? (await origin?.restore()) ?? '');
  if (payloads.every((payload) => typeof payload === 'string')) return [Buffer.from(payloads.join(''))];
  const pieces: Uint8Array[] = [];
  for (const payload of payloads) {
    const piece = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const last = pieces.at(-1);
    if (last && isNext(last, piece)) {
      pieces[pieces.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.byteLength + piece.byteLength);
    } else pieces.push(piece);
  }
  return pieces.length <= mostPieces ? pieces : [Buffer.concat(pieces)];
}

const mostPieces = 4;

function isNext(before: Uint8Array, piece: Uint8Array): boolean {
  return before.buffer === piece.buffer && before.byteOffset + before.byteLength === piece.byteOffset;
}
