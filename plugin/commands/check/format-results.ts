/** Results of a check as text for a terminal of some width. */
import { styleText } from 'node:util';
import { toTerminalText } from '../../terminal-text.js';
import { type CheckResult, type CheckStatus, worstOf } from './check-result.js';
import { formatTable, widthOf } from './format-table.js';

export interface Screen {
  /** Columns of the terminal. */
  readonly width: number;
  readonly isColored: boolean;
}

const colors = { pass: 'green', warn: 'yellow', fail: 'red' } as const;
const statusWidth = 6;
const nameWidth = 14;
/** Below this width the text begins on a line of its own. */
const narrow = 60;

/** The lines of one step, each with its line feed. */
export function formatResult({ name, status, message, advice, rows }: CheckResult, screen: Screen): string {
  const { width } = screen;
  const isNarrow = width < narrow;
  const indent = ' '.repeat(isNarrow ? 2 : statusWidth + nameWidth);
  const head = `${paint(status, screen)}${' '.repeat(statusWidth - status.length)}${name.padEnd(nameWidth)}`;
  const text = wrap(message, width - indent.length);
  if (advice !== undefined) text.push(...wrap(`Do: ${advice}`, width - indent.length));
  const lines = isNarrow
    ? [head.trimEnd(), ...text.map((line) => indent + line)]
    : text.map((line, index) => (index === 0 ? head : indent) + line);
  const table = rows && rows.length > 0 ? ['', ...formatTable(rows, width - 2).map((line) => `  ${line}`), ''] : [];
  return [...lines, ...table].map((line) => `${line.trimEnd()}\n`).join('');
}

export function formatSummary(results: readonly CheckResult[], screen: Screen): string {
  const number = (status: CheckStatus) => results.filter((result) => result.status === status).length;
  const parts = [`${number('pass')} passed`, `${number('warn')} warned`, `${number('fail')} failed`];
  return `\n${paint(worstOf(results), screen)}: ${parts.join(', ')}\n`;
}

function paint(status: CheckStatus, { isColored }: Screen): string {
  return isColored ? styleText(colors[status], status, { validateStream: false }) : status;
}

/** Lines of at most so many columns, parted at blanks; a longer word is parted where it has to be. */
function wrap(text: string, width: number): string[] {
  const room = Math.max(width, 10);
  const lines = [''];
  for (const word of toTerminalText(text)
    .split(' ')
    .flatMap((long) => split(long, room))) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (widthOf(line) + 1 + widthOf(word) <= room) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
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
