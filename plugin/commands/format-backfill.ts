/** A backfill as a command to paste into a shell. */
import type { LogRange } from '../../src/log-range.js';
import { quoteWord } from '../terminal-text.js';

export function formatBackfill({ logGroup, logStreamPrefix, fromMs, toMs }: LogRange, manifest: string): string {
  const words = [
    ...['npx', 'kinesis-snare', 'backfill', '--manifest', manifest, '--log-group', logGroup],
    ...(logStreamPrefix === undefined ? [] : ['--log-stream-prefix', logStreamPrefix]),
    ...['--from', formatTime(fromMs), '--to', formatTime(toMs)],
  ];
  return words.map(quoteWord).join(' ');
}

/** RFC 3339, in UTC. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
