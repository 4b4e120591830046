/** `status --watch`: the status on the whole screen, again every second, until `q` or Ctrl-C. */
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import ansi from 'ansi-escapes';
import { systemClock } from '../../../src/clock.js';
import { describeError } from '../../../src/faults.js';
import type { Snapshot } from '../../../src/report/snapshot.js';
import { orAtAbort } from '../../../src/waiters.js';
import { toTerminalText } from '../../terminal-text.js';
import { foldText } from '../fold-text.js';
import { formatStatus } from './format-status.js';

export interface WatchStatusOptions {
  readonly ask: () => Promise<Snapshot>;
  readonly input: Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>;
  readonly output: Pick<WriteStream, 'write' | 'columns' | 'rows' | 'on' | 'off'>;
  readonly isColored: boolean;
}

const refreshMs = 1000;

export async function watchStatus({ ask, input, output, isColored }: WatchStatusOptions): Promise<void> {
  const ended = new AbortController();
  let lines: (layout: Layout) => readonly string[] = () => ['Asking...'];
  let latest: Snapshot | undefined;
  const draw = () => output.write(toScreen(lines, output, isColored));
  const onKey = (_text: string | undefined, key: Key) => {
    if (key.name === 'q' || key.name === 'escape' || (key.ctrl && key.name === 'c')) ended.abort();
  };
  const end = () => ended.abort();
  emitKeypressEvents(input as ReadStream);
  input.on('keypress', onKey);
  if (input.isTTY) input.setRawMode(true);
  input.resume();
  output.on('resize', draw);
  for (const signal of signals) process.on(signal, end);
  output.write(ansi.enterAlternativeScreen + ansi.cursorHide);
  try {
    while (!ended.signal.aborted) {
      // A process that was stopped may come back.
      const asked = ask().then(
        (snapshot) => {
          latest = snapshot;
          lines = (layout) => formatStatus(snapshot, layout);
        },
        (error: unknown) => {
          lines = (layout) => formatFailure(error, latest, layout);
        },
      );
      await orAtAbort(asked, ended.signal, undefined);
      if (ended.signal.aborted) break;
      draw();
      await systemClock.sleep(refreshMs, ended.signal);
    }
  } finally {
    output.write(ansi.cursorShow + ansi.exitAlternativeScreen);
    for (const signal of signals) process.off(signal, end);
    output.off('resize', draw);
    input.off('keypress', onKey);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
  }
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly isColored: boolean;
}

/** Why there is no answer, above the latest one. */
function formatFailure(error: unknown, latest: Snapshot | undefined, layout: Layout): readonly string[] {
  const { width, height } = layout;
  const reason = foldText(toTerminalText(describeError(error)), width);
  if (!latest) return reason;
  const at = new Date(latest.atMs).toISOString().slice(11, 19);
  const head = [...reason, '', `The last answer, of ${at} UTC:`];
  return [...head, ...formatStatus(latest, { ...layout, height: Math.max(1, height - head.length) })];
}

/** In one write, line over line, so that nothing flickers. */
function toScreen(
  lines: (layout: Layout) => readonly string[],
  { columns, rows }: Pick<WriteStream, 'columns' | 'rows'>,
  isColored: boolean,
): string {
  const [width, height] = [columns || 80, rows || 24];
  const hint = 'q to quit';
  const shown = [...lines({ width, height: height - 1, isColored })].slice(0, height - 1);
  while (shown.length < height - 1) shown.push('');
  return ansi.cursorTo(0, 0) + [...shown, hint].map((line) => line + ansi.eraseEndLine).join('\r\n');
}
