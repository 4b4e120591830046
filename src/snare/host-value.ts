/**
 * Any value of a host's log as text: a string as it is, an object as JSON, the rest as Node shows it.
 */
import { inspect } from 'node:util';

/** Throws only what the value itself throws when it is looked at. */
export function formatHostValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'function' || value instanceof Error) return show(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return toJson(value) ?? show(value);
}

/** Undefined for what JSON cannot say: a getter or a toJSON that throws, an object too deep. */
function toJson(value: object): string | undefined {
  try {
    const json: string | undefined = JSON.stringify(value, createReplacer());
    // A Date becomes a JSON string, which needs no quotes as a text.
    return json?.startsWith('"') ? JSON.parse(json) : json;
  } catch {
    return undefined;
  }
}

function createReplacer(): (this: unknown, key: string, value: unknown) => unknown {
  const ancestors: unknown[] = [];
  return function replace(_key, value) {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'function' || value instanceof Error) return show(value);
    if (typeof value !== 'object' || value === null) return value;
    // JSON.stringify calls with the object that holds the value, which is the last ancestor once those left are gone.
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    if (ancestors.includes(value)) return '[Circular]';
    ancestors.push(value);
    return value;
  };
}

function show(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}
