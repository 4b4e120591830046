/** Formats the results of a check as text for a given width. */
import { toTerminalText } from '../../terminal-text.js';
import { foldText, widthOf } from '../fold-text.js';
import { paint, type Screen } from '../screen.js';
import { type CheckResult, type CheckStatus, worstOf } from './check-result.js';
import { formatTable } from './format-table.js';

type Layout = Pick<Screen, 'width' | 'isColored'>;

const colors = { pass: 'green', warn: 'yellow', fail: 'red' } as const;
const statusWidth = 6;
const nameWidth = 14;
/** Below this width, the text starts on its own line. */
const narrow = 60;

/** The lines of one step, each with a line feed. */
export function formatResult({ name, status, message, advice, rows }: CheckResult, screen: Layout): string {
  const { width } = screen;
  const isNarrow = width < narrow;
  const indent = ' '.repeat(isNarrow ? 2 : statusWidth + nameWidth);
  const head = `${paint(status, colors[status], screen)}${' '.repeat(statusWidth - status.length)}${name.padEnd(nameWidth)}`;
  const text = wrap(message, width - indent.length);
  if (advice !== undefined) text.push(...wrap(`Do: ${advice}`, width - indent.length));
  const lines = isNarrow
    ? [head.trimEnd(), ...text.map((line) => indent + line)]
    : text.map((line, index) => (index === 0 ? head : indent) + line);
  const table = rows && rows.length > 0 ? ['', ...formatTable(rows, width - 2).map((line) => `  ${line}`), ''] : [];
  return [...lines, ...table].map((line) => `${line.trimEnd()}\n`).join('');
}

export function formatSummary(results: readonly CheckResult[], screen: Layout): string {
  const number = (status: CheckStatus) => results.filter((result) => result.status === status).length;
  const parts = [`${number('pass')} passed`, `${number('warn')} warned`, `${number('fail')} failed`];
  const worst = worstOf(results);
  return `\n${paint(worst, colors[worst], screen)}: ${parts.join(', ')}\n`;
}

/** Wraps a text at the width; a longer word is cut. */
function wrap(text: string, width: number): string[] {
  const room = Math.max(width, 10);
  const words = toTerminalText(text).split(' ');
  return foldText(words.flatMap((word) => split(word, room)).join(' '), room);
}

function split(word: string, width: number): string[] {
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (widthOf(part + character) > width) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}
