/** Messages of the command line on standard error: one line for each message, as text or as JSON. */
import { toTerminalJson, toTerminalText } from '../terminal-text.js';
import { foldText } from './fold-text.js';
import { type EventReport, reportEvents, type WatchedPlugin } from './report-events.js';
import { paint, type Screen, screenOf } from './screen.js';

export type LogFormat = 'text' | 'json';
export type LogLevel = 'info' | 'warn' | 'error';

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface Diagnostics {
  readonly log: Log;
  /** Writes JSON in either layout: for numbers that a program reads. */
  logJson(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** The latest fault that holds up flow logs, after ". ". It ends the last message of a failed run. */
  readonly lastFault: string;
  /** Reports the plugin's events from now on. */
  watch(plugin: WatchedPlugin, options?: WatchOptions): void;
  /** Reports how many events were suppressed since the last report. */
  close(): void;
}

export interface WatchOptions {
  /** Such as `tcp 10.0.0.5:6161`. */
  readonly output?: string;
}

export interface DiagnosticsOptions {
  readonly format: LogFormat;
  /** Messages of a less important level are left out; default `info`. */
  readonly level?: LogLevel | undefined;
  readonly write: (text: string) => void;
  /** Default: a pipe. */
  readonly screen?: Screen;
  /** Monotonic time in milliseconds. */
  readonly now?: () => number;
}

export function createDiagnostics(options: DiagnosticsOptions): Diagnostics {
  const { format, level: least = 'info', write, screen = pipe, now = () => performance.now() } = options;
  let events: EventReport | undefined;

  // A log event must not reach the terminal as a control sequence or forge a second line.
  const writeJson: Log = (level, message, fields = {}) => {
    const time = new Date().toISOString();
    write(`${toTerminalJson({ time, level, message: cut(message), ...cutAll(fields) })}\n`);
  };
  const writeText: Log = (level, message) => write(formatLine(level, toTerminalText(cut(message)), screen));
  const writeLog = format === 'json' ? writeJson : writeText;
  const log: Log = (level, ...message) => {
    if (ranks[level] >= ranks[least]) writeLog(level, ...message);
  };

  return {
    log,
    logJson: (message, fields) => writeJson('info', message, fields),
    get lastFault() {
      const fault = events?.lastFault;
      return fault === undefined ? '' : `. Last fault: ${fault}`;
    },
    watch(plugin, { output } = {}) {
      events = reportEvents(plugin, { log, now, output });
    },
    close: () => events?.close(),
  };
}

const ranks = { info: 0, warn: 1, error: 2 } as const;
const pipe = screenOf({}, {});
const levelColors = { info: 'green', warn: 'yellow', error: 'red' } as const;
/** Indentation of continuation lines on a terminal. */
const indent = '    ';

function formatLine(level: LogLevel, message: string, screen: Screen): string {
  const time = new Date().toISOString();
  const head = `${paint(time, 'dim', screen)} ${paint(level, levelColors[level], screen)} `;
  const headWidth = time.length + level.length + 2;
  const { isTerminal, width } = screen;
  const lines = isTerminal ? foldText(message, width - indent.length, width - headWidth) : [message];
  return `${head}${lines.join(`\n${indent}`)}\n`;
}

/** Most characters of a text in one line. A text may contain long names from outside. */
const maxChars = 4096;

function cut(text: string): string {
  return text.length > maxChars ? `${text.slice(0, maxChars)}... (${text.length - maxChars} more characters)` : text;
}

function cutAll(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}
