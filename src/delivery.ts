/**
 * What an output carries: framed lines that are delivered or abandoned as a unit, and the function to call with the outcome.
 */

/**
 * `delivered`: confirmed by the output as its settings define it. `abandoned`: not confirmed before the end. The receiver may
 * or may not have the lines, so a later run has to send them again.
 */
export type DeliveryOutcome = 'delivered' | 'abandoned';

/** Whole lines with their framing. */
export type Payload = string | Uint8Array;

/** Once it is sent, it belongs to the deliverer: no one else may change it or read its payload. */
export interface Delivery {
  /** One line or more. Undefined once written, if an origin can restore them. */
  payload: Payload | undefined;
  /** Size of the payload in bytes of UTF-8. */
  readonly bytes: number;
  /** Number of lines in the payload. */
  readonly lines: number;
  /**
   * Restores the payload. Most deliveries that wait for a confirmation are never sent again, and a record is a fraction of the
   * size of its lines. So with an origin, the lines are released as soon as they are written.
   */
  readonly origin?: Origin | undefined;
  /** Called once, when the payload is released or delivered: its memory may be reused. Not called when it is abandoned. */
  free?(): void;
  /** Called exactly once. Must not throw. */
  settle(outcome: DeliveryOutcome): void;
}

/** A delivery that takes more lines while it waits. */
export interface GrowingDelivery<Piece> extends Delivery {
  /** Adds lines at its end. Returns false if it cannot take them; then nothing has changed. */
  add(piece: Piece): boolean;
}

export interface Origin {
  /** Memory that it takes up, in bytes. */
  readonly bytes: number;
  /** Rebuilds the payload, byte for byte. Rejects if that is impossible, which fails the connection. */
  restore(): Promise<Payload>;
}
