/**
 * Converts any value in a host's log to text: a string unchanged, an object as JSON, an error as its stack and its other
 * properties. It never throws, and both the work and the text are bounded; a note replaces what is left out.
 */
import { types } from 'node:util';

/** How many more characters a row may contain. Each takes at most six bytes of a line. */
export interface TextBudget {
  left: number;
}

export const UNREADABLE = '[unreadable]';

export function formatHostValue(value: unknown, budget: TextBudget): string {
  const copy = new Copier(budget.left).copy(value, 0);
  // A string is already cut. JSON is cut here, because escaping makes it longer.
  const text = typeof copy === 'string' ? copy : cutText(JSON.stringify(copy) ?? String(copy), budget.left);
  budget.left = Math.max(0, budget.left - text.length);
  return text;
}

/** Returns the text, or its beginning with a note of how much is cut. */
export function cutText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}... [${text.length - maxLength} characters cut]`;
}

/** Values within one value. */
const maxValues = 10_000;
const maxDepth = 64;
const maxKeyLength = 1000;
/** Formatting larger numbers takes long. */
const largestBigInt = 2n ** 4096n;

/** Makes a copy that is safe for JSON.stringify. A method of the value that throws does no harm here. */
class Copier {
  readonly #ancestors: object[] = [];
  #values = maxValues;
  #characters: number;

  constructor(maxCharacters: number) {
    this.#characters = maxCharacters;
  }

  copy(value: unknown, depth: number): unknown {
    try {
      return this.#copyAny(value, depth);
    } catch {
      return UNREADABLE;
    }
  }

  #copyAny(value: unknown, depth: number): unknown {
    this.#values -= 1;
    if (typeof value === 'string') return this.#take(value);
    if (typeof value === 'bigint') return formatBigInt(value);
    if (typeof value === 'number' && depth === 0) return String(value);
    if (typeof value === 'function') return this.#take(formatFunction(value));
    if (typeof value === 'symbol') return this.#take(String(value));
    if (typeof value !== 'object' || value === null) return value;
    if (this.#ancestors.includes(value)) return '[Circular]';
    if (depth >= maxDepth) return '[too deep]';
    this.#ancestors.push(value);
    try {
      return this.#copyObject(value, depth);
    } finally {
      this.#ancestors.pop();
    }
  }

  #copyObject(value: object, depth: number): unknown {
    if (value instanceof Error) return this.#copyError(value, depth);
    if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
    const json = callToJson(value);
    if (json !== undefined) return this.copy(json, depth + 1);
    if (value instanceof Map || value instanceof Set) return this.#copyItems(value, value.size, depth);
    if (Array.isArray(value)) return this.#copyItems(value, value.length, depth);
    return this.#copyProperties(value, depth);
  }

  /** The stack, then the other properties of the error. Node's own format has no limit. */
  #copyError(error: Error, depth: number): unknown {
    const stack = this.#take(readStack(error));
    const left = this.#characters;
    const hidden = ['cause', 'errors'].filter((key) => Object.hasOwn(error, key));
    const keys = keysOf(error).filter((key) => key !== 'stack' && !hidden.includes(key));
    const rest = this.#copyProperties(error, depth, [...keys, ...hidden]);
    if (Object.keys(rest).length === 0) return stack;
    // Within JSON it stays an object: a text would be escaped once more for each error around it.
    return depth > 0 ? { stack, ...rest } : `${stack} ${cutText(JSON.stringify(rest), left)}`;
  }

  #copyItems(items: Iterable<unknown>, count: number, depth: number): unknown[] {
    const copies: unknown[] = [];
    for (const item of items) {
      if (this.#isSpent) {
        copies.push(`[${count - copies.length} more items cut]`);
        break;
      }
      copies.push(this.copy(item, depth + 1));
    }
    return copies;
  }

  #copyProperties(value: object, depth: number, keys = keysOf(value)): object {
    const copies: [string, unknown][] = [];
    const isProxy = types.isProxy(value);
    for (const key of keys) {
      if (this.#isSpent) {
        copies.push(['[cut]', `${keys.length - copies.length} more properties`]);
        break;
      }
      if (isProxy && !Object.getOwnPropertyDescriptor(value, key)?.enumerable) {
        this.#values -= 1;
        continue;
      }
      copies.push([this.#take(cutText(key, maxKeyLength)), this.#copyProperty(value, key, depth)]);
    }
    return Object.fromEntries(copies);
  }

  #copyProperty(value: object, key: string, depth: number): unknown {
    try {
      return this.copy((value as Record<string, unknown>)[key], depth + 1);
    } catch {
      return UNREADABLE;
    }
  }

  get #isSpent(): boolean {
    return this.#values <= 0 || this.#characters <= 0;
  }

  #take(text: string): string {
    const cut = cutText(text, this.#characters);
    this.#characters = Math.max(0, this.#characters - text.length);
    return cut;
  }
}

/** Returns undefined if there is no `toJSON`, or if it throws. */
function callToJson(value: object): unknown {
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON !== 'function') return undefined;
  try {
    return toJSON.call(value, '');
  } catch {
    return undefined;
  }
}

function formatBigInt(value: bigint): string {
  return value < largestBigInt && value > -largestBigInt ? String(value) : '[BigInt too large]';
}

/** Includes the non-enumerable keys of a proxy: to check each of them could call the proxy millions of times. */
function keysOf(value: object): string[] {
  if (!types.isProxy(value)) return Object.keys(value);
  return Reflect.ownKeys(value).filter((key) => typeof key === 'string');
}

/** The result may be very long; it is cut before it is processed further. */
function readStack({ stack, name, message }: { readonly [key in 'stack' | 'name' | 'message']?: unknown }): string {
  return toText(stack) || `${cutText(toText(name), maxKeyLength)}: ${toText(message)}`;
}

function formatFunction(value: { readonly name: unknown }): string {
  return `[Function: ${cutText(toText(value.name), maxKeyLength) || '(anonymous)'}]`;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
