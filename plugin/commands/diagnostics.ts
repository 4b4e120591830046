/**
 * What the command line tells about a running plugin, on standard error. One line for each kind of news and interval, with
 * the number of those that were left out: a fault that lasts must not fill a disk.
 */
import { formatNews, NewsRation } from '../../src/report/repeat-limiter.js';
import type { Plugin } from '../plugin.js';
import { toTerminalJson, toTerminalText } from '../terminal-text.js';

export type LogFormat = 'text' | 'json';
export type LogLevel = 'info' | 'warn' | 'error';

export interface Diagnostics {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A line of JSON whatever the layout is: for numbers, which a program reads. */
  logJson(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** The latest fault of the plugin that it has not recovered from, after "; ": the last line of a run that failed has it. */
  readonly lastFault: string;
  /** Tells of the plugin's events from now on. */
  watch(plugin: Pick<Plugin, 'on'>): void;
  /** Tells how many lines were left out since they were last told. */
  close(): void;
}

export interface DiagnosticsOptions {
  readonly format: LogFormat;
  readonly write: (line: string) => void;
}

export function createDiagnostics({ format, write }: DiagnosticsOptions): Diagnostics {
  const faults = new Map<string, string>();
  const news = new NewsRation(() => performance.now());

  // A log event must not reach the terminal as a control sequence, nor forge a second line.
  const writeJson: Diagnostics['log'] = (level, message, fields = {}) => {
    const time = new Date().toISOString();
    write(`${toTerminalJson({ time, level, message: cut(message), ...cutAll(fields) })}\n`);
  };
  const writeText: Diagnostics['log'] = (level, message) => {
    write(`${new Date().toISOString()} ${level} ${toTerminalText(cut(message))}\n`);
  };
  const log = format === 'json' ? writeJson : writeText;

  const logSometimes = (kind: string, level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => {
    const count = news.take(kind, message);
    if (count !== undefined) log(level, formatNews(message, count), fields);
  };

  return {
    log,
    logJson: (message, fields) => writeJson('info', message, fields),
    get lastFault() {
      const [fault] = [...faults.values()].slice(-1);
      return fault === undefined ? '' : `; what stood in its way: ${fault}`;
    },
    watch(plugin) {
      plugin.on('fault', ({ stage, code, message, shardId, attempt, retryMs, count }) => {
        const wait = retryMs === undefined ? '' : `; next attempt in ${(retryMs / 1000).toFixed(1)} s`;
        faults.delete(`${stage} ${shardId}`);
        faults.set(`${stage} ${shardId}`, message);
        log('warn', `${message}${wait}`, { stage, code, shardId, attempt, retryMs, count });
      });
      plugin.on('recovered', ({ stage, shardId }) => {
        faults.delete(`${stage} ${shardId}`);
        log('info', `${shardId ? `Shard "${shardId}"` : `Stage ${stage}`} works again`);
      });
      plugin.on('data-loss', ({ message, shardId }) => log('error', message, { code: 'data-loss', shardId }));
      plugin.on('gap-healed', ({ message, shardIds, fromMs, toMs, logEvents }) => {
        log('info', message, { code: 'gap-healed', shardIds, fromMs, toMs, logEvents });
      });
      plugin.on('stalled', ({ shardId, what, message }) => log('error', message, { code: 'stalled', shardId, what }));
      plugin.on('failed', ({ message }) => log('error', message, { code: 'failed' }));
      plugin.on('skip-data', ({ interfaceId, atTime }) => {
        const message = `AWS could not record flows of interface "${interfaceId}" around ${atTime} (SKIPDATA)`;
        logSometimes('skip-data', 'warn', message, { code: 'skip-data' });
      });
      plugin.on('unparsed', ({ reason, logGroup, logStream }) => {
        const message = `A message of "${logGroup}", "${logStream}" fits no format (${reason}); see input.formats`;
        logSometimes(`unparsed ${reason}`, 'warn', message, { code: 'unparsed', reason });
      });
      plugin.on('dead-letter', ({ shardId, sequenceNumber, reason }) => {
        const message = `Record "${sequenceNumber}" of shard "${shardId}" is in the dead-letter file (${reason})`;
        logSometimes(`dead-letter ${reason}`, 'warn', message, {
          code: 'dead-letter',
          reason,
          shardId,
          sequenceNumber,
        });
      });
      plugin.on('filtered', ({ lines }) => {
        logSometimes('filtered', 'warn', `The host's formats or levels dropped ${lines} flow log`, {
          code: 'filtered',
        });
      });
      plugin.on('advice', ({ message }) => log('warn', message, { code: 'advice' }));
      plugin.on('shard-started', ({ shardId }) =>
        logSometimes(`shard-started ${shardId}`, 'info', `Reading shard "${shardId}"`),
      );
      plugin.on('shard-ended', ({ shardId }) =>
        logSometimes(`shard-ended ${shardId}`, 'info', `Shard "${shardId}" is read to its end`),
      );
      plugin.on('output-closed', ({ message, isFault }) => log(isFault ? 'error' : 'info', message));
    },
    close() {
      for (const [kind, count] of news.leftOut)
        log('info', `And ${count} more of the kind "${kind}", not told one by one`);
    },
  };
}

/** Characters of a text in a line; names that somebody else chose may be in it. */
const maxChars = 4096;

function cut(text: string): string {
  return text.length > maxChars ? `${text.slice(0, maxChars)}... (${text.length - maxChars} more characters)` : text;
}

function cutAll(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}
