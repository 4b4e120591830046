/** What an output carries: framed lines that stand or fall together, and the function to call once their fate is known. */

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
   * a fraction of its lines: so with an origin the lines are released as soon as they are written.
   */
  readonly origin?: Origin | undefined;
  /** Called once, when the payload is released or delivered: its memory may be used again. Not called when it is abandoned. */
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
