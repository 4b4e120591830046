/**
 * When to end a connection that has carried lines, as a pure decision. Lines are confirmed only by the end of their connection
 * and of a later one. So connections are ended by age, by size, and as soon as something waits for confirmations.
 */
export interface RotationLimits {
  readonly rotateMs: number;
  readonly rotateBytes: number;
  readonly confirmHoldMs: number;
}

export interface ConnectionState {
  /** Deliveries and bytes written to the current connection. */
  readonly deliveries: number;
  readonly bytes: number;
  /** Milliseconds since its first line. */
  readonly ageMs: number;
  /** Milliseconds since its last line. */
  readonly idleMs: number;
  /** Deliveries that wait for a connection. */
  readonly waiting: number;
  /** Something waits for confirmations: a sender without room, a flush or a stop. */
  readonly isPressed: boolean;
  /** A new connection was requested, such as for a renewed certificate. */
  readonly isStale: boolean;
  /** Connections that are ending. */
  readonly ending: number;
  /** Milliseconds since the last good end of a connection whose lines are still held; undefined when none is held. */
  readonly heldMs: number | undefined;
}

/** A pause of this length ends the connection, so that a quiet stream is confirmed soon. */
const idleLimitMs = 200;
/** Connections that may be ending at the same time; beyond that, the current one continues. */
const maxEnding = 8;

/** `rotate` now, check again after this many milliseconds, or only at the next change. */
export type RotationPlan = { readonly type: 'rotate' } | { readonly type: 'wait'; readonly ms: number | undefined };

const rotate: RotationPlan = { type: 'rotate' };
const waitForChange: RotationPlan = { type: 'wait', ms: undefined };

export function planRotation(state: ConnectionState, limits: RotationLimits): RotationPlan {
  if (state.ending >= maxEnding) return waitForChange;
  if (state.isStale) return rotate;
  if (state.deliveries === 0) return planEmpty(state, limits);
  if (state.bytes >= limits.rotateBytes) return rotate;
  if (state.waiting === 0 && state.isPressed) return rotate;
  const untilOldMs = limits.rotateMs - state.ageMs;
  const untilIdleMs = state.waiting === 0 ? idleLimitMs - state.idleMs : untilOldMs;
  const ms = Math.min(untilOldMs, untilIdleMs);
  return ms <= 0 ? rotate : { type: 'wait', ms };
}

/** An empty connection is ended only to prove that the receiver survived the ends whose lines are held. */
function planEmpty({ heldMs, ending, waiting }: ConnectionState, { confirmHoldMs }: RotationLimits): RotationPlan {
  if (heldMs === undefined || ending > 0 || waiting > 0) return waitForChange;
  return heldMs >= confirmHoldMs ? rotate : { type: 'wait', ms: confirmHoldMs - heldMs };
}
