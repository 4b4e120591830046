/**
 * The display features of an output stream. Text has colour on a terminal; in a file or a pipe only if FORCE_COLOR requests it.
 * JSON and Snare lines never have colour.
 */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export interface Screen {
  readonly isTerminal: boolean;
  /** In columns. For a terminal, the current width. */
  readonly width: number;
  readonly isColored: boolean;
}

/** What a stream says of its display. */
type Display = Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'hasColors'>>;

export interface OutputStream extends Display {
  write(text: string): unknown;
}

export type Color = 'green' | 'yellow' | 'red' | 'dim';

/** Width for a pipe, whose real width is not known. */
const plainWidth = 100;

export function screenOf(stream: Display, env: NodeJS.ProcessEnv = process.env): Screen {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    get width() {
      // Some terminals report 0 columns if they do not know the width.
      return stream.columns === 0 ? 80 : (stream.columns ?? plainWidth);
    },
    isColored: choiceOf(env) ?? (isTerminal && stream.hasColors?.(env) === true),
  };
}

/** https://no-color.org and https://force-color.org, with the same precedence as in commander, which prints the help. */
function choiceOf({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv): boolean | undefined {
  if (NO_COLOR || FORCE_COLOR === '0' || FORCE_COLOR === 'false') return false;
  return FORCE_COLOR ? true : undefined;
}

export function paint(text: string, color: Color, { isColored }: Pick<Screen, 'isColored'>): string {
  return isColored ? styleText(color, text, { validateStream: false }) : text;
}
