/**
 * Text for the eyes of an operator: nothing in it can move the cursor, end the line, or turn the direction of what is read.
 * Lines for a receiver keep format characters, which are part of what was logged; on a terminal they would show a line that
 * is not there.
 */
import { formatJson, formatText } from '../src/escape.js';

/** Control characters, and those without a width such as U+202E, as spaces. */
export function toTerminalText(text: string): string {
  return formatText(text).replace(/\p{Cf}/gu, ' ');
}

/** Text of several lines that JSON.stringify has laid out; in a string, every character that could do harm is an escape. */
export function toTerminalJsonText(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => line.replace(harmful, toEscapes))
    .join('\n');
}

/**
 * A word for a POSIX shell, whatever is in it. What a terminal would obey is written as an escape, which bash, zsh and ksh
 * know: a command that does something to another name than that which is shown would be worse than none.
 */
export function quoteWord(word: string): string {
  if (/^[\w@%+:,./-]+$/.test(word)) return word;
  if (word.search(harmful) === -1) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${word.replace(/[\\']/g, '\\$&').replace(harmful, toShellEscape)}'`;
}

const harmful = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

function toShellEscape(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

/** As in JSON, of each unit of UTF-16. */
function toEscapes(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** JSON on one line, in which a reader finds every character again. */
export function toTerminalJson(value: unknown): string {
  return formatJson(value).replace(/\p{Cf}/gu, toEscapes);
}
