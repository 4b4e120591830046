/** Finds keys that an object of a JSON text repeats. JSON.parse takes the last one and silently ignores the earlier ones. */
import { type TextPosition, toPosition } from './find-json-fault.js';

export interface RepeatedKey {
  readonly key: string;
  /** Position of the second occurrence. */
  readonly position: TextPosition;
}

/** @param json valid JSON */
export function findRepeatedKeys(json: string): readonly RepeatedKey[] {
  const repeated: RepeatedKey[] = [];
  /** The keys of each enclosing object, the innermost last; undefined for a list. */
  const around: (Set<string> | undefined)[] = [];
  for (const { 0: token, 1: colon, index } of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{') around.push(new Set());
    else if (token === '[') around.push(undefined);
    else if (token === '}' || token === ']') around.pop();
    else if (colon !== undefined) {
      const key: string = JSON.parse(token.slice(0, -colon.length));
      const keys = around.at(-1);
      if (keys?.has(key)) repeated.push({ key, position: toPosition(json, index) });
      keys?.add(key);
    }
  }
  return repeated;
}
