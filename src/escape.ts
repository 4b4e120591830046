/**
 * Keeps what a log says from doing anything: no control character of it reaches a line, where it could end the line,
 * part a field, or drive the terminal of whoever looks at it. C0, DEL, C1, and the two Unicode line separators.
 */
import { toUSVString } from 'node:util';

/** JSON on one line, control characters as `\uXXXX`: a receiver that undoes `\n` or `\t` before it parses gets none. */
export function formatJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/[\\\u007f-\u009f\u2028\u2029]/.test(json)) return json;
  return json.replace(/\\([bfnrt])|\\.|[\u007f-\u009f\u2028\u2029]/g, (match, letter?: string) => {
    if (letter !== undefined) return SHORT_ESCAPES[letter] ?? match;
    return match.startsWith('\\') ? match : escapeCode(match.charCodeAt(0));
  });
}

/** Each control character as one space, each lone surrogate as U+FFFD, so that the text is the same in UTF-8. */
export function formatText(text: string): string {
  return toUSVString(text).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  b: '\\u0008',
  f: '\\u000c',
  n: '\\u000a',
  r: '\\u000d',
  t: '\\u0009',
};

function escapeCode(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
