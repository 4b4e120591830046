/**
 * What the stream that text goes to can show. Colour is for terminals: a file or a pipe gets it only where FORCE_COLOR asks
 * for it, and JSON and Snare lines never.
 */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export interface Screen {
  readonly isTerminal: boolean;
  /** In columns; of a terminal, as it is now. */
  readonly width: number;
  readonly isColored: boolean;
}

export type Color = 'green' | 'yellow' | 'red' | 'dim';

/** For a pipe, whose width is not known. */
const plainWidth = 100;

export function screenOf(stream: Partial<WriteStream>, env: NodeJS.ProcessEnv = process.env): Screen {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    get width() {
      // Some terminals report 0 columns when they do not know.
      return stream.columns === 0 ? 80 : (stream.columns ?? plainWidth);
    },
    isColored: choiceOf(env) ?? (isTerminal && stream.hasColors?.(env) === true),
  };
}

/** https://no-color.org and https://force-color.org, with the same order as commander, which prints the help. */
function choiceOf({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv): boolean | undefined {
  if (NO_COLOR || FORCE_COLOR === '0' || FORCE_COLOR === 'false') return false;
  return FORCE_COLOR ? true : undefined;
}

export function paint(text: string, color: Color, { isColored }: Pick<Screen, 'isColored'>): string {
  return isColored ? styleText(color, text, { validateStream: false }) : text;
}
