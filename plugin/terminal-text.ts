/**
 * Text for a terminal: nothing in it can move the cursor, end the line, or change the direction of the text. Lines for a
 * receiver keep format characters, which are part of what was logged; on a terminal they could forge a line.
 */
import { formatJson, formatText } from '../src/escape.js';

/** Control characters, and characters without a width such as U+202E, become spaces. */
export function toTerminalText(text: string): string {
  return formatText(text).replace(/\p{Cf}/gu, ' ');
}

/** JSON on several lines; in a string, every character that could do harm is an escape. */
export function toTerminalJsonText(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => line.replace(harmful, toEscapes))
    .join('\n');
}

/**
 * A word for a POSIX shell, whatever it contains. Control characters are written as escapes, which bash, zsh and ksh know, so
 * that a pasted command acts on the name that is shown. A shell that does not know them, such as dash, reads a `$` and a word
 * in single quotes, so no quote may be within.
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

/** As in JSON, one escape for each UTF-16 code unit. */
function toEscapes(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** JSON on one line, from which a parser gets every character back. */
export function toTerminalJson(value: unknown): string {
  return formatJson(value).replace(/\p{Cf}/gu, toEscapes);
}
