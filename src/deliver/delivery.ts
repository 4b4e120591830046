/**
 * What a deliverer carries: framed lines that stand or fall together, and the function to call once their fate is known.
 */

/**
 * `delivered`: confirmed by the output as its settings define it. `abandoned`: not confirmed before the end; whether the
 * receiver has the lines is unknown, so they must be sent again some day.
 */
export type DeliveryOutcome = 'delivered' | 'abandoned';

/** Whole lines, framed. */
export type Payload = string | Uint8Array;

/** Belongs to the deliverer once it is sent: nobody else may change it, or read its payload. */
export interface Delivery {
  /** One line or more. Undefined once they are written, if there is an origin to have them from again. */
  payload: Payload | undefined;
  /** Size of the payload in bytes of UTF-8. */
  readonly bytes: number;
  /** Number of lines in the payload. */
  readonly lines: number;
  /**
   * Where the payload can be had from once more. Most of what waits for a confirmation is never sent again, and a record is
   * a fraction of its lines: so with an origin the lines are let go as soon as they are written.
   */
  readonly origin?: Origin | undefined;
  /** Called once, when the payload is let go or delivered: its memory may be used again. Not called when it is abandoned. */
  free?(): void;
  /** Called exactly once. Must not throw. */
  settle(outcome: DeliveryOutcome): void;
}

export interface Origin {
  /** Memory that it takes up, in bytes. */
  readonly bytes: number;
  /** Makes the payload once more, the same to the byte. Rejects when that is not possible, which fails the connection. */
  restore(): Promise<Payload>;
}

/** The payloads as one piece of bytes, ready for a single write; those that were let go are made again. */
export async function joinPayloads(deliveries: readonly Delivery[]): Promise<Uint8Array> {
  const pieces = await gatherPayloads(deliveries);
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/**
 * The payloads as a few pieces, for where a write more costs less than a copy of all. Pieces that lie one behind the other
 * in memory are one piece already.
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
