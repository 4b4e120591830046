/**
 * What a deliverer carries: framed lines that stand or fall together, and the function to call once their fate is known.
 */

/**
 * `delivered`: confirmed by the output as its settings define it. `abandoned`: not confirmed before the end; whether the
 * receiver has the lines is unknown, so they must be sent again some day.
 */
export type DeliveryOutcome = 'delivered' | 'abandoned';

export interface Delivery {
  /** One or more whole lines, framed. */
  readonly payload: string | Uint8Array;
  /** Size of the payload in bytes of UTF-8. */
  readonly bytes: number;
  /** Number of lines in the payload. */
  readonly lines: number;
  /** Called exactly once. Must not throw. */
  settle(outcome: DeliveryOutcome): void;
}

/** The payloads as one piece of bytes, ready for a single write. */
export function joinPayloads(deliveries: readonly Delivery[]): Uint8Array {
  if (deliveries.every((delivery) => typeof delivery.payload === 'string')) {
    return Buffer.from(deliveries.map((delivery) => delivery.payload).join(''));
  }
  return Buffer.concat(deliveries.map(({ payload }) => (typeof payload === 'string' ? Buffer.from(payload) : payload)));
}
