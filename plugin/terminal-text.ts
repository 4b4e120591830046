/**
 * Text for the eyes of an operator: nothing in it can move the cursor, end the line, or turn the direction of what is read.
 * Lines for a receiver keep format characters, which are part of what was logged; on a terminal they would show a line that
 * is not there.
 */
import { formatJson, formatText } from '../src/snare/escape.js';

/** Control characters, and those without a width such as U+202E, as spaces. */
export function toTerminalText(text: string): string {
  return formatText(text).replace(/\p{Cf}/gu, ' ');
}

/** JSON on one line, in which a reader finds every character again. */
export function toTerminalJson(value: unknown): string {
  return formatJson(value).replace(/\p{Cf}/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
