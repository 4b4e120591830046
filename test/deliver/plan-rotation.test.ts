import test from 'ava';
import { type ConnectionState, planRotation, type RotationPlan } from '../../src/deliver/plan-rotation.js';

const limits = { rotateMs: 1000, rotateBytes: 8000, confirmHoldMs: 500 };

const empty: ConnectionState = {
  deliveries: 0,
  bytes: 0,
  ageMs: 5000,
  idleMs: 5000,
  waiting: 0,
  isPressed: false,
  isStale: false,
  ending: 0,
  heldMs: undefined,
};
const used: ConnectionState = { ...empty, deliveries: 3, bytes: 600, ageMs: 100, idleMs: 50 };

const rotate: RotationPlan = { type: 'rotate' };
const wait = (ms?: number): RotationPlan => ({ type: 'wait', ms });

const cases: readonly (readonly [name: string, state: ConnectionState, expected: RotationPlan])[] = [
  ['nothing on it and nothing held: waits', empty, wait()],
  ['nothing on it, somebody waits, but nothing is held: waits', { ...empty, isPressed: true }, wait()],
  ['nothing on it, held for less than the hold: waits for the rest', { ...empty, heldMs: 120 }, wait(380)],
  ['nothing on it, held for the hold: ended as a proof', { ...empty, heldMs: 500 }, rotate],
  ['nothing on it, held, but another end under way will prove it', { ...empty, heldMs: 900, ending: 1 }, wait()],
  ['nothing on it, but a new one is asked for', { ...empty, isStale: true }, rotate],
  ['lines on it, more waiting, and a new one is asked for', { ...used, waiting: 2, isStale: true }, rotate],
  ['nothing on it, held, but lines are about to go out on it', { ...empty, heldMs: 900, waiting: 1 }, wait()],
  ['lines on it, more waiting: until it is old', { ...used, waiting: 2 }, wait(900)],
  ['lines on it, none waiting: until it is idle', used, wait(150)],
  ['lines on it, none waiting, nearly old: until it is old', { ...used, ageMs: 990, idleMs: 0 }, wait(10)],
  ['old, with more waiting', { ...used, ageMs: 1000, waiting: 2 }, rotate],
  ['idle', { ...used, idleMs: 200 }, rotate],
  ['a pause in taking lines is not idle while lines wait', { ...used, idleMs: 200, waiting: 1 }, wait(900)],
  ['large', { ...used, bytes: 8000, waiting: 2 }, rotate],
  ['somebody waits and all is sent', { ...used, isPressed: true }, rotate],
  ['somebody waits, but more is to be sent first', { ...used, isPressed: true, waiting: 2 }, wait(900)],
  ['seven ends under way: one more is asked for', { ...used, bytes: 8000, ending: 7 }, rotate],
  [
    'eight ends under way: it grows instead',
    { ...used, bytes: 80_000, ending: 8, isPressed: true, isStale: true },
    wait(),
  ],
];

for (const [name, state, expected] of cases) {
  test(name, (t) => {
    t.deepEqual(planRotation(state, limits), expected);
  });
}
