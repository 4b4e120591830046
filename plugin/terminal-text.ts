/**
 * Makes text safe for a terminal: it cannot move the cursor, end the line, or change the direction of the text. Lines for a
 * receiver keep format characters, because they are part of the log. On a terminal they could forge a line.
 */
import { formatJson, formatText } from '../src/escape.js';

/** Replaces control characters, and characters without a width such as U+202E, with spaces. */
export function toTerminalText(text: string): string {
  return formatText(text).replace(/\p{Cf}/gu, ' ');
}

/** JSON on several lines. In a string, every character that could do harm is escaped. */
export function toTerminalJsonText(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => line.replace(harmful, toEscapes))
    .join('\n');
}

/**
 * Quotes a word for a POSIX shell, whatever it contains. Control characters become escapes that bash, zsh and ksh know, so that
 * a pasted command acts on the displayed name. Other shells, such as dash, read the result as a `$` and a word in single
 * quotes, so the escapes contain no quote.
 */
export function quoteWord(word: string): string {
  if (/^[\w@%+:,./-]+$/.test(word)) return word;
  if (word.search(harmful) === -1) return `'${word.replaceAll("'", "'\\''")}'`;
  const escaped = word.replaceAll('\\', '\\\\').replaceAll("'", '\\047').replace(harmful, toShellEscape);
  return `$'${escaped}'`;
}

const harmful = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

function toShellEscape(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

/** One escape for each UTF-16 code unit, as in JSON. */
function toEscapes(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** JSON on one line. A parser restores every character. */
export function toTerminalJson(value: unknown): string {
  return formatJson(value).replace(/\p{Cf}/gu, toEscapes);
}
