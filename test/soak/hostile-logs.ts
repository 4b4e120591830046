/** What a host may log, with whatever was sent to it. */
import type { Random } from './hostile-records.js';

const fail = () => {
  throw new Error('hostile');
};
const always = { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail };
const LEVEL = Symbol.for('level');
const circular: Record<string, unknown> = {};
circular.self = [circular, new Map([[circular, circular]])];
const endless: object = { toJSON: () => ({ again: endless, more: endless }) };

/** What a format of Winston takes as well, on its way through a logger. */
const texts: readonly ((random: Random) => object)[] = [
  ({ evil }) => toInfo({ message: evil() }),
  ({ evil }) => toInfo({ [`x${evil()}`]: evil() }),
];

/** What would stop the logger itself; a transport takes it. */
const kinds: readonly ((random: Random) => unknown)[] = [
  () => Object.defineProperty(Object.assign(new Error('x'), toInfo({})), 'message', { get: fail }),
  () => toInfo({ message: '\u0001'.repeat(2_000_000) }),
  () => toInfo({ detail: new Proxy({}, always) }),
  () => new Proxy(toInfo({}), always),
  () => toInfo({ message: { [Symbol.toPrimitive]: fail, toString: fail, toJSON: fail } }),
  () => toInfo({ message: circular, detail: circular }),
  () => toInfo({ message: endless }),
  () => toInfo({ detail: 7n ** 20_000n, symbol: Symbol('s') }),
  () => toInfo({ detail: Buffer.alloc(1_000_000, 0x1b) }),
  () => toInfo(Object.fromEntries(Array.from({ length: 10_000 }, (_, key) => [`k${key}`, key]))),
];

export function toHostileText(random: Random): object {
  return texts[random.below(texts.length)]?.(random) ?? {};
}

export function toHostileLog(random: Random): unknown {
  return kinds[random.below(kinds.length)]?.(random);
}

function toInfo(properties: object): object {
  return { level: 'info', [LEVEL]: 'info', message: 'm', ...properties };
}
